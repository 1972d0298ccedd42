"""Losses with which Lipschitz networks are trained for certified accuracy: they ask for a margin, not for confidence.

References: Serrurier et al., arXiv:2006.06520 (hinge-KR, one class against the rest); Prach and Lampert,
arXiv:2208.03160 (the offset entropy, with offset √2 and temperature 1/4).
"""

import torch
from torch import Tensor

from wishart_moments import domain
from wishart_moments.errors import DomainError


def hinge_kr(logits: Tensor, classes: Tensor, *, weight: float = 10.0, margin: float = 1.0) -> Tensor:
    """Return E[f | class 0] − E[f | class 1] + weight · E[max(0, margin − yf)], y = ±1 for classes 1 and 0.

    The first two terms are minus the Kantorovich–Rubinstein distance that a 1-Lipschitz f reaches. Of C > 1 logits
    it is the mean of each class against all others, the hinge of the own class counting C − 1 times, as often as
    there are others. (1 − a) times it, with weight = a/(1 − a), margin = m/2, is the `HKRMulticlassLoss(a, m)` of
    deel-torchlip.

    Args:
        logits: f, (batch,) or (batch, 1); or (batch, C).
        classes: (batch,), 0 or 1, both present; or 0, …, C − 1, a mean over none of them being left out.
        weight: > 0.
        margin: > 0; certified radii of the margin for one logit, √2 times that for C, where all hinges vanish.

    Returns:
        The loss, differentiable, exact up to rounding.

    Raises:
        DomainError: for classes that do not fit.

    Example:
        >>> hinge_kr(torch.tensor([2.0, -0.5]), torch.tensor([1, 0])).item()  # −2.5 + 10·(0 + 0.5)/2
        0.0
        >>> hinge_kr(torch.tensor([[2.0, -1.0], [-1.0, 2.0]]), torch.tensor([0, 1])).item()  # −(2 + 1), no hinge
        -3.0
    """
    scale, wanted = domain.positive(weight, "weight"), domain.positive(margin, "margin")
    if logits.ndim == 2 and logits.shape[1] > 1:
        _fit(logits, classes)
        own = torch.nn.functional.one_hot(classes, logits.shape[1]).to(logits.dtype)
        others = 1 - own
        means = [(logits * part).sum(0) / part.sum(0).clamp_min(1) for part in (others, own)]
        hinge = (wanted - (own - others) * logits).clamp_min(0) * (others + (logits.shape[1] - 1) * own)
        return (means[0] - means[1]).mean() + scale * hinge.mean()
    f = logits.reshape(-1)
    if classes.shape != f.shape:
        raise DomainError(f"need one logit for each class, got {tuple(logits.shape)} for {tuple(classes.shape)}")
    above = classes == 1
    if not bool((above | (classes == 0)).all()) or bool(above.all()) or not bool(above.any()):
        raise DomainError("need classes 0 and 1, both in the batch")
    hinge = (wanted - torch.where(above, f, -f)).clamp_min(0).mean()
    return f[~above].mean() - f[above].mean() + scale * hinge


def offset_cross_entropy(
    logits: Tensor, classes: Tensor, *, temperature: float = 0.25, offset: float = 2**0.5
) -> Tensor:
    """Return t · E[CE((f − offset · e_class)/t)]: entropy that goes on until the right logit leads by the offset.

    The lower the temperature t, the less a lead beyond the offset earns: t log Σ_c exp((f_c − f_class + offset)/t),
    c = class without offset, tends to the hinge max(0, offset − lead). With offset 0 it is the
    `TauCrossEntropyLoss(1/t)` of deel-torchlip, with 3/√2 the `LossXent` of orthogonium.

    Args:
        logits: (batch, classes).
        classes: (batch,), integers.
        temperature: t > 0.
        offset: >= 0; √2 L ε asks for a certified radius ε.

    Returns:
        The loss, differentiable, exact up to rounding.

    Raises:
        DomainError: for classes that do not fit.

    Example:
        >>> one = offset_cross_entropy(torch.tensor([[1.0, 0.0]]), torch.tensor([0]), temperature=1, offset=1)
        >>> round(one.item(), 6)  # log 2
        0.693147
    """
    t, lead = domain.positive(temperature, "temperature"), domain.real(offset, "offset", ">= 0")
    if lead < 0:
        raise DomainError(f"need offset >= 0, got {offset}")
    _fit(logits, classes)
    hot = torch.nn.functional.one_hot(classes, logits.shape[1]).to(logits.dtype)
    return t * torch.nn.functional.cross_entropy((logits - lead * hot) / t, classes)


def _fit(logits: Tensor, classes: Tensor) -> None:
    if logits.ndim != 2 or classes.shape != logits.shape[:1] or not logits.numel():
        raise DomainError(
            f"need logits (batch, classes), both >= 1, got {tuple(logits.shape)} for {tuple(classes.shape)}"
        )
    if classes.dtype != torch.int64 or not 0 <= int(classes.min()) <= int(classes.max()) < logits.shape[1]:
        raise DomainError(f"need classes 0, ..., {logits.shape[1] - 1} in int64, got others")
