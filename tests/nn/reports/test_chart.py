"""Charts: places are linear in the value or its logarithm, ticks are round, gaps stay gaps."""

import ast
import re
from math import log10, nan
from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_nn.reports import chart as chart_module
from wishart_nn.reports.chart import MARKS, Axis, Series, chart
from wishart_nn.reports.colours import DARK, LIGHT
from wishart_nn.reports.heatmaps import STEPS, step_of
from wishart_nn.reports.rendering import render


def circles(text: str) -> list[tuple[float, float]]:
    return [(float(each.get("cx", "")), float(each.get("cy", ""))) for each in Tree.fromstring(text).iter("circle")]


def test_a_linear_axis_is_linear_and_points_up() -> None:
    found = circles(chart("t", [Series("a", "blue", [(0, 1), (1, 2), (3, 6)])], Axis("x"), Axis("y")))
    (x0, y0), (x1, y1), (x2, y2) = found
    assert (x2 - x0) / (x1 - x0) == pytest.approx(3, abs=0.01)
    assert (y2 - y0) / (y1 - y0) == pytest.approx(5, abs=0.01)
    assert y0 > y1 > y2


def test_a_logarithmic_axis_is_linear_in_the_logarithm() -> None:
    points = [(1.0, 1e-6), (10.0, 1e-3), (1000.0, 1.0)]
    text = chart("t", [Series("a", "blue", points)], Axis("x", log=True), Axis("y", log=True))
    (x0, y0), (x1, y1), (x2, y2) = circles(text)
    assert (x2 - x0) / (x1 - x0) == pytest.approx(3, abs=0.01)
    assert (y2 - y0) / (y1 - y0) == pytest.approx(2, abs=0.01)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5), st.booleans())
@settings(deadline=None)
def test_every_chart_is_well_formed_and_everything_in_it_lies_inside(values: list[float], log: bool) -> None:
    text = chart(
        'a < b & "c"',
        [Series("a", "blue", list(enumerate(values)), mark=mark) for mark in MARKS],
        Axis("x", integer=True),
        Axis("y", log=log),
    )
    root = Tree.fromstring(text)
    assert root.get("aria-label") == 'a < b & "c"'
    shown = [value for value in values if value > 0 or not log]
    assert len(circles(text)) == len(shown)
    for x, y in circles(text):
        assert 0 <= x <= 380
        assert 0 <= y <= 264
    assert "nan" not in re.sub(r"<title>.*?</title>", "", text)
    assert 1 <= len([each for each in root.iter("path") if each.get("class") == "rule"]) <= 14 or not shown


def test_what_is_no_number_is_a_gap() -> None:
    text = chart("t", [Series("a", "blue", [(0, 1), (1, nan), (2, 3), (3, 4)])], Axis("x"), Axis("y"))
    line = next(each for each in Tree.fromstring(text).iter("path") if each.get("class") == "line")
    assert re.sub(r"[^ML]", "", line.get("d", "")) == "MML"
    assert len(circles(text)) == 3


def test_intervals_are_a_band_or_bars_and_are_told_in_words() -> None:
    points, ends = [(0.0, 1.0), (1.0, 2.0)], [(0.5, 1.5), (1.5, 2.5)]
    band = chart("t", [Series("a", "blue", points, ends)], Axis("x"), Axis("y"))
    bars = chart("t", [Series("a", "blue", points, ends, bars=True)], Axis("x"), Axis("y"))
    assert 'class="band"' in band
    assert 'class="bar"' in bars
    assert "a: 1, 2 [1.5, 2.5]" in band
    alone = chart("t", [Series("a", "blue", points, [(nan, nan)] * 2)], Axis("x"), Axis("y"))
    assert 'class="band"' not in alone


def test_what_is_said_of_a_mark_is_its_value_wherever_it_is_drawn() -> None:
    series = Series("a", "blue", [(1.0, 0.75), (10.0, 0.8)], [(0.1, 1.4), (0.79, 0.81)], bars=True, shift=0.96)
    text = chart("t", [series], Axis("x", log=True), Axis("y", low=0.7, high=0.9, cut=True))
    assert "a: 1, 0.75 [0.1, 1.4]" in text
    plain = chart("t", [series], Axis("x", log=True), Axis("y"))
    assert circles(text)[0][0] == circles(plain)[0][0]
    (bar,) = [each.get("d", "") for each in Tree.fromstring(text).iter("path") if each.get("class") == "bar"]
    heights = [float(each) for each in re.findall(r"[ V]([\d.]+)", bar)]
    assert min(heights) >= 28
    assert max(heights) <= 264 - 36


def test_no_point_at_all_leaves_a_note() -> None:
    text = chart("t", [Series("a", "blue", [])], Axis("x"), Axis("y", log=True), note="no record yet")
    assert "no record yet" in text
    assert "no record yet" not in chart(
        "t", [Series("a", "blue", [(0, 1)])], Axis("x"), Axis("y"), note="no record yet"
    )


def test_templates_escape_what_they_are_given() -> None:
    page = str(render("claims.html")) + str(chart("<b>", [Series("<i>", "blue", [(0, 1)])], Axis("<u>"), Axis("<s>")))
    assert not re.search(r"<[bius]>", page)
    assert set(re.findall(r"&lt;([bius])&gt;", page)) == {"b", "i", "u", "s"}


def test_no_source_writes_html() -> None:
    for path in Path(chart_module.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                texts = [each.value for each in node.values if isinstance(each, ast.Constant)]
                assert not any(re.search(r"</?[a-z]", str(text)) for text in texts), f"{path.name}: {texts}"


def test_colours_step_where_the_legend_says() -> None:
    assert [step_of(step) for step in STEPS] == list(range(len(STEPS)))
    assert [step_of(step + 1e-6) for step in STEPS] == [i + 1 for i in range(len(STEPS))]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_on_every_colour_of_the_heatmap_can_be_read(theme: dict[str, str]) -> None:
    # WCAG 2: a contrast of 4.5 for text of normal size
    for step in range(len(STEPS) + 1):
        ground = luminance(theme[f"heat-{step}"])
        ink = luminance(theme["heat-bright" if step < 3 else "heat-dark"])
        contrast = (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05)
        assert contrast >= 4.5, f"step {step}: {contrast:.2f}"


def test_the_colours_of_the_heatmap_are_in_order() -> None:
    for theme, sign in ((LIGHT, 1), (DARK, -1)):
        values = [sign * log10(luminance(theme[f"heat-{step}"])) for step in range(len(STEPS) + 1)]
        assert values == sorted(values)
