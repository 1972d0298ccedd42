"""The output variance by simulation: O(min(m, n)) random numbers a draw, or honest layers fed with honest inputs.

Every block of draws has a stream of its own, PCG64 seeded by SeedSequence(seed, block). Blocks go to all processors and
their sums are merged in order, so that the figures depend on the arguments alone.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from math import ceil
from os import cpu_count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.progress import progress
from wishart_moments.spectrum.bidiagonal import resolvent_traces, sample, uncorrelated_controls
from wishart_moments.variance.arguments import Layer, layer, unwrapped

Array = NDArray[np.float64]

METHODS = ("bidiagonal", "dense", "dense-cholesky")

MAX_SIZE = 10**6
"""The largest m, n of the bidiagonal method: 16 draws of its factor take a quarter of a GiB."""

MAX_BYTES = 2 << 30
"""The most memory that the draws on their way may take."""

INPUTS = 16
"""The Gaussian inputs that each dense layer is fed with; over them W, the costly part, is held fixed."""

FEWEST_FOR_CONTROLS = 50
"""With fewer draws the regression on the control variates costs more than it gives."""

_BLOCK = 1 << 17
"""Entries of q in a block: a megabyte, within a processor's cache."""

_GROUP = 16
"""Ratios that are taken together."""


class Simulation(NamedTuple):
    """What the draws say; floats, or arrays over sigma, alpha and gamma.

    Attributes:
        mean: the estimate of the output variance, averaged over W.
        standard_error: of the mean.
        standard_deviation: of the realised variance (γ²/m) tr S (rI + S)^{-1} from one draw of W to another.
        draws: how many W were drawn.
    """

    mean: Any
    standard_error: Any
    standard_deviation: Any
    draws: int

    def z(self, exact: ArrayLike) -> Any:
        """Return the distance of the mean from the exact value in standard errors; 0 where they agree, σ = 0 included.

        Example:
            >>> Simulation(0.5, 0.01, 0.1, 100).z(0.48)
            2.0000000000000018
        """
        distance = np.asarray(self.mean - np.asarray(exact, dtype=np.float64))
        with np.errstate(divide="ignore", invalid="ignore"):
            return unwrapped(np.where(distance == 0, 0.0, distance / self.standard_error))


def simulate_variance(
    m: int,
    n: int,
    sigma: ArrayLike,
    *,
    alpha: ArrayLike = 1.0,
    gamma: ArrayLike = 1.0,
    draws: int = 100_000,
    seed: int = 0,
    method: str = "bidiagonal",
    control_variates: bool = True,
    beta: float = 1,
) -> Simulation:
    """Estimate (γ²/m) E tr S(rI + S)^{-1}, r = α/σ², the output variance of an LDLT layer, from draws of W.

    Args:
        m: the number of outputs, up to 10^6 (bidiagonal) or what the memory holds (dense).
        n: the number of inputs (fan-in), likewise.
        sigma: standard deviation of the entries of W, >= 0; E|W_ij|² = σ² for every beta.
        alpha: the shift > 0.
        gamma: the gain > 0; sigma, alpha and gamma broadcast, and the same draws serve all of them.
        draws: the number of W, at least 2.
        seed: an integer >= 0; the same seed gives the same figures on any number of processors.
        method: "bidiagonal" draws the spectrum of S from the Dumitriu-Edelman model. "dense" does what a layer does: it
            draws W and 16 inputs x of N(0, I), forms y = γ W (αI + WᵀW)^{-1/2} x and averages y²; "dense-cholesky" puts
            R^{-1}, RᵀR = αI + WᵀW, in place of the symmetric root.
        control_variates: whether to regress on tr S and tr S², whose means are known exactly; the standard error is
            that of the residual. It does not apply to the dense methods, nor to fewer than 50 draws.
        beta: the Dyson index > 0 of the bidiagonal method, any real number.

    Returns:
        The estimate with its standard error. |z| > 5 has probability 6e-7 for many draws; with control variates there
        is a bias of relative order 1/draws, far below the standard error.

    Raises:
        DomainError: for arguments outside their domain; MethodError: for an unknown method, or a dense one at beta ≠ 1;
        LimitError: for sizes whose draws would not fit into 2 GiB.

    Cost:
        Per draw and processor, about 0.1 μs times min(m, n), plus 1.5 ns times min(m, n) for every ratio α/σ²; dense
        draws cost O(m²n + n³).

    References:
        Dumitriu, Edelman, J. Math. Phys. 43 (2002) 5830.

    Example:
        >>> found = simulate_variance(10, 12, 12**-0.5, draws=20_000)
        >>> abs(found.z(0.3933625479)) < 5
        True
        >>> found.standard_error < 1e-4 < found.standard_deviation
        True
    """
    domain.choice(method, METHODS)
    dense = method != "bidiagonal"
    family = layer(m, n, sigma, alpha, gamma, max_size=MAX_SIZE)
    count, regressed = domain.order(draws, "draws"), domain.flag(control_variates, "control_variates")
    if count < 2:
        raise DomainError(f"need at least 2 draws, got {count}")
    origin = domain.order(seed, "seed")
    index = domain.real(beta, "beta", "> 0")
    if not index > 0:
        raise DomainError(f"need beta > 0 and finite, got {domain.shown(beta)}")
    if dense and index != 1:
        raise MethodError(
            f"dense layers are drawn for beta = 1 only, got {domain.shown(beta)}; use method 'bidiagonal'"
        )
    if dense:
        return _dense(family, count, origin, method == "dense-cholesky")
    return _bidiagonal(family, count, origin, index, regressed and count >= FEWEST_FOR_CONTROLS)


