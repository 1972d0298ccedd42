"""A sweep on a real PostgreSQL, started here from the system's package; and servers that cannot be reached."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState

from wishart_moments.errors import DomainError, MissingExtraError
from wishart_nn.sweeps import SweepSpec, load_results, run_sweep
from wishart_nn.sweeps.storage import described, open_storage, server
from wishart_nn.sweeps.study import SweepStudy
from wishart_nn.training import RunOptions

SPEC = SweepSpec(
    base=RunOptions(rows=600, depth=1, width=4, epochs=1, diagnose_rows=32),
    grid={"optimizer": ["sgd", "adamw"]},
    seeds=[0, 1],
)

PULSE = {"heartbeat": 1, "grace": 5}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The URL of a fresh server; it does not run as root, so that root lends it a folder and another user's name."""
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL")
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not versions:
        pytest.skip("no PostgreSQL under /usr/lib/postgresql")
    bin_folder = versions[-1].parent
    who: dict[str, Any] = {}
    folder = Path(tempfile.mkdtemp(prefix="sweep-postgresql-"))
    try:
        if os.geteuid() == 0:
            users = {each.pw_name for each in pwd.getpwall()}
            user = next((name for name in ("postgres", "nobody") if name in users), None)
            if user is None:
                pytest.skip("PostgreSQL does not run as root, and there is no other user to run it")
            shutil.chown(folder, user)
            who = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}

        def run(*command: str) -> None:
            done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, **who)
            assert done.returncode == 0, done.stdout + done.stderr

        data = str(folder / "data")
        run(str(bin_folder / "initdb"), "-D", data, "-U", "ann", "-A", "trust", "-E", "UTF8", "--no-sync")
        port = free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{folder}' -c fsync=off"
        run(str(bin_folder / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://ann:secret@127.0.0.1:{port}/postgres"
        finally:
            run(str(bin_folder / "pg_ctl"), "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# A PostgreSQL server and two worker processes are started.
@pytest.mark.slow
def test_two_workers_on_postgresql_finish_every_cell_once(postgresql: str, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    outcome = run_sweep(SPEC, folder, storage=postgresql, workers=2, **PULSE)
    assert (outcome.finished, outcome.total, outcome.given_up) == (4, 4, {})
    study = SweepStudy(open_storage(folder, postgresql), SPEC)
    assert study.name == outcome.name
    trials = study.trials()
    assert sorted(trials) == [0, 1, 2, 3]
    assert all([each.state for each in trials[cell]] == [TrialState.COMPLETE] for cell in trials)
    assert len(list((folder / "runs").glob("*/result.json"))) == 4
    assert not (folder / "study.db").exists()
    assert "secret" not in (folder / "sweep.json").read_text()

    # The same sweep from another machine: another folder, the same URL. Nothing is left to do, and all is known.
    elsewhere = run_sweep(SPEC, tmp_path / "elsewhere", storage=postgresql, workers=1, **PULSE)
    assert elsewhere.rows == outcome.rows == load_results(folder)
    assert not (tmp_path / "elsewhere" / "runs").exists()
    assert load_results(postgresql, name=outcome.name) == outcome.rows

    with pytest.raises(DomainError, match="keeps its study in postgresql; give the storage's URL"):
        run_sweep(None, folder)


def test_dead_workers_are_found_out_on_postgresql(postgresql: str, tmp_path: Path) -> None:
    storage = open_storage(tmp_path, postgresql, heartbeat=1, grace=2)
    study = SweepStudy(storage, SPEC, name="dead workers")
    study.fill()
    first = study.claim("one")
    assert first is not None
    with storage.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE trial_heartbeats SET heartbeat = heartbeat - interval '1 hour'")
    second = study.claim("two")
    assert second is not None
    assert second.cell == first.cell
    assert not study.finish(first, 0.5)
    assert study.finish(second, 0.5)


def test_a_study_under_the_name_of_another_sweep_is_refused(postgresql: str, tmp_path: Path) -> None:
    SweepStudy(open_storage(tmp_path, postgresql), SPEC, name="taken")
    other = SweepSpec(base=SPEC.base, seeds=[0])
    with pytest.raises(DomainError, match="the storage holds another sweep under the name 'taken'"):
        run_sweep(other, tmp_path / "other", storage=postgresql, name="taken", workers=0)


def test_a_server_that_is_not_there_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL")
    url = f"postgresql://ann:secret@127.0.0.1:{free_port()}/sweeps"
    with pytest.raises(DomainError, match=r"cannot use the storage postgresql.*: .*refused") as refused:
        run_sweep(SPEC, tmp_path / "sweep", storage=url)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_not_there_is_refused(postgresql: str, tmp_path: Path) -> None:
    url = postgresql.replace("/postgres", "/absent")
    with pytest.raises(DomainError, match=r'cannot use the storage postgresql.*"absent" does not exist'):
        run_sweep(SPEC, tmp_path / "sweep", storage=url.replace("postgresql:", "postgresql+psycopg:"))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("redis://localhost/0", "need the storage as postgresql://.*; got 'redis'"),
        ("study.db", "need the storage as a URL"),
        ("postgresql://ann:secret@host:port/x", "need the storage as a URL"),
        ("sqlite://", "need a file for a storage that workers share"),
        ("sqlite:////no/such/folder/study.db", "cannot use the storage sqlite.*unable to open database file"),
    ],
)
def test_a_url_of_another_kind_is_refused(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(DomainError, match=message) as refused:
        run_sweep(SPEC, tmp_path / "sweep", storage=url)
    assert "secret" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_driver_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wishart_nn.sweeps.storage.find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match="a storage mysql:// needs a driver: pip install 'pymysql'"):
        open_storage(tmp_path, "mysql://ann:secret@127.0.0.1/sweeps")


def test_urls_are_shown_without_their_password() -> None:
    assert described("mysql://ann:secret@host/x") == "mysql://ann:***@host/x"
    assert server("mysql://ann:secret@host/x") == "mysql"
    assert server(None) is None


def test_signs_of_life_must_come_before_death(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="need 1 <= heartbeat < grace, in seconds; got 10 and 10"):
        run_sweep(SPEC, tmp_path / "sweep", heartbeat=10, grace=10)
