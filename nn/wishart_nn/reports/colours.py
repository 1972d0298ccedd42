"""The colours of the pages beside the common ones: of heatmaps, of scales and of depths."""

from wishart_moments.reports.page import RAMP_DARK, RAMP_LIGHT

_HEAT_LIGHT = {
    "heat-0": "#08519c",
    "heat-1": "#1f66ad",
    "heat-2": "#3374b0",
    "heat-3": "#8fbfe0",
    "heat-4": "#bcd7ec",
    "heat-5": "#dbe8f4",
    "heat-6": "#eef1f4",
    "heat-dark": "#10233a",
    "heat-bright": "#ffffff",
}

_HEAT_DARK = {
    "heat-0": "#a8dcff",
    "heat-1": "#74bdf0",
    "heat-2": "#4a98d0",
    "heat-3": "#2b6890",
    "heat-4": "#275473",
    "heat-5": "#223c50",
    "heat-6": "#20272f",
    "heat-dark": "#e6e9ee",
    "heat-bright": "#0b1a2a",
}

_BLUES_LIGHT = ("#86b9dd", "#66a5d3", "#4b90c6", "#337cb7", "#1f69a8", "#115795", "#08457d", "#062f57")
_BLUES_DARK = ("#2f6c96", "#3c80ad", "#4a95c5", "#5baadb", "#74bdec", "#92cff6", "#b3e0fc", "#d8f0ff")

LIGHT, DARK = (
    heat
    | {f"ramp-{i}": colour for i, colour in enumerate(ramp)}
    | {f"depth-{i}": colour for i, colour in enumerate(blues)}
    for heat, ramp, blues in ((_HEAT_LIGHT, RAMP_LIGHT, _BLUES_LIGHT), (_HEAT_DARK, RAMP_DARK, _BLUES_DARK))
)
"""On a white page, the best the darkest, and on a black one, the best the brightest; "heat-dark" and "heat-bright" are
text on them."""
