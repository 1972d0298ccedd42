"""Certified radii: how far an input may move before the class that a network computes can change.

Logits of an L-Lipschitz f move by at most L‖Δx‖, a difference of two of them by √2 L‖Δx‖. Where rounding changes the
logits by at most e in norm, at x and in the ball, a computed margin M gives the radius (M − 2√2 e)/(√2 L); one logit,
whose sign is the class, gives (|y| − 2e)/L.

With u the unit of rounding, a layer of norm N and Frobenius norm F maps inputs of norm R, wrong by d, to outputs wrong
by Nd + 2(n + 2)u(F(R + d) + ‖b‖), in whatever order it sums (Higham, Accuracy and Stability, section 3.1). An
activation is taken to be correct to 8u in norm. Underflow is neglected; so is arithmetic below the weights' dtype.

References: Tsuzuku, Sato, Sugiyama, arXiv:1802.04034 (margin/(√2 L)).
"""

from math import sqrt
from typing import Any

import torch
from torch import Tensor, nn

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_nn.activations import slopes
from wishart_nn.certificate import lipschitz_bound
from wishart_nn.conversion import fold
from wishart_nn.factors import full_precision
from wishart_nn.positive_definite import certified_norm
from wishart_nn.protocol import leaves

linalg: Any = torch.linalg

ROOM = 1 + 1e-9
"""What the float64 arithmetic of a bound is multiplied by."""


def certified_radius(model: nn.Module, x: Tensor) -> Tensor:
    """Return for each row of x a radius in which the class that the folded model computes on the CPU is the same.

    Args:
        model: LDLT layers, nn.Linear and known activations, as `lipschitz_bound` takes them; no residual network.
        x: (batch, n), finite, of the weights' dtype.

    Returns:
        (batch,) float64, >= 0: (M − 2√2 e)/(√2 L), M the greatest logit less the second; for one output (|y| − 2e)/L.
        L is proved; e bounds the rounding as the module says. 0 where nothing could be proved.

    Raises:
        DomainError: for another model or input.

    Example:
        >>> model = nn.Linear(2, 2, bias=False, dtype=torch.float64)
        >>> _ = model.weight.data.copy_(torch.eye(2))
        >>> certified_radius(model, torch.tensor([[3.0, 1.0]], dtype=torch.float64)).round(decimals=6).tolist()
        [1.414214]
    """
    bound = lipschitz_bound(model).upper
    plain = fold(model).cpu()
    rows = x.detach().cpu() if isinstance(x, Tensor) else x  # pyright: ignore[reportUnnecessaryIsInstance]
    dtype = next(plain.parameters()).dtype
    if not isinstance(rows, Tensor) or rows.ndim != 2 or rows.dtype != dtype:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise DomainError(f"need inputs of shape (batch, n) and dtype {dtype}, got {getattr(rows, 'shape', rows)}")
    if not bool(rows.isfinite().all()):
        raise DomainError("need finite inputs, got an entry that is not")
    with torch.no_grad(), full_precision(torch.zeros(1)):
        logits = plain(rows).double()
    if logits.shape[1] == 1:
        margin, spread = logits.abs()[:, 0], 1.0
    else:
        top = logits.topk(2, 1).values
        margin, spread = top[:, 0] - top[:, 1], sqrt(2)
    if bound == 0:
        raise DomainError("need a network that depends on its input, got a Lipschitz constant of 0")
    start = margin / (spread * bound)
    error = _rounding(plain, linalg.vector_norm(rows.double(), dim=1) * ROOM + start, dtype)
    radius = (margin - 2 * spread * error) / (spread * bound * ROOM)
    return radius.nan_to_num(0.0).clamp_min(0.0)


def certified_accuracy(model: nn.Module, data: tuple[Tensor, Tensor], eps: float) -> float:
    """Return the part of the rows that are right and stay so for every change of norm eps at most.

    Args:
        model: as `certified_radius` takes it.
        data: inputs (batch, n) and classes (batch,): 0, 1, …; for one output 0 (y <= 0) and 1 (y > 0).
        eps: > 0.

    Returns:
        A share of the rows, proved: a row whose radius equals eps does not count.

    Raises:
        DomainError: as `certified_radius`, and unless there is a class for each row.

    Example:
        >>> model = nn.Linear(2, 2, bias=False, dtype=torch.float64)
        >>> _ = model.weight.data.copy_(torch.eye(2))
        >>> rows, classes = torch.tensor([[3.0, 1.0], [1.0, 0.9]], dtype=torch.float64), torch.tensor([0, 0])
        >>> certified_accuracy(model, (rows, classes), 1.0), certified_accuracy(model, (rows, classes), 0.01)
        (0.5, 1.0)
    """
    size = domain.positive(eps, "eps")
    x, classes = data
    if classes.shape != x.shape[:1] or not len(x):
        raise DomainError(f"need one class for each row, got {tuple(classes.shape)} for {tuple(x.shape)}")
    radius = certified_radius(model, x)
    with torch.no_grad(), full_precision(torch.zeros(1)):
        logits = fold(model).cpu()(x.detach().cpu())
    found = (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(1)
    return ((found == classes.cpu()) & (radius > size)).double().mean().item()


def _rounding(plain: nn.Module, size: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a bound of the rounding in norm for inputs of these norms."""
    unit = torch.finfo(dtype).eps
    error, width = torch.zeros_like(size), 0
    for each in leaves(plain):
        if isinstance(each, nn.Linear):
            weight = each.weight.detach().double()
            offset = 0.0 if each.bias is None else float(linalg.vector_norm(each.bias.detach().double()))  # pyright: ignore[reportUnnecessaryComparison]
            norm = certified_norm(weight)
            terms = float(linalg.vector_norm(weight)) * (size + error) + offset
            error = (norm * error + (each.in_features + 2) * unit * terms) * ROOM
            size, width = (norm * size + offset) * ROOM, each.out_features
            continue
        known = slopes(each)
        if known is None or not width:
            raise DomainError(f"need linear layers first and activations between, got {type(each).__name__}")
        with torch.no_grad(), full_precision(torch.zeros(1)):
            at_zero = float(linalg.vector_norm(each(torch.zeros(1, width, dtype=dtype)).double()))
        size = (known[0] * size + at_zero) * ROOM
        error = (known[0] * error + 4 * unit * (size + known[0] * error)) * ROOM
    return error
