"""Depth laws: what is exact equals what dense networks do, and the laws of scale, norm and sign hold.

Simulations multiply dense matrices as the network is written, forward and backward; they share nothing with the laws
but the definition. An exact mean lies within five standard errors, a chance of 6e-7 to fail each; seeds are fixed.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.spectrum.wishart_spectrum import spectrum
from wishart_moments.variance.activations import ACTIVATIONS, Smooth, activation
from wishart_moments.variance.depth import ARCHITECTURES, DepthProfile, depth_profile, layer_traces

Array = NDArray[np.float64]

ENTRIES = ("before", "after", "handed_on", "gradient_before", "gradient_after", "gradient_handed_on")
EXACT = ("identity", "relu", "leaky_relu:0.3", "leaky_relu:-0.5", "abs", "groupsort", "groupsort:4", "householder")
LINEAR_AT_ZERO = ("identity", "tanh", "elu")
Z = 5.0


def he(n: int) -> float:
    return n**-0.5


# The simulation ------------------------------------------------------------------------------------------------------


def _permutation(y: Array, group: int) -> Array:
    """Return the matrices that sort the groups of y."""
    draws, m = y.shape
    order = np.argsort(y.reshape(draws, -1, group), axis=2, kind="stable") + group * np.arange(m // group)[:, None]
    return np.eye(m)[order.reshape(draws, m)]


def _reflection(y: Array) -> Array:
    """Return the matrices of a Householder activation of pairs, at lines of different angles."""
    draws, m = y.shape
    jacobian = np.zeros((draws, m, m))
    for pair in range(m // 2):
        angle = 0.3 + pair
        v = np.array([math.cos(angle), math.sin(angle)])
        at = slice(2 * pair, 2 * pair + 2)
        behind = (y[:, at] @ v < 0)[:, None, None]
        jacobian[:, at, at] = np.eye(2) - 2 * behind * np.outer(v, v)
    return jacobian


def _diagonal(slopes: Array) -> Array:
    return slopes[:, :, None] * np.eye(slopes.shape[1])


def _activated(name: str, y: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return f(y) and the Jacobian of f at y; behind a dead layer y = 0 lies on either side with equal chance."""
    base, _, parameter = name.partition(":")
    if base == "groupsort":
        jacobian = _permutation(y, int(parameter or 2))
    elif base == "householder":
        jacobian = _reflection(y)
    elif base == "tanh":
        return np.tanh(y), _diagonal(np.cosh(y) ** -2)
    elif base == "elu":
        return np.where(y > 0, y, np.exp(y) - 1), _diagonal(np.where(y > 0, 1, np.exp(y)))
    else:
        negative = {"identity": 1.0, "relu": 0.0, "abs": -1.0}.get(base)
        slope = float(parameter) if negative is None else negative
        side = np.where(y == 0, rng.choice([-1, 1], y.shape), y)
        jacobian = _diagonal(np.where(side > 0, 1.0, slope))
    return (jacobian @ y[:, :, None])[:, :, 0], jacobian


