"""The colours of the pages beside the common ones: of heatmaps, of scales and of depths."""

from wishart_moments.reports.page import RAMP_DARK, RAMP_LIGHT

_HEAT_LIGHT = ("#08519c", "#1f66ad", "#3374b0", "#8fbfe0", "#bcd7ec", "#dbe8f4", "#eef1f4")
_HEAT_DARK = ("#a8dcff", "#74bdf0", "#4a98d0", "#2b6890", "#275473", "#223c50", "#20272f")
_BLUES_LIGHT = ("#86b9dd", "#66a5d3", "#4b90c6", "#337cb7", "#1f69a8", "#115795", "#08457d", "#062f57")
_BLUES_DARK = ("#2f6c96", "#3c80ad", "#4a95c5", "#5baadb", "#74bdec", "#92cff6", "#b3e0fc", "#d8f0ff")


def _named(**ramps: tuple[str, ...]) -> dict[str, str]:
    return {f"{name}-{i}": colour for name, ramp in ramps.items() for i, colour in enumerate(ramp)}


LIGHT = _named(heat=_HEAT_LIGHT, ramp=RAMP_LIGHT, depth=_BLUES_LIGHT) | {
    "heat-dark": "#10233a",
    "heat-bright": "#ffffff",
}
DARK = _named(heat=_HEAT_DARK, ramp=RAMP_DARK, depth=_BLUES_DARK) | {"heat-dark": "#e6e9ee", "heat-bright": "#0b1a2a"}
"""On a white page, the best the darkest, and on a black one, the best the brightest; "heat-dark" and "heat-bright" are
text on them."""
