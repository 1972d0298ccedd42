"""Simulation: means within five standard errors of the exact ones, honest standard errors, one seed, one result.

|z| > 5 has probability 6e-7 for each check; the seeds are fixed.
"""

import os
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np
import pytest

from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.spectrum.wishart_spectrum import spectrum
from wishart_moments.variance import simulate as module
from wishart_moments.variance.simulate import METHODS, Simulation, simulate_variance

BOUND = 5.0

# m, n and the output variance at σ² = 1/n, α = γ = 1: ten digits, certified by Gauss–Radau from exact moments.
REFERENCE = [(4, 7, 0.4173664202), (10, 12, 0.3933625479), (10, 10, 0.3748901018), (64, 128, 0.4376466446)]


@pytest.mark.parametrize("controlled", [True, False])
@pytest.mark.parametrize(("m", "n", "exact"), REFERENCE)
def test_the_mean_is_the_output_variance(m: int, n: int, exact: float, controlled: bool) -> None:
    found = simulate_variance(m, n, n**-0.5, draws=20_000, control_variates=controlled)
    assert abs(found.z(exact)) < BOUND
    assert found.standard_error < 1e-3
    assert abs(found.z(1.02 * exact)) > BOUND


@pytest.mark.parametrize("method", ["dense", "dense-cholesky"])
@pytest.mark.parametrize(("m", "n"), [(1, 1), (4, 7), (7, 4), (10, 10)])
def test_a_layer_fed_with_gaussian_inputs_has_the_output_variance(m: int, n: int, method: str) -> None:
    sigma, alpha, gamma = np.array([0.3, 1.0, 5.0]), np.array([0.5, 1.0, 2.0]), 1.5
    found = simulate_variance(m, n, sigma, alpha=alpha, gamma=gamma, draws=4000, seed=1, method=method)
    exact = gamma**2 / m * spectrum(m, n).filtered(alpha / sigma**2)
    assert (np.abs(found.z(exact)) < BOUND).all()
    assert (found.standard_error < 0.05 * exact).all()


@pytest.mark.parametrize("method", ["dense", "dense-cholesky"])
def test_dense_layers_vary_from_draw_to_draw_as_bidiagonal_ones(method: str) -> None:
    sigma = np.array([0.2, 1.0])
    dense = simulate_variance(4, 6, sigma, draws=10_000, method=method)
    quick = simulate_variance(4, 6, sigma, draws=100_000)
    # The deviation of 10,000 draws is known to 2 % or so at five standard errors, whatever the kurtosis up to 5.
    assert dense.standard_deviation == pytest.approx(quick.standard_deviation, rel=0.05)


def test_both_roots_give_one_realised_variance() -> None:
    roots = [simulate_variance(5, 8, 0.4, draws=200, method=method) for method in METHODS[1:]]
    assert roots[0].standard_deviation == pytest.approx(roots[1].standard_deviation, rel=1e-10)
    assert roots[0].mean != roots[1].mean  # W̃ differs by a rotation of the inputs


@pytest.mark.parametrize("beta", [1, 2, 4, 0.5])
def test_one_output_of_any_beta_saturates_and_vanishes(beta: float) -> None:
    found = simulate_variance(1, 3, [0.0, 1e-6, 1e6], draws=1000, beta=beta, gamma=2.0)
    assert found.mean[0] == 0
    assert found.mean[1] == pytest.approx(4 * 3e-12, rel=1e-6)
    assert found.mean[2] == pytest.approx(4, abs=0.05)
    assert found.z([0, 12e-12, 4])[0] == 0


@pytest.mark.parametrize("ratio", [0.2, 3.0, 50.0])
def test_complex_layers_have_the_complex_spectrum(ratio: float) -> None:
    found = simulate_variance(4, 6, ratio**-0.5, draws=20_000, beta=2)
    assert abs(found.z(spectrum(4, 6, 2).filtered(np.array([ratio]))[0] / 4)) < BOUND


@pytest.mark.parametrize("controlled", [True, False])
def test_the_standard_error_is_honest(controlled: bool) -> None:
    sigma = np.array([0.1, 0.4, 2.0])
    exact = spectrum(3, 5).filtered(sigma**-2.0) / 3
    runs = [simulate_variance(3, 5, sigma, draws=500, seed=s, control_variates=controlled) for s in range(300)]
    z = np.array([run.z(exact) for run in runs])
    # 300 nearly independent standard normals: their mean, and the mean of their squares to five deviations √(2/300).
    assert (np.abs(z.mean(axis=0)) < BOUND / sqrt(300)).all()
    assert (np.abs((z**2).mean(axis=0) - 1) < BOUND * sqrt(2 / 300)).all()


def test_control_variates_reduce_the_error_and_leave_the_deviation() -> None:
    sigma = np.array([0.01, 0.1, 0.3])
    plain, reduced = (simulate_variance(10, 12, sigma, draws=5000, control_variates=c) for c in (False, True))
    assert (reduced.standard_error < plain.standard_error / np.array([1e5, 50, 4])).all()
    np.testing.assert_allclose(reduced.standard_deviation, plain.standard_deviation, rtol=1e-12)
    np.testing.assert_allclose(plain.standard_error, plain.standard_deviation / sqrt(5000), rtol=1e-9)


def test_few_draws_go_without_control_variates() -> None:
    few, plain = (simulate_variance(3, 5, 0.5, draws=49, control_variates=c) for c in (True, False))
    assert few == plain
    assert simulate_variance(3, 5, 0.5, draws=2).standard_error > 0


