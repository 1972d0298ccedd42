"""Pictures of ReLU networks on the population loss: vector fields, basins, convergence, errors of sampled gradients.

matplotlib is the optional extra `plot`. Nothing here touches its global state; `save_drawing` writes the figures.
"""

# matplotlib leaves its keyword arguments unannotated.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wishart_moments.errors import DomainError
from wishart_moments.reports.figures import BLUE, GREEN, INK, ORANGE, PURPLE, SKY, VERMILION, new_figure, styled
from wishart_nn.relu.critical import CriticalPoint
from wishart_nn.relu.dynamics import Success
from wishart_nn.relu.experiments import Convergence, GatingErrors
from wishart_nn.relu.initialisation import nearer_probability, success_bound
from wishart_nn.relu.plane import ENDS, basin_map, ends_of, plane_field, plane_flow, relus, saddle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS = 4
NOISY = (1e-3, 0.0)
"""A start near the origin, on the teacher's side of the diagonal."""


def field_figure(ks: Sequence[int] = (2, 5, 10)) -> Figure:
    """Draw the flow of (x, y) on [0, 1]² for some K: streamlines, saddle, teacher, the path from (10⁻³, 0).

    Args:
        ks: up to four K >= 2.

    Raises:
        DomainError: for K < 2, or none, or more than four; MissingExtraError: if matplotlib is not installed.
    """
    with styled():
        figure, first = _planes(
            ks, _field, "$x$: weight on its own teacher vector", "$y$: weight on the other teacher vectors"
        )
        handles, labels = first.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(handles), 2 * len(ks)))
    return figure


def _planes(ks: Sequence[int], draw: Callable[[Axes, int], None], across: str, up: str) -> tuple[Figure, Axes]:
    """Return a figure with a panel of the (x, y) plane for each K, and its first panel."""
    counts = [relus(k) for k in ks]
    if not 1 <= len(counts) <= MOST_PANELS:
        raise DomainError(f"need 1 to {MOST_PANELS} values of K to draw, got {len(counts)}")
    figure = new_figure(3.9 * len(counts), 4.5)
    row: list[Axes] = list(figure.subplots(1, len(counts), squeeze=False, sharey=True)[0])
    for k, axes in zip(counts, row, strict=True):
        draw(axes, k)
        axes.set_aspect("equal")
        axes.set_title(f"$K = {k}$")
        axes.set_xlabel(across)
    row[0].set_ylabel(up)
    return figure, row[0]


def _field(axes: Axes, k: int) -> None:
    grid = np.linspace(0, 1, 23)
    x, y = np.meshgrid(grid, grid)
    u, v = plane_field(x, y, k)
    speed = np.hypot(u, v)
    # Arrows of one length, the darker the faster; none at a critical point.
    still = speed < 1e-12
    shade = np.log10(np.maximum(speed, 3e-3 * speed.max()))
    length = np.where(still, np.inf, speed)
    axes.grid(visible=False)
    arrows: dict[str, Any] = {"cmap": "Greys", "clim": (shade.min() - 1.5, shade.max()), "scale": 26, "width": 0.004}
    axes.quiver(x, y, u / length, v / length, shade, pivot="mid", **arrows)
    axes.plot([0, 1], [0, 1], color=ORANGE, linewidth=1.1, linestyle=(0, (4, 2)), label="$x = y$")
    times = np.concatenate(([0.0], np.geomspace(1e-2, 200, 400)))
    path = plane_flow(*NOISY, k, times).weights[:, 0]
    axes.plot(path[:, 0], path[:, 1], color=BLUE, label="from (0.001, 0)")
    point = saddle(k)
    axes.plot(point, point, "D", color=VERMILION, markersize=6, label="saddle", zorder=5)
    axes.plot(1, 0, "o", color=GREEN, markersize=8, label="teacher", zorder=5, clip_on=False)
    plate = {"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1}
    axes.annotate(f"{point:.5f}", (point, point), xytext=(8, -3), textcoords="offset points", bbox=plate)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)


