"""Figures are written, equal for equal arguments, and show what they should."""

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wishart_moments.combinatorics.drawing import save_drawing
from wishart_moments.errors import DomainError, LimitError, MissingExtraError
from wishart_moments.reports import figures
from wishart_moments.reports.depth_figures import depth_figure
from wishart_moments.reports.figures import density_figure, variance_figure
from wishart_moments.variance.depth import depth_profile
from wishart_moments.variance.depth_fluctuation import depth_fluctuation
from wishart_moments.variance.predictor import output_variance

WIDTHS = (6, 8, 8, 2)


def _depth() -> Any:
    scales = {name: [c / n**0.5 for n, _ in pairwise(WIDTHS)] for name, c in (("he", 1.0), ("10/sqrt(n)", 10.0))}
    return depth_figure(WIDTHS, scales)


MAKERS: dict[str, Callable[[], Any]] = {
    "variance": lambda: variance_figure(4, 7, draws=100),
    "variance, other alpha": lambda: variance_figure(7, 4, alpha=100, gamma=0.5, order=3),
    "density": lambda: density_figure(4, 7, draws=50),
    "density, square": lambda: density_figure(5, 5),
    "density, one number": lambda: density_figure(1, 1),
    "depth": _depth,
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_equal_figures_are_equal_files(name: str, suffix: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{i}.{suffix}" for i in range(2)]
    for path in paths:
        save_drawing(MAKERS[name](), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(paths[0].read_bytes()) > 10_000


def _lines(axes: Any) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {line.get_label(): line.get_data() for line in axes.get_lines()}


def test_the_exact_line_is_the_variance_and_lies_within_the_band() -> None:
    axes = variance_figure(10, 12, order=5).axes[0]
    s, values = _lines(axes)["exact"]
    assert np.array_equal(values, output_variance(10, 12, s / 12**0.5))
    assert set(_lines(axes)) >= {"series, order 1", "series, order 2", "series, order 5", "limit of large layers"}
    band = axes.collections[0].get_paths()[0].get_extents()
    assert band.y0 <= values.min() < values.max() <= band.y1
    low, high = axes.get_xlim()
    assert low <= 1 < 10 <= high


@pytest.mark.parametrize(("m", "n"), [(3, 3), (4, 9), (9, 4), (30, 40)])
def test_the_densities_of_singular_values_integrate_to_1(m: int, n: int) -> None:
    axes = density_figure(m, n, draws=20).axes[0]
    for label in ("exact at this size", "Marchenko–Pastur limit"):
        s, values = _lines(axes)[label]
        assert abs(np.trapezoid(values, s) - 1) < 0.01


def test_the_depth_lines_are_the_profile() -> None:
    axes = _depth().axes
    profile = depth_profile(WIDTHS, lambda n: 1 / n**0.5, architecture="chain", activation="relu")
    forward, backward = (axes[i].get_lines()[0].get_ydata() for i in (0, 1))
    assert forward.tolist() == [1.0, *(each.before for each in profile.layers)]
    assert backward.tolist() == [profile.gradient_input, *(each.gradient_before for each in profile.layers)]


def test_independent_layers_have_the_band_of_their_fluctuation_and_a_chain_has_none() -> None:
    assert not _depth().axes[0].collections
    figure = depth_figure(WIDTHS, {"he": "he"}, architecture="independent")
    (band,) = figure.axes[0].collections
    profile = depth_profile(WIDTHS, "he", architecture="independent", activation="relu")
    top = [1.0, *(y.before + s for y, s in zip(profile.layers, depth_fluctuation(profile), strict=True))]
    drawn = band.get_paths()[0].vertices
    assert [max(y for x, y in drawn if x == place) for place in range(len(top))] == pytest.approx(top)


def test_a_dead_network_is_drawn_without_points() -> None:
    figure = depth_figure(WIDTHS, {"0": [0.0, 0.0, 0.0]})
    assert np.isnan(figure.axes[0].get_lines()[0].get_ydata()[1:]).all()


def test_histograms_that_would_take_minutes_and_too_many_sigmas_are_refused() -> None:
    with pytest.raises(LimitError, match="need at most"):
        density_figure(1000, 1000, draws=1000)
    with pytest.raises(DomainError, match="need 1 to 7 sigmas"):
        depth_figure(WIDTHS, {})


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"wishart-trace-moments\[plot\]"), figures.styled():
        pass
