"""The σ that hands most through a chain: a maximum, below what keeps one layer's variance, scaled as √α."""

import math
from typing import Any

import pytest

from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.variance.best_sigma import best_sigma
from wishart_moments.variance.depth import depth_profile

CASES = [
    ((64, 64, 64), "identity"),
    ((28, 64, 64, 1), "relu"),
    ((16, 8, 4, 2), "groupsort"),
    ((8, 32, 32, 32, 3), "abs"),
    ((12, 10, 5), "tanh"),
    ((1, 1, 1), "relu"),
]


def output(widths: tuple[int, ...], scale: float, activation: str, alpha: Any = 1.0) -> float:
    sigma = [scale / math.sqrt(n) for n in widths[:-1]]
    return depth_profile(widths, sigma, alpha=alpha, architecture="chain", activation=activation).output


@pytest.mark.parametrize(("widths", "activation"), CASES)
def test_it_is_the_only_maximum(widths: tuple[int, ...], activation: str) -> None:
    best = best_sigma(widths, activation=activation)
    assert best.unimodal
    assert best.mean_square == output(widths, best.scale, activation)
    assert best.sigmas == tuple(best.scale / math.sqrt(n) for n in widths[:-1])
    for factor in (0.01, 0.5, 0.9, 0.999, 1.001, 1.1, 2, 10, 100):
        assert output(widths, factor * best.scale, activation) < best.mean_square


@pytest.mark.parametrize(("widths", "activation"), CASES)
def test_the_scale_is_stationary_to_seven_digits(widths: tuple[int, ...], activation: str) -> None:
    scale = best_sigma(widths, activation=activation).scale
    # The derivative's zero by secants of width 1e-3, symmetric in log σ up to a third-order term.
    step = 1e-3
    left, middle, right = (math.log(output(widths, scale * math.exp(d), activation)) for d in (-step, 0, step))
    assert abs((right - left) / 2) < 1e-2 * abs(left + right - 2 * middle)


@pytest.mark.parametrize("alpha", [1e-4, 0.3, 50.0])
def test_the_scale_goes_with_the_root_of_alpha(alpha: float) -> None:
    one, other = (best_sigma((28, 64, 64, 1), alpha=a) for a in (1.0, alpha))
    assert math.isclose(other.scale, one.scale * math.sqrt(alpha), rel_tol=1e-6)
    assert math.isclose(other.mean_square, one.mean_square, rel_tol=1e-12)


def test_every_layer_may_have_its_alpha() -> None:
    best = best_sigma((6, 4, 3), alpha=[0.1, 10.0])
    values = [output((6, 4, 3), best.scale * factor, "relu", [0.1, 10.0]) for factor in (0.99, 1.01)]
    assert max(values) < best.mean_square


@pytest.mark.parametrize("hidden", [1, 3, 8])
@pytest.mark.parametrize("activation", ["identity", "relu", "groupsort"])
def test_square_chains_want_about_he_scale(hidden: int, activation: str) -> None:
    # One layer would keep 0.9 of its input at 10/√n; a chain wants 1/√n to 3/√n, and less the deeper it is.
    best = best_sigma((64,) * (hidden + 2), activation=activation)
    assert 1 < best.scale < 3
    assert best.mean_square > 1.5**hidden * output((64,) * (hidden + 2), 10.0, activation)


def test_deeper_chains_want_a_smaller_sigma() -> None:
    scales = [best_sigma((64,) * (hidden + 2)).scale for hidden in (1, 2, 4, 8)]
    assert scales == sorted(scales, reverse=True)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"architecture": "independent"}, DomainError, "increases with sigma, without a maximum; use solve_sigma"),
        ({"architecture": "star"}, MethodError, "need architecture to be one of independent, chain"),
        ({"widths": (4, 3)}, DomainError, r"need a hidden layer, such as widths \(28, 64, 1\)"),
        ({"widths": (4,)}, DomainError, "need widths of 2 integers"),
        ({"widths": (8, 64, 1)}, DomainError, "grows with sigma, to 0.106"),
        ({"widths": (1,) * 450, "activation": "abs"}, LimitError, "below the range of floats"),
        ({"activation": "groupsort", "widths": (4, 3, 1)}, DomainError, "multiples of 2"),
        ({"alpha": -1}, DomainError, "need alpha > 0 and finite, got -1"),
    ],
)
def test_chains_without_a_best_sigma_are_refused(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        best_sigma(**{"widths": (4, 6, 3, 1), **arguments})
