"""A sweep on this machine: starts the workers, replaces those that die, shows how far it is, writes results.csv.

Several of these may serve one sweep, here and on other machines that share its folder, begun at any time.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_moments.progress import Report, progress
from wishart_nn.data.files import refused
from wishart_nn.sweeps.folder import LOGS, open_folder
from wishart_nn.sweeps.results import in_order, rows_of_folder, write_results
from wishart_nn.sweeps.runs import RUNS, TROUBLE, Trouble, result_of
from wishart_nn.sweeps.spec import SweepSpec
from wishart_nn.training.interruption import interrupt, on_signals

LOOK, COUNT = 0.2, 2.0
"""Seconds between two looks at the workers, and at the results."""

FAREWELL = 60.0
"""Seconds that a worker has to write its checkpoint once it was asked to stop."""

MAX_WORKERS = 1000

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class SweepOutcome:
    """How far a sweep is when this process leaves it.

    Attributes:
        folder: of the sweep.
        spec: what is run.
        total, finished: runs.
        given_up: the key of a run → why.
        rows: of the runs that are over, as `wishart_nn.sweeps.load_results` returns them.
        results: the path of results.csv, which holds them.
    """

    folder: Path
    spec: SweepSpec
    total: int
    finished: int
    given_up: dict[str, str]
    rows: list[dict[str, Any]]
    results: Path


def run_sweep(
    spec: SweepSpec | None,
    folder: str | os.PathLike[str],
    *,
    workers: int = 1,
    devices: Sequence[str] = (),
    retries: int = 10,
) -> SweepOutcome:
    """Run what is left of a sweep, with worker processes on this machine.

    Every run that is over is kept; a run whose process died goes on from its checkpoint. Calling this again continues:
    after an interruption, from another process at the same time, from another machine that shares the folder, or with
    more values, seeds, draws or, on a constant schedule, epochs. What had failed with an error is tried again.

    Args:
        spec: what to run; None to continue the sweep in the folder.
        folder: new, empty or of a sweep that is a part of this one; machines at the same sweep share it, by a file
            system with locks (NFS 4, Lustre, CephFS, …).
        workers: processes to run at a time; 0 to run none, and look at what there is.
        devices: the workers take them in turn; none for that in the specification.
        retries: how often a run whose worker died is tried again.

    Returns:
        A SweepOutcome; results.csv has a row for each run that is over.

    Raises:
        DomainError: for a folder that holds a sweep with other runs, or cannot be written; data that cannot be read or
            differ from those of the other runs; workers that die one after the other.
        KeyboardInterrupt: if interrupted; the workers have written their checkpoints then.
    """
    path = Path(folder)
    if domain.order(workers, "workers") > MAX_WORKERS:
        raise DomainError(f"need at most {MAX_WORKERS} workers, got {workers:,}")
    domain.order(retries, "retries")
    spec = open_folder(path, spec)
    try:
        if workers and len(rows_of_folder(path)) < spec.runs:
            for each in (path / TROUBLE).glob("*.json"):
                each.unlink(missing_ok=True)
            # Schedulers end a job with SIGTERM.
            with on_signals(interrupt, signal.SIGTERM), progress("sweep", spec.runs) as report:
                _Team(path, spec, workers, devices, retries).run(report)
    finally:
        rows = in_order(rows_of_folder(path), spec)
        results = write_results(path, rows)
    given_up = {each.stem: Trouble(path, each.stem).why(retries) for each in sorted((path / TROUBLE).glob("*.json"))}
    return SweepOutcome(
        path, spec, spec.runs, len(rows), {name: why for name, why in given_up.items() if why}, rows, results
    )


class _Member:
    """A worker process, and where it logs."""

    def __init__(self, folder: Path, retries: int, device: str | None, threads: int | None) -> None:
        self.log, self.device = folder / LOGS / f"{socket.gethostname()}-{os.getpid()}-{token_hex(4)}.log", device
        words = [str(folder), str(retries), *([device] if device else [])]
        limits = {} if threads is None else dict.fromkeys(_THREADS, str(threads))
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "wishart_nn.sweeps.worker", *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=stream,
                env={**os.environ, **limits},
                start_new_session=True,  # Ctrl-C comes to this process alone, which passes it on once
            )
        assert self.process.stdin is not None
        # It stays open: when it ends, because this process has died, the worker stops.
        self.lifeline: IO[bytes] = self.process.stdin

    def last_words(self) -> str:
        """Return the last line of the log."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()
        return " ".join(lines[-1].split())[:300] if lines else ""

    def close(self) -> None:
        """Let go of a process that has ended; an empty log is removed."""
        self.process.wait()
        with suppress(BrokenPipeError):
            self.lifeline.close()
        if self.log.stat().st_size == 0:
            self.log.unlink()


class _Team:
    def __init__(self, folder: Path, spec: SweepSpec, count: int, devices: Sequence[str], retries: int) -> None:
        self.folder, self.spec, self.retries = folder, spec, retries
        self.devices = [devices[i % len(devices)] if devices else None for i in range(count)]
        self.members: list[_Member] = []
        self.deaths, self.next_count, self.best = 0, 0.0, 0.0
        self.over: set[str] = set()

    def run(self, report: Report) -> None:
        try:
            (self.folder / LOGS).mkdir(exist_ok=True)
            for device in self.devices:
                self._spawn(device)
            while self.members:
                for member in list(self.members):
                    self._look_at(member)
                if not self.members or time.monotonic() >= self.next_count:
                    self._count(report)
                time.sleep(LOOK)
        except OSError as error:
            raise refused(f"use {str(self.folder)!r}", error) from error
        finally:
            self._dismiss()

    def _spawn(self, device: str | None) -> None:
        self.members.append(_Member(self.folder, self.retries, device, self.spec.base.threads))

    def _look_at(self, member: _Member) -> None:
        code = member.process.poll()
        if code is None:
            return
        self.members.remove(member)
        words = member.last_words() if code else ""
        member.close()
        if code == 2:
            raise DomainError(words)
        if code in (0, 130):
            return
        self.deaths += 1
        if self.deaths > (self.retries + 2) * len(self.devices):
            raise DomainError(f"the workers die one after the other, the last with exit status {code}: {words}")
        self._spawn(member.device)

    def _count(self, report: Report) -> None:
        new = {each.parent.name for each in (self.folder / RUNS).glob("*/result.json")} - self.over
        for name in new:
            result = result_of(self.folder, name)
            if result is not None:
                self.over.add(name)
                self.deaths = 0
                self.best = max(self.best, result["final"]["validation"]["auc"] or 0.0)
                report.advance()
        failed = len(list((self.folder / TROUBLE).glob("*.json"))) - len(self.members)
        report(
            f"{len(self.members)} workers"
            + (f", {failed} in trouble" if failed > 0 else "")
            + (f"; best validation AUC {self.best:.4f}" if self.best else "")
        )
        self.next_count = time.monotonic() + COUNT

    def _dismiss(self) -> None:
        """Ask the workers that are left to stop, and wait until they have written their checkpoints."""
        try:
            for member in self.members:
                member.process.send_signal(signal.SIGINT)
            end = time.monotonic() + FAREWELL
            for member in self.members:
                member.process.wait(max(0.1, end - time.monotonic()))
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            for member in self.members:
                member.process.kill()
        for member in self.members:
            member.close()
        self.members.clear()
