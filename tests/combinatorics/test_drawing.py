"""Drawings: geometry of the disc, every loop drawn, captions, files."""

import os
import subprocess
import sys
from collections import Counter
from itertools import combinations, pairwise
from math import pi
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.combinatorics.captions import polynomial, topology
from wishart_moments.combinatorics.disc_layout import RIM, Curve, DiscLayout, arc, geodesic, place
from wishart_moments.combinatorics.drawing import draw_contraction, draw_sum, save_drawing
from wishart_moments.combinatorics.matchings import TraceWord, perfect_matchings, random_perfect_matching
from wishart_moments.combinatorics.partitions import Partition, partition, partitions
from wishart_moments.combinatorics.ribbon import RibbonGraph
from wishart_moments.errors import DomainError, LimitError, MissingExtraError

pytest.importorskip("matplotlib", reason="drawings are the optional extra `plot`")

TORUS = ((3,), ((0, 3), (1, 4), (2, 5)))
drawable = [parts for k in range(1, 4) for parts in partitions(k)]
words = st.lists(st.integers(1, 5), min_size=1, max_size=5).map(partition)


@st.composite
def surfaces(draw: st.DrawFn) -> RibbonGraph:
    parts = draw(words)
    return RibbonGraph(parts, random_perfect_matching(2 * sum(parts), Random(draw(st.integers()))))


def crossings(first: Curve, second: Curve) -> int:
    def points(curve: Curve) -> list[complex]:
        a, b, c, d = curve
        steps = [i / 101 for i in range(102)]
        return [(1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d for t in steps]

    def left(p: complex, q: complex, r: complex) -> bool:
        return ((q - p).conjugate() * (r - p)).imag > 0

    return sum(
        left(p, q, r) != left(p, q, s) and left(r, s, p) != left(r, s, q)
        for p, q in pairwise(points(first))
        for r, s in pairwise(points(second))
    )


def drawn_loops(figure: object) -> list[str]:
    patches = [patch for axes in figure.axes for patch in axes.patches]  # type: ignore[attr-defined]
    return sorted(patch.get_gid() for patch in patches if patch.get_gid())


@given(words)
@settings(deadline=None)
def test_factors_lie_in_order_on_the_circle_without_overlap(parts: Partition) -> None:
    layout = DiscLayout(TraceWord(parts))
    assert all(b - a > 2 * layout.half_width for a, b in pairwise(layout.angles))
    assert layout.angles[0] + 2 * pi - layout.angles[-1] > 2 * layout.half_width


@given(surfaces())
@settings(deadline=None)
def test_ribbons_stay_in_the_disc_and_loops_inside_the_rim(surface: RibbonGraph) -> None:
    layout = DiscLayout(surface.word)
    for a, b in surface.matching:
        for kind in ("row", "column"):
            assert max(map(abs, layout.ribbon_side(a, b, kind))) < 1 + 1e-9  # the convex hull holds the curve
    for kind, loops in (("row", surface.row_loops), ("column", surface.column_loops)):
        for loop in loops:
            curve = layout.loop(loop, kind)
            assert abs(curve[0] - curve[-1]) < 1e-9
            assert max(abs(point) for point in curve[::3]) < RIM + 1e-9


@pytest.mark.parametrize("parts", [(3,), (2, 1), (1, 1, 1), (4,)])
def test_exactly_the_ribbons_between_equal_factors_are_twisted(parts: Partition) -> None:
    layout = DiscLayout(TraceWord(parts))
    for a, b in combinations(range(2 * sum(parts)), 2):
        row, column = layout.ribbon_side(a, b, "row"), layout.ribbon_side(a, b, "column")
        assert crossings(row, column) == (1 if (a - b) % 2 == 0 else 0)


def test_geodesics_cross_once_if_their_ends_alternate_and_else_never() -> None:
    rng = Random(7)
    for _ in range(30):
        places = rng.sample(range(24), 4)
        a, b, c, d = (2 * pi * place / 24 + 0.01 for place in places)
        alternate = sum(min(a, b) < x < max(a, b) for x in (c, d)) == 1
        assert crossings(geodesic(a, b), geodesic(c, d)) == alternate


@given(st.floats(-7, 7), st.floats(-7, 7))
@settings(deadline=None)
def test_arcs_join_their_ends_along_the_circle(start: float, stop: float) -> None:
    curve = arc(start, stop)
    assert abs(curve[0] - place(start)) < 1e-12
    assert abs(curve[-1] - place(stop)) < 1e-12
    for a, b, c, d in zip(curve[::3], curve[1::3], curve[2::3], curve[3::3], strict=False):
        assert abs(abs((a + 3 * b + 3 * c + d) / 8) - 1) < 3e-4


@given(surfaces())
@settings(deadline=None, max_examples=15)
def test_every_loop_is_drawn_once_in_its_own_colour(surface: RibbonGraph) -> None:
    figure = draw_contraction(surface.parts, surface.matching)
    rows, columns = surface.weight
    assert drawn_loops(figure) == sorted(
        [f"contraction-row-loop-{i}" for i in range(rows)] + [f"contraction-column-loop-{i}" for i in range(columns)]
    )
    loops = [patch for patch in figure.axes[0].patches if patch.get_gid()]
    assert len({patch.get_edgecolor() for patch in loops}) == rows + columns
    assert {patch.get_linestyle() == "solid" for patch in loops if "row" in patch.get_gid()} == {True}
    assert {patch.get_linestyle() == "solid" for patch in loops if "column" in patch.get_gid()} == {False}


def test_colours_stay_distinct_when_there_are_many_loops() -> None:
    k = 20
    figure = draw_contraction((k,), [(0, 2 * k - 1), *((t, t + 1) for t in range(1, 2 * k - 1, 2))])
    loops = [patch for patch in figure.axes[0].patches if patch.get_gid()]
    assert len({patch.get_edgecolor() for patch in loops}) == len(loops) == k + 1


@pytest.mark.parametrize("parts", drawable)
@pytest.mark.parametrize("grouped", [True, False])
def test_a_sum_shows_every_contraction_with_its_weight(parts: Partition, grouped: bool) -> None:
    shown = [RibbonGraph(parts, pairs) for pairs in perfect_matchings(2 * sum(parts))]
    figure = draw_sum(parts, grouped=grouped)
    assert len(figure.axes) == len(shown)
    assert drawn_loops(figure) == sorted(
        f"contraction-{i}-{kind}-loop-{j}"
        for i, surface in enumerate(shown)
        for kind, loops in (("row", surface.row_loops), ("column", surface.column_loops))
        for j in range(len(loops))
    )
    written = Counter(text.get_text() for text in figure.texts)
    assert sum(f"= {polynomial(shown)}$" in text for text in written) == 1
    for caption, count in Counter(map(topology, shown)).items():
        assert written[caption] == count


@pytest.mark.parametrize("parts", [*drawable, (6,), (1,) * 8, (6, 5, 4, 3, 2, 1)])
def test_nothing_written_is_clipped(parts: Partition) -> None:
    figures = [draw_contraction(parts, random_perfect_matching(2 * sum(parts), Random(1)))]
    if sum(parts) <= 3:
        figures.append(draw_sum(parts))
    for figure in figures:
        inside = figure.bbox
        texts = figure.texts + [text for axes in figure.axes for text in axes.texts]
        for box in [text.get_window_extent() for text in texts] + [figure.legends[0].get_window_extent()]:
            assert inside.x0 <= box.x0
            assert box.x1 <= inside.x1
            assert inside.y0 <= box.y0
            assert box.y1 <= inside.y1


def test_captions_state_the_polynomial_and_the_surface() -> None:
    shown = [RibbonGraph((3,), pairs) for pairs in perfect_matchings(6)]
    assert polynomial(shown) == r"m^{3}n + 3\,m^{2}n^{2} + mn^{3} + 3\,m^{2}n + 3\,mn^{2} + 4\,mn"
    assert topology(RibbonGraph(*TORUS)) == r"$\chi = 0$, orientable"


def test_an_svg_drawing_is_well_formed_and_its_identifiers_are_unique(tmp_path: Path) -> None:
    path = tmp_path / "sum.svg"
    save_drawing(draw_sum((3,)), path)
    root = ElementTree.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    identifiers = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(identifiers) == len(set(identifiers))
    assert "contraction-14-row-loop-0" in identifiers


@pytest.mark.parametrize(
    ("suffix", "signature"), [(".png", b"\x89PNG\r\n\x1a\n"), (".pdf", b"%PDF-"), (".SVG", b"<?xml ")]
)
def test_the_suffix_decides_the_format(tmp_path: Path, suffix: str, signature: bytes) -> None:
    path = tmp_path / f"torus{suffix}"
    save_drawing(draw_contraction(*TORUS), str(path))
    assert path.read_bytes().startswith(signature)


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_equal_drawings_are_equal_bytes(tmp_path: Path, suffix: str) -> None:
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    save_drawing(draw_contraction(*TORUS), first)
    save_drawing(draw_contraction(*TORUS), second)
    assert first.read_bytes() == second.read_bytes()


def test_drawings_repeat_in_another_process_and_leave_pyplot_alone(tmp_path: Path) -> None:
    here, there = tmp_path / "here.svg", tmp_path / "there.svg"
    save_drawing(draw_contraction(*TORUS), here)
    program = f"""
import sys
from wishart_moments.combinatorics import drawing
assert "matplotlib" not in sys.modules
drawing.save_drawing(drawing.draw_contraction(*{TORUS!r}), {str(there)!r})
assert "matplotlib.pyplot" not in sys.modules
"""
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program], check=True, cwd=root, env=os.environ | {"PYTHONHASHSEED": "7"})
    assert here.read_bytes() == there.read_bytes()


