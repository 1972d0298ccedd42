"""Pictures of what the mean leaves out: the spread from one draw of W to another, and the error of the series."""

# matplotlib leaves its keyword arguments unannotated.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from wishart_moments import domain
from wishart_moments.reports.figures import BLUE, INK, SKY, new_figure, shades, styled
from wishart_moments.variance.arguments import layer
from wishart_moments.variance.fluctuation import fluctuation
from wishart_moments.variance.predictor import output_variance
from wishart_moments.variance.series import series_variance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def fluctuation_figure(m: Any, n: Any, *, alpha: Any = 1.0, gamma: Any = 1.0) -> Figure:
    """Draw the output variance over σ√n with the bands of 1 and 2 standard deviations over the draws of W.

    Args:
        m, n: the shape, up to 4096.
        alpha, gamma: α > 0 and γ > 0.

    Returns:
        A Matplotlib figure; mean and deviation are exact up to rounding, see `output_variance` and `fluctuation`.

    Raises:
        MissingExtraError: if matplotlib is not installed; DomainError, LimitError: as `fluctuation` does.

    Example:
        >>> len(fluctuation_figure(8, 8).axes)
        1
    """
    shape = layer(m, n, 1.0, alpha, gamma)
    given: dict[str, Any] = {"alpha": float(shape.alpha), "gamma": float(shape.gamma)}
    s = np.geomspace(0.06, 60, 241) * sqrt(given["alpha"])
    mean = np.asarray(output_variance(shape.m, shape.n, s / sqrt(shape.n), **given))
    deviation = np.asarray(fluctuation(shape.m, shape.n, s / sqrt(shape.n), **given))
    with styled():
        figure = new_figure(7.2, 4.2)
        axes: Axes = figure.add_subplot()
        for times, opacity in ((2, 0.25), (1, 0.45)):
            label = "mean ± " + ("" if times == 1 else f"{times} ") + "standard deviation" + "s" * (times > 1)
            band = (np.maximum(mean - times * deviation, 0), mean + times * deviation)
            axes.fill_between(s, *band, color=SKY, alpha=opacity, linewidth=0, label=label)
        axes.plot(s, mean, color=BLUE, label="mean over W")
        _scale(axes, s, "output variance of one draw")
        axes.set_title(f"$m = {shape.m}$ outputs, $n = {shape.n}$ inputs: from one draw of $W$ to another")
        figure.legend(loc="outside lower center", ncols=3)
    return figure


def truncation_figure(m: Any, n: Any, *, order: int = 10) -> Figure:
    """Draw |series − exact| over σ√n for the orders 1..order, and where the last of them stops being of use.

    Args:
        m, n: the shape, up to 4096; α = γ = 1.
        order: the last order, 1..10.

    Returns:
        A Matplotlib figure on logarithmic axes; errors below 1e-15 are not drawn, the exact variance being a float.

    Raises:
        MissingExtraError: if matplotlib is not installed; DomainError, LimitError: as `series_variance` does.

    Example:
        >>> len(truncation_figure(4, 7, order=3).axes[0].lines)
        4
    """
    shape = layer(m, n, 1.0, 1.0, 1.0)
    s = np.geomspace(0.05, 3, 241)
    sigma = s / sqrt(shape.n)
    exact = np.asarray(output_variance(shape.m, shape.n, sigma))
    orders = range(1, domain.order(order, "order") + 1)
    sums = [np.asarray(series_variance(shape.m, shape.n, sigma, order=k).value) for k in orders]
    edge = 1 / (1 + sqrt(shape.m / shape.n))
    with styled():
        figure = new_figure(7.2, 4.4)
        axes: Axes = figure.add_subplot()
        for k, values, colour in zip(orders, sums, shades(len(sums)), strict=True):
            error = np.abs(values - exact)
            axes.plot(s, np.where(error > 1e-15, error, np.nan), color=colour, linewidth=1.3, label=f"order {k}")
        axes.axvline(edge, color=INK, linewidth=1, linestyle=":", label=r"$n\sigma^2(1 + \sqrt{m/n})^2 = 1$")
        _scale(axes, s, "|series − exact variance|")
        axes.set_yscale("log")
        axes.set_ylim(1e-15, 1e3)
        axes.set_title(f"$m = {shape.m}$ outputs, $n = {shape.n}$ inputs: the truncated series")
        figure.legend(loc="outside lower center", ncols=4)
    return figure


def _scale(axes: Axes, s: Any, name: str) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlim(s[0], s[-1])
    axes.set_xlabel(r"$\sigma\sqrt{n}$")
    axes.set_ylabel(name)
