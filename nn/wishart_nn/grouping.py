"""Layers of equal shape together: what can be factored and multiplied in one batch, and where each part lies."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from wishart_moments.errors import DomainError

GRAM_LIMIT = {torch.float32: 1e3, torch.float64: 1e7}
"""The largest (WWᵀ)_ii/α for which the Gram matrix is formed in this precision; beyond it the next precision is taken,
beyond float64's the QR factorisation of (Wᵀ; √α I), which needs no Gram matrix and has no limit."""

Shape = tuple[int, int]


class Group(NamedTuple):
    """Layers of one shape: their numbers, and where their own and their predecessors' triangular factors lie."""

    layers: list[int]
    m: int
    own: Tensor | slice
    before: Tensor | slice | None
    flipped: bool


class Plan(NamedTuple):
    groups: list[Group]
    squares: dict[int, list[int]]


def _positions(where: list[int]) -> Tensor | slice:
    if where == list(range(where[0], where[0] + len(where))):
        return slice(where[0], where[0] + len(where))
    return torch.tensor(where)


@lru_cache(maxsize=64)
def grouped(shapes: tuple[Shape, ...]) -> Plan:
    """Return the layers grouped by shape, and for each size of a factor the layers that have one."""
    last = len(shapes) - 1
    flipped = shapes[last][0] > shapes[last][1]
    kinds: dict[tuple[int, int, bool, bool], list[int]] = {}
    squares: dict[int, list[int]] = {}
    for i, (m, n) in enumerate(shapes):
        flip = flipped and i == last
        size = n if flip else m
        kinds.setdefault((size, m if flip else n, flip, i == 0), []).append(i)
    # A factor's place in its square group follows the order of the shape groups: each of these is then one slice.
    for (size, *_), layers in kinds.items():
        squares.setdefault(size, []).extend(layers)
    groups: list[Group] = []
    for (size, _, flip, first), layers in kinds.items():
        own = _positions([squares[size].index(i) for i in layers])
        before = None if first else _positions([squares[shapes[i][1]].index(i - 1) for i in layers])
        groups.append(Group(layers, size, own, before, flip))
    return Plan(groups, squares)


def at_least_single(dtype: torch.dtype) -> torch.dtype:
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype


def check_finite(weights: Sequence[Tensor]) -> None:
    """Raise a DomainError that names the layer unless all weights are finite."""
    for i, weight in enumerate(weights):
        finite = torch.isfinite(weight)
        if not bool(finite.all()):
            raise DomainError(f"need finite weights, got {weight[~finite][0].item()} in layer {i} of the chain")
