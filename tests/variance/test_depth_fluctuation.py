"""The spread of one draw of a network: one layer in closed form, dense draws, and what has no such law."""

from itertools import pairwise
from math import sqrt

import numpy as np
import pytest
from numpy.typing import NDArray

from wishart_moments.errors import MethodError
from wishart_moments.variance.activations import Activation, Response, activation
from wishart_moments.variance.depth import depth_profile
from wishart_moments.variance.depth_fluctuation import depth_fluctuation
from wishart_moments.variance.fluctuation import fluctuation

Array = NDArray[np.float64]


def test_one_input_of_one_layer_fluctuates_as_the_layer() -> None:
    # n = 1: all inputs have one direction, up to a sign.
    for m, sigma in ((1, 1.0), (5, 0.3), (40, 2.0)):
        found = depth_fluctuation(depth_profile((1, m), sigma))
        assert found == pytest.approx((fluctuation(m, 1, sigma),), rel=1e-9)


def test_faint_layers_have_the_spread_of_a_gaussian_matrix() -> None:
    # y = W z for σ → 0: ‖y‖²/σ²‖z‖² is chi-squared of m, of variance 2m.
    (found,) = depth_fluctuation(depth_profile((7, 5), 1e-6))
    mean = depth_profile((7, 5), 1e-6).output
    assert found / mean == pytest.approx(sqrt(2 / 5), rel=1e-9)


def _weights(draws: int, m: int, n: int, sigma: float, rng: np.random.Generator) -> Array:
    w = sigma * rng.standard_normal((draws, m, n))
    u, s, v = np.linalg.svd(w, full_matrices=False)
    return (u * (s / np.sqrt(1 + s * s))[:, None, :]) @ v


@pytest.mark.parametrize("name", ["identity", "relu", "leaky_relu:-0.5", "abs", "groupsort"])
def test_dense_networks_spread_as_predicted(name: str) -> None:
    draws, widths, sigma = 20_000, (3, 6, 4, 2), 0.7
    rng = np.random.default_rng(1)
    x = np.broadcast_to(np.array([1.0, -1.0, 1.0]), (draws, 3))
    squares: list[Array] = []
    slopes = {"identity": (1, 1), "relu": (1, 0), "leaky_relu:-0.5": (1, -0.5), "abs": (1, -1)}
    for n, m in pairwise(widths):
        y = (_weights(draws, m, n, sigma, rng) @ x[:, :, None])[:, :, 0]
        squares.append((y * y).mean(1))
        if name == "groupsort":
            x = np.sort(y.reshape(draws, -1, 2), axis=2).reshape(draws, m)
        else:
            p, q = slopes[name]
            x = np.where(y > 0, p * y, q * y)
    profile = depth_profile(widths, sigma, activation=name)
    for layer, expected, drawn in zip(profile.layers, depth_fluctuation(profile), squares, strict=True):
        second = drawn * drawn
        error = second.std() / sqrt(draws)
        assert abs(second.mean() - (expected**2 + layer.before**2)) < 5 * error


def test_what_has_no_such_law_is_refused() -> None:
    with pytest.raises(MethodError, match="need independent layers"):
        depth_fluctuation(depth_profile((4, 4, 4), "he", architecture="chain"))
    with pytest.raises(MethodError, match="need a positively homogeneous activation for the fluctuation, got tanh"):
        depth_fluctuation(depth_profile((4, 4, 4), "he", activation="tanh"))


def test_an_activation_of_ones_own_has_no_fourth_moment_unless_it_says() -> None:
    class Half(Activation):
        name, slope_restricted = "half", True

        def forward(self, m: int, mean_square: float) -> Response:
            return activation("leaky_relu:0.5").forward(m, mean_square)

        backward = forward

    profile = depth_profile((4, 4, 4), "he", activation=Half())
    with pytest.raises(MethodError, match="got half"):
        depth_fluctuation(profile, Half())
