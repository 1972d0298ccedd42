"""Pictures of the variance as a function of σ and of the singular values behind it, and the style of all plots.

matplotlib is the optional extra `plot`. Nothing here touches its global state (no pyplot); `save_drawing` writes the
figures.
"""

# matplotlib leaves its keyword arguments unannotated.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from math import sqrt
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from wishart_moments import domain
from wishart_moments.combinatorics.drawing import INK, TYPE
from wishart_moments.combinatorics.shown_figure import shown_figure
from wishart_moments.errors import LimitError, MissingExtraError
from wishart_moments.spectrum.marchenko_pastur import marchenko_pastur_density, support
from wishart_moments.spectrum.wishart_spectrum import spectrum
from wishart_moments.variance.arguments import layer
from wishart_moments.variance.limit import limit_variance
from wishart_moments.variance.moment_bounds import moment_bounds
from wishart_moments.variance.predictor import output_variance
from wishart_moments.variance.series import series_variance
from wishart_moments.variance.simulate import simulate_variance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

# Okabe and Ito's colours: they stay apart for every kind of colour vision.
BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#e69f00",
    "#cc79a7",
    "#56b4e9",
)
CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK)

STYLE: dict[str, Any] = {
    "font.family": TYPE["family"],
    "mathtext.fontset": TYPE["mathematics"],
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "axes.edgecolor": "#666666",
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": "#666666",
    "ytick.color": "#666666",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "axes.prop_cycle": f"cycler(color={list(CYCLE)})",
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
}

MAX_HISTOGRAM = 2 * 10**10
"""The most operations of a histogram: draws × m n min(m, n)."""


def needs_matplotlib() -> None:
    """Refuse in one line where matplotlib is not installed: before anything is computed for a figure."""
    try:
        import matplotlib  # noqa: F401 # pyright: ignore[reportUnusedImport]
    except ImportError as error:
        raise MissingExtraError("plots need matplotlib: pip install 'wishart-trace-moments[plot]'") from error


