"""The command `sweep`: results on stdout, refusals in one line with exit 2, Ctrl-C leaves a sweep that goes on."""

import inspect
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import wishart_nn.cli.sweep as command
from wishart_nn.sweeps import load_results, run_sweep
from wishart_nn.training import RunOptions

TINY = ["--rows", "600", "--depth", "1", "--width", "4", "--epochs", "1", "--diagnose-rows", "32"]

PROGRAM = "from wishart_moments.__main__ import main; main()"


Run = Callable[..., Any]


@pytest.fixture
def run(command_line: Run) -> Run:
    return lambda *arguments: command_line("sweep", *arguments)


def test_help_shows_an_example_and_how_to_use_many_machines(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert "Example: wishart-moments sweep" in out
    assert "#SBATCH --array=0-47" in out
    assert "parallelism: 48" in out


def test_every_option_of_a_run_but_its_seed_is_an_option_of_a_sweep() -> None:
    names = set(inspect.signature(command.sweep).parameters)
    assert {each.name for each in fields(RunOptions)} - {"seed"} <= names


# Worker processes are started, stopped, and started again.
@pytest.mark.slow
def test_a_sweep_prints_its_settings_and_goes_on_by_its_folder_alone(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    code, out, err = run("--out", str(folder), *TINY, "--optimizer", "sgd,adamw", "--seeds", "0-1", "--workers", "0")
    assert (code, err) == (1, "")
    assert "0 of 4 finished" in out
    code, out, err = run("--out", str(folder), "--workers", "1")
    assert (code, err) == (0, "")
    assert "4 of 4 finished" in out
    assert "SYNTHETIC" in out
    assert f"wishart-moments report {folder}" in out
    header = next(line for line in out.splitlines() if line.split()[:1] == ["optimizer"])
    assert header.split() == ["optimizer", "validation", "AUC", "test", "AUC", "s.e.", "runs", "diverged"]
    code, out, err = run("--out", str(folder), "--workers", "0", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert (document["finished"], document["total"], document["given_up"]) == (4, 4, {})
    best, other = document["settings"]
    assert best["validation_auc"] >= other["validation_auc"]
    rows = load_results(folder)
    mean = sum(row["test_auc"] for row in rows if row["optimizer"] == best["values"]["optimizer"]) / 2
    assert best["test_auc"] == pytest.approx(mean, abs=1e-15)
    # The same options again are the same sweep; others are refused.
    assert run("--out", str(folder), *TINY, "--optimizer", "sgd,adamw", "--seeds", "0-1").code == 0
    code, out, err = run("--out", str(folder), *TINY, "--optimizer", "sgd,adamw", "--seeds", "1-2")
    assert (code, out) == (2, "")
    assert "holds another sweep, with seeds = [0, 1], not [1, 2]; give what there was and more" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--depth", "two,3"], "need depth as an integer, got 'two'"),
        (["--depth", "2,2"], "need different values of depth, got 2 twice"),
        (["--optimizer", "sgd,lion"], "need optimizer as one of adamw, adam, sgd, muon, lamb; got 'lion'"),
        (["--lr", "1..0.1:log"], "need a range low..high with low < high"),
        (["--seeds", "a"], "need seeds as integers >= 0"),
        (["--workers", "-1"], "need workers to be an integer >= 0"),
        (["--workers", "9999"], "need at most 1000 workers"),
        (["--draws", "0"], "need draws to be an integer >= 1"),
        (["--sampler", "best"], "need sampler tpe or random"),
        (["--start", "he; shared+match", "--sigma", "he"], "need sigma as a part of the starts"),
        (["--retries", "-1"], "need retries to be an integer >= 0"),
    ],
)
def test_a_wrong_request_is_one_line_and_writes_nothing(
    run: Run, tmp_path: Path, arguments: list[str], message: str
) -> None:
    code, out, err = run("--out", str(tmp_path / "study"), *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("wishart-moments: ")
    assert message in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


# Worker processes are started, stopped, and started again.
@pytest.mark.slow
def test_ctrl_c_stops_the_workers_and_the_sweep_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    options = ["--rows", "2000", "--depth", "2", "--width", "16", "--epochs", "400", "--diagnose-rows", "32"]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "sweep", "--out", str(folder), *options, "--seeds", "0-1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    for _ in range(3000):
        if any(path.read_bytes().count(b'"epoch"') > 2 for path in (folder / "runs").glob("*/log.jsonl")):
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, "")
    assert err == f"wishart-moments: interrupted; wishart-moments sweep --output {folder} goes on\n"
    outcome = run_sweep(None, folder, workers=0)
    assert (outcome.finished, outcome.total, outcome.given_up) == (0, 2, {})
    (begun,) = (folder / "runs").iterdir()
    assert json.loads((begun / "result.json").read_text())["status"] == "stopped"
    assert (folder / "results.csv").read_text() == "\n"