class _Sums(NamedTuple):
    """The draws so far: of every value v and every control c the mean, and the sums of products of deviations.

    Attributes:
        draws: how many.
        mean: the means of v.
        square: Σ (v − v̄)².
        control: the means of c.
        cross: Σ (c − c̄)(v − v̄), controls × values.
        covariance: Σ (c − c̄)(c' − c̄'), controls × controls.
    """

    draws: int
    mean: Array
    square: Array
    control: Array
    cross: Array
    covariance: Array

    @classmethod
    def of(cls, values: Array, controls: Array) -> "_Sums":
        """Return the sums of a block; values and controls have a column for every draw."""
        mean, control = values.mean(axis=1), controls.mean(axis=1)
        v, c = values - mean[:, None], controls - control[:, None]
        return cls(values.shape[1], mean, np.einsum("ij,ij->i", v, v), control, c @ v.T, c @ c.T)

    def merged(self, other: "_Sums") -> "_Sums":
        """Return the sums of both (Chan, Golub, LeVeque): nothing is lost by subtraction."""
        draws = self.draws + other.draws
        share = other.draws / draws
        weight = self.draws * share
        v, c = other.mean - self.mean, other.control - self.control
        return _Sums(
            draws,
            self.mean + share * v,
            self.square + other.square + weight * v * v,
            self.control + share * c,
            self.cross + other.cross + weight * np.outer(c, v),
            self.covariance + other.covariance + weight * np.outer(c, c),
        )

    def estimates(self) -> tuple[Array, Array]:
        """Return the means, corrected by regression on the controls (whose means are 0), and their standard errors."""
        controls = len(self.control)
        # Spectra that no longer vary, as where beta is next to 0, leave nothing to regress on.
        if not controls or not np.diag(self.covariance).all():
            return self.mean, self._not_exact(np.sqrt(self.square / (self.draws - 1) / self.draws))
        scale = np.sqrt(np.diag(self.covariance))
        inverse = np.linalg.inv(self.covariance / np.outer(scale, scale)) / np.outer(scale, scale)
        slope = inverse @ self.cross
        # Where the controls explain nearly everything, rounding leaves 1e-14 of the sum of squares undecided.
        residual = np.maximum(self.square - np.sum(slope * self.cross, axis=0), 1e-14 * self.square)
        leverage = 1 / self.draws + self.control @ inverse @ self.control
        error = np.sqrt(residual / (self.draws - 1 - controls) * leverage)
        return self.mean - self.control @ slope, self._not_exact(error)

    def _not_exact(self, error: Array) -> Array:
        # Draws that hardly differ, as where σ → ∞, are still no better than their rounding.
        return np.hypot(error, np.finfo(np.float64).eps * self.mean)

    @property
    def deviation(self) -> Array:
        """The standard deviations of v."""
        return np.sqrt(self.square / (self.draws - 1))


def _generator(seed: int, block: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(block,))))


def _merge(draws: int, size: int, run: Callable[[int, int], _Sums], threads: int) -> _Sums:
    """Return the sums over all blocks; run(block, count) is called from several threads."""
    blocks = ceil(draws / size)
    total: _Sums | None = None
    with progress("simulate", blocks) as report, ThreadPoolExecutor(threads) as pool:
        try:
            # A few blocks ahead of the sum, not all: there may be millions.
            ahead: deque[Future[_Sums]] = deque()
            for block in range(blocks + 2 * threads):
                if block < blocks:
                    ahead.append(pool.submit(run, block, min(size, draws - block * size)))
                if block >= 2 * threads:
                    sums = ahead.popleft().result()
                    total = sums if total is None else total.merged(sums)
                    report.advance()
        except BaseException:  # Ctrl-C: what is not begun is not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    assert total is not None
    return total


