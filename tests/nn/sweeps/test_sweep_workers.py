"""Sweeps with real trainings: killed at random, they end as if nothing had happened."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from wishart_moments.errors import DomainError
from wishart_nn.data.files import held
from wishart_nn.higgs import load
from wishart_nn.sweeps import SweepSpec, load_results, read_spec, run_sweep, settings
from wishart_nn.sweeps.runs import DataCache, Trouble, row, run_in_folder
from wishart_nn.sweeps.worker import Worker
from wishart_nn.training import RunOptions, key, train

TINY = RunOptions(rows=600, depth=1, width=4, epochs=1, diagnose_rows=32)

LONG = RunOptions(rows=2000, depth=3, width=16, epochs=20, batch_size=128, diagnose_rows=64)
"""A run of a few seconds, with a checkpoint after every epoch."""

TIMES = ("seconds", "samples_per_second")

SUPERVISOR = """
import sys
from wishart_nn.sweeps import run_sweep
run_sweep(None, sys.argv[1], workers=int(sys.argv[2]))
"""


def timeless(result: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in result.items() if name not in TIMES}


def undisturbed(spec: SweepSpec) -> dict[str, dict[str, object]]:
    """The results of the runs, each trained in this process from beginning to end."""
    cache, found = DataCache(), {}
    for options in spec.plan():
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


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished sweep: 2 optimisers, 2 seeds."""
    folder = tmp_path_factory.mktemp("small") / "sweep {1} 100%"
    worked(SweepSpec(base=TINY, grid={"optimizer": ["sgd", "adamw"]}, seeds=[0, 1]), folder)
    outcome = run_sweep(None, folder, workers=0)
    assert (outcome.finished, outcome.total, outcome.given_up) == (4, 4, {})
    return folder


def worked(spec: SweepSpec, folder: Path) -> dict[str, int]:
    """Run a sweep in this process; return when each run's result was written."""
    run_sweep(spec, folder, workers=0)
    Worker(folder).work()
    return {path.parent.name: path.stat().st_mtime_ns for path in (folder / "runs").glob("*/result.json")}


def test_a_sweep_has_the_results_of_its_runs_one_by_one(small: Path) -> None:
    spec = read_spec(small)
    assert {name: timeless(result) for name, result in results(small).items()} == undisturbed(spec)


def test_results_by_the_files_and_the_table_agree(small: Path) -> None:
    rows = load_results(small)
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
    outcome = run_sweep(None, small, workers=0)
    assert outcome.finished == outcome.total == 4
    run_sweep(read_spec(small), small, workers=1)
    assert {path: path.stat().st_mtime_ns for path in (small / "runs").glob("*/*")} == before


def test_a_folder_with_another_sweep_is_refused_and_stays_as_it_is(small: Path) -> None:
    before = (small / "sweep.json").read_bytes()
    other = SweepSpec(base=TINY, grid={"optimizer": ["sgd", "adamw"]}, seeds=[1, 2])
    with pytest.raises(DomainError, match=r"holds another sweep, with seeds = \[0, 1\], not \[1, 2\]"):
        run_sweep(other, small)
    other = SweepSpec(base=TINY, grid={"optimizer": ["adamw", "muon"]}, seeds=[0, 1])
    with pytest.raises(DomainError, match="holds another sweep, with optimizer = 'sgd', not"):
        run_sweep(other, small)
    wider = replace(TINY, rows=601)
    other = SweepSpec(base=wider, grid={"optimizer": ["sgd", "adamw"]}, seeds=[0, 1])
    with pytest.raises(DomainError, match="holds another sweep, with rows = 600, not 601"):
        run_sweep(other, small)
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


# Worker processes load torch and read.
@pytest.mark.slow
def test_data_that_cannot_be_read_stop_the_sweep_in_one_line(tmp_path: Path) -> None:
    spec = SweepSpec(base=RunOptions(data=str(tmp_path / "missing.csv")), seeds=[0, 1])
    with pytest.raises(DomainError, match=r"missing\.csv") as refused:
        run_sweep(spec, tmp_path / "sweep")
    assert "\n" not in str(refused.value)
    left = run_sweep(None, tmp_path / "sweep", workers=0)
    assert (left.finished, left.given_up) == (0, {}), "once the file is there, the sweep goes on"


