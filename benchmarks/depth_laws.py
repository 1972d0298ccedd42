"""The depth laws of tanh and elu, which take pre-activations for Gaussian, are off by less than 100/width percent.

Four square layers at σ = √(2/n), all mean squares and gradients after each, against dense networks multiplied as they
are written; the figure is the greatest deviation of any. The laws of relu, abs and groupsort are exact: what is left
there is the simulation's own error, and every entry lies within five standard errors.
"""

from collections.abc import Iterator
from functools import partial
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Candidate, Case
from wishart_moments.variance.depth import DepthProfile, depth_profile

Array = NDArray[np.float64]

DEPTH = 4
INPUTS = 16
DRAWS = {8: 20_000, 16: 8_000, 32: 2_000, 64: 600}
"""{width: the number of networks}."""


def _sigma(n: int) -> float:
    return sqrt(2 / n)


def _activated(name: str, y: Array) -> tuple[Array, Any]:
    """Return f(y), column by column, and what _back needs."""
    if name == "groupsort":
        pairs = y.reshape(len(y), -1, 2, y.shape[2])
        return np.sort(pairs, axis=2).reshape(y.shape), pairs[:, :, 0] > pairs[:, :, 1]
    values, slopes = {
        "relu": lambda: (np.maximum(y, 0), y > 0),
        "abs": lambda: (np.abs(y), np.sign(y)),
        "tanh": lambda: (np.tanh(y), np.cosh(y) ** -2),
        "elu": lambda: (np.where(y > 0, y, np.expm1(y)), np.exp(np.minimum(y, 0))),
    }[name]()
    return values, slopes


def _back(name: str, slopes: Any, gradient: Array) -> Array:
    if name != "groupsort":
        return slopes * gradient
    pairs = gradient.reshape(len(gradient), -1, 2, gradient.shape[2])
    return np.where(slopes[:, :, None], pairs[:, :, ::-1], pairs).reshape(gradient.shape)


def _simulate(width: int, architecture: str, name: str, draws: int, seed: int) -> Array:
    """Return mean squares of every draw: one row for each entry, in the order of _predicted."""
    rng = np.random.default_rng(seed)
    shape = (draws, width, width)
    identity = np.eye(width)
    z = rng.standard_normal((draws, width, INPUTS))
    z *= sqrt(width) / np.linalg.norm(z, axis=1, keepdims=True)
    c = sqrt(2) if architecture == "chain" and name in ("relu", "tanh", "elu") else 1.0
    rows: list[list[Array]] = []
    steps: list[tuple[Array, Any, Array]] = []
    for i in range(DEPTH):
        w = rng.normal(0, _sigma(width), shape)
        values, vectors = np.linalg.eigh(identity + w.swapaxes(1, 2) @ w)
        layer = w @ (vectors / np.sqrt(values)[:, None, :]) @ vectors.swapaxes(1, 2)
        layer *= 1.0 if architecture == "independent" else c if i in (0, DEPTH - 1) else c**2
        y, slopes, hand = layer @ z, None, np.broadcast_to(identity, shape)
        x = y
        if i < DEPTH - 1:
            x, slopes = _activated(name, y)
            if architecture == "chain":
                hand = np.linalg.inv(np.linalg.cholesky(identity + w @ w.swapaxes(1, 2)))
        z = hand @ x
        rows.append([(v**2).mean((1, 2)) for v in (y, x, z)])
        steps.append((layer, slopes, hand))
    gradient = rng.standard_normal((draws, width, INPUTS))
    gradient /= np.sqrt((gradient**2).mean(1, keepdims=True))
    for row, (layer, slopes, hand) in zip(rows[::-1], steps[::-1], strict=True):
        at_x = hand.swapaxes(1, 2) @ gradient
        at_y = at_x if slopes is None else _back(name, slopes, at_x)
        row += [(v**2).mean((1, 2)) for v in (at_y, at_x, gradient)]
        gradient = layer.swapaxes(1, 2) @ at_y
    return np.array([entry for row in rows for entry in row] + [(gradient**2).mean((1, 2))])


def _predicted(profile: DepthProfile) -> Array:
    entries = [
        (each.before, each.after, each.handed_on, each.gradient_before, each.gradient_after, each.gradient_handed_on)
        for each in profile.layers
    ]
    return np.array([number for entry in entries for number in entry] + [profile.gradient_input])


def _deviation(width: int, architecture: str, name: str, draws: int) -> tuple[bool, float]:
    """Return whether an exact law lies within five standard errors, and the greatest deviation in percent."""
    profile = depth_profile((width,) * (DEPTH + 1), _sigma, architecture=architecture, activation=name)
    samples = _simulate(width, architecture, name, draws, seed=width)
    mean, error = samples.mean(axis=1), samples.std(axis=1, ddof=1) / sqrt(draws)
    predicted = _predicted(profile)
    within = bool((np.abs(mean - predicted) <= 5 * error + 1e-12).all())
    return within or not profile.exact, float(100 * np.abs(predicted / mean - 1).max())


def cases(quick: bool) -> Iterator[Case]:
    """Yield the exact laws at one width, then the approximate ones at four."""
    for architecture in ("independent", "chain"):
        for name in ("relu", "abs", "groupsort"):
            yield _case(16, architecture, name, 50 if quick else 8_000, None)
        for name in ("tanh", "elu"):
            for width in (8,) if quick else DRAWS:
                yield _case(width, architecture, name, 50 if quick else DRAWS[width], 100 / width)


def _case(width: int, architecture: str, name: str, draws: int, target: float | None) -> Case:
    call = partial(_deviation, width, architecture, name, draws)
    kind = "approximate" if target else "exact"
    law = Candidate(f"{kind} law", call, metered=True, note=f"{draws:,} networks, {INPUTS} inputs each")
    return Case(f"{name}, {architecture}, width {width}", (law,), target, unit="%", expected=True, repeats=1)
