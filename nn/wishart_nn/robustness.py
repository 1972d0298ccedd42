"""Certified radii: how far an input may move before the class that a network computes can change.

Logits of an L-Lipschitz f move by at most L‖Δx‖, a difference of two of them by √2 L‖Δx‖. Where rounding changes the
logits by at most e in norm, at x and in the ball, a computed margin M gives the radius (M − 2√2 e)/(√2 L); one logit,
whose sign is the class, gives (|y| − 2e)/L.

With u the unit of rounding, a layer of norm N and Frobenius norm F maps inputs of norm R, wrong by d, to outputs wrong
by Nd + 2(n + 2)u(F(R + d) + ‖b‖), in whatever order it sums (Higham, Accuracy and Stability, section 3.1). An
activation is taken to be correct to 8u in norm, a pool of k entries to 2(k + 4)u. A convolution by Fourier transforms
of p pixels, each correct to 8u log₂p in norm (Higham, Theorem 24.2), has (8(n + 4) max ‖M(ω)‖_F + 32N log₂p)u(R + d) in
place of the second term. Underflow is neglected; so is arithmetic below the weights' dtype.

References: Tsuzuku, Sato, Sugiyama, arXiv:1802.04034 (margin/(√2 L)).
"""

from math import log2, prod, sqrt
from typing import Any, cast

import torch
from torch import Tensor, nn

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_nn.activations import slopes
from wishart_nn.certificate import lipschitz_bound
from wishart_nn.conversion import fold
from wishart_nn.factors import full_precision, linalg
from wishart_nn.positive_definite import certified_norm
from wishart_nn.protocol import leaves
from wishart_nn.spectral import CircularConv2d

AT_ONCE = 1024  # rows that are evaluated together
ROOM = 1 + 1e-9  # what the float64 arithmetic of a bound is multiplied by


def certified_radius(model: nn.Module, x: Tensor) -> Tensor:
    """Return for each row of x a radius in which the class that the folded model computes on the CPU is the same.

    Args:
        model: as `lipschitz_bound` takes it, but no residual network; its output is (batch, classes).
        x: (batch, n) or images (batch, channels, H, W), finite, of the weights' dtype.

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
    return _certified(model, x)[1]


def _certified(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the logits, in float64, and the radii."""
    bound = lipschitz_bound(model).upper
    plain = fold(model).cpu()
    rows = x.detach().cpu() if isinstance(x, Tensor) else x  # pyright: ignore[reportUnnecessaryIsInstance]
    dtype = next(plain.parameters()).dtype
    if not isinstance(rows, Tensor) or rows.ndim < 2 or rows.dtype != dtype:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise DomainError(f"need inputs of shape (batch, n) and dtype {dtype}, got {getattr(rows, 'shape', rows)}")
    if not bool(rows.isfinite().all()):
        raise DomainError("need finite inputs, got an entry that is not")
    with torch.no_grad(), full_precision(torch.zeros(1)):
        logits = torch.cat([plain(each) for each in cast(Any, rows).split(AT_ONCE)]).double()
    if logits.ndim != 2:
        found = tuple(logits.shape)
        raise DomainError(f"need logits (batch, classes) of the model, got {found}; end it with nn.Flatten()")
    if bound == 0:
        raise DomainError("need a network that depends on its input, got a Lipschitz constant of 0")
    one = logits.shape[1] == 1
    spread, top = 1.0 if one else sqrt(2), logits.abs() if one else logits.topk(2, 1).values
    margin = top[:, 0] if one else top[:, 0] - top[:, 1]
    lengths = linalg.vector_norm(rows.double().flatten(1), dim=1) * ROOM + margin / (spread * bound)
    error = rounding(plain, lengths, torch.zeros(1, *rows.shape[1:], dtype=dtype))
    radius = (margin - 2 * spread * error) / (spread * bound * ROOM)
    return logits, radius.nan_to_num(0.0).clamp_min(0.0)


