"""Where to start one ReLU: the ball, its volume on the teacher's side, the bound, and what descent makes of it."""

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import torch

from wishart_moments.errors import DomainError
from wishart_nn.relu import (
    ball_uniform_,
    gradient_descent,
    gradient_flow,
    match_units,
    measure_success,
    nearer_probability,
    population_gradient,
    relu_init_radius,
    relu_init_std,
    success_bound,
    wilson_interval,
)

mp: Any = mpmath
SIZES = (2, 3, 10, 100, 1000)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("d", [1, 2, 5, 50])
def test_ball_uniform_has_the_moments_of_the_ball(d: int) -> None:
    """‖w‖ = R U^{1/d}, E w_i² = R²/(d + 2): |z| < 4.5 each over 20,000 points; and no point outside."""
    w = ball_uniform_(torch.empty(20_000, d, dtype=torch.float64), 3.0, generator=seeded(d))
    share = (w.norm(dim=1) / 3.0) ** d
    assert abs(float(share.mean() - 0.5)) < 4.5 / math.sqrt(12 * 20_000)
    squares = w.square().mean(1)
    expected = 9 / (d + 2)
    assert abs(float(squares.mean()) - expected) < 4.5 * float(squares.std()) / math.sqrt(20_000)
    assert bool((ball_uniform_(torch.empty(20_000, d), 3.0, generator=seeded()).double().norm(dim=1) <= 3).all())


def test_the_ball_is_filled_in_place_and_by_the_generator() -> None:
    parameter = torch.nn.Parameter(torch.empty(4, 7))
    assert ball_uniform_(parameter, 1.0, generator=seeded(1)) is parameter
    assert parameter.requires_grad
    assert parameter.grad_fn is None
    assert torch.equal(parameter, ball_uniform_(torch.empty(4, 7), 1.0, generator=seeded(1)))


def test_the_radius_and_the_standard_deviation() -> None:
    assert relu_init_radius(7, 0.25, 3.0) == pytest.approx(0.75 * math.sqrt(math.pi / 4), rel=1e-15)
    assert relu_init_std(7, 0.25, 3.0) == pytest.approx(0.25 * math.sqrt(math.pi / 4), rel=1e-15)


@pytest.mark.parametrize("d", [2, 3, 4, 7])
@pytest.mark.parametrize("epsilon", [0.1, 0.5, 1.0])
def test_the_share_of_the_ball_nearer_to_the_teacher_is_an_integral_over_slices(d: int, epsilon: float) -> None:
    """The slice of both balls at height t has the radius √(min(ρ² − t², 2t − t²)): a route without beta functions."""
    rho = relu_init_radius(d, epsilon)
    with mp.workdps(20):

        def slice_(t: Any) -> Any:
            return max(min(rho**2 - t**2, 2 * t - t**2), mp.mpf(0)) ** (mp.mpf(d - 1) / 2)

        volume = mp.pi ** (mp.mpf(d - 1) / 2) / mp.gamma(mp.mpf(d + 1) / 2)
        ball = mp.pi ** (mp.mpf(d) / 2) / mp.gamma(mp.mpf(d) / 2 + 1) * rho**d
        middle = rho**2 / 2
        lens = mp.quad(slice_, [0, min(middle, rho) / 2, min(middle, rho), rho]) * volume
        assert nearer_probability(d, epsilon) == pytest.approx(float(lens / ball), rel=1e-10)


def test_a_ball_on_the_line_is_nearer_to_the_teacher_on_one_side() -> None:
    assert nearer_probability(1, 0.5) == pytest.approx(0.5, rel=1e-15)
    assert nearer_probability(1, 1.0) == pytest.approx(0.5, rel=1e-15)


@pytest.mark.parametrize("epsilon", [1e-6, 0.1, 0.3, 0.5, 0.9, 1.0])
def test_a_start_in_the_ball_converges_with_probability_at_least_half_of_one_minus_epsilon(epsilon: float) -> None:
    """Exactly, d = 1..1000; the limit is Φ(−ε√(π/2)), which the bound misses by at most 0.106."""
    limit = 0.5 * math.erfc(epsilon * math.sqrt(math.pi) / 2)
    values = [nearer_probability(d, epsilon) for d in (1, *SIZES)]
    assert all(value >= success_bound(epsilon) for value in values)
    assert values == sorted(values, reverse=True)
    assert values[-1] == pytest.approx(limit, abs=1e-3)
    assert 0 <= limit - success_bound(epsilon) <= 0.1058


@pytest.mark.parametrize("d", SIZES)
def test_measured_success_contains_the_exact_share_and_descent_always_arrives(d: int) -> None:
    """Wilson's interval at z = 4 around 1,000 starts contains p(d, ρ); all of them converge: the bound is loose."""
    for epsilon in (0.25, 1.0):
        found = measure_success(d, epsilon, 1000, generator=seeded(d))
        lower, upper = wilson_interval(found.nearer, 1000, 0.99994)
        assert lower <= nearer_probability(d, epsilon) <= upper
        assert found.converged == 1000
        assert found.converged_interval.lower > 0.996 > success_bound(epsilon)


