"""The bounds from exact moments enclose the mean by quadrature, at every Σ, and narrow."""

from fractions import Fraction

import numpy as np
import pytest

from wishart_moments import DomainError, ExistenceError, LimitError, MethodError, ridge_bounds, ridge_degrees_of_freedom
from wishart_moments.spectrum.gauss_radau import gauss_radau

SCALES = [
    np.diag([1, 4]),
    np.diag([1, 2, 3, 4]),
    np.diag([0, 1, 10]),
    np.array([[2.5, 1, 0.25], [1, 1, 0], [0.25, 0, 4]]),
]


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("n", [1, 2, 5, "9/2"])
@pytest.mark.parametrize("beta", [1, 2])
def test_the_mean_lies_between_them(scale: np.ndarray, n: int | str, beta: int) -> None:
    for alpha in (1, 20):
        ends = [ridge_bounds(alpha, n, scale, beta=beta, order=order) for order in (3, 6, 9)]
        value = ridge_degrees_of_freedom(alpha, n, scale, beta=beta).first
        assert all(lower <= value * (1 + 1e-12) and value * (1 - 1e-12) <= upper for lower, upper in ends)
        widths = [upper - lower for lower, upper in ends]
        assert widths == sorted(widths, reverse=True)


def test_at_the_identity_they_are_those_of_the_shape() -> None:
    lower, upper = gauss_radau(3, 5, 9).enclosure(Fraction(7))
    found = ridge_bounds(7, 5, np.eye(3).astype(int), order=9, negative=0)
    assert float(found.lower) == pytest.approx(float(lower), rel=1e-15)
    assert float(found.upper) == pytest.approx(float(upper), rel=1e-15)


def test_sigma_and_alpha_matter_by_their_ratio() -> None:
    assert ridge_bounds(8, 3, [[1, 0], [0, 4]], sigma=2) == ridge_bounds(2, 3, [[1, 0], [0, 4]])


def test_negative_moments_narrow_them() -> None:
    scale = np.diag([1, 2, 3, 4])
    value = ridge_degrees_of_freedom(5, 9, scale).first
    ends = [ridge_bounds(5, 9, scale, order=8, negative=q) for q in (0, 1, 2)]
    assert all(lower < value < upper for lower, upper in ends)
    widths = [upper - lower for lower, upper in ends]
    assert widths[0] > widths[1] > widths[2]
    assert ridge_bounds(5, 9, scale, order=8) == ends[2]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_complex_scale_has_ends(n: int) -> None:
    scale = np.array([[2, 1j], [-1j, 2]])
    lower, upper = ridge_bounds(5, n, scale, beta=2, order=8)
    value = ridge_degrees_of_freedom(5, n, scale, beta=2).first
    assert lower <= value <= upper
    # Its eigenvalues are 1 and 3.
    assert (lower, upper) == ridge_bounds(5, n, np.diag([1, 3]), beta=2, order=8)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(LimitError, match="need order from 1 to 30"):
        ridge_bounds(1, 3, [[1]], order=31)
    with pytest.raises(ExistenceError, match="smallest integer n is 10"):
        ridge_bounds(5, 9, np.diag([1, 2, 3, 4]), negative=3)
    with pytest.raises(LimitError, match="need negative <= 6"):
        ridge_bounds(5, 90, [[1]], negative=7)
    with pytest.raises(MethodError, match="need numbers"):
        ridge_bounds(1, None, [[1]])
    with pytest.raises(DomainError, match="need alpha > 0"):
        ridge_bounds(-1, 3, [[1]])