def certified_accuracy(model: nn.Module, data: tuple[Tensor, Tensor], eps: float) -> float:
    """Return the share of the rows that are right and stay so for every change of norm eps at most.

    Args:
        model: as `certified_radius` takes it.
        data: inputs and classes (batch,): 0, 1, …; for one output 0 (y <= 0) and 1 (y > 0).
        eps: > 0.

    Returns:
        The share, proved: a row whose radius equals eps does not count.

    Raises:
        DomainError: as `certified_radius`, and unless there is a class for each row, one that the model has.

    Example:
        >>> model = nn.Linear(2, 2, bias=False, dtype=torch.float64)
        >>> _ = model.weight.data.copy_(torch.eye(2))
        >>> data = torch.tensor([[3.0, 1.0], [1.0, 0.9]], dtype=torch.float64), torch.tensor([0, 0])
        >>> certified_accuracy(model, data, 1.0), certified_accuracy(model, data, 0.01)
        (0.5, 1.0)
    """
    size = domain.positive(eps, "eps")
    x, classes = data
    if classes.shape != x.shape[:1] or not len(x):
        raise DomainError(f"need one class for each row, got {tuple(classes.shape)} for {tuple(x.shape)}")
    logits, radius = _certified(model, x)
    found, given = (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(1), classes.cpu()
    odd = given[~torch.isin(given, torch.arange(max(logits.shape[1], 2)))]
    if len(odd):
        raise DomainError(f"need classes 0, ..., {max(logits.shape[1], 2) - 1}, got {odd[0].item()}")
    return ((found == given) & (radius > size)).double().mean().item()


def rounding(plain: nn.Module, size: Tensor, zero: Tensor) -> Tensor:
    """Return a bound of the rounding in norm of a folded model's output, (batch,) float64, for inputs of these norms.

    Args:
        plain: linear layers and known activations, else a DomainError.
        size: norms of the inputs, (batch,) float64.
        zero: an input of zeros (1, …) of the weights' dtype.
    """
    unit = torch.finfo(zero.dtype).eps
    error = torch.zeros_like(size)
    for each in leaves(plain):
        with torch.no_grad(), full_precision(torch.zeros(1)):
            after = each(zero)
        offset = float(linalg.vector_norm(after.double()))
        if isinstance(each, nn.Linear | CircularConv2d):
            norm, terms, sums = _linear(each)
            offset *= ROOM
            error = (norm * error + unit * (terms * (size + error) + sums * offset)) * ROOM
        else:
            known = slopes(each)
            if known is None:
                raise DomainError(f"need linear layers and known activations, got {type(each).__name__}")
            norm, pool = known[0], isinstance(each, nn.AvgPool1d | nn.AvgPool2d | nn.AvgPool3d)
            terms = 4 + (_entries(each.kernel_size) if pool else 0)
            error = (norm * error + terms * unit * (norm * size + offset + norm * error) * ROOM) * ROOM
        size = (norm * size + offset) * ROOM
        zero = torch.zeros_like(after)
    return error


def _linear(layer: nn.Linear | CircularConv2d) -> tuple[float, float, int]:
    """Return the norm, and what times the unit and the norms of input and bias bounds the rounding."""
    if isinstance(layer, nn.Linear):
        weight, sums = layer.weight.detach().double(), layer.in_features + 2
        return certified_norm(weight), sums * float(linalg.vector_norm(weight)) * ROOM, sums
    norm = certified_norm(layer.operators())
    product = 4 * (layer.grid.shape[1] + 4) * float(linalg.matrix_norm(layer.matrices.detach()).max())
    return norm, (product + 16 * log2(max(prod(layer.grid.coarse), 2)) * norm) * (1 + 1e-3), 2


def _entries(window: Any) -> int:
    """Return the number of entries of a window, of as many axes as there can be."""
    return prod(cast("tuple[int, ...]", window)) if isinstance(window, tuple) else int(window) ** 3