# Worker processes train networks, or are killed while they do.
@pytest.mark.slow
def test_a_run_that_cannot_be_done_is_given_up_and_the_others_are_done(tmp_path: Path) -> None:
    # A width of 5 has no pairs for GroupSort, which only the network finds out.
    spec = SweepSpec(base=replace(TINY, activation="groupsort"), grid={"width": [5, 4]})
    outcome = run_sweep(spec, tmp_path / "sweep")
    (log,) = (tmp_path / "sweep" / "logs").iterdir()
    assert "need" in log.read_text(), "what went wrong is in the log of the worker"
    assert (outcome.finished, outcome.total) == (1, 2)
    assert list(outcome.given_up) == [key(next(spec.plan()))]
    assert next(iter(outcome.given_up.values())).startswith("need")
    assert [each["width"] for each in outcome.rows] == [4]


def test_a_diverged_run_is_a_result(tmp_path: Path) -> None:
    base = replace(TINY, architecture="mlp", optimizer="sgd", lr=1e30, epochs=2)
    spec = SweepSpec(base=base)
    row_of = run_in_folder(base, tmp_path / "run", DataCache().get(base))
    assert (row_of["status"], row_of["test_auc"], row_of["validation_auc"]) == ("diverged", None, None)
    (found,) = settings([row_of], spec)
    assert (found.diverged, found.test_auc) == (1, 0.5)


def test_a_run_that_has_ended_is_read_and_not_repeated(tmp_path: Path) -> None:
    data = DataCache().get(TINY)
    path = tmp_path / "runs" / key(TINY)
    first = run_in_folder(TINY, path, data)
    assert run_in_folder(TINY, path, data) == first
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

    with pytest.raises(KeyboardInterrupt):
        run_in_folder(TINY, tmp_path / "run", Stopping())
    assert run_in_folder(TINY, tmp_path / "run", data)["status"] == "finished"


# Worker processes train networks, or are killed while they do.
@pytest.mark.slow
def test_a_search_learns_and_every_draw_is_run_with_every_seed(tmp_path: Path) -> None:
    spec = SweepSpec(base=TINY, search={"lr": "1e-4..1e-1:log", "optimizer": ["sgd", "adamw"]}, seeds=[0, 1], draws=4)
    outcome = run_sweep(spec, tmp_path / "sweep", workers=2)
    assert outcome.finished == outcome.total == len(outcome.rows) == 8
    assert list((tmp_path / "sweep" / "logs").iterdir()) == [], "workers leave no log if all went well"
    found = settings(outcome.rows, spec)
    assert len(found) == 4
    assert all(each.runs == 2 and 1e-4 <= float(str(each.values["lr"])) <= 0.1 for each in found)
    more = SweepSpec(base=TINY, search=spec.search, seeds=[0, 1, 2], draws=5)
    extended = run_sweep(more, tmp_path / "sweep", workers=2)
    assert extended.finished == extended.total == 15
    drawn = {json.dumps(each.values) for each in settings(extended.rows, more)}
    assert {json.dumps(each.values) for each in found} <= drawn, "draws stay when a search is extended"


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
        outcome = run_sweep(None, folder, workers=1)
        assert supervisor.wait(120) == 0
    finally:
        supervisor.kill()
        supervisor.wait()
    assert (outcome.finished, outcome.total, outcome.given_up) == (4, 4, {})
    assert {name: timeless(result) for name, result in results(folder).items()} == expected
    for name in expected:
        found = events(folder, name)
        assert [each["epoch"] for each in found if each["event"] == "epoch"] == list(range(LONG.epochs + 1))
        assert [each["event"] for each in found].count("end") == 1
    for name, when in ended.items():
        assert (folder / "runs" / name / "result.json").stat().st_mtime_ns == when, "a finished run was run again"
    assert load_results(folder) == outcome.rows
    assert [each["seed"] for each in outcome.rows] == [0] * 4


