"""Every code block of the README and of the manual runs, and prints what its page says; every link leads somewhere."""

import csv
import doctest
import gzip
import importlib
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest

from wishart_nn.higgs import synthetic_rows

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
# Notebooks have tests of their own.
PAGES = [page for page in PAGES if not {"_build", "notebooks"} & set(page.parts)]
# A block that takes long stands below the line <!-- slow -->.
BLOCK = re.compile(r"^(<!-- slow -->\n|)```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMES = re.compile(r"^((?:wishart_moments\.[a-z_.]+\.)?[A-Za-z]\w+)(?:\(|$)")
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"")
SHOWN = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
TARGETS = {"run": "table --max-k 10", "test": "-m pytest", "docs": "sphinx"}


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(language: str) -> list[object]:
    found = [(page, *block) for page in PAGES for block in BLOCK.findall(page.read_text("utf-8"))]
    return [
        pytest.param(text, id=f"{name(page)}: {text.splitlines()[0]}", marks=[pytest.mark.slow] if slow else [])
        for page, slow, kind, text in found
        if kind == language
    ]


def run(command: str, cwd: Path) -> str:
    program, *arguments = shlex.split(command, comments=True)
    assert program == "wishart-moments"
    call = [sys.executable, "-m", "wishart_moments", *arguments]
    result = subprocess.run(call, cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


each_page = pytest.mark.parametrize("page", PAGES, ids=name)


def test_the_readme_is_one_page_with_the_first_steps_on_top() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert len(lines) <= 120
    top = "\n".join(lines[:12])
    assert all(words in top for words in ("pip install", "make run", "make test", "<picture>"))


def test_the_names_that_replace_those_of_other_packages_exist() -> None:
    rows = (DOCS / "guide" / "comparison.md").read_text("utf-8").splitlines()
    ours = [row.rsplit(" | ", 1)[1] for row in rows if row.startswith("| ") and row.count(" | ") == 1]
    calls = {call for cell in ours for code in re.findall(r"`([^`]*)`", cell) for call in NAMES.findall(code)}
    assert {"trace_product_moment", "matrix_moment", "TransitionTable", "expected_zonal"} <= calls
    for call in calls:
        home, _, function = call.rpartition(".")
        assert hasattr(importlib.import_module(home or "wishart_moments"), function), call


@each_page
def test_every_block_is_of_a_language_that_is_run(page: Path) -> None:
    assert {language for _, language, _ in BLOCK.findall(page.read_text("utf-8"))} <= {"pycon", "console", "sh"}


@each_page
def test_every_link_leads_to_a_file(page: Path) -> None:
    for pair in LINK.findall(BLOCK.sub("", page.read_text("utf-8"))):
        target = pair[0] or pair[1]
        assert "://" in target or (page.parent / target).exists(), target


@each_page
def test_python_blocks_print_what_they_show(page: Path) -> None:
    found = BLOCK.findall(page.read_text("utf-8"))
    text = "\n".join(block for _, language, block in found if language == "pycon")
    test = doctest.DocTestParser().get_doctest(text, {}, name(page), name(page), 0)
    assert bool(test.examples) == ("pycon" in {language for _, language, _ in found})
    runner = doctest.DocTestRunner(optionflags=SHOWN)
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize("block", blocks("console"))
def test_commands_print_what_they_show(block: str, tmp_path: Path) -> None:
    command, shown = block.removeprefix("$ ").split("\n", 1)
    printed = run(command, tmp_path)
    assert doctest.OutputChecker().check_output(shown, printed, SHOWN), printed


def place_tables(folder: Path) -> None:
    """Write the tables that shell lines name: HIGGS.csv.gz, of the layout of the real file, and table.csv."""
    rows = io.BytesIO()
    numpy.savetxt(rows, synthetic_rows(1000), fmt="%.18e", delimiter=",")
    (folder / "HIGGS.csv.gz").write_bytes(gzip.compress(rows.getvalue()))
    draws = numpy.random.default_rng(0).standard_normal((600, 3))
    with (folder / "table.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["a", "b", "c", "species"])
        lines.writerows([*row, "left" if row[0] < row[1] else "right"] for row in draws.tolist())


INLINE = sorted({line for page in PAGES for line in re.findall(r"`wishart-moments ([^`]+)`", page.read_text("utf-8"))})


@pytest.mark.parametrize("line", INLINE)
def test_commands_within_a_line_exist_with_their_options(line: str, command_line: Callable[..., Any]) -> None:
    words = shlex.split(line)
    groups = {"plot", "benchmark", "higgs", "relu", "certificate"}
    command = words[: 2 if words[0] in groups and len(words) > 1 and re.fullmatch("[a-z]+", words[1]) else 1]
    code, out, _ = command_line(*command, "--help")
    assert code == 0
    assert {word for word in words if word.startswith("--")} <= set(re.findall(r"--[a-z][a-z0-9-]*", out))


# Commands as processes, one of which trains a network of five epochs.
@pytest.mark.slow
@pytest.mark.parametrize("block", blocks("sh"))
def test_shell_lines_do_what_they_say_one_after_the_other(block: str, tmp_path: Path) -> None:
    place_tables(tmp_path)
    for line in block.splitlines():
        before = set(tmp_path.iterdir())
        words = line.split("#")[0].split()
        if words[0] == "make":
            dry_run = subprocess.run(["make", "-n", words[1]], cwd=ROOT, capture_output=True, text=True, check=True)
            assert TARGETS.get(words[1], "") in dry_run.stdout
        elif words[0] == "pip":
            assert words[1] == "install"
        else:
            printed = run(line, tmp_path)
            assert printed or set(tmp_path.iterdir()) - before
