"""Pictures of mean squares through a network, layer by layer."""

# matplotlib leaves its keyword arguments unannotated.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments.errors import DomainError, MethodError
from wishart_moments.reports.figures import CYCLE, new_figure, styled
from wishart_moments.variance.activations import Activation
from wishart_moments.variance.depth import DepthProfile, depth_profile
from wishart_moments.variance.depth_fluctuation import depth_fluctuation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

MARKERS = "osD^vPX"


def depth_figure(
    widths: Sequence[int],
    sigmas: Mapping[str, Any],
    *,
    alpha: float = 1.0,
    gamma: float = 1.0,
    architecture: str = "chain",
    activation: str | Activation = "relu",
) -> Figure:
    """Draw mean squares layer by layer, forward and backward, for several choices of σ.

    Independent layers with a positively homogeneous activation have a band forward: one standard deviation over the
    draws of W, for one input. Nothing of the kind is known exactly for a chain.

    Args:
        widths: input, hidden and output widths.
        sigmas: {name: σ as `depth_profile` takes it}, up to seven.
        alpha, gamma, architecture, activation: as `depth_profile` takes them.

    Returns:
        A Matplotlib figure; where the profile is not exact its title says approximate.

    Raises:
        MissingExtraError: if matplotlib is not installed; DomainError, LimitError, MethodError: see `depth_profile`.

    Example:
        >>> len(depth_figure((4, 8, 1), {"1/√n": "1/sqrt(n)"}).axes)
        2
    """
    if not 1 <= len(sigmas) <= len(CYCLE):
        raise DomainError(f"need 1 to {len(CYCLE)} sigmas to draw, got {len(sigmas)}")
    profiles = {
        name: depth_profile(widths, sigma, alpha=alpha, gamma=gamma, architecture=architecture, activation=activation)
        for name, sigma in sigmas.items()
    }
    with styled():
        figure = new_figure(8.4, 4.3)
        forward, backward = figure.subplots(1, 2, sharex=True)
        for (name, profile), colour, marker in zip(profiles.items(), CYCLE, MARKERS, strict=False):
            places = range(len(profile.layers) + 1)
            style: dict[str, Any] = {"color": colour, "marker": marker if len(places) < 30 else "", "markersize": 4.5}
            signal = [1.0, *(each.before for each in profile.layers)]
            gradient = [profile.gradient_input, *(each.gradient_before for each in profile.layers)]
            if deviations := _deviations(profile, activation):
                low, high = (np.array(signal) + sign * np.array([0.0, *deviations]) for sign in (-1, 1))
                # On a logarithmic axis a band that reaches 0 ends at a hundredth of the mean.
                forward.fill_between(
                    places, np.maximum(low, np.array(signal) / 100), high, color=colour, alpha=0.18, linewidth=0
                )
            forward.plot(places, _positive(signal), label=rf"$\sigma$ = {name}", **style)
            backward.plot(places, _positive(gradient), **style)
        spread = " ± a standard deviation" if forward.collections else ""
        for axes, title in (
            (forward, f"forward: mean square of $y_l${spread}"),
            (backward, "backward: of its gradient"),
        ):
            axes.set_yscale("log")
            axes.set_title(title)
            axes.set_xlabel("layer $l$ (0: the input)")
            axes.xaxis.get_major_locator().set_params(integer=True)
        first = next(iter(profiles.values()))
        kind = "" if all(profile.exact for profile in profiles.values()) else ", approximate"
        figure.suptitle(f"{_widths(first.widths)}: {first.architecture}, {first.activation}{kind}", fontsize=11)
        figure.legend(loc="outside lower center", ncols=min(len(profiles), 4))
    return figure


def _deviations(profile: DepthProfile, activation: str | Activation) -> tuple[float, ...]:
    try:
        return depth_fluctuation(profile, activation)
    except MethodError:
        return ()


def _positive(values: Sequence[float]) -> Array:
    # A mean square of 0 has no place on a logarithmic axis.
    array = np.array(values)
    return np.where(array > 0, array, np.nan)


def _widths(widths: Sequence[int]) -> str:
    """Return 28, 64, 64, 1 as "28 → 64 (×2) → 1"."""
    runs: list[tuple[int, int]] = []
    for width in widths:
        if runs and runs[-1][0] == width:
            runs[-1] = (width, runs[-1][1] + 1)
        else:
            runs.append((width, 1))
    texts = [str(width) if count == 1 else f"{width} (×{count})" for width, count in runs]
    return " → ".join(texts if len(texts) <= 7 else [*texts[:3], "…", *texts[-3:]])
