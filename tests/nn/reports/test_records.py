"""Reading folders: what is damaged is named by file and line, what is merely unfinished is not damaged."""

import json
import shutil
from pathlib import Path

import pytest

from wishart_moments.errors import DomainError
from wishart_nn.reports.records import Run, Sweep, number, read, read_run, read_sweep


@pytest.fixture
def run_folder(sweep_folder: Path, tmp_path: Path) -> Path:
    source = sorted((sweep_folder / "runs").iterdir())[0]
    return Path(shutil.copytree(source, tmp_path / "run"))


def test_folders_are_told_apart(sweep_folder: Path, run_folder: Path, tmp_path: Path) -> None:
    assert isinstance(read(sweep_folder), Sweep)
    assert isinstance(read(run_folder), Run)
    with pytest.raises(DomainError, match="with neither"):
        read(tmp_path)
    with pytest.raises(DomainError, match="which is none"):
        read(tmp_path / "nowhere")


def test_a_run_is_what_its_files_say(run_folder: Path) -> None:
    run = read_run(run_folder)
    result = json.loads((run_folder / "result.json").read_text())
    assert run.status == result["status"] == "finished"
    assert run.auc == result["final"]["test"]["auc"]
    assert run.auc == run.epochs[-1]["test"]["auc"]
    assert [record["epoch"] for record in run.epochs] == [0, 1, 2]
    assert len(run.layers(0, "variance")) == run.options["depth"] + 1
    assert run.seed == run.options["seed"]


def test_the_last_line_may_be_cut_off_and_no_other(run_folder: Path) -> None:
    log = run_folder / "log.jsonl"
    whole = log.read_bytes()
    lines = whole.splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:3]) + lines[3][: len(lines[3]) // 2])
    assert [record["epoch"] for record in read_run(run_folder).epochs] == [0, 1]
    log.write_bytes(lines[0] + b'{"event": "epo\n' + b"".join(lines[2:]))
    with pytest.raises(DomainError, match=r"need a record in every line of .* line 2"):
        read_run(run_folder)


def test_an_epoch_that_was_repeated_counts_once_as_it_was_last(run_folder: Path) -> None:
    again = json.loads((run_folder / "log.jsonl").read_text().splitlines()[2]) | {"step": 12345}
    with (run_folder / "log.jsonl").open("a") as stream:
        stream.write(json.dumps(again) + "\n")
    run = read_run(run_folder)
    assert [record["epoch"] for record in run.epochs] == [0, 1, 2]
    assert run.epochs[again["epoch"]]["step"] == 12345


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("config.json", "{", "damaged"),
        ("config.json", "[1]", "JSON object"),
        ("config.json", '{"format": 2, "options": {}}', "format 1"),
        ("config.json", '{"format": 1}', "options of a run"),
        ("result.json", "", "damaged"),
        ("result.json", '{"status": "excellent"}', "status among"),
    ],
)
def test_damaged_files_are_refused_in_one_line(run_folder: Path, name: str, text: str, said: str) -> None:
    (run_folder / name).write_text(text)
    with pytest.raises(DomainError, match=said) as caught:
        read_run(run_folder)
    assert "\n" not in str(caught.value)
    assert "run" in str(caught.value)


def test_how_many_runs_there_will_be(sweep_folder: Path) -> None:
    spec = read_sweep(sweep_folder).spec
    assert Sweep("s", spec, (), {}).expected == 36
    search = {
        **spec,
        "grid": {"depth": [1, 2]},
        "search": {"lr": {"low": 1e-3, "high": 1.0}},
        "draws": 7,
        "sampler": "random",
    }
    assert Sweep("s", search, (), {}).expected == 2 * 7 * 3
    assert Sweep("s", {"together": [spec, spec, search]}, (), {}).expected == 36 + 2 * 7 * 3
    assert Sweep("s", {}, (), {}).expected is None


def test_a_sweep_of_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sweep.json").write_text('{"format": 9}')
    with pytest.raises(DomainError, match="format 1"):
        read_sweep(tmp_path)


@pytest.mark.parametrize("value", [None, "0.5", True, float("nan"), float("inf"), [0.5], {"auc": 1}])
def test_what_is_no_finite_number_is_none(value: object) -> None:
    assert number({"a": {"b": value}}, "a", "b") is None
    assert number({"a": value}, "a", "b") is None
    assert number(value, "a") is None
