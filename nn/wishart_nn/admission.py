"""What sizes, α, γ, factor, dtype and weights may be: one message for every layer and function."""

from collections.abc import Sequence
from math import inf
from typing import Any, Literal, cast, get_args

import torch
from torch import Tensor

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_nn.factors import Scalar, autocast

Factor = Literal["cholesky", "symmetric"]
"""Which of the matrices that differ by a rotation."""

ALPHA_FLOOR = 1e-4
"""The least a learnt α can become, at the scale of the start: `rescale_` scales it with α."""


def number(value: Any, name: str) -> float:
    """Return a number > 0 as a float; "1/2" and numbers of NumPy are numbers, a tensor is not."""
    if isinstance(value, Tensor):
        raise DomainError(f"need a number for {name}, got a tensor; learn_alpha=True makes alpha a parameter")
    return domain.positive(value, name)


def scalar(value: Any, name: str) -> Scalar:
    """Return a number > 0 as a float, a floating-point tensor as it is: its values are looked at where it is used."""
    if isinstance(value, float) and 0 < value < inf:
        return value
    if not isinstance(value, Tensor):
        return number(value, name)
    if not value.dtype.is_floating_point:
        raise DomainError(f"need a floating-point {name}, got {value.dtype}")
    return value


def alphas(alpha: Any, depth: int, learned: bool = False) -> tuple[float, ...]:
    """Return α of each layer: one, or one for each, all > 0, and above the floor if they are learnt."""
    given = list(cast("Sequence[Any]", alpha)) if isinstance(alpha, list | tuple) else [alpha] * depth
    if len(given) != depth:
        raise DomainError(f"need one alpha, or one for each of the {depth} layers, got {len(given)}")
    found = tuple(number(value, "alpha") for value in given)
    if learned and min(found) <= ALPHA_FLOOR:
        raise DomainError(f"need alpha > {ALPHA_FLOOR:g} for a learnt alpha, got {min(found):g}")
    return found


def shared_out(sigma: float | str, layers: int) -> float | str:
    """Return "shared" as what it means for each of the layers, "predicted(1/6)" for six, anything else as it is."""
    return f"predicted(1/{layers + (layers == 1)})" if sigma == "shared" else sigma


def factor_name(factor: Any) -> Factor:
    """Return "cholesky" or "symmetric"."""
    return cast(Factor, domain.choice(factor, get_args(Factor), "factor"))


def floating(dtype: Any) -> torch.dtype | None:
    """Return a floating-point dtype, or None for the default."""
    if dtype is not None and not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
        raise DomainError(f"need a floating-point dtype such as torch.float32, got {shown(dtype)}")
    return dtype


def widths(values: Any, group: int, name: str) -> tuple[int, ...]:
    """Return the widths as integers: two or more, each >= 1, the hidden ones multiples of the activation's groups."""
    if isinstance(values, str) or not isinstance(values, Sequence) or len(given := cast("Sequence[Any]", values)) < 2:
        got = shown(cast(Any, values))
        raise DomainError(f"need widths of 2 integers >= 1 or more, such as (28, 64, 64, 1), got {got}")
    sizes = tuple(domain.size(width, f"widths[{i}]") for i, width in enumerate(given))
    for i, width in enumerate(sizes[1:-1], 1):
        if width % group:
            raise DomainError(f"need hidden widths that are multiples of {group} for {name}, got widths[{i}] = {width}")
    return sizes


def matrices(weight: Any) -> None:
    """Raise unless the weights are a floating-point tensor (…, m, n), m, n >= 1."""
    if not isinstance(weight, Tensor) or not weight.dtype.is_floating_point:
        found = getattr(weight, "dtype", type(weight).__name__)
        raise DomainError(f"need weights of a floating-point dtype, got {found}")
    if weight.ndim < 2 or 0 in weight.shape[-2:]:
        raise DomainError(f"need weights of shape (..., m, n), m, n >= 1, got {tuple(weight.shape)}")


def inputs(x: Any, weight: Tensor, sizes: tuple[int, ...] = ()) -> torch.dtype:
    """Return the dtype of the output for inputs (…, n) of weights (m, n), or (…, *sizes): theirs, or autocast's."""
    if not isinstance(x, Tensor) or not x.dtype.is_floating_point:
        raise DomainError(f"need inputs of a floating-point dtype, got {getattr(x, 'dtype', type(x).__name__)}")
    ends = sizes or weight.shape[-1:]
    if x.ndim < len(ends) or x.shape[x.ndim - len(ends) :] != ends:
        raise DomainError(f"need inputs of shape (..., {', '.join(map(str, ends))}), got {tuple(x.shape)}")
    if autocast(weight):
        return torch.get_autocast_dtype(weight.device.type)
    if x.dtype != weight.dtype:
        raise DomainError(f"need inputs of the weights' dtype {weight.dtype}, got {x.dtype}")
    return x.dtype
