"""Write the pictures of the manual, each light and dark: python docs/pictures.py, or with names for some of them.

A dark picture is the light one in other inks. Coordinates are rounded to a hundredth of a point.
"""

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from wishart_moments import plots
from wishart_moments.combinatorics.drawing import save_drawing

FOLDER = Path(__file__).parent / "pictures"
DARK = {
    "#ffffff": "#131416",
    "#222222": "#e8e8e8",
    "#666666": "#a5a5a5",
    "#888888": "#909090",
    "#e3e3e3": "#34373b",
    "#000000": "#e8e8e8",
    "#0072b2": "#4aa8e0",
    "#d55e00": "#ff8a3c",
    "#009e73": "#2fc79a",
    "#c9dceb": "#2b4a61",
    "#56b4e9": "#2f7fb0",
}
"""The inks of a dark page in place of those of a light one."""

PICTURES: dict[str, Callable[[], Any]] = {
    "variance": lambda: plots.variance(64, 128, order=5),
    "density": lambda: plots.density(10, 12, draws=2000),
    "depth": lambda: plots.depth(
        (28, 64, 64, 64, 64, 10), {"1/√n": "1/sqrt(n)", "10/√n": "10/sqrt(n)"}, architecture="independent"
    ),
    "fluctuation": lambda: plots.fluctuation(8, 8),
    "truncation": lambda: plots.truncation(16, 32),
}
"""{name: what draws it}."""


def dark_ink(light: str) -> str:
    """Return the ink of a dark page for #rrggbb: what is not listed and dark is mixed with cream until it shows."""
    if light in DARK:
        return DARK[light]
    parts = [int(light[i : i + 2], 16) for i in (1, 3, 5)]
    missing = max(0.0, 0.45 - (0.30 * parts[0] + 0.59 * parts[1] + 0.11 * parts[2]) / 255)
    mixed = (round(each + missing * (cream - each) / 0.75) for each, cream in zip(parts, (255, 205, 180), strict=True))
    return "#" + "".join(f"{each:02x}" for each in mixed)


def written(name: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (file name, text) of a picture, light and dark."""
    path = folder / f"{name}.svg"
    save_drawing(PICTURES[name](), path, overwrite=True)
    lines = path.read_text("utf-8").splitlines(keepends=True)
    # A factor of a scale keeps its digits.
    light = "".join(x if "scale(" in x else re.sub(r"(\d+\.\d\d)\d+", r"\1", x) for x in lines)
    light = re.sub(r" *<metadata>.*?</metadata>\n", "", light, flags=re.DOTALL)
    yield f"{name}-light.svg", light
    # Text and marks that name no colour are black.
    dark = light.replace("<svg ", f'<svg fill="{DARK["#000000"]}" ', 1)
    yield f"{name}-dark.svg", re.sub(r"#[0-9a-f]{6}\b", lambda found: dark_ink(found[0]), dark)


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or PICTURES:
            for file, text in written(name, Path(folder)):
                (FOLDER / file).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
