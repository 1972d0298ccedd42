"""Simulations like the paper's, by the closed form: noisy starts near zero, top weights of both signs.

A start is W⁰ = 10⁻³ (W* + noise · N(0, I)), the teacher orthonormal. The error of a network is that of its units in the
order that is nearest to the teacher. Near the teacher it decays like e^{−λt}, λ the least eigenvalue of the Hessian
there: ¼ − 1/(2π) for K >= 2 units with a = 1. Noise decides how long it takes to come near, and which point it is.

References: arXiv:1703.00560.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_nn.relu.dynamics import match_units
from wishart_nn.relu.initialisation import Interval, wilson_interval
from wishart_nn.relu.population import population_gradient, population_loss
from wishart_nn.relu.sampling import gating_relative_error, measure_gating_error

Array = NDArray[np.float64]

NOISE = (0.0, 0.5, 1.0, 2.0, 4.0)
START = 1e-3
NEAR = 1e-2
TOPS = ("ones", "positive", "mixed")
"""Weights of the top layer: 1; uniform in [1, 2]; the same with random signs."""


@dataclass(frozen=True)
class Convergence:
    """Errors of networks on their way to the teacher.

    Attributes:
        k, d: ReLUs and inputs.
        top: one of `TOPS`.
        noise: of the starts, relative to the teacher's part in them.
        times: of the records, (T,), in units of gradient flow Ẇ = −∂L/∂W.
        errors: min ‖PW − W*‖/‖W*‖ over the order of units, (len(noise), trials, T).
        losses: at the end, (len(noise), trials).
    """

    k: int
    d: int
    top: str
    noise: tuple[float, ...]
    times: Array
    errors: Array
    losses: Array

    @property
    def recovered(self) -> list[int]:
        """Trials with a final error below 10⁻², for each noise."""
        return [int(each) for each in (self.errors[:, :, -1] < NEAR).sum(1)]

    @property
    def recovery(self) -> list[Interval]:
        """Wilson's 95 percent interval of the probability to recover, for each noise."""
        return [wilson_interval(hits, self.errors.shape[1]) for hits in self.recovered]

    @property
    def arrival(self) -> Array:
        """The median over recovered trials of the first time with an error below 10⁻²; nan without any."""
        arrived = self.errors < NEAR
        first = np.where(arrived[:, :, -1], self.times[arrived.argmax(axis=2)], np.nan)
        return np.array([np.median(row[~np.isnan(row)]) if not np.isnan(row).all() else np.nan for row in first])

    @property
    def rates(self) -> Array:
        """The median over recovered trials of −d log(error)/dt, between errors of 10⁻² and 10⁻⁵; nan without any."""
        stats: Any = import_module("scipy.stats")
        found = np.full(len(self.noise), np.nan)
        for i, level in enumerate(self.errors):
            slopes: list[float] = []
            for curve in level:
                inside = (curve < NEAR) & (curve > 1e-5)
                if curve[-1] < NEAR and int(inside.sum()) >= 3:
                    line: Any = stats.linregress(self.times[inside], np.log(curve[inside]))
                    slopes.append(-float(line.slope))
            if slopes:
                found[i] = np.median(slopes)
        return found


def top_weights(kind: str, k: int, rng: np.random.Generator) -> Array:
    """Return a, (K,): 1, uniform in [1, 2], or that with independent random signs, at least one of each.

    Example:
        >>> top_weights("mixed", 2, np.random.default_rng(0)).round(3).tolist()
        [1.637, -1.27]
    """
    if kind not in TOPS:
        raise DomainError(f"need top to be one of {', '.join(TOPS)}; got {shown(kind)}")
    if kind == "ones":
        return np.ones(k)
    size = rng.uniform(1, 2, k)
    if kind == "positive":
        return size
    signs = np.resize([-1.0, 1.0], k)
    return size * rng.permutation(signs)


