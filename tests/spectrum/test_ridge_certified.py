"""Proved ends at a general scale enclose what the floats say, and narrow."""

from typing import Any

import numpy as np
import pytest

from wishart_moments import (
    LimitError,
    MethodError,
    expected_log_determinant,
    expected_resolvent,
    ridge_degrees_of_freedom,
)

SCALES = [(np.diag([1, 4]), 3), (np.array([[2.5, 1, 0.25], [1, 1, 0], [0.25, 0, 4]]), 2), (np.diag([0, 1, 10]), 4)]


@pytest.mark.parametrize(("scale", "n"), SCALES)
@pytest.mark.parametrize("beta", [1, 2])
def test_they_enclose_the_values(scale: np.ndarray, n: int, beta: int) -> None:
    law: dict[str, Any] = {"beta": beta, "sigma": 0.5}

    def first(**more: Any) -> Any:
        return ridge_degrees_of_freedom(3, n, scale, **law, **more).first

    def second(**more: Any) -> Any:
        return ridge_degrees_of_freedom(3, n, scale, **law, **more).second

    def log_determinant(**more: Any) -> Any:
        return expected_log_determinant(3, n, scale, **law, **more)

    for function in (first, second, log_determinant):
        value, wide, narrow = function(), *(function(certified=True, order=order) for order in (4, 8))
        assert wide[0] - 1e-12 <= narrow[0] - 1e-12 <= value <= narrow[1] + 1e-12 <= wide[1] + 1e-12
        assert narrow[1] - narrow[0] < wide[1] - wide[0]
    values = expected_resolvent(3, n, scale, **law)
    lower, upper = (np.array(each, dtype=float) for each in expected_resolvent(3, n, scale, **law, certified=True))
    assert (lower - 1e-12 <= values).all()
    assert (values <= upper + 1e-12).all()
    assert (upper - lower).max() < 1e-2


def test_what_has_no_ends_is_refused() -> None:
    with pytest.raises(MethodError, match="need a real scale"):
        expected_resolvent(1, 3, [[2, 1j], [-1j, 2]], beta=2, certified=True)
    with pytest.raises(LimitError, match="need order >= 2"):
        expected_log_determinant(1, 3, [[1]], certified=True, order=1)
    with pytest.raises(MethodError, match="need sigma > 0"):
        ridge_degrees_of_freedom(1, 3, [[1]], sigma=0, certified=True)


@pytest.mark.parametrize("quantity", ["first", "second"])
def test_ends_at_huge_sizes_are_proved_with_more_bits(quantity: str) -> None:
    """S/(α + S) tends to 1 for every eigenvalue; the rule with the node 0 only knows that some mass may lie there."""
    lower, upper = getattr(ridge_degrees_of_freedom(1, 7, [[1]], sigma=1e200, certified=True, order=4), quantity)
    assert 0.5 < lower <= 1 - 1e-300
    assert upper == 1 or 1 - upper < 1e-300
    lower, upper = getattr(ridge_degrees_of_freedom(1, 10**300, np.eye(3), certified=True, order=4), quantity)
    assert 3 - 1e-14 < lower <= upper <= 3