def simulate(
    widths: tuple[int, ...], sigma: Callable[[int], float], alpha: float, chain: bool, name: str, draws: int, seed: int
) -> tuple[list[dict[str, Array]], Array]:
    """Return, for each layer, samples of the six mean squares, and of the gradient at the input; γ = 1."""
    rng = np.random.default_rng(seed)
    sector = name not in ("abs", "groupsort", "groupsort:4", "householder", "leaky_relu:-0.5")
    c = [1.0] + [math.sqrt(2) if chain and sector else 1.0] * (len(widths) - 2) + [1.0]
    x0 = np.linspace(1, 3, widths[0])
    z = np.tile(x0 * math.sqrt(widths[0]) / np.linalg.norm(x0), (draws, 1))
    layers: list[dict[str, Array]] = []
    jacobians: list[tuple[Array, Array, Array]] = []
    for i, (n, m) in enumerate(pairwise(widths)):
        w = rng.normal(0, sigma(n), (draws, m, n))
        values, vectors = np.linalg.eigh(alpha * np.eye(n) + w.swapaxes(1, 2) @ w)
        forward = (
            c[i + 1] * (c[i] if chain else 1) * w @ (vectors / np.sqrt(values)[:, None, :]) @ vectors.swapaxes(1, 2)
        )
        y = (forward @ z[:, :, None])[:, :, 0]
        hand = jacobian = np.broadcast_to(np.eye(m), (draws, m, m))
        x = y
        if i < len(widths) - 2:
            x, jacobian = _activated(name, y, rng)
            if chain:
                hand = math.sqrt(alpha) * np.linalg.inv(np.linalg.cholesky(alpha * np.eye(m) + w @ w.swapaxes(1, 2)))
        z = (hand @ x[:, :, None])[:, :, 0]
        layers.append({"before": (y**2).mean(1), "after": (x**2).mean(1), "handed_on": (z**2).mean(1)})
        jacobians.append((forward, jacobian, hand))
    gradient = np.sqrt(widths[-1]) * np.eye(widths[-1])[rng.integers(widths[-1], size=draws)]
    for samples, (forward, jacobian, hand) in zip(layers[::-1], jacobians[::-1], strict=True):
        samples["gradient_handed_on"] = (gradient**2).mean(1)
        for entry, matrix in (("gradient_after", hand), ("gradient_before", jacobian), ("", forward)):
            gradient = (gradient[:, None, :] @ matrix)[:, 0, :]
            samples[entry] = (gradient**2).mean(1)
    return layers, (gradient**2).mean(1)


def z_score(sample: Array, exact: float) -> float:
    error = float(sample.std(ddof=1)) / math.sqrt(len(sample))
    return (float(sample.mean()) - exact) / (error + 1e-12)


def numbers(profile: DepthProfile) -> Array:
    return np.array([[getattr(each, entry) for entry in ENTRIES] for each in profile.layers])


# Exactness -----------------------------------------------------------------------------------------------------------


def check_against_simulation(widths: tuple[int, ...], scale: float, architecture: str, name: str, draws: int) -> None:
    profile = depth_profile(widths, lambda n: scale * he(n), alpha=0.7, architecture=architecture, activation=name)
    layers, at_input = simulate(widths, lambda n: scale * he(n), 0.7, architecture == "chain", name, draws, 3)
    assert profile.exact
    for each, samples in zip(profile.layers, layers, strict=True):
        for entry in ENTRIES:
            assert each.exactness[entry] == "exact"
            assert abs(z_score(samples[entry], getattr(each, entry))) < Z, entry
    assert abs(z_score(at_input, profile.gradient_input)) < Z


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_piecewise_linear_and_sorting_networks_are_exact_forward_and_backward(architecture: str, name: str) -> None:
    check_against_simulation((3, 4, 8, 4, 2), 1.0, architecture, name, 6_000)


# Ten times the draws of the test above.
@pytest.mark.slow
@pytest.mark.parametrize("name", EXACT)
def test_chains_are_exact_with_many_draws(name: str) -> None:
    check_against_simulation((5, 8, 4, 1), 3.0, "chain", name, 60_000)


