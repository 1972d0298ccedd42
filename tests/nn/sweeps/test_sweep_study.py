"""The study: every cell is handed to one worker at a time, and none is lost, whoever dies when."""

import sqlite3
import threading
from collections import Counter
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from wishart_moments.errors import DomainError
from wishart_nn.sweeps import SweepSpec, study
from wishart_nn.sweeps.storage import DATABASE, open_storage, patiently
from wishart_nn.sweeps.study import Claim, SweepStudy
from wishart_nn.training import RunOptions

SPEC = SweepSpec(base=RunOptions(), grid={"depth": [1, 2, 3]}, seeds=[0, 1])
SEARCH = SweepSpec(base=RunOptions(), search={"lr": "1e-4..1e-1:log"}, draws=3)


def opened(folder: Path, spec: SweepSpec = SPEC, retries: int = 2) -> SweepStudy:
    return SweepStudy(open_storage(folder, heartbeat=1, grace=60, retries=retries), spec, retries=retries)


def filled(folder: Path, spec: SweepSpec = SPEC, retries: int = 2) -> SweepStudy:
    found = opened(folder, spec, retries)
    found.fill()
    return found


def die_now(folder: Path) -> None:
    """Let all signs of life be an hour old."""
    connection = sqlite3.connect(folder / DATABASE)
    with connection:
        connection.execute("UPDATE trial_heartbeats SET heartbeat = datetime('now', '-1 hour')")
    connection.close()


def states(found: SweepStudy, cell: int) -> list[TrialState]:
    return [trial.state for trial in found.trials()[cell]]


def taken(found: SweepStudy, worker: str = "one") -> Claim:
    claim = found.claim(worker)
    assert claim is not None
    return claim


def test_filling_puts_up_every_cell_once_however_often(tmp_path: Path) -> None:
    for _ in range(2):
        found = filled(tmp_path)
    assert {cell: len(trials) for cell, trials in found.trials().items()} == dict.fromkeys(range(6), 1)


