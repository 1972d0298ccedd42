"""The output variance of a convolution whose kernel is Gaussian: at each frequency a law of its own.

A kernel of independent N(0, σ²) taps has at the frequency ω a W(ω) of independent entries in every column (c, p),

    E|W_ij|² = σ²K_p,  E W_ij² = σ²D_p,  D_p = Σ_a e^{2iω·t},  over the K_p taps a of the phase p,

|D_p| = K_p where ω = −ω and W(ω) is real, D_p = 0 where it is complex and circular (proper), and between improper.
White inputs are white at every frequency, so Var[y] is the mean over the grid of (γ²/m) E tr S(αI + S)^{-1},
S = W(ω)W(ω)*: of a real or a complex Wishart matrix, exact (`wishart_moments.spectrum`), where the K_p are equal and
W(ω) is real or proper. That is everywhere for kernels of the whole grid or of half its height and width; at an improper
frequency, or with a stride that gives phases different numbers of taps, it is a mean over seeded draws.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Any

import numpy as np
import torch

from wishart_moments.spectrum.wishart_spectrum import spectrum
from wishart_nn.factors import linalg
from wishart_nn.initialisation import resolve_sigma
from wishart_nn.spectral import Grid

DRAWS = 4096  # rows of the draws at one impropriety


@dataclass(frozen=True)
class ConvolutionVariance:
    """Var[y] of a Gaussian kernel for white inputs of variance 1.

    Attributes:
        value: the variance.
        exact: the share of the frequencies at which the law is exact.
        exactness: "exact", or what is measured.
        error: one standard deviation of what is measured; 0 where all is exact.
    """

    value: float
    exact: float
    exactness: str
    error: float


def convolution_variance(
    grid: Grid, sigma: float, *, alpha: float = 1.0, gamma: float = 1.0, draws: int = DRAWS
) -> ConvolutionVariance:
    """Return Var[y] = mean over ω of (γ²/m) E tr S(αI + S)^{-1}, for circular padding and white inputs of variance 1.

    Args:
        grid: the sizes. With zero padding it is the variance before cropping for white inputs on the whole grid.
        sigma: of the taps, >= 0.
        alpha, gamma: > 0.
        draws: rows of the matrices drawn for each law that is not exact.

    Returns:
        A ConvolutionVariance: exact up to rounding where its `exactness` says so.

    Raises:
        DomainError: for sizes beyond those of `WishartSpectrum`.

    Example:
        >>> found = convolution_variance(Grid(4, 4, (6, 6), (6, 6)), 0.1)
        >>> found.exactness, round(found.value, 6)
        ('exact', 0.443719)
    """
    m = grid.shape[0]
    laws = laws_of(grid)
    points = sum(laws.values())
    total, error, exact = 0.0, 0.0, 0
    for law, count in laws.items():
        known = _exact(grid, law, sigma, alpha)
        value, spread = (known, 0.0) if known is not None else _drawn(grid, law, sigma, alpha, draws)
        exact += count * (known is not None)
        total += count * value
        error += count * spread  # the draws are the same ones
    share = exact / points
    note = "exact" if share == 1 else f"measured at {1 - share:.0%} of the frequencies, where W is improper"
    if share == 0 and any(len({size for size, _ in law}) > 1 for law in laws):
        note = "measured: the stride gives its phases different numbers of taps"
    scale = gamma**2 / (m * points)
    return ConvolutionVariance(scale * total, share, note, scale * error)


def convolution_sigma(
    grid: Grid,
    sigma: float | str = "predicted",
    *,
    target_variance: float | None = None,
    alpha: float = 1.0,
    gamma: float = 1.0,
) -> float:
    """Return σ of the taps for a choice of `wishart_nn.initialisation.resolve_sigma`, m and n being those of W(ω).

    A choice is one of E|W(ω)_ij|² = σ²K, K = kh kw/s² taps in the mean: "predicted" and its shares solve the mean of
    the real law, at the frequencies ω = −ω, and of the complex one at all others. A number is σ itself.

    Returns:
        σ, exact up to rounding for a kernel of the whole grid, or half of it; improper frequencies shift the variance
        by a relative 1/m or so.

    Raises:
        DomainError: as `resolve_sigma`.

    Example:
        >>> whole = Grid(6, 8, (8, 8), (8, 8))
        >>> round(convolution_variance(whole, convolution_sigma(whole, target_variance=0.5)).value, 12)
        0.5
    """
    if not isinstance(sigma, str):
        return resolve_sigma(*grid.shape, sigma, target_variance=target_variance)
    m, n = grid.shape
    real = resolve_sigma(m, n, sigma, target_variance=target_variance, alpha=alpha, gamma=gamma)
    taps = sqrt(grid.kernel[0] * grid.kernel[1]) / grid.stride
    h, w = grid.coarse
    share = (2 - h % 2) * (2 - w % 2) / (h * w)
    if "predicted" not in sigma or real == 0 or share == 1:
        return real / taps
    return real * _mixed_over_real(m, n, alpha / real**2, share) / taps


def _mixed_over_real(m: int, n: int, ratio: float, share: float) -> float:
    """Return σ'/σ: the mean of the real law and the complex one at σ' is the real one at σ, α/σ² = ratio."""
    rules = (share, spectrum(m, n)), (1 - share, spectrum(m, n, 2))
    wanted, at = float(spectrum(m, n).filtered(np.asarray([ratio]))[0]), ratio
    for _ in range(50):
        r = np.asarray([at])
        value = sum(part * float(rule.filtered(r)[0]) for part, rule in rules)
        fall = sum(part * float(rule.filtered_fall(r)[0]) for part, rule in rules)
        # T falls with r, −rT' = fall: Newton in log r.
        step = (value - wanted) / fall if fall > 0 else 0.0
        at *= float(np.exp(np.clip(step, -1, 1)))
        if abs(step) < 1e-13:
            break
    return sqrt(ratio / at)


UNIT = 2.0**40
Law = tuple[tuple[int, int], ...]
"""K_p and |D_p| of every phase, the latter in units of 2^-40: equal laws are one."""


def laws_of(grid: Grid) -> dict[Law, int]:
    """Return the laws at the frequencies of the whole grid h×w, and how often each occurs."""
    axes: list[Any] = [grid.waves(axis, torch.zeros((), dtype=torch.float64)) for axis in (0, 1)]
    rows, columns = (waves[0].real.sum(-1).long().tolist() for waves in axes)
    first, second = (waves.square().sum(-1).abs() for waves in axes)
    sizes = [a * b for a in rows for b in columns]
    moduli = (first[:, None, :, None] * second[None, :, None, :]).reshape(-1, len(sizes))
    counted = Counter(tuple(each) for each in (moduli * UNIT).round().long().tolist())
    return {tuple(zip(sizes, each, strict=True)): count for each, count in counted.items()}


def _exact(grid: Grid, law: Law, sigma: float, alpha: float) -> float | None:
    """E tr S(αI + S)^{-1} where W(ω) is real or proper with columns of one variance."""
    taps, modulus = law[0]
    if any(each != law[0] for each in law) or modulus not in (0, round(taps * UNIT)):
        return None
    if sigma == 0:
        return 0.0
    rule = spectrum(*grid.shape, 1 if modulus else 2)
    return float(rule.filtered(np.asarray([alpha / (sigma * sigma * taps)]))[0])


@lru_cache(maxsize=4096)
def _drawn(grid: Grid, law: Law, sigma: float, alpha: float, draws: int) -> tuple[float, float]:
    """The mean of tr S(αI + S)^{-1} over seeded draws, and its standard deviation."""
    m, n = grid.shape
    generator = torch.Generator().manual_seed(0)
    count = max(8, -(-draws // min(m, n)))
    sizes, moduli = torch.tensor(law, dtype=torch.float64).unbind(-1)
    moduli = moduli / UNIT
    scales = sigma * ((sizes + moduli) / 2).sqrt(), sigma * ((sizes - moduli).clamp_min(0) / 2).sqrt()
    shape = (count, m, n // len(law), len(law))
    parts = [torch.randn(shape, dtype=torch.float64, generator=generator) * scale for scale in scales]
    w = torch.complex(parts[0], parts[1]).reshape(count, m, n)
    squares = linalg.svdvals(w).square()
    traces: Any = (squares / (alpha + squares)).sum(-1)
    return traces.mean().item(), (traces.std() / count**0.5).item()
