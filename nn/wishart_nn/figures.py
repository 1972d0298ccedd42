"""Predicted and measured mean squares of a network, layer by layer, as a picture."""

# matplotlib leaves its keyword arguments unannotated.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from typing import TYPE_CHECKING

from wishart_moments.reports.figures import BLUE, VERMILION, new_figure, styled
from wishart_nn.profiles import MeasuredProfile, Profile

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def profile_figure(profile: MeasuredProfile) -> Figure:
    """Draw E y² and the mean square of its gradient at every layer: predicted as a line, measured as points.

    Args:
        profile: from `measure_profile`.

    Returns:
        A figure; `wishart_moments.combinatorics.drawing.save_drawing` or its own `savefig` writes it.

    Raises:
        MissingExtraError: if matplotlib is not installed.

    Example:
        >>> import torch
        >>> from wishart_nn import LDLTChain, measure_profile
        >>> len(profile_figure(measure_profile(LDLTChain((4, 8, 1)), torch.randn(50, 4))).axes)
        2
    """
    with styled():
        figure = new_figure(8.4, 4.0)
        exact = profile.predicted.exactness.startswith("exact")
        for axes, backward in zip(figure.subplots(1, 2, sharex=True), (False, True), strict=True):
            predicted, measured = (_values(each, backward) for each in (profile.predicted, profile.measured))
            places = range(0 if backward else 1, len(profile.predicted.layers) + 1)
            axes.plot(places, predicted, color=BLUE, label=f"predicted ({'exact' if exact else 'approximate'})")
            axes.plot(places, measured, "o", color=VERMILION, markersize=5, label="measured, one draw of the weights")
            axes.set_yscale("log")
            axes.set_title("backward: mean square of the gradient" if backward else "forward: mean square of $y_l$")
            axes.set_xlabel("layer $l$ (0: the input)" if backward else "layer $l$")
            axes.xaxis.get_major_locator().set_params(integer=True)
        figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _values(profile: Profile, backward: bool) -> list[float]:
    if backward:
        return [profile.gradient_input, *(each.gradient_before for each in profile.layers)]
    return [each.before for each in profile.layers]