# Worker processes are started.
@pytest.mark.slow
def test_workers_that_claim_at_the_same_time_get_different_cells(tmp_path: Path) -> None:
    spec = SweepSpec(base=RunOptions(), grid={"depth": list(range(1, 9))}, seeds=[0, 1])
    filled(tmp_path, spec)
    got: list[int] = []
    start = threading.Barrier(4)

    def work(name: str) -> None:
        found = opened(tmp_path, spec)
        start.wait()
        while (claim := found.claim(name)) is not None:
            got.append(claim.cell.index)
            found.finish(claim, 0.5)

    threads = [threading.Thread(target=work, args=(str(i),)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(16))
    assert all(states(opened(tmp_path, spec), cell) == [TrialState.COMPLETE] for cell in range(16))


def test_a_trial_is_claimed_once_though_two_workers_have_read_it_as_waiting(tmp_path: Path) -> None:
    found, other = filled(tmp_path), opened(tmp_path)
    identifier = found._identifier(found.trials()[0][0])
    assert other.study.get_trials(states=(TrialState.WAITING,))[0].number == 0
    assert found.storage.set_trial_state_values(identifier, TrialState.RUNNING)
    assert not other.storage.set_trial_state_values(identifier, TrialState.RUNNING)


def test_every_transaction_of_sqlite_begins_with_its_lock(tmp_path: Path) -> None:
    storage = open_storage(tmp_path)
    with storage.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        other = sqlite3.connect(tmp_path / DATABASE, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_a_running_trial_has_a_heartbeat_from_its_first_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = filled(tmp_path)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(found.storage, "set_trial_user_attr", killed)  # the first thing after the claim
    with pytest.raises(KeyboardInterrupt):
        found.claim("one")
    assert states(found, 0) == [TrialState.RUNNING]
    die_now(tmp_path)
    other = opened(tmp_path)
    other.retry_stale()
    assert states(other, 0) == [TrialState.FAIL, TrialState.WAITING]


def test_a_cell_of_a_dead_worker_is_taken_by_another_with_the_same_parameters(tmp_path: Path) -> None:
    found = filled(tmp_path, SEARCH)
    first = taken(found)
    drawn = found.drawn(first)
    die_now(tmp_path)
    other = opened(tmp_path, SEARCH)
    second = taken(other, "two")
    assert second.cell == first.cell
    assert other.drawn(second) == drawn
    assert states(found, 0) == [TrialState.FAIL, TrialState.RUNNING]


def test_a_living_worker_keeps_its_cell(tmp_path: Path) -> None:
    found = filled(tmp_path)
    claim = taken(found)
    assert taken(opened(tmp_path), "two").cell.index == claim.cell.index + 1


def test_who_was_taken_for_dead_cannot_finish_and_the_cell_is_complete_once(tmp_path: Path) -> None:
    found = filled(tmp_path)
    slow = taken(found)
    die_now(tmp_path)
    other = opened(tmp_path)
    quick = taken(other, "two")
    assert quick.cell == slow.cell
    assert not found.finish(slow, 0.7)
    found.note_run(slow, 0, {})
    assert other.finish(quick, 0.6)
    assert other.finish(quick, 0.6), "a repeated finish, after a broken connection, says yes again"
    assert states(found, 0).count(TrialState.COMPLETE) == 1
    assert found.state().best == 0.6


def test_a_cell_that_was_failed_but_not_put_up_again_is_mended(tmp_path: Path) -> None:
    found = filled(tmp_path, SEARCH)
    claim = taken(found)
    drawn = found.drawn(claim)
    found.storage.set_trial_state_values(claim.identifier, TrialState.FAIL)  # and its worker was killed here
    assert found.mend() == 1
    assert found.mend() == 0
    again = taken(found, "two")
    assert found.drawn(again) == drawn


def test_of_a_cell_that_waits_twice_one_is_run(tmp_path: Path) -> None:
    found = filled(tmp_path)
    found._enqueue(SPEC.cells[0], None)  # two workers mended the same cell
    first, second = taken(found, "one"), taken(found, "two")
    assert (first.cell.index, second.cell.index) == (0, 1)
    assert Counter(states(found, 0)) == {TrialState.RUNNING: 1, TrialState.FAIL: 1}
    found.finish(first, 0.5)
    found._enqueue(SPEC.cells[0], None)
    assert taken(found, "three").cell.index == 2
    assert states(found, 0).count(TrialState.COMPLETE) == 1


def test_a_cell_whose_workers_die_is_given_up_and_tried_again_on_request(tmp_path: Path) -> None:
    found = filled(tmp_path, SweepSpec(base=RunOptions(), seeds=[0]), retries=2)
    for _ in range(3):
        assert taken(found).cell.index == 0
        die_now(tmp_path)
    assert found.claim("one") is None
    assert found.mend() == 0
    assert found.state().given_up == {0: "its worker died 3 times"}
    assert found.state().done
    assert found.mend(everything=True) == 1
    assert not found.state().done


def test_a_failed_cell_keeps_its_error_and_is_tried_again_on_request_only(tmp_path: Path) -> None:
    found = filled(tmp_path)
    found.fail(taken(found), "need this,\n  got that")
    assert found.mend() == 0
    assert found.state().given_up == {0: "error: need this, got that"}
    assert found.mend(everything=True) == 1
    claim = taken(found)
    assert claim.cell.index == 0
    found.finish(claim, 0.5)
    assert found.state().given_up == {}


def test_an_interrupted_cell_waits_again_and_does_not_count_as_a_death(tmp_path: Path) -> None:
    found = filled(tmp_path, SEARCH, retries=0)
    claim = taken(found)
    drawn = found.drawn(claim)
    for _ in range(3):
        found.give_back(claim)
        claim = taken(found)
        assert claim.cell.index == 0
        assert found.drawn(claim) == drawn
    assert found.state().given_up == {}


def test_the_cells_of_a_worker_known_to_be_dead_wait_at_once(tmp_path: Path) -> None:
    found = filled(tmp_path)
    taken(found, "dead"), taken(found, "alive")
    assert found.release("dead") == 1
    assert found.release("dead") == 0
    assert states(found, 0) == [TrialState.FAIL, TrialState.WAITING]
    assert states(found, 1) == [TrialState.RUNNING]


def test_a_study_whose_filler_died_is_filled_by_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = opened(tmp_path)
    found._enqueue(SPEC.cells[0], None)  # and it was killed here
    other = opened(tmp_path)
    assert other.mend() == 0, "it may be at work still"
    monkeypatch.setattr(study, "FILLING", 0.0)
    assert other.mend() == 5
    assert {cell: len(trials) for cell, trials in other.trials().items()} == dict.fromkeys(range(6), 1)


# Two seconds of waiting.
@pytest.mark.slow
def test_the_heart_beats_while_a_cell_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = filled(tmp_path)
    claim = taken(found)
    beaten = threading.Event()
    calls: list[int] = []

    def record(identifier: int) -> None:
        calls.append(identifier)
        if len(calls) == 1:
            raise optuna.exceptions.StorageInternalError("the database is away for a moment")
        beaten.set()

    monkeypatch.setattr(found.storage, "record_heartbeat", record)
    with found.beating(claim):
        assert beaten.wait(60)
    assert set(calls) == {claim.identifier}


def test_draws_do_not_depend_on_who_runs_them(tmp_path: Path) -> None:
    spec = SweepSpec(base=RunOptions(), search={"lr": "1e-4..1e-1:log"}, draws=4, sampler="random")
    drawn: list[dict[int, object]] = []
    for name, order in (("a", [0, 1, 2, 3]), ("b", [3, 1, 0, 2])):
        (tmp_path / name).mkdir()
        found = filled(tmp_path / name, spec)
        claims = [taken(found) for _ in range(4)]
        drawn.append({i: found.drawn(claims[i])["lr"] for i in order})
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0].values())) == 4


