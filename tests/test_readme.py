"""Every code block of the README runs, and prints what the README says."""

import doctest
import gzip
import importlib
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from wishart_nn.higgs import synthetic_rows

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
NAMES = re.compile(r"^((?:wishart_moments\.[a-z_.]+\.)?[A-Za-z]\w+)(?:\(|$)")
SHOWN = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def run(command: str, cwd: Path) -> str:
    program, *arguments = shlex.split(command, comments=True)
    assert program == "wishart-moments"
    call = [sys.executable, "-m", "wishart_moments", *arguments]
    result = subprocess.run(call, cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_names_that_replace_those_of_other_packages_exist() -> None:
    rows = README.partition("### Coming from another package")[2].partition("\n\n|")[2].partition("\n\n")[0]
    ours = [row.rsplit(" | ", 1)[1] for row in rows.splitlines()[2:] if row.count(" | ") == 1]
    calls = {name for cell in ours for code in re.findall(r"`([^`]*)`", cell) for name in NAMES.findall(code)}
    assert {"trace_product_moment", "matrix_moment", "TransitionTable", "expected_zonal"} <= calls
    for name in calls:
        home, _, function = name.rpartition(".")
        assert hasattr(importlib.import_module(home or "wishart_moments"), function), name


def test_every_block_is_of_a_language_that_is_run() -> None:
    assert {name for name, _ in BLOCKS} == {"pycon", "console", "sh"}


def test_python_blocks_print_what_they_show() -> None:
    text = "\n".join(blocks("pycon"))
    test = doctest.DocTestParser().get_doctest(text, {}, "README.md", "README.md", 0)
    assert len(test.examples) >= 15
    runner = doctest.DocTestRunner(optionflags=SHOWN)
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block.splitlines()[0])
def test_commands_print_what_they_show(block: str, tmp_path: Path) -> None:
    command, shown = block.removeprefix("$ ").split("\n", 1)
    printed = run(command, tmp_path)
    assert doctest.OutputChecker().check_output(shown, printed, SHOWN), printed


# Commands as processes, one of which trains a network of five epochs.
@pytest.mark.slow
@pytest.mark.parametrize("block", blocks("sh"), ids=lambda block: block.splitlines()[0])
def test_shell_lines_do_what_they_say_one_after_the_other(block: str, tmp_path: Path) -> None:
    if "HIGGS.csv.gz" in block:
        rows = io.BytesIO()
        numpy.savetxt(rows, synthetic_rows(1000), fmt="%.18e", delimiter=",")
        (tmp_path / "HIGGS.csv.gz").write_bytes(gzip.compress(rows.getvalue()))
    for line in block.splitlines():
        before = set(tmp_path.iterdir())
        if line.startswith("make"):
            target = line.split("#")[0].split()[1:]
            dry_run = subprocess.run(["make", "-n", *target], cwd=ROOT, capture_output=True, text=True, check=True)
            assert {"run": "table --max-k 10", "test": "-m pytest"}[target[0]] in dry_run.stdout
        else:
            printed = run(line, tmp_path)
            assert printed or set(tmp_path.iterdir()) - before