def _bidiagonal(family: Layer, draws: int, seed: int, beta: float, controlled: bool) -> Simulation:
    m, n = family.m, family.n
    ratios, where = np.unique(family.ratio, return_inverse=True)
    # σ = 0 has r = ∞ and variance 0; r = 0 stands for a ratio below the range of floats.
    finite = np.clip(ratios[np.isfinite(ratios)], np.finfo(np.float64).tiny, None)
    size = min(max(_BLOCK // min(m, n), 16), 8192)

    def run(block: int, count: int) -> _Sums:
        spectra = sample(m, n, beta, count, _generator(seed, block))
        controls = uncorrelated_controls(spectra, m, n, beta) if controlled else np.empty((0, count))
        groups = (finite[start : start + _GROUP] for start in range(0, max(len(finite), 1), _GROUP))
        parts = [_Sums.of(resolvent_traces(spectra, group), controls) for group in groups]
        mean, square = (np.concatenate([part[i] for part in parts]) for i in (1, 2))
        cross = np.concatenate([part.cross for part in parts], axis=1)
        return _Sums(count, mean, square, parts[0].control, cross, parts[0].covariance)

    each = 24 * size * (min(m, n) + _GROUP) + 40 * len(finite)
    sums = _merge(draws, size, run, max(min(cpu_count() or 1, MAX_BYTES // each), 1))
    columns = np.zeros((3, len(ratios)))
    columns[:, np.isfinite(ratios)] = *sums.estimates(), sums.deviation
    mean, error, deviation = (
        unwrapped(family.gain * column[where.reshape(family.sigma.shape)] / m) for column in columns
    )
    return Simulation(mean, error, deviation, draws)


def _dense(family: Layer, draws: int, seed: int, cholesky: bool) -> Simulation:
    m, n = family.m, family.n
    members = [array.ravel() for array in (family.sigma, family.alpha, family.gamma)]
    # W and its layer, the shifted Gram matrix and three of its like that LAPACK makes of it, inputs and outputs.
    each = 8 * (2 * m * n + 4 * n * n + INPUTS * (2 * n + m))
    if each > MAX_BYTES:
        raise LimitError(
            f"a dense layer with m = {m:,}, n = {n:,} takes {each / 2**30:,.0f} GiB, need at most 2; use method "
            "'bidiagonal'"
        )
    size = min(max((_BLOCK << 4) // each, 1), 4096)

    def run(block: int, count: int) -> _Sums:
        rng = _generator(seed, block)
        standard = rng.standard_normal((count, m, n))
        x = rng.standard_normal((count, n, INPUTS))
        values = np.empty((2 * len(members[0]), count))
        for i, (sigma, alpha, gamma) in enumerate(zip(*members, strict=True)):
            weight = gamma * _normalised(sigma * standard, alpha, cholesky)
            values[2 * i] = np.mean((weight @ x) ** 2, axis=(1, 2))
            values[2 * i + 1] = np.sum(weight**2, axis=(1, 2)) / m
        return _Sums.of(values, np.empty((0, count)))

    # One thread: LAPACK has its own, and twice as many would only wait for each other.
    sums = _merge(draws, size, run, 1)
    mean, error = sums.estimates()
    columns = (mean[::2], error[::2], sums.deviation[1::2])
    mean, error, deviation = (unwrapped(column.reshape(family.sigma.shape)) for column in columns)
    return Simulation(mean, error, deviation, draws)


def _normalised(w: Array, alpha: float, cholesky: bool) -> NDArray[Any]:
    """Return W (αI + WᵀW)^{-1/2}, or W R^{-1} with RᵀR = αI + WᵀW, for a stack of W."""
    gram = w.swapaxes(1, 2) @ w
    gram[:, np.arange(gram.shape[1]), np.arange(gram.shape[1])] += alpha
    if cholesky:
        # numpy gives L = Rᵀ, and W R^{-1} is the transpose of L^{-1} Wᵀ.
        return np.linalg.solve(np.linalg.cholesky(gram), w.swapaxes(1, 2)).swapaxes(1, 2)
    eigenvalues, vectors = np.linalg.eigh(gram)
    # The sum WᵀW + αI has no eigenvalue below α; rounding of a large W may say otherwise.
    roots = np.sqrt(np.maximum(eigenvalues, alpha))
    return ((w @ vectors) / roots[:, None, :]) @ vectors.swapaxes(1, 2)