@pytest.mark.parametrize("name", ["torus.gif", "torus", ".svg", "torus.svg.gz"])
def test_other_suffixes_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DomainError, match=r"ends in \.svg, \.png, \.pdf, got"):
        save_drawing(draw_contraction(*TORUS), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_drawing_is_replaced_only_on_request(tmp_path: Path) -> None:
    path = tmp_path / "torus.png"
    path.write_text("mine")
    with pytest.raises(DomainError, match="exists already"):
        save_drawing(draw_contraction(*TORUS), path)
    assert path.read_text() == "mine"
    save_drawing(draw_contraction(*TORUS), path, overwrite=True)
    assert path.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(DomainError, match="folder does not exist"):
        save_drawing(draw_contraction(*TORUS), tmp_path / "missing" / "torus.png")


def test_a_sum_of_too_many_contractions_is_refused() -> None:
    with pytest.raises(LimitError, match=r"k <= 3 to draw a sum, got k = 4 with 105 contractions"):
        draw_sum((2, 2))
    with pytest.raises(LimitError, match=r"got k = 1000000000 with \(2k - 1\)!! contractions"):
        draw_sum((10**9,))


def test_there_is_nothing_to_draw_without_a_trace() -> None:
    with pytest.raises(DomainError, match="at least one trace"):
        draw_sum(())
    with pytest.raises(DomainError, match="at least one trace"):
        draw_contraction((), ())


def test_a_missing_matplotlib_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wishart-trace-moments\[plot\]'"):
        draw_contraction(*TORUS)