def test_results_are_kept_with_the_cell(tmp_path: Path) -> None:
    found = filled(tmp_path)
    claim = taken(found)
    found.note_run(claim, 0, {"seed": 0, "test_auc": 0.75})
    assert found.rows() == []
    found.finish(claim, 0.7)
    assert opened(tmp_path).rows() == [{"seed": 0, "test_auc": 0.75}]


def test_other_data_than_those_of_the_other_runs_are_refused(tmp_path: Path) -> None:
    found = filled(tmp_path)
    chosen = {"data": "rows.csv", "features": "all", "rows": None, "split_seed": 0}
    found.same_data(chosen, "abc")
    opened(tmp_path).same_data(chosen, "abc")
    opened(tmp_path).same_data({**chosen, "features": "low"}, "def")
    with pytest.raises(DomainError, match=r"the data 'rows.csv' are not those of this sweep's other runs"):
        opened(tmp_path).same_data(chosen, "def")


def test_another_sweep_under_the_same_name_is_refused(tmp_path: Path) -> None:
    storage = open_storage(tmp_path)
    SweepStudy(storage, SPEC, name="mine")
    assert not SweepStudy(storage, SPEC, name="mine").created
    with pytest.raises(DomainError, match="the storage holds another sweep under the name 'mine'"):
        SweepStudy(storage, SEARCH, name="mine")


@pytest.mark.parametrize("said", ["database or disk is full", "disk I/O error", "attempt to write a readonly database"])
def test_a_full_disk_is_not_waited_for(said: str) -> None:
    from sqlalchemy.exc import OperationalError

    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        raise OperationalError("INSERT", {}, Exception(said))

    with pytest.raises(DomainError, match=f"the storage does not answer: .*{said}") as refused:
        patiently(call)
    assert len(calls) == 1
    assert "\n" not in str(refused.value)
