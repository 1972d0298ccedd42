"""The comparison with Monte Carlo: its numbers, its folder, its findings and its page."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wishart_moments as w
from wishart_moments.combinatorics.drawing import save_drawing
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.reports import truncation
from wishart_moments.reports.truncation import (
    GRID,
    HE,
    ORDERS,
    TEN,
    Comparison,
    Configuration,
    Shape,
    compare,
    simulate_shapes,
)
from wishart_moments.reports.truncation_figures import comparison_figure
from wishart_moments.reports.truncation_findings import (
    TOLERANCE,
    families,
    findings,
    reaches,
    rounds_to,
    usable,
    worst_errors,
)
from wishart_moments.reports.truncation_page import page, write_pages

SMALL = Configuration("2-3,5", draws=500, seed=1)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(SMALL, simulate_shapes(SMALL, None))


def test_the_grid_has_the_two_scales_in_it() -> None:
    assert len(GRID) == 13
    assert (GRID[0], GRID[HE], GRID[TEN]) == (0.01, 1.0, 100.0)
    assert np.allclose(np.diff(np.log10(GRID)), 1 / 3)


def test_all_pairs_within_the_groups_are_compared() -> None:
    assert len(Configuration().shapes) == 8**2 + 9**2
    assert Configuration("2-4").shapes == tuple(Shape(m, n) for m in (2, 3, 4) for n in (2, 3, 4))
    assert Configuration("10-30:10").groups == ((10, 20, 30),)
    assert Configuration("5,5").shapes == (Shape(5, 5),)


def test_the_variances_are_those_of_the_functions(comparison: Comparison) -> None:
    for i, (m, n) in enumerate(comparison.shapes):
        for j in (0, HE, TEN):
            sigma = (GRID[j] / n) ** 0.5
            assert comparison.exact[i, j] == pytest.approx(w.output_variance(m, n, sigma), rel=1e-14)
            assert (comparison.lower[i, j], comparison.upper[i, j]) == w.moment_bounds(m, n, sigma)
            assert comparison.limit[2][i, j] == w.limit_variance(m, n, sigma)
            assert comparison.series[10][i, j] == w.series_variance(m, n, sigma).value


def test_monte_carlo_is_within_five_standard_errors_of_the_exact_variance(comparison: Comparison) -> None:
    assert (np.abs(comparison.z) < 5).all()


def test_the_table_holds_every_shape_and_scale(comparison: Comparison) -> None:
    rows = list(csv.DictReader(io.StringIO(comparison.csv())))
    assert len(rows) == len(comparison.shapes) * len(GRID)
    assert {f"series_{order}" for order in ORDERS} < set(rows[0])
    row = rows[len(GRID) + TEN]
    assert (int(row["m"]), int(row["n"]), float(row["n_sigma2"])) == (2, 3, 100.0)
    assert float(row["exact"]) == comparison.exact[1, TEN]
    assert float(row["monte_carlo"]) == comparison.mean[1, TEN]


def test_finished_shapes_are_not_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Shape] = []
    draw = truncation.simulate_shape

    def interrupted(shape: Shape, configuration: Configuration) -> Any:
        if len(drawn) == 3:
            raise KeyboardInterrupt
        drawn.append(shape)
        return draw(shape, configuration)

    monkeypatch.setattr(truncation, "simulate_shape", interrupted)
    with pytest.raises(KeyboardInterrupt):
        simulate_shapes(SMALL, tmp_path)
    first = drawn.copy()
    drawn.clear()
    resumed = simulate_shapes(SMALL, tmp_path)
    assert [*first, *drawn] == list(SMALL.shapes)
    drawn.clear()
    assert simulate_shapes(SMALL, tmp_path) == resumed
    assert drawn == []
    monkeypatch.undo()
    assert simulate_shapes(SMALL, None) == resumed
    assert [path.name for path in tmp_path.iterdir()] == ["truncation.json"]


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (Configuration("2-3", 500, 1), "sizes"),
        (Configuration("2-3,5", 501, 1), "draws"),
        (Configuration("2-3,5", 500, 2), "seed"),
    ],
)
def test_a_folder_of_another_run_is_refused(other: Configuration, named: str, tmp_path: Path) -> None:
    simulate_shapes(SMALL, tmp_path)
    before = (tmp_path / "truncation.json").read_bytes()
    with pytest.raises(DomainError, match=f"holds a run with {named} = "):
        simulate_shapes(other, tmp_path)
    assert (tmp_path / "truncation.json").read_bytes() == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"shapes": {"2": {}}}', '{"shapes": {"2x2": {"mean": 1}}}', "\x00"])
def test_a_file_that_is_no_record_is_refused_and_kept(text: str, tmp_path: Path) -> None:
    path = tmp_path / "truncation.json"
    path.write_text(text, "utf-8")
    with pytest.raises(DomainError, match="is no record of this benchmark"):
        simulate_shapes(SMALL, tmp_path)
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize("sizes", ["", "0-3", "3-2", "2-", "-2", "a", "2..9", "2-9:0", "2-9:-1", "1-1000", "2,,3"])
def test_bad_sizes_are_refused(sizes: str) -> None:
    with pytest.raises(DomainError, match="need --sizes as groups"):
        Configuration(sizes)


def test_bad_draws_and_sizes_out_of_reach_are_refused() -> None:
    with pytest.raises(DomainError, match="at least 2 draws"):
        Configuration(draws=1)
    with pytest.raises(LimitError):
        Configuration("5000")


def test_the_usable_range_ends_where_the_error_passes_the_tolerance() -> None:
    for shape in (Shape(2, 2), Shape(9, 4), Shape(50, 80)):
        for order, reach in zip(ORDERS, usable(shape), strict=True):
            for factor, passes in ((1 - 1e-6, False), (1 + 1e-6, True)):
                sigma = (factor * reach / shape.n) ** 0.5
                error = w.series_variance(*shape, sigma, order=order).value - w.output_variance(*shape, sigma)
                assert (abs(error) > TOLERANCE) == passes


def test_the_reach_of_a_family_is_that_of_its_shapes(comparison: Comparison) -> None:
    (square, rectangular, one) = reaches(comparison)
    assert (square.family, rectangular.family, one.family) == (
        "square, sizes 2 to 3",
        "rectangular, sizes 2 to 3",
        "square, sizes 5",
    )
    assert square.least[4] == min(usable(Shape(2, 2))[4], usable(Shape(3, 3))[4])
    assert one.least == one.greatest == usable(Shape(5, 5))
    assert [len(family.rows) for family in families(comparison)] == [2, 2, 1]
    assert worst_errors(comparison)[2].errors["series, order 1"][1] == pytest.approx(
        100 - w.output_variance(5, 5, 20**0.5)
    )


# arXiv 2601.08253 quotes 0.41 for 1/√n and 0.9 for 10/√n.
def test_041_at_he_scale_is_true_of_these_shapes_and_of_no_square_one() -> None:
    shapes = [Shape(m, n) for m in range(2, 10) for n in range(2, 10)]
    assert rounds_to(shapes, 1.0, 0.41, 2) == [Shape(3, 5), Shape(4, 6), Shape(5, 8), Shape(6, 9)]
    squares = [w.output_variance(n, n, n**-0.5) for n in (1, 2, 5, 10, 50, 200, 1000, 4096)]
    assert squares == sorted(squares)
    assert squares[-1] < (3 - 5**0.5) / 2 < 0.382
    wide = [w.output_variance(m, n, n**-0.5) for m, n in shapes if m <= n]
    assert round(float(np.mean(wide)), 3) == 0.406
    assert round(w.output_variance(3000, 4000, 4000**-0.5), 3) == 0.409


def test_square_layers_have_variance_09_at_ten_times_he_scale() -> None:
    values = [w.output_variance(n, n, 10 / n**0.5) for n in (*range(2, 10), *range(10, 100, 10))]
    assert {round(value, 1) for value in values} == {0.9}


def test_verdicts_are_computed(comparison: Comparison) -> None:
    found = {finding.claim: finding for finding in findings(comparison)}
    assert found["Monte Carlo agrees with the exact variance"].verdict == "true"
    assert found["The truncated series can be used at 1/√n"].verdict == "false"
    assert found["Square layers have variance 0.9 at 10/√n"].verdict == "true"
    assert found["Square layers have variance 0.41 at 1/√n"].verdict == "false"
    shifted = Comparison(**{**vars(comparison), "mean": comparison.mean + 1})
    assert findings(shifted)[0].verdict == "false"
    outside = Comparison(**{**vars(comparison), "lower": comparison.lower + (comparison.exact > 0.3)})
    assert findings(outside)[1].verdict == "partly"
    lucky = dict.fromkeys(ORDERS, comparison.exact + 1e-4)
    assert findings(Comparison(**{**vars(comparison), "series": lucky}))[2].verdict == "true"


class _Reader(HTMLParser):
    VOID = frozenset({"meta", "br", "img", "link", "path", "use"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href", "xlink:href", "srcset", "data", "action"):
                self.references.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_page_loads_nothing_and_is_well_formed(comparison: Comparison) -> None:
    text = page(comparison, findings(comparison))
    reader = _Reader()
    reader.feed(text)
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert reader.references
    assert all(reference.startswith("#") for reference in reader.references)
    assert {reference[1:] for reference in reader.references} <= set(reader.ids)
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(reader.ids)
    assert not re.search(r"https?:|<script|@import|url\((?!#)", text)
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text
    # Every colour of the pictures is a variable of the page, and is defined there.
    assert set(re.findall(r"var\(--([\w-]+)\)", text)) <= set(re.findall(r"--([\w-]+):", text))


# Everything is drawn twice: three seconds.
@pytest.mark.slow
def test_the_pages_are_written_and_equal_runs_are_equal_files(comparison: Comparison, tmp_path: Path) -> None:
    (tmp_path / "truncation.csv").write_text("old", "utf-8")
    found, paths = write_pages(comparison, tmp_path)
    assert found == findings(comparison)
    assert [path.name for path in paths] == [f"truncation.{suffix}" for suffix in ("csv", "png", "svg", "html")]
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert paths[0].read_text("utf-8") == comparison.csv()
    assert paths[1].read_bytes().startswith(b"\x89PNG")
    assert paths[3].read_text("utf-8") == page(comparison, found)
    again = tmp_path / "again.svg"
    save_drawing(comparison_figure(comparison), again)
    assert paths[2].read_bytes() == again.read_bytes()


def test_the_record_is_readable_json(tmp_path: Path) -> None:
    simulate_shapes(SMALL, tmp_path)
    document = json.loads((tmp_path / "truncation.json").read_text("utf-8"))
    assert (document["sizes"], document["draws"], document["seed"]) == ("2-3,5", 500, 1)
    assert len(document["shapes"]["2x3"]["mean"]) == len(GRID)