def basin_figure(ks: Sequence[int] = (2, 5, 10), *, points: int = 161) -> Figure:
    """Draw where gradient flow from each (x, y) in [−1, 1.5]² ends: teacher, its mirror image, or a saddle.

    Args:
        ks: up to four K >= 2.
        points: starts along each side, >= 2.

    Raises:
        DomainError: for K < 2, or none, or more than four; MissingExtraError: if matplotlib is not installed.
    """
    if points < 2:
        raise DomainError(f"need at least 2 points along a side, got {points}")
    colours, marks, sizes = (GREEN, PURPLE, ORANGE, VERMILION, "#bbbbbb"), "osDv", (8, 7, 6, 6)
    x, y = np.meshgrid(*(np.linspace(-1, 1.5, points),) * 2)
    with styled():
        from matplotlib.colors import ListedColormap
        from matplotlib.lines import Line2D

        def draw(axes: Axes, k: int) -> None:
            palette: Any = ListedColormap(colours)
            axes.pcolormesh(x, y, basin_map(x, y, k), cmap=palette, vmin=-0.5, vmax=4.5, alpha=0.45, rasterized=True)
            for point, colour, mark, size in zip(ends_of(k), colours, marks, sizes, strict=False):
                axes.plot(*point, mark, color=colour, markersize=size)

        figure, _ = _planes(ks, draw, "$x^0$", "$y^0$")
        handles = [
            Line2D([], [], color=colour, marker=mark, linestyle="", markersize=8, label=name)
            for name, colour, mark in zip(ENDS[:4], colours, marks, strict=False)
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def convergence_figure(found: Convergence) -> Figure:
    """Draw the errors over time, a panel for each noise: every trial, and the median.

    Raises:
        MissingExtraError: if matplotlib is not installed.
    """
    count = len(found.noise)
    columns = min(count, 5)
    rows = -(-count // columns)
    with styled():
        figure = new_figure(2.6 * columns + 0.6, 2.9 * rows + 0.5)
        grid: Any = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
        for axes in grid.ravel()[count:]:
            axes.set_visible(False)
        for i, (level, axes) in enumerate(zip(found.noise, grid.ravel(), strict=False)):
            curves = np.maximum(found.errors[i], 1e-15)
            axes.plot(found.times, curves.T, color=SKY, linewidth=0.8, alpha=0.7)
            axes.plot(found.times, np.median(curves, axis=0), color=INK, linewidth=1.8)
            axes.set_yscale("log")
            axes.set_ylim(1e-8, 3)
            axes.set_title(f"noise {level:g}: {found.recovered[i]} of {curves.shape[0]}")
            axes.set_xlabel("time")
        for axes in grid[:, 0]:
            axes.set_ylabel("error, up to order of units")
        figure.suptitle(
            f"$K = {found.k}$, $d = {found.d}$, top weights: {found.top}; "
            "title: trials that recover the teacher; black: median",
            fontsize=10.5,
        )
    return figure


def error_figure(found: GatingErrors) -> Figure:
    """Draw relative errors of the sampled gating by angle and by number, with the exact curve for Gaussian inputs.

    Raises:
        MissingExtraError: if matplotlib is not installed.
    """
    with styled():
        figure = new_figure(8.4, 4.1)
        by_angle, by_number = figure.subplots(1, 2)
        marks = {"gaussian": ("o", BLUE, "Gaussian inputs"), "uniform": ("s", VERMILION, "uniform inputs")}
        for axes, places, errors, exact in (
            (by_angle, found.angles, found.by_angle, found.exact_by_angle),
            (by_number, np.array(found.numbers), found.by_number, found.exact_by_number),
        ):
            axes.plot(places, exact, color=INK, linewidth=1.2, label="exact for Gaussian inputs")
            for name, (marker, colour, label) in marks.items():
                axes.plot(places, errors[name], marker, color=colour, markersize=5, label=label)
            axes.set_yscale("log")
            axes.set_ylabel("relative RMS error")
        by_angle.set_xticks(np.pi * np.arange(5) / 4, ["0", "π/4", "π/2", "3π/4", "π"])
        by_angle.set_xlabel(r"$\theta = \angle(e, w)$")
        by_angle.set_title(f"$N = {found.draws}$, $d = {found.d}$")
        by_number.set_xscale("log")
        by_number.set_xlabel("inputs $N$")
        by_number.set_title(rf"$\theta = {found.theta / np.pi:.3g}\,\pi$, $d = {found.d}$")
        figure.legend(*by_angle.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def critical_figure(found: Sequence[CriticalPoint]) -> Figure:
    """Draw the eigenvalues of the Hessian at critical points, over the loss there: falling, null, rising directions.

    Raises:
        DomainError: without any; MissingExtraError: if matplotlib is not installed.
    """
    if not found:
        raise DomainError("need at least one critical point to draw; take more starts")
    with styled():
        figure = new_figure(6.0, 4.1)
        axes = figure.subplots()
        for place, (label, colour) in enumerate((("falling", VERMILION), ("null", INK), ("rising", BLUE))):
            losses, values = list[float](), list[float]()
            for each in found:  # the eigenvalues ascend
                ends = (0, each.falling_directions, each.falling_directions + each.null_directions, None)
                part = each.eigenvalues[ends[place] : ends[place + 1]].tolist()
                losses += [each.loss] * len(part)
                values += part
            axes.plot(losses, values, "o", color=colour, markersize=4, label=label)
        axes.axhline(0, color=INK, linewidth=0.6)
        axes.set_xlabel("loss")
        axes.set_ylabel("eigenvalues of the Hessian")
        figure.legend(loc="outside lower center", ncols=3)
        return figure


def success_figure(found: Sequence[Success]) -> Figure:
    """Draw success over d: the bound (1 − ε)/2, starts near enough (exact and measured), starts that arrive.

    Args:
        found: measurements at one ε.

    Raises:
        DomainError: without any, or with several ε; MissingExtraError: if matplotlib is not installed.
    """
    if len({each.epsilon for each in found}) != 1:
        raise DomainError("need measurements at one epsilon to draw")
    epsilon, sizes = found[0].epsilon, np.array([each.d for each in found])
    with styled():
        figure = new_figure(6.4, 4.1)
        axes: Axes = figure.add_subplot()
        axes.axhline(success_bound(epsilon), color="#888888", linestyle=(0, (4, 2)), label=r"bound $(1-\epsilon)/2$")
        least, most = min(each.d for each in found), max(each.d for each in found)
        grid: list[float] = np.geomspace(least, most, 60).tolist()
        curve = sorted({round(d) for d in grid})
        exact = [nearer_probability(d, epsilon) for d in curve]
        axes.plot(curve, exact, color=INK, label=r"exact P($\|w^0-w^*\|<\|w^*\|$)")
        for name, colour, marker, label in (
            ("nearer", BLUE, "o", "measured, 95 % interval"),
            ("converged", GREEN, "s", "descent reaches the teacher"),
        ):
            share = np.array([getattr(each, name) / each.draws for each in found])
            ends = np.array([getattr(each, f"{name}_interval") for each in found]).T
            spread = np.abs(ends - share)
            axes.errorbar(sizes, share, yerr=spread, color=colour, marker=marker, linestyle="", label=label)
        axes.set_xscale("log")
        axes.set_ylim(0, 1.05)
        axes.set_xlabel("inputs $d$")
        axes.set_ylabel("probability")
        axes.set_title(rf"One ReLU, start in the ball $\epsilon\sqrt{{2\pi/(d+1)}}$, $\epsilon = {epsilon:g}$")
        figure.legend(loc="outside lower center", ncols=2)
    return figure
