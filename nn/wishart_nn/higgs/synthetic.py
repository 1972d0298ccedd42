"""An embedded stand-in for the HIGGS data: toy events of the same two processes, in the same layout, from a seed.

Signal is gg → H⁰ → W∓H± → W∓W±h⁰ → W∓W±bb̄ with the masses 425, 325 and 125 GeV of Baldi, Sadowski, Whiteson (2014),
background tt̄ → W∓W±bb̄; one W decays to a lepton and a neutrino, the other to two jets. Every decay is isotropic in the
rest frame of what decays; energies are smeared, jets mistagged or replaced by radiation. There is no matrix element, no
parton density and no detector: the masses carry information as they do in the real data, but no number measured on
these events says anything about the real ones. Lengths and masses are given in units of about their mean, angles in
units of about their standard deviation, as in the real file.
"""

import numpy as np
from numpy.typing import NDArray

from wishart_moments import domain
from wishart_moments.errors import LimitError
from wishart_nn.higgs.columns import COLUMNS

SYNTHETIC_ROWS = 20_000
"""The rows of the embedded set."""

MAX_ROWS = 1_000_000_000
"""The most rows that are made."""

Vectors = NDArray[np.float64]
"""Four-momenta (E, px, py, pz) in GeV, shape (…, 4), or three-momenta, shape (…, 3)."""

_H0, _H_CHARGED, _H, _TOP, _W = 425.0, 325.0, 125.0, 173.0, 80.4
_BLOCK = 20_000  # events that share a seed, so that more rows only add rows

# Means over many events (GeV), and the standard deviations of angles: the units of the columns.
_LEPTON, _MISSING, _ETA, _PHI = 51.0, 54.0, 1.25, np.pi / 3**0.5
_JETS = np.array([104.0, 67.0, 44.0, 25.6])
_TAGS = np.array([0.94, 0.75, 0.67, 0.52])
_MASSES = np.array([91.0, 201.0, 83.0, 186.0, 136.0, 303.0, 465.0])


