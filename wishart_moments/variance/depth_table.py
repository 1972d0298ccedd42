"""What a profile of mean squares through a network shows: a line, a table."""

from typing import Any

from wishart_moments.notation.shown import ShownCells

_COLUMNS = ("m", "n", "sigma", "alpha", "before", "after", "gradient_before", "gradient_after")


class ShownProfile(ShownCells):
    """Profiles of a network with `widths` and a profile for each of its `layers`."""

    widths: tuple[int, ...]
    architecture: str
    activation: str
    layers: tuple[Any, ...]

    def __repr__(self) -> str:
        """Return one line: what was asked for, and the output's variance."""
        widths = "-".join(map(str, self.widths))
        shown = widths if len(widths) <= 30 else f"{len(self.layers)} layers"
        output = f"{self.layers[-1].before:.6g}"
        return f"DepthProfile({shown}, {self.architecture}, {self.activation}: output variance {output})"

    def cells(self) -> list[list[str]]:
        """Return the table that is shown: a line for each layer."""
        rows = [[f"{getattr(layer, name):.5g}" for name in _COLUMNS] for layer in self.layers]
        return [["layer", *_COLUMNS], *([str(i), *row] for i, row in enumerate(rows, 1))]
