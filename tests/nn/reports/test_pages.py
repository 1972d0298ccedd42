"""The pages on real runs of the trainer: complete, self-contained, well-formed, and what they say is in the files."""

import csv
import io
import json
import re
import shutil
from base64 import b64decode
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from wishart_moments.errors import DomainError
from wishart_nn.reports import write_report
from wishart_nn.reports.cells import cells_of
from wishart_nn.reports.records import read_run, read_sweep
from wishart_nn.reports.statistics import interval
from wishart_nn.sweeps import SweepSpec, load_results, run_sweep
from wishart_nn.training import RunOptions

BASE = RunOptions(rows=700, width=6, epochs=1, batch_size=128, diagnose_rows=128)


class _Reader(HTMLParser):
    VOID = frozenset({"meta", "br", "input", "path", "circle"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.references: list[str] = []
        self.classes: set[str] = set()
        self.tables: dict[str, list[dict[str, str]]] = {}
        self.cells: dict[str, str] = {}
        self._cell: str | None = None
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in self.VOID:
            self.open.append(tag)
        self.classes |= set(given.get("class", "").split())
        self.ids += [given["id"]] if "id" in given else []
        self.labels += [given["for"]] if "for" in given else []
        self.references += [given[name] for name in ("src", "href", "srcset", "data", "action") if name in given]
        if "download" in given:
            head, data = given["href"].split(",")
            assert head == "data:text/csv;charset=utf-8;base64"
            self.tables[given["download"]] = list(csv.DictReader(io.StringIO(b64decode(data).decode())))
        self._cell = given.get("title") if tag == "td" else None

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag
        self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self.cells[self._cell] = data
        if "style" not in self.open:
            self.words += data


def reported(folder: Path, output: Path) -> tuple[str, _Reader]:
    text = write_report(folder, output, force=True).read_text("utf-8")
    return text, _Reader(text)


@pytest.fixture(scope="module")
def sweep_text(sweep_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return reported(sweep_folder, tmp_path_factory.mktemp("page") / "sweep.html")[0]


@pytest.fixture(scope="module")
def run_text(sweep_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = sorted((sweep_folder / "runs").iterdir())[0]
    return reported(folder, tmp_path_factory.mktemp("page") / "run.html")[0]


@pytest.mark.parametrize("name", ["sweep_text", "run_text"])
def test_a_page_loads_nothing_is_well_formed_and_knows_its_colours(name: str, request: pytest.FixtureRequest) -> None:
    text = request.getfixturevalue(name)
    reader = _Reader(text)
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert set(reader.labels) == set(reader.ids)
    assert reader.references
    assert all(reference.startswith("data:text/csv;") for reference in reader.references)
    assert not re.search(r"https?:|<script|@import|url\(|<link|<img", text)
    assert set(re.findall(r"var\(--([\w-]+)\)", text)) <= set(re.findall(r"--([\w-]+):", text))
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text
    assert "SYNTHETIC" in reader.words
    assert not re.search(r"\bnan\b|\bNone\b(?! of)|\binf\b", reader.words)


def test_both_themes_define_the_same_colours(sweep_text: str) -> None:
    light, dark = (set(re.findall(r"--([\w-]+):", part)) for part in sweep_text.split("prefers-color-scheme: dark")[:2])
    assert light == dark


def test_every_cell_of_the_heatmaps_is_the_mean_over_its_runs(sweep_folder: Path, sweep_text: str) -> None:
    documents = [
        (json.loads((path / "config.json").read_text()), json.loads((path / "result.json").read_text()))
        for path in (sweep_folder / "runs").iterdir()
    ]
    heat = {title: text for title, text in _Reader(sweep_text).cells.items() if "n = 3" in title}
    assert len(heat) == 12 == len(documents) // 3
    for title, text in heat.items():
        place = re.match(r"LDLᵀ chain, (\w+), depth (\d), σ(?:√n =|:) (\w+):", title)
        assert place is not None
        optimizer, depth, sigma = place.groups()
        wanted = (
            optimizer.lower(),
            int(depth),
            {"1": "he", "10": "10/sqrt(n)", "predicted": "predicted"}[sigma],
        )
        scores = [
            result["final"]["test"]["auc"]
            for config, result in documents
            if tuple(config["options"][name] for name in ("optimizer", "depth", "sigma")) == wanted
        ]
        found = interval(scores)
        assert found.n == 3
        assert title.endswith(f"{found.mean:.4f} [{found.low:.4f}, {found.high:.4f}], n = 3")
        assert text == f"{found.mean:.3f}"[1:]


def test_the_tables_to_download_hold_the_numbers_of_the_files(sweep_folder: Path, sweep_text: str) -> None:
    tables = _Reader(sweep_text).tables
    assert {name: len(rows) for name, rows in tables.items()} == {
        "runs.csv": 36,
        "settings.csv": 12,
        "curves.csv": 12 * 3,
        "layers.csv": 2 * 3 * 2 * (2 + 3),
        "rivals.csv": 2 * 2 * 2,
        "claims.csv": len(tables["claims.csv"]),
    }
    for row in tables["runs.csv"]:
        result = json.loads((sweep_folder / "runs" / row["run"] / "result.json").read_text())
        assert float(row["final_test_auc"]) == result["final"]["test"]["auc"]
        assert row["status"] == "finished"
    cells = cells_of(read_sweep(sweep_folder))
    assert [float(row["test_auc"]) for row in tables["settings.csv"]] == [cell.interval.mean for cell in cells]
    verdicts = {row["verdict"] for row in tables["claims.csv"]} - {""}
    assert verdicts <= {"reproduced", "not reproduced", "undecided"}


def test_the_claims_and_the_best_setting_stand_on_the_page(sweep_text: str) -> None:
    reader = _Reader(sweep_text)
    for claim in (
        "Smaller scales give better AUC",
        "AdamW beats SGD, most in deep networks and at large scales",
        "Activation stability depends on scale and optimiser",
        "Variance preservation (10/√n) does not beat He (1/√n)",
    ):
        assert claim in reader.words.replace("\u2060", "")
    for heading in (
        "The best settings",
        "Test AUC over the scale",
        "The rules for σ against tuned rivals",
        "How to read",
    ):
        assert heading in reader.words
    for shown in ("CKA with the input", "CKA with the output", "mean square before training", "gradient"):
        assert sweep_text.count(f'aria-label="{shown}') >= 2 * 2
    assert "Unfinished" not in reader.words


def test_an_unfinished_sweep_says_so_and_counts_only_what_has_ended(sweep_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "s"
    shutil.copytree(sweep_folder, copy)
    runs = sorted((copy / "runs").iterdir())
    for run in runs[:10]:
        shutil.rmtree(run)
    for run in runs[10:15]:
        (run / "result.json").unlink()
    lines = (runs[10] / "log.jsonl").read_bytes()
    (runs[10] / "log.jsonl").write_bytes(lines[: len(lines) // 2])
    (runs[11] / "log.jsonl").unlink()
    (runs[15] / "config.json").write_text("{")
    (copy / "runs" / "just-made").mkdir()
    text, reader = reported(copy, tmp_path / "page.html")
    assert "Unfinished: 20 of 36 runs have ended" in reader.words
    assert "Left out: 1 folder" in reader.words
    assert len(reader.tables["runs.csv"]) == 25
    assert [row["status"] for row in reader.tables["runs.csv"]].count("unfinished") == 5
    assert sum(int(row["n"]) for row in reader.tables["settings.csv"]) == 20
    assert not re.search(r"\bnan\b", reader.words)
    assert "<svg" in text


def test_a_sweep_that_has_just_begun_has_a_page(sweep_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    shutil.copy(sweep_folder / "sweep.json", tmp_path)
    with pytest.raises(DomainError, match="at least one run that has begun"):
        write_report(tmp_path)
    first = sorted((sweep_folder / "runs").iterdir())[0]
    (tmp_path / "runs" / first.name).mkdir()
    shutil.copy(first / "config.json", tmp_path / "runs" / first.name)
    _, reader = reported(tmp_path, tmp_path / "page.html")
    assert "Unfinished: 0 of 36" in reader.words
    assert "no run has ended yet" in "".join(reader.cells)


def test_diverged_runs_count_as_chance_and_are_shown(diverging_folder: Path, tmp_path: Path) -> None:
    sweep = read_sweep(diverging_folder)
    assert [run.status for run in sweep.runs].count("diverged") == 2
    small, large = cells_of(sweep)
    assert (dict(small.others)["lr"], dict(large.others)["lr"]) == (0.1, 1e30)
    assert large.interval[:3] == (0.5, 0.5, 0.5)
    scores = [run.result["final"]["test"]["auc"] for run in small.runs.values()]
    assert small.interval == interval(scores)
    _, reader = reported(diverging_folder, tmp_path / "page.html")
    assert "✕ 2/2" in reader.words
    assert "2 runs in 1 setting" in reader.words
    diverged = next(run for run in sweep.runs if run.status == "diverged")
    _, reader = reported(diverging_folder / "runs" / diverged.name, tmp_path / "run.html")
    assert "Diverged after epoch" in reader.words
    assert "There is no final network" in reader.words


def test_the_page_of_a_run_shows_its_result_its_layers_and_its_bound(sweep_folder: Path, run_text: str) -> None:
    run = read_run(sorted((sweep_folder / "runs").iterdir())[0])
    reader = _Reader(run_text)
    assert f"Test AUC{run.auc:.4f}" in reader.words
    assert [int(row["epoch"]) for row in reader.tables["epochs.csv"]] == [0, 1, 2]
    depth = run.options["depth"]
    assert len(reader.tables["layers.csv"]) == 3 * (depth + 1)
    assert [float(row["variance"]) for row in reader.tables["layers.csv"]][: depth + 1] == run.layers(0, "variance")
    assert "certified" in reader.words
    assert "proved" in reader.words
    said = re.search(r"at most ([\d.e+-]+) times", reader.words)
    assert said is not None
    shown = float(said.group(1))
    assert run.result["lipschitz_bound"] <= shown <= run.result["lipschitz_bound"] * (1 + 1e-5)


def test_a_run_that_is_under_way_has_a_page(sweep_folder: Path, tmp_path: Path) -> None:
    source = sorted((sweep_folder / "runs").iterdir())[0]
    shutil.copy(source / "config.json", tmp_path)
    _, reader = reported(tmp_path, tmp_path / "page.html")
    assert "Not finished before its first record" in reader.words
    lines = (source / "log.jsonl").read_bytes().splitlines(keepends=True)
    for some in (lines[:2], lines[:3], [*lines[:3], lines[3][:50]]):
        (tmp_path / "log.jsonl").write_bytes(b"".join(some))
        _, reader = reported(tmp_path, tmp_path / "page.html")
        last = json.loads(some[min(len(some), 3) - 1])
        assert f"Not finished after epoch {last['epoch']} of 2" in reader.words
        assert f"Test AUC{last['test']['auc']:.4f}" in reader.words


# A sweep is run by worker processes first.
@pytest.mark.slow
def test_the_folder_that_workers_leave_is_read(tmp_path: Path) -> None:
    spec = SweepSpec(base=BASE, grid={"depth": [1], "optimizer": ["adamw", "sgd"]}, seeds=[0])
    run_sweep(spec, tmp_path / "s", workers=1)
    _, reader = reported(tmp_path / "s", tmp_path / "page.html")
    mine = {(row["optimizer"], row["final_test_auc"]) for row in reader.tables["runs.csv"]}
    theirs = {(row["optimizer"], str(row["test_auc"])) for row in load_results(tmp_path / "s")}
    assert mine == theirs
    assert len(mine) == 2


def test_several_sweeps_make_one_page_on_which_a_run_counts_once(
    sweep_folder: Path, diverging_folder: Path, tmp_path: Path
) -> None:
    folders = [sweep_folder, diverging_folder, sweep_folder]
    page = write_report(folders, tmp_path / "page.html").read_text("utf-8")
    reader = _Reader(page)
    assert len(reader.tables["runs.csv"]) == 36 + 4
    assert "Unfinished" not in reader.words
    assert "Plain MLP" in reader.words
    with pytest.raises(DomainError, match="need the folder of a run or of a sweep, got none"):
        write_report([])


def test_equal_folders_give_equal_pages(sweep_folder: Path, sweep_text: str, tmp_path: Path) -> None:
    assert reported(sweep_folder, tmp_path / "again.html")[0] == sweep_text


def test_a_page_is_not_replaced_unasked(sweep_folder: Path, tmp_path: Path) -> None:
    run = sorted((sweep_folder / "runs").iterdir())[0]
    target = tmp_path / "page.html"
    target.write_text("mine")
    with pytest.raises(DomainError, match="exists already"):
        write_report(run, target)
    assert target.read_text() == "mine"
    assert write_report(run, target, force=True) == target


def test_headings_go_down_one_step_at_a_time(sweep_text: str) -> None:
    levels = [int(level) for level in re.findall(r"<h(\d)", sweep_text)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_page_is_written_without_torch(
    without_torch: Callable[..., str], sweep_folder: Path, sweep_text: str, tmp_path: Path
) -> None:
    code = "from wishart_nn.reports import write_report; write_report(*sys.argv[1:])"
    without_torch(code, str(sweep_folder), str(tmp_path / "page.html"))
    assert (tmp_path / "page.html").read_text("utf-8") == sweep_text