@pytest.mark.parametrize("name", ["identity", "relu", "abs"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_layers_of_width_one_are_exact(architecture: str, name: str) -> None:
    check_against_simulation((2, 1, 3, 1, 1), 1.5, architecture, name, 6_000)


@pytest.mark.parametrize(("m", "n"), [(2, 2), (5, 3), (3, 8), (1, 4)])
@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_the_three_traces_are_those_of_dense_matrices(m: int, n: int, scale: float) -> None:
    rng = np.random.default_rng(7)
    w = rng.normal(0, scale / math.sqrt(n), (20_000, m, n))
    kept = 0.5 * np.linalg.inv(0.5 * np.eye(m) + w @ w.swapaxes(1, 2))
    kept_trace = np.trace(kept, axis1=1, axis2=2)
    linear = kept_trace - (kept**2).sum((1, 2))
    traces = layer_traces(m, n, scale / math.sqrt(n), 0.5)
    assert abs(z_score(m - kept_trace, traces.passed)) < Z
    assert abs(z_score(kept_trace, traces.kept)) < Z
    assert abs(z_score(linear, traces.linear)) < Z
    spread = ((m - kept_trace) * kept_trace - linear) / (m - 1) if m > 1 else np.zeros(2)
    assert abs(z_score(spread, traces.spread)) < Z


@pytest.mark.parametrize(("m", "n"), [(2, 2), (64, 64), (64, 128), (128, 64), (1, 300), (1000, 3)])
def test_both_forms_of_the_mixed_trace_agree(m: int, n: int) -> None:
    # Where neither cancels, Stein's two forms give E tr H tr M + E tr HM the same value.
    for ratio in (0.3, 3.0):
        s = spectrum(m, n)
        first = s.expect(lambda x, r=ratio * n: (n - x) * r / (r + x))
        second = s.expect(lambda x, r=ratio * n: (x - n) * x / (r + x))
        assert math.isclose(first, second, rel_tol=1e-10)
        traces = layer_traces(m, n, 1.0, ratio * n)
        assert math.isclose(first, (m - 1) * traces.spread + 2 * traces.linear, rel_tol=1e-10)


@pytest.mark.parametrize(
    ("scale", "passed", "handed_on"),
    [
        (1 / math.sqrt(3), 0.208, 0.136),
        (1, 0.381, 0.170),
        (math.sqrt(2), 0.498, 0.166),
        (2, 0.607, 0.147),
        (3, 0.715, 0.117),
        (10, 0.902, 0.045),
    ],
)
def test_a_square_linear_layer_of_64_hands_on_what_the_reference_says(
    scale: float, passed: float, handed_on: float
) -> None:
    traces = layer_traces(64, 64, scale / 8, 1.0)
    assert round(traces.passed / 64, 3) == passed
    assert round(traces.linear / 64, 3) == handed_on
    # The chain adds the constants c: 2 for the first of two layers.
    first = depth_profile((64, 64, 64), scale / 8, architecture="chain").layers[0]
    assert math.isclose(first.handed_on, 2 * traces.linear / 64, rel_tol=1e-14)


def test_width_one_is_a_complementary_error_function() -> None:
    # With w ~ N(0, 1): E 1/(1 + w²) = g and E w²/(1 + w²)² = g − 1/2.
    g = math.sqrt(math.pi / 2) * math.exp(0.5) * math.erfc(math.sqrt(0.5))
    linear = depth_profile((1, 1, 1), 1.0, architecture="chain")
    assert math.isclose(linear.layers[0].handed_on, 2 * (g - 0.5), rel_tol=1e-13)
    assert math.isclose(linear.output, 4 * (g - 0.5) * (1 - g), rel_tol=1e-13)
    relu = depth_profile((1, 1, 1), 1.0, architecture="chain", activation="relu")
    assert math.isclose(relu.output, linear.output / 2, rel_tol=1e-13)


# Laws ----------------------------------------------------------------------------------------------------------------

networks = st.tuples(
    st.lists(st.integers(1, 6).map(lambda k: 2 * k), min_size=2, max_size=5),
    st.floats(0.05, 20),
    st.floats(0.01, 100),
    st.sampled_from(ARCHITECTURES),
)


@settings(deadline=None, max_examples=60)
@given(networks, st.sampled_from([name for name in EXACT if name != "groupsort:4"]))
def test_what_goes_forward_comes_back(network: tuple[list[int], float, float, str], name: str) -> None:
    # f(x) = J(x)x for positively homogeneous f: both are E‖J‖²_F over a number of coordinates.
    widths, scale, alpha, architecture = network
    profile = depth_profile(
        widths, lambda n: scale * he(n), alpha=alpha, gamma=1.3, architecture=architecture, activation=name
    )
    assert math.isclose(profile.gradient_input * widths[0], profile.output * widths[-1], rel_tol=1e-12)


@settings(deadline=None, max_examples=60)
@given(networks, st.sampled_from([*EXACT[:-2], "householder", "tanh", "elu"]), st.floats(0.01, 100))
def test_only_the_ratio_of_alpha_to_sigma_squared_matters(
    network: tuple[list[int], float, float, str], name: str, factor: float
) -> None:
    widths, scale, alpha, architecture = network
    one, other = (
        depth_profile(widths, c * scale, alpha=c**2 * alpha, architecture=architecture, activation=name)
        for c in (1.0, factor)
    )
    assert np.allclose(numbers(one), numbers(other), rtol=1e-11, atol=0)


@settings(deadline=None, max_examples=60)
@given(networks, st.sampled_from([*EXACT[:-2], "householder", "tanh", "elu"]))
def test_no_signal_grows(network: tuple[list[int], float, float, str], name: str) -> None:
    # Every W̃ shrinks, and the constants of the chain keep every step from z to z nonexpansive.
    widths, scale, alpha, architecture = network
    profile = depth_profile(widths, lambda n: scale * he(n), alpha=alpha, architecture=architecture, activation=name)
    norms = [widths[0], *(each.m * each.handed_on for each in profile.layers)]
    bound = 1 + 1e-12
    if architecture == "chain" and len(widths) > 2 and name in ("identity", "relu", "leaky_relu:0.3", "tanh", "elu"):
        norms[0], norms[-1] = norms[0] / 2, norms[-1] / 2
    assert all(later <= bound * earlier for earlier, later in pairwise(norms))


@pytest.mark.parametrize("name", ["identity", "relu", "leaky_relu:0.3", "tanh", "elu"])
def test_slope_restricted_chains_are_nonexpansive_between_any_two_inputs(name: str) -> None:
    rng = np.random.default_rng(5)
    worst = 0.0
    for m, n, scale in ((4, 4, 0.5), (3, 6, 1.0), (6, 3, 3.0)):
        w = scale * rng.standard_normal((2_000, m, n))
        values, vectors = np.linalg.eigh(np.eye(n) + w.swapaxes(1, 2) @ w)
        layer = 2 * w @ (vectors / np.sqrt(values)[:, None, :]) @ vectors.swapaxes(1, 2)
        root = np.linalg.inv(np.linalg.cholesky(np.eye(m) + w @ w.swapaxes(1, 2)))
        z, step = rng.standard_normal((2, 2_000, n, 1))
        x, moved = (_activated(name, (layer @ point)[:, :, 0], rng)[0][:, :, None] for point in (z, z + 0.1 * step))
        growth = np.linalg.norm(root @ (moved - x), axis=1) / np.linalg.norm(0.1 * step, axis=1)
        worst = max(worst, float(growth.max()))
    assert 0.8 < worst <= 1 + 1e-12


@pytest.mark.parametrize("name", EXACT)
def test_an_activation_passes_its_share_exactly(name: str) -> None:
    share = {"relu": 0.5, "leaky_relu:0.3": (1 + 0.3**2) / 2, "leaky_relu:-0.5": (1 + 0.5**2) / 2}.get(name, 1.0)
    for architecture in ARCHITECTURES:
        profile = depth_profile((4, 8, 8, 3), 0.5, architecture=architecture, activation=name)
        for each in profile.layers[:-1]:
            assert each.after == each.before * share
            assert each.gradient_before == each.gradient_after * share
        assert profile.layers[-1].after == profile.layers[-1].before == profile.output


def test_independent_linear_layers_multiply() -> None:
    profile = depth_profile((5, 7, 2), [0.4, 0.9], alpha=[1.0, 2.0], gamma=[1.5, 0.5])
    shares = [spectrum(m, n).expect(lambda x, r=r: x / (r + x)) / m for m, n, r in ((7, 5, 6.25), (2, 7, 2 / 0.81))]
    assert math.isclose(profile.layers[0].variance, 1.5**2 * shares[0], rel_tol=1e-13)
    assert math.isclose(profile.output, 1.5**2 * shares[0] * 0.5**2 * shares[1], rel_tol=1e-13)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_output_of_independent_layers_increases_with_sigma(name: str) -> None:
    outputs = [depth_profile((6, 8, 4), s, activation=name).output for s in np.geomspace(1e-3, 1e3, 40)]
    assert all(earlier < later for earlier, later in pairwise(outputs))


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_without_weights_nothing_passes(architecture: str, name: str) -> None:
    profile = depth_profile((6, 8, 4), 0, architecture=architecture, activation=name)
    assert profile.output == profile.gradient_input == 0
    assert all(each.before == each.handed_on == 0 for each in profile.layers)


def test_large_sigma_gives_projections() -> None:
    profile = depth_profile((8, 4, 2, 6), 1e8)
    assert np.allclose([each.before for each in profile.layers], [1, 1, 2 / 6], rtol=1e-5)
    chain = depth_profile((8, 4, 2, 6), 1e8, architecture="chain", activation="relu")
    assert chain.layers[0].handed_on < 1e-7


def test_gamma_is_the_gain_of_each_independent_layer_and_of_the_whole_chain() -> None:
    plain, gained = (depth_profile((3, 4, 5, 2), 0.7, gamma=g) for g in (1, 3))
    assert math.isclose(gained.output, 3**6 * plain.output, rel_tol=1e-13)
    plain, gained = (depth_profile((3, 4, 5, 2), 0.7, gamma=g, architecture="chain", activation="relu") for g in (1, 3))
    assert np.allclose(numbers(gained)[:, :3], 9 * numbers(plain)[:, :3], rtol=1e-13)
    assert math.isclose(gained.gradient_input, 9 * plain.gradient_input, rel_tol=1e-13)


def test_sigma_is_a_number_a_list_or_a_function_of_the_fan_in() -> None:
    widths = (3, 4, 5)
    listed = depth_profile(widths, [3**-0.5, 4**-0.5])
    assert depth_profile(widths, he) == listed == depth_profile(np.array(widths), np.array([3**-0.5, 4**-0.5]))
    assert depth_profile(widths, 0.5, alpha="1/2") == depth_profile(widths, [0.5, 0.5], alpha=[0.5, 0.5])


# Approximations ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("smooth", "exact"), [("relu", "relu"), ("leaky", "leaky_relu:0.3"), ("abs", "abs")])
@pytest.mark.parametrize("mean_square", [1e-8, 0.3, 1e4])
def test_the_gaussian_response_of_a_piecewise_linear_function_is_exact(
    smooth: str, exact: str, mean_square: float
) -> None:
    slope = {"relu": 0.0, "leaky": 0.3, "abs": -1.0}[smooth]
    f = Smooth(smooth, lambda y: np.where(y > 0, y, slope * y), lambda y: np.where(y > 0, 1.0, slope))
    for m in (1, 5, 64):
        expected = activation(exact).forward(m, 1.0)
        assert np.allclose(f.forward(m, mean_square), expected, rtol=1e-12, atol=1e-14)
        assert np.allclose(f.backward(m, mean_square), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("mean_square", [1e-3, 1.0, 1e4])
def test_the_gaussian_response_to_an_exponential_is_its_closed_form(mean_square: float) -> None:
    # E e^g over g < 0 for g ~ N(0, q): e^{q/2} Φ(−√q), the mean slope of elu on the left half line.
    q = mean_square
    left = (
        math.erfc(math.sqrt(q / 2)) * math.exp(q / 2) / 2 if q < 100 else 1 / math.sqrt(2 * math.pi * q) * (1 - 1 / q)
    )
    squares = math.erfc(math.sqrt(2 * q)) * math.exp(2 * q) / 2 if q < 100 else 0.5 / math.sqrt(2 * math.pi * q)
    energy, alignment = activation("elu").backward(10, q)
    assert math.isclose(energy, 0.5 + squares, rel_tol=1e-6 if q > 100 else 1e-12)
    a = 0.5 + left
    assert math.isclose(alignment, a**2 + 3 * (energy - a**2) / 12, rel_tol=1e-6 if q > 100 else 1e-12)


def test_small_signals_pass_a_smooth_activation_as_if_it_were_linear() -> None:
    linear, tanh, elu = (depth_profile((4, 6, 3), 1e-6, architecture="chain", activation=f) for f in LINEAR_AT_ZERO)
    assert math.isclose(linear.output, tanh.output, rel_tol=1e-6)
    assert math.isclose(linear.output, elu.output, rel_tol=1e-5)


@pytest.mark.parametrize("name", ["tanh", "elu"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_approximate_entries_say_so_and_lie_within_a_few_percent(architecture: str, name: str) -> None:
    widths = (24, 24, 24, 24)
    profile = depth_profile(widths, he, architecture=architecture, activation=name)
    layers, at_input = simulate(widths, he, 1.0, architecture == "chain", name, 400, 9)
    assert not profile.exact
    exact = {(0, "before")} | {(2, entry) for entry in ENTRIES[3:]} | {(1, entry) for entry in ENTRIES[4:]}
    for i, (each, samples) in enumerate(zip(profile.layers, layers, strict=True)):
        for entry in ENTRIES:
            value = getattr(each, entry)
            if (i, entry) in exact:
                assert each.exactness[entry] == "exact"
                assert abs(z_score(samples[entry], value)) < Z
            else:
                assert "Gaussians" in each.exactness[entry]
                assert math.isclose(samples[entry].mean(), value, rel_tol=0.06)
    assert "Gaussians" in profile.gradient_input_exactness
    assert math.isclose(at_input.mean(), profile.gradient_input, rel_tol=0.06)


# Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"widths": (5,)}, DomainError, "need widths of 2 integers >= 1 or more"),
        ({"widths": 5}, DomainError, "got 5"),
        ({"widths": "28,64"}, DomainError, "got '28,64'"),
        ({"widths": (5, 2.5)}, DomainError, r"need widths\[1\] to be an integer >= 1, got 2.5"),
        ({"widths": (0, 2)}, DomainError, r"need widths\[0\] to be an integer >= 1, got 0"),
        ({"widths": (2, 5000)}, LimitError, "need widths <= 4,096, got 5000"),
        ({"widths": (4, 5, 1), "activation": "groupsort"}, DomainError, "multiples of 2 for groupsort, got 5"),
        ({"widths": (4, 6, 1), "activation": "groupsort:4"}, DomainError, "multiples of 4 for groupsort:4, got 6"),
        ({"architecture": "resnet"}, MethodError, "need architecture to be one of independent, chain; got 'resnet'"),
        ({"activation": "gelu"}, DomainError, "no activation 'gelu'; there are identity, relu, leaky_relu, abs"),
        ({"activation": None}, DomainError, "no activation None"),
        ({"activation": "leaky_relu:2"}, DomainError, r"need the slope of leaky_relu in \[-1, 1\], got 2"),
        ({"activation": "leaky_relu:x"}, DomainError, "need the slope of leaky_relu"),
        ({"activation": "groupsort:1"}, DomainError, "need groups of an integer >= 2 coordinates, got '1'"),
        ({"activation": "tanh:3"}, DomainError, "tanh takes no parameter, got 'tanh:3'; write 'tanh'"),
        ({"sigma": -1}, DomainError, "need sigma >= 0 and finite, got -1"),
        ({"sigma": math.nan}, DomainError, "need sigma >= 0 and finite, got nan"),
        ({"sigma": [1, 2, 3]}, DomainError, "need one sigma, or one for each of the 2 layers, got 3"),
        ({"sigma": [[1], 2]}, DomainError, r"need one sigma for a layer, got \[1\]"),
        ({"sigma": lambda n: -n}, DomainError, "need sigma >= 0 and finite, got -4"),
        ({"alpha": 0}, DomainError, "need alpha > 0 and finite, got 0"),
        ({"alpha": [1]}, DomainError, "need one alpha, or one for each of the 2 layers, got 1"),
        ({"gamma": -1}, DomainError, "need gamma > 0 and finite, got -1"),
        ({"gamma": [1, 2], "architecture": "chain"}, DomainError, "need one gamma for a chain"),
        ({"gamma": 1e200}, DomainError, "exceed the range of floats"),
    ],
)
def test_what_makes_no_network_is_refused(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        depth_profile(**{"widths": (4, 6, 3), "sigma": 1.0, **arguments})


def test_a_single_layer_has_no_activation() -> None:
    profiles = [depth_profile((4, 5), 0.5, architecture=a, activation="tanh") for a in ARCHITECTURES]
    assert all(profile.exact for profile in profiles)
    assert profiles[0].output == profiles[1].output == layer_traces(5, 4, 0.5, 1.0).passed / 5
