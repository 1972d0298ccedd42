"""Lipschitz bounds from linear matrix inequalities, for networks and residual networks of slope-restricted activations.

For such an f and x_l = f(C_l x_{l−1} + b_l), two inputs have ‖Δx_l‖² <= Δx_l·C_lΔx_{l−1}. Suppose symmetric Q_0 = ρI,
Q_1, …, Q_{d−1} and λ_l > 0 are such that

    [Q_{l−1}, −λ_l C_lᵀ; −λ_l C_l, 2λ_l I − Q_l] > 0 for l < d,    [Q_{d−1}, C_dᵀ; C_d, I] > 0.

Then Δx_lᵀQ_lΔx_l <= Δx_{l−1}ᵀQ_{l−1}Δx_{l−1} (the quadratic form of the first block at (Δx_{l−1}, Δx_l)), and
‖Δy‖² <= Δx_{d−1}ᵀQ_{d−1}Δx_{d−1}: the network is √ρ-Lipschitz. The best Q_l are the pivots of a block LDLᵀ
factorisation, Q_l = 2λ_l I − λ_l² C_l Q_{l−1}^{-1} C_lᵀ; for an LDLTChain, λ_l = 1 and ρ = L², they are
2(I − W̃_l W̃_lᵀ) = 2Z_lᵀZ_l: it holds by construction. Here the Q_l are any floating matrices near the pivots, and each
block is proved positive definite, rounding accounted for.

References: Juston, Sreenivas, Nottage, Soylemezoglu, arXiv:2512.05915; Fazlyab et al., LipSDP, arXiv:1906.04893.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import inf, isfinite, prod
from typing import Any

import torch
from torch import Tensor

from wishart_nn.factors import linalg
from wishart_nn.positive_definite import UNIT, certified_norm, is_positive_definite

SLACKS = (1e-12, 1e-10, 1e-8, 1e-6, 1e-4)
"""What a pivot gives away, relative to λ, so that its block is positive definite in spite of rounding."""


def least_bound(holds: Callable[[float, bool], bool], high: float, certified: bool, precision: float = 1e-6) -> float:
    """Return the least bound that was found below `high`; infinity if there is none.

    Args:
        holds: whether a bound is proved (True), or seems to hold (False), by which is searched.
        certified: prove it: what the search ends at, with a little room.
    """
    if not 0 < high < inf or not holds(high, False):
        return inf
    low, least = high / 4, high * 1e-9
    while low > least and holds(low, False):
        low, high = low / 4, low
    while high - low > precision * high:
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle, False) else (middle, high)
    if not certified:
        return high
    near = (high * (1 + room) for room in (1e-11, 1e-9, 1e-7, 1e-5, 1e-3))
    return next((each for each in near if holds(each, True)), inf)


def _shortened(found: float, holds: Callable[[float], bool]) -> float:
    """A bound by construction is a short number: it lies within the search's precision of what was found."""
    short = float(f"{found:.6g}")
    return short if short < found < inf and holds(short) else found


def chain_bound(weights: Sequence[Tensor], product: float, certified: bool) -> float:
    """Return the least √ρ found at which all blocks are positive definite; infinity if there is none to `product`."""
    best = inf
    for rescaled in (False, True):
        for slack in SLACKS:
            found = least_bound(partial(_feasible, weights, slack, rescaled), min(product, best), certified)
            if certified:
                tried = [partial(_feasible, weights, each, rescaled, proved=True) for each in SLACKS]
                found = _shortened(found, lambda short, tried=tried: any(holds(short) for holds in tried))
            best = min(best, found)
            if found < inf or not certified:
                break
    return best


def _feasible(weights: Sequence[Tensor], slack: float, rescaled: bool, bound: float, proved: bool) -> bool:
    # ρ is rounded down: what holds for it holds for bound².
    rho = bound * bound * (1 - 4 * UNIT)
    if not 0 < rho < inf:
        return False
    q = rho * torch.eye(weights[0].shape[1], dtype=torch.float64)
    for i, c in enumerate(weights, 1):
        lower, info = linalg.cholesky_ex(q)
        if int(info):
            return False
        image = linalg.solve_triangular(lower, c.mT, upper=False)
        eye = torch.eye(c.shape[0], dtype=torch.float64)
        if i == len(weights):
            return is_positive_definite(_joined(q, c, eye)) if proved else float(linalg.matrix_norm(image, 2)) <= 1
        gram = image.mT @ image
        size = float(linalg.eigvalsh(gram)[-1]) if rescaled else 1.0
        scale = 1 / size if size > 0 and isfinite(1 / size) else 1.0
        following = (2 - slack) * scale * eye - scale**2 * (gram + gram.mT) / 2
        # The products and differences here are rounded once each.
        radius = 4 * UNIT * (scale * float(linalg.matrix_norm(c)) + 2 * scale + float(linalg.matrix_norm(following)))
        if proved and not is_positive_definite(_joined(q, -scale * c, 2 * scale * eye - following), radius):
            return False
        q = following
    return False


def _joined(q: Tensor, c: Tensor, corner: Tensor) -> Tensor:
    return torch.cat((torch.cat((q, c.mT), 1), torch.cat((c, corner), 1)))


def residual_bound(weights: Sequence[Tensor], certified: bool) -> float:
    """Return a Lipschitz constant of x ↦ A x + B f(C_L ⋯ f(C_1 x)), weights A, C_1, …, C_L, B: √ρ of the least ρ found

        at which [ρI, −C_1ᵀ, …, −Aᵀ; −C_1, 2I, …; …; −A, …, −B, I] > 0

    (a block for x, each x_l and y), or ‖A‖ + ‖B‖‖C_L‖⋯‖C_1‖ where that is less.
    """
    norms = [certified_norm(each) for each in weights]
    product = (norms[0] + prod(norms[1:])) * (1 + 2 * (len(norms) + 2) * UNIT)
    skip, *branch = weights
    m, n = skip.shape
    # The lower triangle.
    matrix = 2 * torch.eye(n + sum(each.shape[0] for each in branch), dtype=torch.float64)
    diagonal: Any = torch.block_diag  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    matrix[n:, :-m] -= diagonal(*branch)
    matrix[-m:, -m:] /= 2
    matrix[-m:, :n] -= skip

    def holds(bound: float, proved: bool) -> bool:
        matrix.diagonal()[:n] = bound * bound * (1 - 4 * UNIT)
        return is_positive_definite(matrix) if proved else not int(linalg.cholesky_ex(matrix)[1])

    found = least_bound(holds, product, certified, 1e-9)
    return min(_shortened(found, partial(holds, proved=certified)), product)