@pytest.mark.parametrize("method", METHODS)
def test_one_seed_gives_one_simulation_and_another_a_different_one(method: str) -> None:
    first, again, other = (simulate_variance(3, 4, 0.5, draws=300, seed=s, method=method) for s in (1, 1, 2))
    assert first == again != other


def test_the_number_of_processors_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments: dict[str, Any] = {"draws": 50_000, "seed": 3}
    usual = simulate_variance(3, 4, 0.5, **arguments)
    for processors in (1, 3):
        monkeypatch.setattr(module, "cpu_count", lambda count=processors: count)
        assert simulate_variance(3, 4, 0.5, **arguments) == usual
    assert os.cpu_count() is not None


def test_the_same_draws_serve_every_argument() -> None:
    sigma, gamma = np.linspace(0.1, 2, 40), np.array([[1.0], [3.0]])
    family = simulate_variance(3, 4, sigma, gamma=gamma, draws=1000)
    assert family.mean.shape == family.standard_error.shape == family.standard_deviation.shape == (2, 40)
    np.testing.assert_allclose(family.mean[1], 9 * family.mean[0], rtol=1e-14)
    assert (np.diff(family.mean, axis=1) > 0).all()  # in every single draw
    alone = simulate_variance(3, 4, sigma[7], draws=1000)
    assert family.mean[0, 7] == pytest.approx(alone.mean, rel=1e-12)
    scaled = simulate_variance(3, 4, 10 * sigma[7], alpha=100, draws=1000)
    assert scaled.mean == pytest.approx(alone.mean, rel=1e-12)


def test_blocks_merge_to_the_moments_of_the_whole() -> None:
    rng = np.random.default_rng(5)
    values, controls = rng.standard_normal((2, 1000)) + 1e6, rng.standard_normal((2, 1000))
    whole = module._Sums.of(values, controls)
    ends = [0, 1, 400, 990, 1000]
    merged = module._Sums.of(values[:, :1], controls[:, :1])
    for start, end in pairwise(ends[1:]):
        merged = merged.merged(module._Sums.of(values[:, start:end], controls[:, start:end]))
    for found, expected in zip(merged, whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-7)


def test_large_layers_need_no_more_memory_than_a_few_draws() -> None:
    found = simulate_variance(20_000, 30_000, 30_000**-0.5, draws=40)
    # The Marchenko–Pastur limit; 1/N corrections are below 1e-4.
    t, c = 1.0, 2 / 3
    root = sqrt((1 + t * (1 + c)) ** 2 - 4 * c * t * t)
    assert found.mean == pytest.approx((1 + t * (1 + c) - root) / (2 * c * t), rel=1e-4)


def test_an_interrupt_stops_the_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []

    def interrupted(*_: object) -> None:
        begun.append(1)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "sample", interrupted)
    monkeypatch.setattr(module, "cpu_count", lambda: 1)
    with pytest.raises(KeyboardInterrupt):
        simulate_variance(2, 2, 1.0, draws=10**7)
    assert len(begun) <= 3  # of 1221 blocks: two are on their way when the first fails


def test_z_is_the_distance_in_standard_errors() -> None:
    assert Simulation(1.5, 0.25, 1.0, 16).z(1.0) == 2
    assert Simulation(0.0, 0.0, 0.0, 16).z(0) == 0
    np.testing.assert_array_equal(Simulation(np.array([1.0, 2.0]), np.array([0.5, 0.5]), 1.0, 4).z(1), [0, 2])


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((0, 2, 1.0), {}, DomainError, "need m to be an integer >= 1"),
        ((2, 2.5, 1.0), {}, DomainError, "need n to be an integer >= 1"),
        ((2, 10**7, 1.0), {}, LimitError, "need n <= 1,000,000"),
        ((2, 2, -1.0), {}, DomainError, "need sigma >= 0"),
        ((2, 2, 1.0), {"alpha": 0}, DomainError, "need alpha > 0"),
        ((2, 2, 1.0), {"gamma": float("nan")}, DomainError, "need gamma > 0"),
        ((2, 2, 1.0), {"draws": 1}, DomainError, "need at least 2 draws, got 1"),
        ((2, 2, 1.0), {"draws": 1.5}, DomainError, "need draws to be an integer"),
        ((2, 2, 1.0), {"draws": 10**12}, LimitError, "need draws <= "),
        ((2, 2, 1.0), {"seed": -1}, DomainError, "need seed to be an integer >= 0"),
        ((2, 2, 1.0), {"method": "exact"}, MethodError, "need method to be one of bidiagonal, dense"),
        ((2, 2, 1.0), {"beta": 0}, DomainError, "need beta > 0"),
        ((2, 2, 1.0), {"beta": "x"}, DomainError, "need beta > 0"),
        ((2, 2, 1.0), {"method": "dense", "beta": 2}, MethodError, "use method 'bidiagonal'"),
        ((2, 10_000, 1.0), {"method": "dense"}, LimitError, "GiB, need at most 2; use method 'bidiagonal'"),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_one_line(
    arguments: tuple[Any, ...], options: dict[str, Any], error: type[ValueError], message: str
) -> None:
    with pytest.raises(error, match=message) as refusal:
        simulate_variance(*arguments, **options)
    assert "\n" not in str(refusal.value)