def test_a_sweep_is_extended_by_values_and_seeds_and_what_is_done_stays(tmp_path: Path) -> None:
    first = worked(SweepSpec(base=TINY, seeds=[0]), tmp_path)
    more = SweepSpec(base=TINY, grid={"start": ["predicted", "shared+match"], "depth": [1, 2]}, seeds=[1, 0])
    found = worked(more, tmp_path)
    assert len(found) == 8
    assert first.items() <= found.items()
    outcome = run_sweep(None, tmp_path, workers=0)
    assert (outcome.spec, outcome.finished) == (more, 8)


def test_more_epochs_go_on_where_the_schedule_is_constant(tmp_path: Path) -> None:
    short, long = (SweepSpec(base=replace(TINY, schedule="constant", epochs=n), seeds=[0, 1]) for n in (1, 3))
    assert len(worked(short, tmp_path)) == 2
    worked(long, tmp_path)
    expected = undisturbed(long)
    assert {name: timeless(result) for name, result in results(tmp_path).items()} == expected
    for name in expected:
        assert [each["event"] for each in events(tmp_path, name)].count("start") == 1, "it went on"
    with pytest.raises(DomainError, match="with epochs = 3, not 1; give more epochs"):
        run_sweep(short, tmp_path)


def test_more_epochs_on_another_schedule_would_mix_two_questions(tmp_path: Path) -> None:
    run_sweep(SweepSpec(base=TINY), tmp_path, workers=0)
    longer = replace(TINY, epochs=3)
    with pytest.raises(DomainError, match="one-cycle is no part of a longer one; give --epochs 1,3 to have both"):
        run_sweep(SweepSpec(base=longer), tmp_path)
    assert run_sweep(SweepSpec(base=TINY, grid={"epochs": [1, 3]}), tmp_path, workers=0).total == 2


def test_a_run_that_somebody_is_at_is_left_to_him(tmp_path: Path) -> None:
    spec = SweepSpec(base=TINY, seeds=[0, 1])
    run_sweep(spec, tmp_path, workers=0)
    first, second = (key(options) for options in spec.plan())
    worker = Worker(tmp_path)
    with held(tmp_path / "locks" / first):
        assert worker.pass_once()
        assert list(results(tmp_path)) == [second]
    assert not worker.pass_once()
    assert set(results(tmp_path)) == {first, second}


def test_a_full_disk_ends_the_worker_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_sweep(SweepSpec(base=TINY), tmp_path, workers=0)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("wishart_nn.sweeps.worker.run_in_folder", full)
    with pytest.raises(DomainError, match=r"cannot write to .*: No space left on device"):
        Worker(tmp_path).work()


def test_a_run_whose_workers_die_is_given_up_after_so_many_tries(tmp_path: Path) -> None:
    spec = SweepSpec(base=TINY, seeds=[0, 1])
    run_sweep(spec, tmp_path, workers=0)
    first, second = (key(options) for options in spec.plan())
    Trouble(tmp_path, first).note(begun=3)
    Worker(tmp_path, retries=2).work()
    outcome = run_sweep(None, tmp_path, workers=0, retries=2)
    assert outcome.given_up == {first: "its worker died 3 times"}
    assert list(results(tmp_path)) == [second]
    Worker(tmp_path, retries=3).work()
    assert run_sweep(None, tmp_path, workers=0).given_up == {}


def test_other_data_than_those_of_the_other_runs_are_refused(tmp_path: Path) -> None:
    worked(SweepSpec(base=TINY), tmp_path)
    document = json.loads((tmp_path / "data.json").read_text())
    (tmp_path / "data.json").write_text(json.dumps(dict.fromkeys(document, "other")))
    run_sweep(SweepSpec(base=TINY, seeds=[0, 1]), tmp_path, workers=0)
    with pytest.raises(DomainError, match="the data 'synthetic' are not those of this sweep's other runs"):
        Worker(tmp_path).work()
