"""Hands cases to a worker process, starts another where one has died, and counts what came back."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.cases import Case, Door, case
from tests.fuzz.worker import PACKAGES, SECONDS

ROOT = Path(__file__).resolve().parents[2]
WALL = 15 * SECONDS
"""A case that waits instead of computing is ended after this many seconds."""


@dataclass(frozen=True)
class Failure:
    case: Case
    kind: str
    where: str
    detail: str

    @property
    def line(self) -> str:
        """The command that repeats the case."""
        return f"python -m tests.fuzz --run {json.dumps(self.case.text, ensure_ascii=True)}"

    def __str__(self) -> str:
        return f"{self.kind} in {self.where}: {self.detail}\n    {self.line}"


@dataclass
class Report:
    counts: Counter[str] = field(default_factory=Counter[str])
    failures: list[Failure] = field(default_factory=list[Failure])

    def kinds(self) -> dict[tuple[str, str], list[Failure]]:
        """The failures by kind and place."""
        found: dict[tuple[str, str], list[Failure]] = {}
        for failure in self.failures:
            found.setdefault((failure.kind, failure.where), []).append(failure)
        return found


class Worker:
    """A process that runs cases one after the other."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        descriptor, stack = tempfile.mkstemp(prefix="fuzz-stack-")
        os.close(descriptor)
        self._stack = Path(stack)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._stack.unlink()

    def run(self, each: Case) -> dict[str, str]:
        """Return the outcome of a case; a dead or silent process is one as well."""
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        process.stdin.write(json.dumps([each.door, each.text]) + "\n")
        process.stdin.flush()
        answer = self._answer(process, WALL)
        if answer:
            outcome: dict[str, str] = json.loads(answer)
            if outcome.pop("full", ""):
                self._end()
            return outcome
        silent = process.poll() is None and answer is None
        self._end()
        code = process.returncode
        hang = silent or -code in (signal.SIGPROF, signal.SIGKILL)
        kind = f"hang over {SECONDS} s" if hang else f"crash by {_signal(code)}"
        stack = self._stack.read_text(errors="replace")
        return {"outcome": "failed", "kind": kind, "where": _innermost(stack), "detail": ""}

    def _start(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.worker", str(self._stack)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        if (self._answer(process, WALL) or "").strip() != "ready":
            raise RuntimeError("the worker process did not start")
        return process

    def _answer(self, process: "subprocess.Popen[str]", seconds: float) -> str | None:
        """Return a line, "" at the end of the process, None where nothing came."""
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], seconds)
        return process.stdout.readline() if ready else None

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _signal(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit {code}"


def _innermost(stack: str) -> str:
    """The innermost frame of our packages in the stack that was written when the process died."""
    for path, function in re.findall(r'File "([^"]+)", line \d+ in (\S+)', stack):
        for package in PACKAGES:
            if f"/{package}/" in path:
                return f"{package}/{path.rpartition(f'/{package}/')[2]}:{function}"
    return "?"


def outcomes(cases: Iterable[Case]) -> Iterator[tuple[Case, dict[str, str]]]:
    with Worker() as worker:
        for each in cases:
            yield each, worker.run(each)


def run_cases(cases: Iterable[Case], report: Report, progress: Any = None) -> Report:
    """Run the cases in one worker; `progress(failure)` hears of every failure."""
    for each, found in outcomes(cases):
        report.counts[f"{each.door} {found['outcome']}"] += 1
        if found["outcome"] == "failed":
            failure = Failure(each, found["kind"], found["where"], found["detail"])
            report.failures.append(failure)
            if progress is not None:
                progress(failure)
    return report


def fuzz(cases: int, seed: int, *, jobs: int = 1, only: Door | None = None, progress: Any = None) -> Report:
    """Run the first cases of a seed, divided among as many workers."""
    report = Report()
    with ThreadPoolExecutor(jobs) as pool:
        shares = [(case(seed, number, only) for number in range(job, cases, jobs)) for job in range(jobs)]
        for running in [pool.submit(run_cases, share, report, progress) for share in shares]:
            running.result()
    return report
