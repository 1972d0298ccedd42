"""The command higgs: what it prints is what the functions return; mistakes are one line and exit 2."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wishart_nn.higgs import load, open_prepared, synthetic_rows

Run = Callable[..., Any]


@pytest.fixture
def run(command_line: Run) -> Run:
    return lambda *words: command_line("higgs", *words)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    np.savetxt(tmp_path / "rows.csv", synthetic_rows(200), delimiter=",")
    return tmp_path / "rows.csv"


@pytest.mark.parametrize("command", ["prepare", "download", "describe"])
def test_help_of_every_command_shows_an_example(run: Run, command: str) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0
    assert f"Example: wishart-moments higgs {command}" in " ".join(out.split())


def test_prepare_prints_rows_and_checksums(run: Run, source: Path, tmp_path: Path) -> None:
    code, out, err = run("prepare", source, tmp_path / "p")
    prepared = open_prepared(tmp_path / "p")
    assert (code, err) == (0, "")
    assert "rows.csv: 200 rows" in out
    assert prepared.sha256 in out
    assert prepared.source.sha256 in out
    record = json.loads(run("prepare", source, tmp_path / "p", "--json").out)
    assert (record["rows"], record["sha256"]) == (200, prepared.sha256)


def test_describe_says_which_data_and_which_split(run: Run, source: Path, tmp_path: Path) -> None:
    run("prepare", source, tmp_path / "p")
    code, out, _ = run("describe", tmp_path / "p", "--verify", "--features", "high", "--seed", "3")
    data = load(source, features="high", seed=3)
    assert code == 0
    assert out.startswith("rows.csv: 200 rows\n")
    assert data.fingerprint in out
    assert f"m_wwbb               {float(data.mean[-1]):9.5f} {float(data.scale[-1]):9.5f}" in out
    record = json.loads(run("describe", "--rows", "500", "--test-rows", "50", "--json").out)
    assert record["synthetic"]
    assert record["rows"] == {"train": 400, "validation": 50, "test": 50}
    assert len(record["mean"]) == len(record["scale"]) == len(record["feature_names"]) == 28


def test_mistakes_are_one_line_and_exit_2(run: Run, source: Path, tmp_path: Path) -> None:
    for words, message in (
        (("prepare", tmp_path / "absent", tmp_path / "p"), "no such file"),
        (("prepare", source, tmp_path), "holds other files (rows.csv); name a new folder"),
        (("describe", tmp_path / "absent"), "no such file"),
        (("describe", tmp_path), "it is not prepared"),
        (("describe", source, "--verify"), "no such folder"),
        (("describe", "--features", "mid"), "need features to be all, low or high, got 'mid'"),
        (("describe", "--rows", "many"), "need rows"),
        (("describe", "--seed", "-1"), "need seed"),
        (("download", tmp_path / "d", "--url", "nowhere"), "place it at"),
    ):
        code, out, err = run(*words)
        assert (code, out) == (2, ""), words
        assert err.startswith("wishart-moments: "), words
        assert err.count("\n") == 1, err
        assert message in err


def test_what_is_refused_leaves_no_files(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("1,2,3\n")
    for words in (("prepare", bad, tmp_path / "p"), ("download", tmp_path / "d", "--url", "nowhere")):
        code, out, err = run(*words)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert list(tmp_path.iterdir()) == [bad]
    code, _, err = run("prepare", bad, tmp_path)
    assert (code, "holds other files (bad.csv)" in err) == (2, True)
    assert list(tmp_path.iterdir()) == [bad]
