"""Whatever the law, a mean takes the same functions, kinks and tolerances, and refuses the same ones."""

from typing import Any

import numpy as np
import pytest

from wishart_moments import JacobiSpectrum, WishartSpectrum
from wishart_moments.errors import DomainError

LAWS = {
    "identity": WishartSpectrum(2, 3),
    "scale": WishartSpectrum(2, 3, scale=[[2, 1], [1, 2]]),
    "manova": JacobiSpectrum(2, 3, 9),
}
each_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)


def raising(_: Any) -> Any:
    raise ValueError("no")


@each_law
@pytest.mark.parametrize(
    ("f", "options", "message"),
    [
        (3, {}, "need f to be a function"),
        (raising, {}, "it raised ValueError"),
        (lambda _: "a", {}, "need f to return one finite number"),
        (lambda x: x[:1], {}, "need f to return one finite number"),
        (lambda x: x / (x - x), {}, "need f to return one finite number|need f to grow slower"),
        (np.log1p, {"points": [float("nan")]}, r"need finite points, got \[nan\]"),
        (np.log1p, {"points": [float("inf")]}, r"need finite points, got \[inf\]"),
        (np.log1p, {"tolerance": 0}, "need tolerance > 0"),
        (np.log1p, {"with_error": 1}, "need with_error to be True or False"),
    ],
)
def test_what_is_no_mean_is_refused(law: Any, f: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DomainError, match=message):
        law.expect(f, **options)


@pytest.mark.parametrize("law", [LAWS["identity"], LAWS["scale"]], ids=["identity", "scale"])
@pytest.mark.parametrize("sigma", [1e200, float("inf"), -1])
def test_sigma_has_a_finite_square(law: Any, sigma: float) -> None:
    with pytest.raises(DomainError, match="need sigma"):
        law.expect(np.log1p, sigma=sigma)


@each_law
def test_kinks_in_any_order_and_twice_are_the_same_kinks(law: Any) -> None:
    def f(x: Any) -> Any:
        return np.abs(x - 0.3) + np.abs(x - 0.6)

    assert law.expect(f, points=[0.6, 0.3, 0.6]) == law.expect(f, points=[0.3, 0.6])