@contextmanager
def styled() -> Generator[None, None, None]:
    """Let figures that are begun inside have the style of this project.

    Raises:
        MissingExtraError: if matplotlib is not installed.
    """
    needs_matplotlib()
    import matplotlib

    with matplotlib.rc_context(cast(Any, STYLE)):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, in inches; inside `styled`."""
    return shown_figure(width, height, layout="constrained")


def shades(count: int) -> list[Any]:
    """Return colours from light to dark, for the orders of a series."""
    import matplotlib

    return [matplotlib.colormaps["YlOrBr"](x) for x in np.linspace(0.35, 0.95, count)]


def variance_figure(
    m: Any, n: Any, *, alpha: Any = 1.0, gamma: Any = 1.0, order: int = 10, draws: int = 0, seed: int = 0
) -> Figure:
    """Draw the output variance over σ√n: exact, the series of orders 1.., the bounds from moments, the limit.

    Args:
        m, n: the shape, up to 4096.
        alpha, gamma: α > 0 and γ > 0.
        order: of the series and of the bounds, 1..10.
        draws: of Monte Carlo at 13 points; 0 for none.
        seed: of Monte Carlo.

    Returns:
        A Matplotlib figure; the black line is exact up to rounding, see `output_variance`.

    Raises:
        MissingExtraError: if matplotlib is not installed; DomainError, LimitError: as the methods do.

    Example:
        >>> variance_figure(4, 7, order=2).axes[0].get_ylabel()
        'output variance'
    """
    shape = layer(m, n, 1.0, alpha, gamma)
    given: dict[str, Any] = {"alpha": float(shape.alpha), "gamma": float(shape.gamma)}
    unit = sqrt(given["alpha"])
    low, high = min(0.06 * unit, 0.5), max(60 * unit, 50.0)
    s = np.geomspace(low, high, 361)
    sigma = s / sqrt(shape.n)
    most = float(shape.gain) * min(1.0, shape.n / shape.m)
    orders = range(1, domain.order(order, "order") + 1)
    sums = [np.asarray(series_variance(shape.m, shape.n, sigma, **given, order=k).value) for k in orders]
    bounds = moment_bounds(shape.m, shape.n, sigma, **given, order=order)
    with styled():
        figure = new_figure(7.2, 4.5)
        axes: Axes = figure.add_subplot()
        axes.fill_between(s, *bounds, color=SKY, alpha=0.35, linewidth=0, label=f"bounds from {order} moments")
        for k, values, colour in zip(orders, sums, shades(len(sums)), strict=True):
            # Beyond the frame only the direction counts: a line of 10^40 points up would not be drawn at all.
            shown = np.clip(values, -2 * most, 3 * most)
            label = f"series, order {k}" if k in (1, 2, orders[-1]) else None
            axes.plot(s, shown, color=colour, linewidth=1.2, label=label)
        axes.plot(s, output_variance(shape.m, shape.n, sigma, **given), color=INK, linewidth=2.2, label="exact")
        limit = limit_variance(shape.m, shape.n, sigma, **given, order=0)
        axes.plot(s, limit, color=VERMILION, linewidth=1.4, linestyle=(0, (4, 2)), label="limit of large layers")
        if draws:
            points = np.geomspace(1.15 * low, high / 1.15, 13)
            found = simulate_variance(
                shape.m, shape.n, points / sqrt(shape.n), **given, draws=domain.order(draws, "draws"), seed=seed
            )
            axes.plot(
                points, found.mean, "o", color="white", markeredgecolor=BLUE, markersize=5, label=f"{draws:,} draws"
            )
        axes.axhline(most, color="#888888", linewidth=0.9, linestyle=":")
        axes.annotate(
            rf"supremum $\gamma^2\,\min(1,\, n/m) = {most:.4g}$",
            (low, most),
            xytext=(2, 3),
            textcoords="offset points",
            fontsize=10,
        )
        for mark, name in ((1.0, r"$1/\sqrt{n}$"), (10.0, r"$10/\sqrt{n}$")):
            value = float(output_variance(shape.m, shape.n, mark / sqrt(shape.n), **given))
            axes.plot([mark, mark], [-most, value], color="#888888", linewidth=0.9, linestyle=":")
            axes.plot(mark, value, "o", color=INK, markersize=5, zorder=5)
            axes.annotate(
                f"{name}: {value:.4g}",
                (mark, value),
                xytext=(7, -13),
                textcoords="offset points",
                bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1},
            )
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlim(low, high)
        axes.set_ylim(-0.06 * most, 1.14 * most)
        axes.set_xlabel(r"$\sigma\sqrt{n}$")
        axes.set_ylabel("output variance")
        axes.set_title(_title(rf"$m = {shape.m}$ outputs, $n = {shape.n}$ inputs", **given))
        figure.legend(loc="outside lower center", ncols=4)
    return figure


def _title(text: str, alpha: float, gamma: float) -> str:
    return text + rf", $\alpha = {alpha:.4g}$, $\gamma = {gamma:.4g}$"


def density_figure(m: Any, n: Any, *, draws: int = 0, seed: int = 0) -> Figure:
    """Draw the density of the singular values of W at σ = 1/√n: exact at finite size, and Marchenko–Pastur.

    Args:
        m, n: the shape, up to 4096.
        draws: of W for a histogram; 0 for none.
        seed: of the draws.

    Returns:
        A Matplotlib figure; the blue line is exact up to rounding, see `WishartSpectrum`.

    Raises:
        MissingExtraError: if matplotlib is not installed.
        DomainError: for a bad shape.
        LimitError: for larger sizes, or a histogram that would take minutes.

    Example:
        >>> density_figure(3, 5).axes[0].get_ylabel()
        'density'
    """
    rule = spectrum(domain.size(m, "m"), domain.size(n, "n"))
    least, (lower, upper) = min(rule.m, rule.n), support(rule.m, rule.n)
    end = 1.06 * sqrt(float(np.sort(rule.nodes[rule.weights > 1e-4 * rule.weights.max()])[-1]) / rule.n)
    end = max(end, 1.04 * sqrt(upper / rule.n))
    start = max(0.0, sqrt(lower / rule.n) - 0.12 * end)
    start = 0.0 if start < 0.25 * end else start
    s = np.linspace(start, end, 801)[1:]

    eigenvalues = rule.n * s * s  # of S at unit variance: dλ = 2 n s ds, and min(m, n) of them
    exact = np.asarray(rule.density(eigenvalues)) * 2 * rule.n * s / least
    limit = np.asarray(marchenko_pastur_density(eigenvalues, rule.m, rule.n)) * 2 * rule.n * s / least

    with styled():
        figure = new_figure(7.2, 4.2)
        axes: Axes = figure.add_subplot()
        if draws:
            values = _singular_values(rule.m, rule.n, draws, seed)
            bins = min(max(int(len(values) ** 0.4), 20), 120)
            axes.hist(
                values, bins=bins, range=(start, end), density=True, color="#c9dceb", label=f"{draws:,} draws of $W$"
            )
        axes.plot(s, limit, color=VERMILION, linewidth=1.5, linestyle=(0, (4, 2)), label="Marchenko–Pastur limit")
        axes.plot(s, exact, color=BLUE, label="exact at this size")
        axes.set_xlim(start, end)
        axes.set_ylim(0, 1.12 * max(float(exact.max()), float(np.nanmax(limit))))
        axes.set_xlabel(r"singular value of $W$ at $\sigma = 1/\sqrt{n}$")
        axes.set_ylabel("density")
        zeros = f", {rule.zeros} zeros left out" if rule.zeros else ""
        axes.set_title(f"$m = {rule.m}$ outputs, $n = {rule.n}$ inputs: {least} singular values{zeros}")
        figure.legend(loc="outside lower center", ncols=3)
    return figure


def _singular_values(m: int, n: int, draws: int, seed: int) -> Array:
    count = domain.order(draws, "draws")
    if count * m * n * min(m, n) > MAX_HISTOGRAM:
        raise LimitError(
            f"need at most {max(MAX_HISTOGRAM // (m * n * min(m, n)), 1):,} draws for a histogram at {m} x {n}, got "
            f"{count:,}"
        )
    rng = np.random.default_rng(domain.order(seed, "seed"))
    step = max(10**6 // (m * n), 1)
    parts: list[Array] = [
        np.linalg.svd(rng.standard_normal((min(step, count - i), m, n)), compute_uv=False).ravel().astype(np.float64)
        for i in range(0, count, step)
    ]
    return np.concatenate(parts) / sqrt(n)
