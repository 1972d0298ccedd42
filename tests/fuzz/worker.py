"""Runs cases in its own process: reads a JSON list [door, text] a line, answers with an outcome a line.

The limits are the kernel's: data of `MEMORY` above what is there before a case, and `SECONDS` of processor time for a
case, after which the process ends by SIGPROF with its stack in the file that is its first argument.
"""

import contextlib
import faulthandler
import io
import json
import os
import re
import resource
import shlex
import shutil
import signal
import sys
import tempfile
import traceback
import warnings
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TextIO

MEMORY = 2 << 30
OVER = "memory over 2 GB"
SECONDS = 20
PACKAGES = ("wishart_moments", "wishart_nn", "wishart_generated")
CODES = {0, 1, 2, 130}


def namespace() -> dict[str, Any]:
    """What the expressions are about; everything that is loaded late is loaded here, before the limit is set."""
    import flint
    import mpmath
    import numpy
    import sympy

    import wishart_moments

    for name in wishart_moments.__all__:
        getattr(wishart_moments, name)
    wishart_moments.trace_moment(2)
    wishart_moments.output_variance(4, 4, 0.5)
    names = {"w": wishart_moments, "np": numpy, "sympy": sympy, "flint": flint, "mpmath": mpmath}
    return {**names, "F": Fraction, "D": Decimal, "x": sympy.Symbol("x"), "y": sympy.Symbol("y")}


def ours(error: BaseException) -> list[traceback.FrameSummary]:
    """The frames of the packages under test; none where the case itself is at fault (a wrong keyword, its lambda)."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if any(f"/{package}/" in frame.filename for package in PACKAGES)]
    return [] if not frames or frames[-1].filename == "<case>" else inside


def place(frame: traceback.FrameSummary) -> str:
    package = next(package for package in PACKAGES if f"/{package}/" in frame.filename)
    return f"{package}/{frame.filename.rpartition(f'/{package}/')[2]}:{frame.name}"


def failed(kind: str, where: str, detail: str) -> dict[str, str]:
    return {"outcome": "failed", "kind": kind, "where": where, "detail": " ".join(detail.split())[:300]}


def refused(message: str, where: str) -> dict[str, str]:
    """A refusal is one line that says something."""
    line = message.strip()
    if not line or "\n" in line or len(line) > 1000:
        return failed("unreadable refusal", where, repr(line[:300]))
    return {"outcome": "refused"}


def from_error(error: BaseException) -> dict[str, str]:
    from wishart_moments import WishartError

    frames = ours(error)
    if isinstance(error, MemoryError):
        return failed(OVER, place(frames[-1]) if frames else "?", str(error))
    if not frames:
        return {"outcome": "refused"}
    where = place(frames[-1])
    if isinstance(error, WishartError):
        return refused(str(error), where)
    if isinstance(error, KeyError) and frames[-1].name == "__getitem__":
        return {"outcome": "refused"}
    return failed(type(error).__name__, where, str(error))


def call(text: str, names: dict[str, Any]) -> dict[str, str]:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            value = eval(compile(text, "<case>", "eval"), dict(names))
            if type(value).__module__.partition(".")[0] in PACKAGES:
                repr(value)
        except BaseException as error:
            return from_error(error)
    for warning in warned:
        if any(f"/{package}/" in warning.filename for package in PACKAGES):
            where = re.sub(rf".*/({'|'.join(PACKAGES)})/", r"\1/", warning.filename) + f":{warning.lineno}"
            return failed(f"warning {warning.category.__name__}", where, str(warning.message))
    return {"outcome": "answered"}


class Streams:
    """Standard output and error as a terminal has them: UTF-8, strict on what is printed, lenient on errors."""

    def __init__(self) -> None:
        self.out = io.TextIOWrapper(io.BytesIO(), "utf-8", "strict", write_through=True)
        self.err = io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", write_through=True)

    def read(self, stream: TextIO) -> str:
        return stream.buffer.getvalue().decode("utf-8", "replace")  # type: ignore[attr-defined]


def fill(folder: Path) -> None:
    from tests.fuzz.lines import FILES

    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    (folder / "empty").mkdir()


def contents(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.lstat().st_size for path in folder.rglob("*")}


def command(text: str, folder: Path) -> dict[str, str]:
    from wishart_moments.__main__ import main

    before, streams = contents(folder), Streams()
    words = shlex.split(text)
    saved, sys.argv = sys.argv, words
    where = " ".join(words[:3] if words[1:2] in (["higgs"], ["plot"], ["relu"], ["benchmark"]) else words[:2])
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(streams.out),
            contextlib.redirect_stderr(streams.err),
        ):
            warnings.simplefilter("ignore")
            main()
        code: Any = 0
    except SystemExit as stop:
        code = 0 if stop.code is None else stop.code
    except BaseException as error:
        frames = ours(error)
        kind = OVER if isinstance(error, MemoryError) else type(error).__name__
        return failed(kind, place(frames[-1]) if frames else where, str(error))
    finally:
        sys.argv = saved
        os.chdir(folder)
        after = contents(folder)
        if after != before:
            fill(folder)
    err = streams.read(streams.err)
    if code not in CODES:
        return failed(f"exit {code}", where, err)
    if "Traceback (most recent call last)" in err:
        return failed("traceback printed", where, err[-300:])
    if code == 2:
        left = sorted(after.keys() - before.keys())
        if left or any(after.get(name) != size for name, size in before.items()):
            return failed("files left by a refusal", where, f"{left[:5]}: {err}")
        if not err.strip():
            return failed("refused without a word", where, "")
    return {"outcome": "refused" if code == 2 else "answered"}


def precision() -> tuple[int, int]:
    import flint
    import mpmath

    return flint.ctx.prec, mpmath.mp.prec


def run(door: str, text: str, names: dict[str, Any], folder: Path) -> dict[str, str]:
    """Return what came of a case: answered, refused, or failed with its kind and place."""
    import flint
    import mpmath

    before = precision()
    found = call(text, names) if door == "api" else command(text, folder)
    if precision() != before:
        found = failed("precision left changed", text.partition("(")[0][:60], f"{before} -> {precision()}")
        flint.ctx.prec, mpmath.mp.prec = before
    return found


def data_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmData:")[2].split()[0]) * 1024


def main(dump: str) -> None:
    answers = os.fdopen(os.dup(1), "w")
    questions = os.fdopen(os.dup(0), "r")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    names = namespace()
    stack = Path(dump).open("w")  # noqa: SIM115
    faulthandler.enable(stack)
    faulthandler.register(signal.SIGPROF, stack, all_threads=False, chain=True)
    base = data_bytes()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        os.chdir(folder)
        fill(folder)
        print("ready", file=answers, flush=True)
        for line in questions:
            door, text = json.loads(line)
            resource.setrlimit(resource.RLIMIT_DATA, (data_bytes() + MEMORY, resource.RLIM_INFINITY))
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            outcome = run(door, text, names, folder)
            signal.setitimer(signal.ITIMER_PROF, 0)
            if data_bytes() > base + MEMORY // 2:  # caches of many cases: go on with a fresh process
                outcome["full"] = "yes"
            print(json.dumps(outcome), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
