"""E(αI + S)^{-1} by its definition: sums of positive terms and a quadrature of another kind, at hard eigenvalues.

The sums D_J are those of elementary symmetric functions, without roots of unity; the mean over R is taken in log √(r_1
r_2) and log(cosh log √(r_1/r_2) − 1), where |r_1 − r_2| is smooth, by the trapezoidal rule. Numbers have 64 bits.
"""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from flint import fmpq
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from wishart_moments import expected_log_determinant, expected_resolvent, log_determinant_mean, ridge_degrees_of_freedom
from wishart_moments.spectrum.closed_form import resolvent_enclosure
from wishart_moments.spectrum.general_scale import filtered

Array = NDArray[Any]
REAL: Any = np.longdouble


def determinant(scale: Array, n: float, without: set[int]) -> Any:
    """Return Σ_k n(n−1)…(n−k+1) e_k of the eigenvalues that are left."""
    e = [REAL(1)]
    for value in (each for i, each in enumerate(scale) if i not in without):
        e = [a + value * b for a, b in zip([*e, 0], [0, *e], strict=True)]
    falling = [REAL(1)]
    for k in range(len(e) - 1):
        falling.append(falling[-1] * max(n - k, 0.0))
    return sum(a * b for a, b in zip(e, falling, strict=True))


def means(scale: Array, n: float, beta: int, step: float) -> tuple[Any, Any, Any]:
    """Return κ_∅, κ_j and κ_jk up to one factor."""
    u = np.arange(-110.0, np.log(2 * (n + 60)), step).astype(REAL)
    if beta == 2:
        r = np.exp(u)
        weights = np.exp((n + 1) * u - r - sum(np.log1p(each * r) for each in scale))
        kept = 1 / (1 + np.multiply.outer(scale, r))
        return weights.sum(), kept @ weights, np.zeros((len(scale), len(scale)), REAL)
    v = np.arange(-46.0, float(u[-1] - u[0]), step).astype(REAL)
    spread = 1 + np.exp(v) + np.sqrt(np.exp(v) * (np.exp(v) + 2))  # √(r_1/r_2)
    first, second = np.exp(u)[:, None] * spread, np.exp(u)[:, None] / spread
    heights = (n + 2) * u[:, None] - (first + second) / 2 + v
    heights = heights - sum(np.log1p(each * first) + np.log1p(each * second) for each in scale) / 2
    live = heights > heights.max() - 60
    weights = np.exp(heights[live] - heights.max())
    one, two = (1 / (1 + np.multiply.outer(scale, r[live])) for r in (first, second))
    pairs = (one * weights) @ two.T
    return weights.sum(), (one + two) @ weights / 2, (pairs + pairs.T) / 2


def rest(eigenvalues: Any, n: float, beta: int, step: float = 0.2) -> Array:
    """Return 1 − s_j = E[(I + S)^{-1}]_jj: the part of F without j."""
    scale = np.asarray(eigenvalues, REAL)
    whole, single, pairs = means(scale, n, beta, step)
    size, factor = len(scale), 3 - beta

    def total(without: set[int]) -> Any:
        found = whole * determinant(scale, n, without)
        for j in range(size):
            found += factor * scale[j] * single[j] * determinant(scale, n, without | {j})
        for i, j in combinations(range(size), 2):
            found += 2 * scale[i] * scale[j] * pairs[i, j] * determinant(scale, n, without | {i, j})
        return found

    everything = total(set())
    return np.array([total({j}) / everything for j in range(size)])


SPECTRA = [
    [1.0, 1.0, 1.0],
    [1e-12, 1e-6, 1.0],
    [1e-12, 1.0, 1.0 + 1e-13],
    [1e-12, 1e-12, 1.0],
    [0.2, 2.0, 4.0],
]


@pytest.mark.parametrize("values", SPECTRA)
@pytest.mark.parametrize(("n", "alpha", "beta"), [
    (1, 1e-12, 2), (3, 1.0, 2), (7, 1e-6, 2), (2, 1e12, 2), (2.25, 1e-9, 2), (3, 1e-4, 1), (2, 1e-12, 1), (2.5, 1.0, 1),
])  # fmt: skip
def test_the_resolvent_is_the_sum_of_positive_terms(values: list[float], n: float, alpha: float, beta: int) -> None:
    scale = np.array(values) / alpha
    found = filtered(scale, n, beta)
    assert_allclose(found.rest, rest(scale, n, beta).astype(float), rtol=5e-13)
    # E x² lies between (E x)² and E x for 0 <= x <= 1.
    assert (found.squares <= found.shares * (1 + 1e-12)).all()
    assert (found.squares >= found.shares**2 * (1 - 1e-12)).all()


@pytest.mark.parametrize(("m", "n"), [(5, 6), (20, 30), (100, 120), pytest.param(500, 500, marks=pytest.mark.slow)])
def test_at_the_identity_it_is_the_closed_form(m: int, n: int) -> None:
    for alpha in (1e-12, 1e-6, 1e3):
        closed_form = float(resolvent_enclosure(m, n, fmpq(*alpha.as_integer_ratio()), 60, 1))
        assert_allclose(filtered(np.ones(m) / alpha, n, 1).rest.sum() / alpha, closed_form, rtol=1e-14 * m + 5e-14)


@pytest.mark.parametrize("beta", [1, 2])
def test_a_condition_number_of_1e12_keeps_the_determinant(beta: int) -> None:
    scale = np.diag([1e-12, 1e-12, 3e-6, 1.0])
    exact = log_determinant_mean(n=9, scale=scale, beta=beta)
    # Less than α tr Σ^{-1} apart.
    assert_allclose(expected_log_determinant(1e-26, 9, scale, beta=beta), exact, rtol=1e-13)


def test_moments_at_500_eigenvalues_of_every_size() -> None:
    # For large α, E S − E S²/α: E S = nΣ, E S² = n(n + 1)Σ² + n tr(Σ) Σ.
    scale, n, alpha = np.geomspace(1e-12, 1, 500), 500, 1e12
    series = n * scale - (n * (n + 1) * scale**2 + n * scale.sum() * scale) / alpha
    found = ridge_degrees_of_freedom(alpha, n, np.diag(scale))
    assert_allclose(found.first, series.sum() / alpha, rtol=1e-12)
    kept = np.sort(np.diag(expected_resolvent(alpha, n, np.diag(scale))))
    assert_allclose(alpha * kept, 1 - np.sort(series)[::-1] / alpha, rtol=1e-15)
