"""The condition number of a 2×2 matrix: the closed form of β = 1, an integral of the density, and refusals."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate

from wishart_moments import DomainError, MethodError, condition_number_cdf

INTEGRATE: Any = integrate  # whose stubs know no types


@pytest.mark.parametrize("n", [2, "5/2", 3, 40])
def test_real_ones_are_a_power(n: int | str) -> None:
    freedom = 2.5 if n == "5/2" else float(n)
    for t in (1, 1.5, 4, 1e6):
        found = condition_number_cdf(t, 2, n)
        assert_allclose(found.value, 1 - (2 * np.sqrt(t) / (1 + t)) ** (freedom - 1), rtol=1e-9, atol=1e-15)
        assert found.error < 1e-16


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_it_is_the_integral_of_the_density(beta: int) -> None:
    n, top = 4, 5.0

    def density(t: float) -> float:
        """Return ∫ over the least eigenvalue y at λ_max = ty, up to a constant."""
        return t ** (beta * (n - 1) / 2 - 1) * (t - 1) ** beta / (1 + t) ** (beta * n)

    part, whole = INTEGRATE.quad(density, 1, top, epsabs=0)[0], INTEGRATE.quad(density, 1, np.inf, epsabs=0)[0]
    assert_allclose(condition_number_cdf(top, 2, n, beta=beta).value, part / whole, rtol=1e-8)


def test_what_has_no_closed_form_is_refused() -> None:
    with pytest.raises(MethodError, match="need m = 2"):
        condition_number_cdf(4, 3, 5)
    with pytest.raises(DomainError, match="need n > 1"):
        condition_number_cdf(4, 2, 1)
    with pytest.raises(DomainError, match="t"):
        condition_number_cdf(0.5, 2, 5)
    with pytest.raises(MethodError, match="need numbers"):
        condition_number_cdf(4, 2, None)
