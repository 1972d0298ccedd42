"""Sweeps with real trainings: killed at random, they end as if nothing had happened."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from optuna.trial import TrialState

from wishart_moments.errors import DomainError
from wishart_nn.higgs import load
from wishart_nn.sweeps import SweepSpec, load_results, read_spec, run_sweep, settings
from wishart_nn.sweeps.runs import DataCache, StoppedError, row, run_in_folder
from wishart_nn.sweeps.storage import open_storage
from wishart_nn.sweeps.study import SweepStudy
from wishart_nn.training import RunOptions, key, train

TINY = RunOptions(rows=600, depth=1, width=4, epochs=1, diagnose_rows=32)

LONG = RunOptions(rows=2000, depth=3, width=16, epochs=20, batch_size=128, diagnose_rows=64)
"""A run of a few seconds, with a checkpoint after every epoch."""

PULSE = {"heartbeat": 1, "grace": 3}

TIMES = ("seconds", "samples_per_second")

SUPERVISOR = """
import sys
from wishart_nn.sweeps import run_sweep
run_sweep(None, sys.argv[1], workers=int(sys.argv[2]), heartbeat=1, grace=3)
"""


def timeless(result: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in result.items() if name not in TIMES}


def undisturbed(spec: SweepSpec) -> dict[str, dict[str, object]]:
    """The results of the runs, each trained in this process from beginning to end."""
    cache, found = DataCache(), {}
    for cell in spec.cells:
        for seed in cell.seeds:
            options = spec.options(cell.setting, seed)
            found[key(options)] = timeless(train(options, data=cache.get(options), progress=False).result)
    return found


def results(folder: Path) -> dict[str, dict[str, object]]:
    """The results of the runs in a sweep's folder, by their keys."""
    return {path.parent.name: json.loads(path.read_text()) for path in (folder / "runs").glob("*/result.json")}


def events(folder: Path, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "runs" / name / "log.jsonl").read_text().splitlines()]


def children(process: int) -> list[int]:
    """The processes that a process has started."""
    found = Path(f"/proc/{process}/task/{process}/children")
    try:
        return [int(each) for each in found.read_text().split()]
    except OSError:
        return []


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("nothing happened in five minutes")


