"""Losses with which Lipschitz networks are trained for certified accuracy: they ask for a margin, not for confidence.

References: Serrurier et al., arXiv:2006.06520 (hinge-KR); Prach and Lampert, arXiv:2208.03160 (the offset entropy).
"""

import torch
from torch import Tensor

from wishart_moments import domain
from wishart_moments.errors import DomainError


def hinge_kr(logits: Tensor, classes: Tensor, *, weight: float = 10.0, margin: float = 1.0) -> Tensor:
    """Return E[f | class 0] − E[f | class 1] + weight · E[max(0, margin − yf)], y = ±1 for classes 1 and 0.

    The first two terms are minus the Kantorovich–Rubinstein distance that a 1-Lipschitz f reaches.

    Args:
        logits: f, (batch,) or (batch, 1).
        classes: 0 or 1, (batch,), both present.
        weight: > 0.
        margin: > 0.

    Example:
        >>> hinge_kr(torch.tensor([2.0, -0.5]), torch.tensor([1, 0])).item()  # −2.5 + 10·(0 + 0.5)/2
        0.0
    """
    scale, wanted = domain.positive(weight, "weight"), domain.positive(margin, "margin")
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

    Args:
        logits: (batch, classes).
        classes: (batch,), integers.
        temperature: t > 0.
        offset: > 0; √2 L ε asks for a certified radius ε.

    Example:
        >>> one = offset_cross_entropy(torch.tensor([[1.0, 0.0]]), torch.tensor([0]), temperature=1, offset=1)
        >>> round(one.item(), 6)  # log 2
        0.693147
    """
    t, lead = domain.positive(temperature, "temperature"), domain.positive(offset, "offset")
    if logits.ndim != 2 or classes.shape != logits.shape[:1]:
        raise DomainError(f"need logits (batch, classes), got {tuple(logits.shape)} for {tuple(classes.shape)}")
    hot = torch.nn.functional.one_hot(classes, logits.shape[1]).to(logits.dtype)
    return t * torch.nn.functional.cross_entropy((logits - lead * hot) / t, classes)