def measure_convergence(
    k: int,
    *,
    d: int | None = None,
    noise: Sequence[float] = NOISE,
    trials: int = 10,
    top: str = "ones",
    time: float = 200.0,
    records: int = 100,
    seed: int = 0,
) -> Convergence:
    """Descend on the population loss from W⁰ = 10⁻³ (W* + noise N(0, I)); W* is orthonormal, a is the teacher's.

    Args:
        k: ReLUs, >= 1.
        d: inputs, >= K; K by default.
        noise: levels, >= 0.
        trials: starts at each level.
        top: one of `TOPS`.
        time: of descent, in units of gradient flow; steps are 2/Σa², half of what parallel units bear.
        records: how many times the error is taken.
        seed: of starts and top weights.

    Raises:
        DomainError: for arguments out of their domains.

    Cost: O(time Σa² · levels · trials · K² d).

    Example:
        >>> found = measure_convergence(2, noise=(0.0, 0.5), trials=3, time=40.0)
        >>> found.recovered
        [3, 3]
    """
    count, repeats = domain.size(k, "K"), domain.size(trials, "trials")
    width = count if d is None else domain.size(d, "d")
    levels = tuple(domain.real(each, "noise", ">= 0") for each in noise)
    if width < count:
        raise DomainError(f"need d >= K for an orthonormal teacher, got d = {width}, K = {count}")
    if not levels or min(levels) < 0:
        raise DomainError(f"need noise >= 0, got {shown(list(noise))}")
    span, marks = domain.real(time, "time", "> 0"), domain.size(records, "records")
    if span <= 0:
        raise DomainError(f"need time > 0, got {shown(time)}")
    rng = np.random.default_rng(domain.order(seed, "seed"))
    a, teacher = top_weights(top, count, rng), np.eye(count, width)
    shape = (len(levels), repeats, count, width)
    w = START * (teacher + np.array(levels)[:, None, None, None] * rng.standard_normal(shape))
    pace = 2 / float(a @ a)
    every = max(int(np.ceil(span / pace / marks)), 1)
    errors = [_errors(w, teacher, a)]
    for _ in range(marks):
        for _ in range(every):
            w = w - pace * population_gradient(w, teacher, top=a)
        errors.append(_errors(w, teacher, a))
    losses = np.asarray(population_loss(w, teacher, top=a))
    times: Any = pace * every * np.arange(marks + 1)
    return Convergence(count, width, top, levels, times, np.stack(errors, -1), losses)


def _errors(w: Any, teacher: Array, a: Array) -> Array:
    """Return min ‖P diag(a) W − diag(a) W*‖/‖diag(a) W*‖: units of one sign are a_j w_j."""
    goal = a[:, None] * teacher
    # The sign of a_j goes into a coordinate of its own, so that units of different signs stay far apart.
    sign = 1e3 * np.sign(a)[:, None]
    marked = np.concatenate((goal, sign), 1)
    flat = (a[:, None] * w).reshape(-1, *teacher.shape)
    found = [match_units(np.concatenate((each, sign), 1), marked)[1] for each in flat]
    scale = float(np.linalg.norm(marked) / np.linalg.norm(goal))
    return scale * np.array(found).reshape(w.shape[:-2])


@dataclass(frozen=True)
class GatingErrors:
    """Relative errors of the sampled gating against the closed form, root mean squares.

    Attributes:
        d, draws, trials: inputs' dimension, N of the errors by angle, repetitions.
        angles: θ of the errors by angle.
        numbers: N of the errors by number, at `theta`.
        theta: the angle of the errors by number.
        by_angle, by_number: {inputs: errors}.
        exact_by_angle, exact_by_number: for Gaussian inputs, as they follow from second moments.
    """

    d: int
    draws: int
    trials: int
    angles: Array
    numbers: tuple[int, ...]
    theta: float
    by_angle: dict[str, Array]
    by_number: dict[str, Array]
    exact_by_angle: Array
    exact_by_number: Array


def measure_gating_errors(
    d: int = 100,
    *,
    draws: int = 1000,
    trials: int = 50,
    angles: Sequence[float] | None = None,
    numbers: Sequence[int] = (100, 300, 1000, 3000, 10_000),
    theta: float = np.pi / 2,
    seed: int = 0,
) -> GatingErrors:
    """Measure ‖F/N − E F/N‖/‖E F/N‖ by angle and by N, with Gaussian and with uniform inputs of the same variance.

    Args:
        d: inputs' dimension, >= 2.
        draws: N of the errors by angle.
        trials: repetitions at each point.
        angles: θ ∈ [0, π); twelve of them by default.
        numbers: N of the errors by number.
        theta: θ of those.
        seed: of everything.

    Raises:
        DomainError: for arguments out of their domains.

    Example:
        >>> found = measure_gating_errors(10, draws=500, trials=20, angles=[0.5], numbers=[500])
        >>> 0.8 < float(found.by_angle["gaussian"][0] / found.exact_by_angle[0]) < 1.2
        True
    """
    import torch

    generator = torch.Generator().manual_seed(domain.order(seed, "seed"))
    grid = np.linspace(0, 0.95 * np.pi, 12) if angles is None else np.asarray(angles, dtype=np.float64)
    counts = tuple(domain.size(each, "N") for each in numbers)
    by_angle: dict[str, Array] = {}
    by_number: dict[str, Array] = {}
    for inputs in ("gaussian", "uniform"):
        options: dict[str, Any] = {"trials": trials, "inputs": inputs, "generator": generator}
        by_angle[inputs] = np.array([measure_gating_error(float(each), d, draws, **options) for each in grid])
        by_number[inputs] = np.array([measure_gating_error(theta, d, each, **options) for each in counts])
    exact = np.asarray(gating_relative_error(grid, d, draws))
    following = np.array([float(gating_relative_error(theta, d, each)) for each in counts])
    return GatingErrors(d, draws, trials, grid, counts, theta, by_angle, by_number, exact, following)