def test_one_relu_nearer_to_its_teacher_than_zero_is_converges() -> None:
    """‖w⁰ − w*‖ < ‖w*‖ ⇒ w → w*, ‖w − w*‖ decreasing all the way, for 100 starts up to the sphere's edge."""
    rng = np.random.default_rng(0)
    teacher = rng.standard_normal((100, 1, 6))
    away = rng.standard_normal((100, 1, 6))
    size = np.linalg.norm(teacher, axis=2) / np.linalg.norm(away, axis=2)
    start = teacher + (rng.uniform(0, 1, (100, 1)) ** (1 / 6) * 0.999 * size)[..., None] * away
    found = gradient_descent(start, teacher, rate=0.1, steps=1000)
    assert bool((found.error < 1e-6).all())
    assert bool((np.diff(found.errors, axis=0) < 0).all())


def test_the_distance_to_the_teacher_falls_wherever_it_is_less_than_the_teacher() -> None:
    """The Lyapunov function: (w − w*)·∂L/∂w > 0 on the open ball, w = w* apart; 100,000 points."""
    rng = np.random.default_rng(1)
    theta, r = rng.uniform(0, np.pi / 2, 100_000), rng.uniform(0, 2, 100_000)
    inside = (r < 2 * np.cos(theta)) & (r > 1e-3)  # ‖w − w*‖ < ‖w*‖ = 1
    w = (r * np.array([np.cos(theta), np.sin(theta)])).T[inside][:, None]
    teacher = np.array([[1.0, 0.0]])
    slope = ((w - teacher) * population_gradient(w, teacher)).sum((1, 2))
    assert bool((slope > 0).all())


def test_one_relu_converges_from_every_direction_but_one() -> None:
    """θ < π always decreases: from next to −w*, and from far away; on the ray itself w runs into 0."""
    teacher = np.array([[1.0, 0.0]])
    angles = np.array([0.5, 2.0, 3.0, math.pi - 1e-3])[:, None, None]
    start = np.concatenate((np.cos(angles), np.sin(angles)), -1)
    for size in (1e-6, 0.1, 10.0):
        assert bool((gradient_descent(size * start, teacher, rate=0.5, steps=3000).error < 1e-6).all())
    stuck = gradient_descent([[-1.0, 0.0]], teacher, steps=200)
    assert float(stuck.error) == pytest.approx(1.0, abs=1e-12)


def test_flow_and_descent_stay_in_the_plane_of_start_and_teacher() -> None:
    """What `measure_success` uses: descent in d dimensions is descent along and across w*."""
    rng = np.random.default_rng(2)
    teacher = np.eye(1, 9)
    start = 0.2 * rng.standard_normal((1, 9))
    flat = np.array([[start[0, 0], np.linalg.norm(start[0, 1:])]])
    whole, plane = gradient_descent(start, teacher), gradient_descent(flat, teacher[:, :2])
    assert whole.steps == plane.steps
    assert whole.errors == pytest.approx(plane.errors, rel=1e-9)


def test_the_flow_is_descent_with_small_steps_and_the_error_halves_in_log_4() -> None:
    start, teacher = [[0.3, 0.4, 0.0]], [[0.0, 1.0, 0.0]]
    flow = gradient_flow(start, teacher, [0.0, 1.0, 30.0, 30.0 + math.log(4)])
    descent = gradient_descent(start, teacher, rate=1e-3, steps=1000, until=0.0)
    assert flow.weights[1] == pytest.approx(descent.weights, abs=1e-3)
    errors = np.linalg.norm(flow.weights[2:] - teacher, axis=(1, 2))
    assert errors[1] / errors[0] == pytest.approx(0.5, rel=1e-3)


def test_units_are_matched_up_to_a_permutation() -> None:
    teacher = np.random.default_rng(3).standard_normal((6, 4))
    order, error = match_units(teacher[[3, 0, 5, 1, 2, 4]], teacher)
    assert order == (1, 3, 4, 0, 5, 2)
    assert error == 0
    assert match_units(2 * teacher, teacher)[1] <= 1


def test_wilson_s_interval() -> None:
    """The ends solve (p̂ − p)² = z² p(1 − p)/n."""
    for hits, n in ((3, 10), (500, 1000), (9, 9)):
        for end in wilson_interval(hits, n, math.erf(2.5 / math.sqrt(2))):
            assert (hits / n - end) ** 2 == pytest.approx(2.5**2 * end * (1 - end) / n, abs=1e-15)
    assert wilson_interval(0, 5).lower == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: relu_init_radius(0, 0.5), "need d to be an integer >= 1, got 0"),
        (lambda: relu_init_radius(3, 1.5), "need 0 < epsilon <= 1, got 1.5"),
        (lambda: relu_init_radius(3, math.nan), "need epsilon > 0 and finite, got nan"),
        (lambda: relu_init_radius(3, 0.5, 0.0), "need scale > 0 and finite, got 0.0"),
        (lambda: ball_uniform_(torch.empty(3, dtype=torch.int64), 1.0), "need a floating tensor"),
        (lambda: ball_uniform_(torch.empty(3), -1.0), "need radius > 0"),
        (lambda: wilson_interval(3, 2), "need successes <= trials, got 3 of 2"),
        (lambda: measure_success(1, 0.5), "need d >= 2"),
        (lambda: gradient_descent(np.eye(2), np.eye(3)[:2]), "need start and teacher of one length d"),
        (lambda: gradient_descent(np.eye(2), np.eye(2)[:1]), "need start and teacher of one shape"),
        (lambda: gradient_descent(np.eye(2), np.eye(2), rate=0), "need rate > 0, got 0"),
        (lambda: gradient_flow(np.eye(2), np.eye(2), [1.0, 0.5]), "need at least two increasing times from 0 on"),
        (lambda: match_units(np.eye(2), np.eye(2)[:1]), "need w and teacher of one shape"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(DomainError, match=message):
        call()
