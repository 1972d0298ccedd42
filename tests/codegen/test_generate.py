"""What is in the tree is what the catalogue gives, byte for byte; every other state is noticed and mended."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wishart_moments.codegen import AnyTable, check, checkout_root, generate
from wishart_moments.codegen.catalogue import CATALOGUE, Progress, derive_catalogue
from wishart_moments.codegen.generate import generated_files
from wishart_moments.errors import WishartError

Tables = dict[str, AnyTable]


@pytest.fixture(scope="module")
def derived() -> tuple[Tables, list[str]]:
    """The tables, derived anew, and what the derivation said while it worked."""
    lines: list[str] = []
    return derive_catalogue(lines.append), lines


@pytest.fixture
def derive(every_table: Tables):
    """A derivation that returns the tables in the tree: the tests below are about files."""

    def tables_in_the_tree(progress: Progress | None) -> Tables:  # noqa: ARG001
        return {entry.name: every_table[entry.name] for entry in CATALOGUE}

    return tables_in_the_tree


def _contents(root: Path) -> dict[str, bytes]:
    paths = [path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def test_the_tree_is_fresh(derived: tuple[Tables, list[str]]) -> None:
    assert [str(problem) for problem in check(checkout_root(), derive=lambda _: derived[0])] == []


def test_derivation_reports_its_progress(derived: tuple[Tables, list[str]]) -> None:
    assert any("wick" in line for line in derived[1])


@pytest.mark.slow
def test_two_runs_write_the_same_bytes(tmp_path: Path, derived: tuple[Tables, list[str]]) -> None:
    for name in "ab":
        generate(tmp_path / name, derive=lambda _: derived[0])
    assert _contents(tmp_path / "a") == _contents(tmp_path / "b") == _contents(checkout_root())


def test_generation_works_without_the_generated_package(tmp_path: Path) -> None:
    """In a process that cannot import wishart_generated at all."""
    code = (
        "import sys\n"
        "sys.modules['wishart_generated'] = None\n"
        "from wishart_moments.codegen import *\n"
        "from wishart_moments.codegen import catalogue\n"
        "tables = {t.name: t for t in [trace_moment_table(3), trace_moment_table(3, 4)]}\n"
        f"print(len(generate({str(tmp_path / 'fresh')!r}, derive=lambda _: tables)))\n"
        f"print(check({str(tmp_path / 'fresh')!r}, derive=lambda _: tables))\n"
        "assert 'torch' not in sys.modules and 'sympy' not in sys.modules\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=checkout_root().parent
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split("\n")[1] == "[]"


def test_codegen_never_imports_what_it_generates() -> None:
    for path in (checkout_root().parent / "wishart_moments" / "codegen").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [
                name for name in names if name.split(".")[0] in ("wishart_generated", "sympy", "torch", "numpy")
            ]


def test_the_generated_package_imports_the_standard_library_and_itself() -> None:
    allowed = {"fractions", "importlib", "math", "operator", "typing", "wishart_generated"}
    for path in (checkout_root() / "wishart_generated").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= allowed


def test_nothing_is_rewritten_that_is_as_it_should_be(tmp_path: Path, derive) -> None:
    assert len(generate(tmp_path, derive=derive)) == len(_contents(tmp_path))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert generate(tmp_path, derive=derive) == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_hand_edit_is_caught_shown_and_mended(tmp_path: Path, derive) -> None:
    generate(tmp_path, derive=derive)
    wanted = _contents(tmp_path)
    path = tmp_path / "wishart_generated" / "trace_moments_real.py"
    path.write_text(path.read_text("utf-8").replace("s + 45", "s + 46"), "utf-8")
    edited = _contents(tmp_path)
    (problem,) = check(tmp_path, derive=derive)
    assert (problem.path, problem.kind) == (path, "changed")
    assert "\n-    q0 = ((((((((s + 46) * s" in problem.diff
    assert "\n+    q0 = ((((((((s + 45) * s" in problem.diff
    assert _contents(tmp_path) == edited
    assert generate(tmp_path, derive=derive) == [path]
    assert _contents(tmp_path) == wanted


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("tables/scaled_power_sums_real.json", '[[2], 1, "2"]', '[[2], 1, "3"]'),
        ("csv/inverse_power_sums_real.csv", "n - m + 1 > 4", "n - m + 1 > 3"),
        ("latex/inverse_power_sums_complex.tex", "(c - 1)", "(c - 2)"),
        ("wishart_generated/inverse_power_sums_real.py", "need_finite(k, m, n, 2, 1)", "need_finite(k, m, n, 1, 1)"),
        ("wishart_generated/power_sums_complex.py", "p * s", "p + s"),
    ],
)
def test_a_hand_edit_of_a_family_is_caught_and_mended(name: str, old: str, new: str, tmp_path: Path, derive) -> None:
    generate(tmp_path, derive=derive)
    path, wanted = tmp_path / name, _contents(tmp_path)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    assert [(problem.path, problem.kind) for problem in check(tmp_path, derive=derive)] == [(path, "changed")]
    assert generate(tmp_path, derive=derive) == [path]
    assert _contents(tmp_path) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("end", ["\r\n", ""])
def test_changed_line_ends_are_caught(end: str, tmp_path: Path, derive) -> None:
    generate(tmp_path, derive=derive)
    path = tmp_path / "csv" / "trace_moments_real.csv"
    path.write_bytes(path.read_bytes().removesuffix(b"\n") + end.encode())
    assert [problem.kind for problem in check(tmp_path, derive=derive)] == ["changed"]


@pytest.mark.slow
def test_a_missing_file_is_caught_and_mended(tmp_path: Path, derive) -> None:
    generate(tmp_path, derive=derive)
    path = tmp_path / "c" / "wishart_variance_series.h"
    path.unlink()
    assert [(problem.path, problem.kind) for problem in check(tmp_path, derive=derive)] == [(path, "missing")]
    assert generate(tmp_path, derive=derive) == [path]


@pytest.mark.slow
def test_a_stale_file_is_caught_and_removed(tmp_path: Path, derive) -> None:
    generate(tmp_path, derive=derive)
    stale = tmp_path / "javascript" / "trace_moments_octonion.mjs"
    stale.write_text((tmp_path / "javascript" / "trace_moments_real.mjs").read_text("utf-8"), "utf-8")
    assert [(problem.path, problem.kind) for problem in check(tmp_path, derive=derive)] == [(stale, "stray")]
    assert generate(tmp_path, derive=derive) == [stale]
    assert not stale.exists()


@pytest.mark.slow
def test_a_stray_file_is_caught_and_never_removed(tmp_path: Path, derive) -> None:
    generate(tmp_path, derive=derive)
    strays = [tmp_path / "notes.txt", tmp_path / "tables" / "deep" / "photo.png"]
    strays[1].parent.mkdir()
    for stray in strays:
        stray.write_bytes(b"\xff\x00 mine")
    assert [(problem.path, problem.kind) for problem in check(tmp_path, derive=derive)] == [
        (s, "stray") for s in strays
    ]
    assert generate(tmp_path, derive=derive) == []
    assert [stray.read_bytes() for stray in strays] == [b"\xff\x00 mine"] * 2
    assert all("keep it elsewhere" in str(problem) for problem in check(tmp_path, derive=derive))


@pytest.mark.slow
def test_compiled_python_is_no_stray(tmp_path: Path, derive) -> None:
    generate(tmp_path, derive=derive)
    cache = tmp_path / "wishart_generated" / "__pycache__"
    cache.mkdir()
    (cache / "arguments.pyc").write_bytes(b"\x00")
    assert check(tmp_path, derive=derive) == []


def test_a_check_of_nothing_writes_nothing(tmp_path: Path, derive) -> None:
    problems = check(tmp_path / "absent", derive=derive)
    assert {problem.kind for problem in problems} == {"missing"}
    assert not (tmp_path / "absent").exists()


def test_a_root_that_is_a_file_is_refused_in_one_line(tmp_path: Path, derive) -> None:
    path = tmp_path / "file"
    path.write_text("mine", "utf-8")
    with pytest.raises(WishartError) as caught:
        generate(path, derive=derive)
    assert "\n" not in str(caught.value)
    assert path.read_text("utf-8") == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused_in_one_line(tmp_path: Path, derive) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(WishartError, match="cannot write"):
        generate(tmp_path, derive=derive)


def test_texts_are_a_function_of_the_tables_alone(every_table: Tables) -> None:
    once, again = generated_files(every_table), generated_files(dict(reversed(every_table.items())))
    assert once == again
    assert not [path for path, text in once.items() if str(checkout_root().parent) in text or "\r" in text]