def study_of(folder: Path) -> SweepStudy:
    return SweepStudy(open_storage(folder), read_spec(folder))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished sweep: 2 optimisers, 2 seeds."""
    folder = tmp_path_factory.mktemp("small") / "sweep {1} 100%"
    spec = SweepSpec(base=TINY, grid={"optimizer": ["sgd", "adamw"]}, seeds=[0, 1])
    outcome = run_sweep(spec, folder, **PULSE)
    assert (outcome.finished, outcome.total, outcome.given_up) == (4, 4, {})
    return folder


def test_a_sweep_has_the_results_of_its_runs_one_by_one(small: Path) -> None:
    spec = read_spec(small)
    assert {name: timeless(result) for name, result in results(small).items()} == undisturbed(spec)


def test_results_by_the_files_and_from_the_study_and_the_table_agree(small: Path) -> None:
    rows = load_results(small)
    assert load_results(f"sqlite:///{small / 'study.db'}") == rows
    assert [(each["optimizer"], each["seed"]) for each in rows] == [("sgd", 0), ("sgd", 1), ("adamw", 0), ("adamw", 1)]
    lines = (small / "results.csv").read_text().splitlines()
    assert len(lines) == 5
    assert lines[0].split(",") == list(rows[0])
    assert repr(rows[2]["test_auc"]) in lines[3]


def test_settings_are_means_over_the_same_seeds(small: Path) -> None:
    rows = load_results(small)
    found = settings(rows, read_spec(small))
    assert [each.runs for each in found] == [2, 2]
    for each in found:
        aucs = [float(run["test_auc"]) for run in rows if run["optimizer"] == each.values["optimizer"]]
        assert each.test_auc == pytest.approx(sum(aucs) / 2, abs=1e-15)
        assert each.standard_error == pytest.approx(abs(aucs[0] - aucs[1]) / 2, abs=1e-15)


def test_a_finished_sweep_is_not_run_again(small: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (small / "runs").glob("*/*")}
    outcome = run_sweep(None, small, workers=0, **PULSE)
    assert outcome.finished == outcome.total == 4
    run_sweep(read_spec(small), small, workers=1, **PULSE)
    assert {path: path.stat().st_mtime_ns for path in (small / "runs").glob("*/*")} == before


def test_the_study_names_settings_and_values(small: Path) -> None:
    found = study_of(small)
    for trials in found.trials().values():
        (trial,) = trials
        assert trial.state == TrialState.COMPLETE
        assert trial.params.keys() == {"optimizer"}
    assert found.state().best == max(float(each["validation_auc"]) for each in load_results(small))


def test_workers_leave_no_log_if_all_went_well(small: Path) -> None:
    assert list((small / "logs").iterdir()) == []


def test_a_folder_with_another_sweep_is_refused_and_stays_as_it_is(small: Path) -> None:
    before = (small / "sweep.json").read_bytes()
    other = SweepSpec(base=TINY, grid={"optimizer": ["sgd", "adamw"]}, seeds=[0, 1, 2])
    with pytest.raises(DomainError, match=r"holds another sweep, with seeds = \[0, 1\], not \[0, 1, 2\]"):
        run_sweep(other, small)
    other = SweepSpec(base=RunOptions(rows=601), grid={"optimizer": ["sgd", "adamw"]}, seeds=[0, 1])
    with pytest.raises(DomainError, match="holds another sweep, with rows = 600, not 601"):
        run_sweep(other, small)
    with pytest.raises(DomainError, match=r"has the name 'sweep-.*', not 'other'"):
        run_sweep(None, small, name="other")
    assert (small / "sweep.json").read_bytes() == before


def test_a_folder_that_is_no_sweep_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("")
    spec = SweepSpec(base=TINY)
    with pytest.raises(DomainError, match=r"need a folder that is empty or holds a sweep, got .* with 'mine\.txt'"):
        run_sweep(spec, tmp_path)
    with pytest.raises(DomainError, match="need a folder for the sweep, got the file"):
        run_sweep(spec, tmp_path / "mine.txt")
    with pytest.raises(DomainError, match="need a folder that holds a sweep"):
        run_sweep(None, tmp_path / "none")
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 7}', '{"format": 1, "base": {"dept": 3}}'])
def test_a_damaged_specification_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "sweep.json").write_text(text)
    with pytest.raises(DomainError, match="need"):
        run_sweep(None, tmp_path)
    assert (tmp_path / "sweep.json").read_text() == text


def test_a_damaged_study_is_refused(tmp_path: Path) -> None:
    run_sweep(SweepSpec(base=TINY), tmp_path, workers=0)
    (tmp_path / "study.db").write_text("no database " * 1000)
    with pytest.raises(DomainError, match=r"cannot use the storage .*study\.db': file is not a database"):
        run_sweep(None, tmp_path)


# Worker processes load torch and read.
@pytest.mark.slow
def test_data_that_cannot_be_read_stop_the_sweep_in_one_line(tmp_path: Path) -> None:
    spec = SweepSpec(base=RunOptions(data=str(tmp_path / "missing.csv")), seeds=[0, 1])
    with pytest.raises(DomainError, match=r"missing\.csv") as refused:
        run_sweep(spec, tmp_path / "sweep", **PULSE)
    assert "\n" not in str(refused.value)
    assert study_of(tmp_path / "sweep").state().given_up == {}, "once the file is there, the sweep goes on"


# Worker processes train networks, or are killed while they do.
@pytest.mark.slow
def test_a_run_that_cannot_be_done_is_given_up_and_the_others_are_done(tmp_path: Path) -> None:
    # A width of 5 has no pairs for GroupSort, which only the network finds out.
    spec = SweepSpec(base=RunOptions(**{**TINY.to_json(), "activation": "groupsort"}), grid={"width": [5, 4]})
    outcome = run_sweep(spec, tmp_path / "sweep", **PULSE)
    assert (outcome.finished, outcome.total) == (1, 2)
    assert list(outcome.given_up) == [0]
    assert outcome.given_up[0].startswith("error: need")
    assert [each["width"] for each in outcome.rows] == [4]


def test_a_diverged_run_is_a_result(tmp_path: Path) -> None:
    base = RunOptions(**{**TINY.to_json(), "architecture": "mlp", "optimizer": "sgd", "lr": 1e30, "epochs": 2})
    spec = SweepSpec(base=base)
    row_of = run_in_folder(base, tmp_path, DataCache().get(base))
    assert (row_of["status"], row_of["test_auc"], row_of["validation_auc"]) == ("diverged", None, None)
    (found,) = settings([row_of], spec)
    assert (found.diverged, found.test_auc) == (1, 0.5)


def test_a_run_that_has_ended_is_read_and_not_repeated(tmp_path: Path) -> None:
    data = DataCache().get(TINY)
    first = run_in_folder(TINY, tmp_path, data)
    assert run_in_folder(TINY, tmp_path, data) == first
    assert first == row(TINY.to_json(), results(tmp_path)[key(TINY)])
    assert [each["event"] for each in events(tmp_path, key(TINY))].count("start") == 1


def test_a_stopped_run_is_no_result(tmp_path: Path) -> None:
    data = load("synthetic", rows=600)

    class Stopping:
        """The data, which ask to stop once they are read."""

        def __getattr__(self, name: str) -> object:
            if name == "test":
                signal.raise_signal(signal.SIGINT)
            return getattr(data, name)

    with pytest.raises((StoppedError, KeyboardInterrupt)):
        run_in_folder(TINY, tmp_path, Stopping())
    assert run_in_folder(TINY, tmp_path, data)["status"] == "finished"


# Worker processes train networks, or are killed while they do.
@pytest.mark.slow
def test_a_search_learns_and_every_draw_is_run_with_every_seed(tmp_path: Path) -> None:
    spec = SweepSpec(base=TINY, search={"lr": "1e-4..1e-1:log", "optimizer": ["sgd", "adamw"]}, seeds=[0, 1], draws=4)
    outcome = run_sweep(spec, tmp_path / "sweep", workers=2, **PULSE)
    assert outcome.finished == outcome.total == 4
    assert len(outcome.rows) == 8
    found = settings(outcome.rows, spec)
    assert len(found) == 4
    assert all(each.runs == 2 and 1e-4 <= float(str(each.values["lr"])) <= 0.1 for each in found)
    assert study_of(tmp_path / "sweep").state().best == pytest.approx(found[0].validation_auc, abs=1e-12)


# Worker processes train networks, or are killed while they do.
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers in /proc")
def test_a_sweep_whose_workers_are_killed_at_random_ends_as_if_undisturbed(tmp_path: Path) -> None:
    spec = SweepSpec(base=LONG, grid={"optimizer": ["sgd", "adamw"], "architecture": ["chain", "mlp"]}, seeds=[0])
    expected = undisturbed(spec)
    folder = tmp_path / "sweep"
    run_sweep(spec, folder, workers=0)
    chance = random.Random(5)
    ended: dict[str, int] = {}

    def epochs() -> int:
        return sum(path.read_bytes().count(b'"epoch"') for path in (folder / "runs").glob("*/log.jsonl"))

    def note_ended() -> None:
        ended.update({path.parent.name: path.stat().st_mtime_ns for path in (folder / "runs").glob("*/result.json")})

    def advanced(by: int) -> None:
        before = epochs()
        wait_for(lambda: epochs() >= before + by or len(results(folder)) == len(expected))

    def started(workers: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(folder), str(workers)])

    supervisor = started(2)
    try:
        for _ in range(2):  # one worker; it is replaced
            advanced(chance.randint(2, 20))
            note_ended()
            os.kill(chance.choice(children(supervisor.pid)), signal.SIGKILL)
        advanced(chance.randint(2, 20))
        note_ended()
        workers = children(supervisor.pid)
        for process in (supervisor.pid, *workers):  # and everything
            os.kill(process, signal.SIGKILL)
        supervisor.wait()
        assert len(results(folder)) < len(expected), "something was left to do"
        # It goes on, from two places, the second of which comes while the first is at work.
        supervisor = started(1)
        advanced(2)
        outcome = run_sweep(None, folder, workers=1, **PULSE)
        assert supervisor.wait(120) == 0
    finally:
        supervisor.kill()
        supervisor.wait()
    assert (outcome.finished, outcome.total, outcome.given_up) == (4, 4, {})
    assert {name: timeless(result) for name, result in results(folder).items()} == expected
    for cell, trials in study_of(folder).trials().items():
        assert [trial.state for trial in trials].count(TrialState.COMPLETE) == 1, cell
    for name in expected:
        found = events(folder, name)
        assert [each["epoch"] for each in found if each["event"] == "epoch"] == list(range(LONG.epochs + 1))
        assert [each["event"] for each in found].count("end") == 1
    for name, when in ended.items():
        assert (folder / "runs" / name / "result.json").stat().st_mtime_ns == when, "a finished run was run again"
    assert load_results(folder) == outcome.rows
    assert [each["seed"] for each in outcome.rows] == [0] * 4