def synthetic_rows(rows: int = SYNTHETIC_ROWS) -> NDArray[np.float32]:
    """Return toy events, float32 of shape (rows, 29), always the same ones; more rows only add rows at the end.

    Raises:
        DomainError: unless rows is an integer >= 1.
        LimitError: for more than a thousand million.

    Cost: some 3 µs an event.

    Example:
        >>> few = synthetic_rows(100)
        >>> few.shape, bool((synthetic_rows(50) == few[:50]).all())
        ((100, 29), True)
    """
    if (count := domain.size(rows, "rows")) > MAX_ROWS:
        raise LimitError(f"need at most {MAX_ROWS:,} synthetic rows, got {domain.shown(rows)}")
    table = np.empty((count, len(COLUMNS)), np.float32)
    for start in range(0, count, _BLOCK):
        wanted = min(_BLOCK, count - start)
        table[start : start + wanted] = _events(np.random.default_rng([2014, start // _BLOCK]))[:wanted]
    return table


def _events(random: np.random.Generator) -> Vectors:
    """Return a block of rows."""
    signal = random.random(_BLOCK) < 0.53
    w_one, w_two, b_one, b_two = (
        np.where(signal[:, None], ours, theirs)
        for ours, theirs in zip(_higgs_decay(random), _top_decay(random), strict=True)
    )
    swapped = random.random(_BLOCK)[:, None] < 0.5
    leptonic, hadronic = np.where(swapped, w_two, w_one), np.where(swapped, w_one, w_two)
    lepton, neutrino = _decay(leptonic, 0.0, 0.0, random)
    lepton = lepton * random.normal(1.0, 0.02, (_BLOCK, 1))
    missing = neutrino[:, 1:3] + random.normal(0.0, 12.0, (_BLOCK, 2))
    jets = np.stack([b_one, b_two, *_decay(hadronic, 0.0, 0.0, random)], axis=1)
    bottom = np.tile([True, True, False, False], (_BLOCK, 1))
    # In some events radiation stands for a jet that was lost.
    lost = np.arange(4) == np.where(random.random(_BLOCK) < 0.45, random.integers(0, 4, _BLOCK), -1)[:, None]
    jets = np.where(lost[..., None], _radiation(lost.shape, random), jets) * np.exp(
        random.normal(0.0, 0.14, (_BLOCK, 4, 1))
    )
    quality = random.random((_BLOCK, 4))
    tags = np.where(bottom & ~lost, 1.0 * (quality < 0.75) + (quality < 0.55), 1.0 * (quality < 0.2) + (quality < 0.06))
    order = np.argsort(-_pt(jets), axis=1)
    jets, tags = np.take_along_axis(jets, order[..., None], 1), np.take_along_axis(tags, order, 1)

    described = np.stack([_pt(jets) / _JETS, _eta(jets), _phi(jets), tags / _TAGS], axis=2)
    return np.column_stack(
        [
            signal.astype(np.float64),
            _pt(lepton) / _LEPTON,
            _eta(lepton),
            _phi(lepton),
            np.hypot(missing[:, 0], missing[:, 1]) / _MISSING,
            np.arctan2(missing[:, 1], missing[:, 0]) / _PHI,
            described.reshape(_BLOCK, 16),
            _masses(lepton, missing, jets, tags) / _MASSES,
        ]
    )


def _higgs_decay(random: np.random.Generator) -> tuple[Vectors, ...]:
    charged, w_one = _decay(_produced(np.full(_BLOCK, _H0), random), _H_CHARGED, _w_mass(random), random)
    light, w_two = _decay(charged, _H, _w_mass(random), random)
    return w_one, w_two, *_decay(light, 0.0, 0.0, random)


def _top_decay(random: np.random.Generator) -> tuple[Vectors, ...]:
    pair = _produced(2 * _TOP + 2.0 + random.exponential(110.0, _BLOCK), random)
    one, two = _decay(pair, _TOP, _TOP, random)
    (w_one, b_one), (w_two, b_two) = (_decay(top, _w_mass(random), 0.0, random) for top in (one, two))
    return w_one, w_two, b_one, b_two


def _w_mass(random: np.random.Generator) -> Vectors:
    return np.clip(_W + 1.05 * random.standard_cauchy(_BLOCK), 65.0, 95.0)


def _produced(mass: Vectors, random: np.random.Generator) -> Vectors:
    """Return what two protons make: little transverse momentum, some rapidity."""
    pt, phi, rapidity = (
        random.exponential(30.0, _BLOCK),
        random.uniform(-np.pi, np.pi, _BLOCK),
        random.normal(size=_BLOCK),
    )
    transverse = np.hypot(mass, pt)
    return np.stack(
        [transverse * np.cosh(rapidity), pt * np.cos(phi), pt * np.sin(phi), transverse * np.sinh(rapidity)], axis=1
    )


def _decay(
    parent: Vectors, one: float | Vectors, two: float | Vectors, random: np.random.Generator
) -> tuple[Vectors, Vectors]:
    """Return the two daughters, of masses `one` and `two`, of a decay that is isotropic at rest."""
    mass = _mass(parent)
    # Källén: k² = λ(M², m₁², m₂²)/4M².
    momentum = np.sqrt((mass**2 - (one + two) ** 2) * (mass**2 - (one - two) ** 2)) / (2 * mass)
    cosine, phi = random.uniform(-1.0, 1.0, len(parent)), random.uniform(-np.pi, np.pi, len(parent))
    sine = np.sqrt(1 - cosine**2)
    at_rest = momentum[:, None] * np.stack([sine * np.cos(phi), sine * np.sin(phi), cosine], axis=1)
    energy = np.hypot(momentum, one)
    along = np.sum(parent[:, 1:] * at_rest, axis=1)
    moving = at_rest + parent[:, 1:] * ((along / (parent[:, 0] + mass) + energy) / mass)[:, None]
    first = np.column_stack([(parent[:, 0] * energy + along) / mass, moving])
    return first, parent - first


def _radiation(shape: tuple[int, ...], random: np.random.Generator) -> Vectors:
    pt, eta = 20.0 + random.exponential(25.0, shape), random.normal(0.0, 1.3, shape)
    phi = random.uniform(-np.pi, np.pi, shape)
    return np.stack([pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)


def _masses(lepton: Vectors, missing: Vectors, jets: Vectors, tags: Vectors) -> Vectors:
    """Return m_jj, m_jjj, m_lv, m_jlv, m_bb, m_wbb, m_wwbb of what was measured; the best tagged jets stand for bb̄."""
    chosen = np.argsort(-tags, axis=1, kind="stable")[..., None]
    b_one, b_two, *light = (np.take_along_axis(jets, chosen[:, rank : rank + 1], 1)[:, 0] for rank in range(4))
    pair, leptonic = light[0] + light[1], lepton + _neutrino(lepton, missing)
    sums = [
        pair,
        pair + b_one,
        leptonic,
        leptonic + b_two,
        b_one + b_two,
        pair + b_one + b_two,
        leptonic + pair + b_one + b_two,
    ]
    return np.stack([_mass(each) for each in sums], axis=1)


def _neutrino(lepton: Vectors, missing: Vectors) -> Vectors:
    """Return the neutrino that has the missing momentum and makes a W with the lepton, or comes as near as it can."""
    product = _W**2 / 2 + np.sum(lepton[:, 1:3] * missing, axis=1)
    pt2, squared = np.sum(lepton[:, 1:3] ** 2, axis=1), np.sum(missing**2, axis=1)
    root = np.sqrt(np.maximum(lepton[:, 0] ** 2 * (product**2 - pt2 * squared), 0.0))
    # Of the two solutions the smaller one.
    pz: Vectors = (product * lepton[:, 3] - np.copysign(root, lepton[:, 3])) / pt2
    return np.column_stack([np.sqrt(squared + pz**2), missing, pz])


def _mass(vectors: Vectors) -> Vectors:
    return np.sqrt(np.maximum(vectors[..., 0] ** 2 - np.sum(vectors[..., 1:] ** 2, axis=-1), 0.0))


def _pt(vectors: Vectors) -> Vectors:
    return np.hypot(vectors[..., 1], vectors[..., 2])


def _eta(vectors: Vectors) -> Vectors:
    return np.clip(np.arcsinh(vectors[..., 3] / _pt(vectors)), -4.0, 4.0) / _ETA


def _phi(vectors: Vectors) -> Vectors:
    return np.arctan2(vectors[..., 2], vectors[..., 1]) / _PHI
