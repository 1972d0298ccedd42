"""What people read: formulas in text and LaTeX, rows in CSV; no float and no power of ten anywhere."""

import csv
import io
import re
from fractions import Fraction
from hashlib import sha256

import pytest

from wishart_moments.codegen import CATALOGUE, FORMATS, AnyTable, Table, checkout_root, render, table_to_json
from wishart_moments.codegen.equations import tree
from wishart_moments.errors import WishartError
from wishart_moments.notation import printers

# Digests are hexadecimal, and arXiv numbers have a point in them: neither is a coefficient.
NO_COEFFICIENT = re.compile(r"\b[0-9a-f]{64}\b|:[0-9a-f]{16}\b|arXiv [0-9.]+")
SCIENTIFIC = re.compile(r"\d[eE][+-]?\d")
FLOAT = re.compile(r"\d\.\d|(?<![\w.])\.\d")
C_INTEGER_DOUBLE = re.compile(r"(?<=\d)\.0(?!\d)")


def _assert_no_float(text: str, name: str) -> None:
    bare = NO_COEFFICIENT.sub("", text)
    if name.endswith((".c", ".h")):
        bare = C_INTEGER_DOUBLE.sub("", bare)
    assert not SCIENTIFIC.search(bare), (name, SCIENTIFIC.search(bare))
    assert not FLOAT.search(bare), (name, FLOAT.search(bare))


def test_no_generated_file_holds_a_float() -> None:
    paths = [path for path in checkout_root().rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert len(paths) > 4 * len(CATALOGUE)
    for path in paths:
        _assert_no_float(path.read_text("utf-8"), path.name)


@pytest.mark.parametrize("format", FORMATS)
def test_no_rendered_table_holds_a_float(format: str, long_tables: dict[str, Table]) -> None:
    for table in long_tables.values():
        _assert_no_float(render(table, format), {"c": "x.c"}.get(format, format))


def test_the_search_for_floats_finds_them() -> None:
    for text in ("9e+05n^4", "2.5 m", "1e10", "x = 3E-2"):
        with pytest.raises(AssertionError):
            _assert_no_float(text, "x.py")


def test_the_third_moment_as_text(tables: dict[str, Table]) -> None:
    assert "\nE tr S^3 = m n (m^2 + 3 m n + n^2 + 3 m + 3 n + 4)\n" in render(tables["trace_moments_real"])
    assert "\nE tr S^2 = m n (m + n - 1/2)\n" in render(tables["trace_moments_quaternion"], "text")
    assert "\nc_2 = -n (m + n + 1)\n" in render(tables["variance_series"], "text")
    assert "k = 1..10: confirmed by wick, loop-equations" in render(tables["trace_moments_real"], "text")


def test_text_is_no_wider_than_a_hundred_columns(long_tables: dict[str, Table]) -> None:
    for table in long_tables.values():
        assert all(len(line) <= 100 for line in render(table, "text").splitlines())


def _value(formula: str, m: int, n: int) -> Fraction:
    """Evaluate a printed formula: a blank multiplies, ^ is a power."""
    code = re.sub(r"(?<=[\w)]) (?=[\w(])", " * ", formula).replace("^", "**")
    code = re.sub(r"(?<![\w*])(\d+)", r"Fraction(\1)", code)
    return eval(code, {"Fraction": Fraction, "m": Fraction(m), "n": Fraction(n)})


def test_every_text_formula_evaluates_to_its_entry(tables: dict[str, Table], long_tables: dict[str, Table]) -> None:
    for table in [*tables.values(), *long_tables.values()]:
        blocks = re.split(r"\n(?=E tr S\^\d+ =|c_\d+ =)", render(table, "text").rpartition("\n\n")[0])[1:]
        assert len(blocks) == table.max_k
        for (k, terms), block in zip(table.entries.items(), blocks, strict=True):
            formula = " ".join(block.partition(" = ")[2].split())
            assert block.startswith((f"E tr S^{k} = ", f"c_{k} = "))
            exact = sum((c * Fraction(4) ** i * Fraction(7) ** j for i, j, c in terms), Fraction(0))
            assert _value(formula, 4, 7) == exact


def test_every_latex_formula_evaluates_to_its_entry(tables: dict[str, Table]) -> None:
    for table in tables.values():
        body = render(table, "latex").partition("\\begin{align*}\n")[2].partition("\n\\end{align*}")[0]
        rows = re.sub(r" \\\\\n&\\quad\{\}", " ", body).split(" \\\\\n")
        for (k, terms), row in zip(table.entries.items(), rows, strict=True):
            label, _, formula = row.partition(" &= ")
            assert f"{{{k}}}" in label
            formula = re.sub(r"\\tfrac\{(\d+)\}\{(\d+)\}", r"\1/\2", formula)
            formula = formula.replace("\\bigl(", " (").replace("\\bigr)", ")")
            formula = re.sub(r"\^\{(\d+)\}", r"^\1", formula)
            formula = " ".join(re.sub(r"(?<=[\w])(?=[mn])", " ", formula).split())
            exact = sum((c * Fraction(4) ** i * Fraction(7) ** j for i, j, c in terms), Fraction(0))
            assert _value(formula, 4, 7) == exact


def test_latex_uses_amsmath_only_and_keeps_its_lines_short(tables: dict[str, Table]) -> None:
    for table in tables.values():
        text = render(table, "latex")
        commands = set(re.findall(r"\\[a-z]+", re.sub(r"(?m)^%.*$", "", text)))
        assert commands <= {
            "\\allowdisplaybreaks", "\\begin", "\\end", "\\operatorname", "\\bigl", "\\bigr", "\\quad", "\\tfrac",
        }  # fmt: skip
        assert text.count("{") == text.count("}")
        assert text.count("\\bigl") == text.count("\\bigr")
        rows = [line for line in text.splitlines() if not line.startswith("%")]
        assert max(len(re.sub(r"\\[a-z]+|[{}^ ]", "", row)) for row in rows) < 70


def test_csv_is_the_table(tables: dict[str, Table]) -> None:
    for name, table in tables.items():
        path = checkout_root() / "csv" / f"{name}.csv"
        written = "".join(line for line in path.read_text("utf-8").splitlines(keepends=True) if line[0] != "#")
        assert written == render(table, "csv")
        rows = list(csv.DictReader(io.StringIO(written)))
        assert list(rows[0]) == ["beta", "k", "i", "j", "coefficient"]
        found = [(int(r["k"]), int(r["i"]), int(r["j"]), Fraction(r["coefficient"])) for r in rows]
        assert found == [(k, *term) for k, terms in table.entries.items() for term in terms]
        assert {r["beta"] for r in rows} == {str(table.beta)}


def test_json_is_the_table(every_table: dict[str, AnyTable]) -> None:
    assert all(render(table, "json") == table_to_json(table) for table in every_table.values())


@pytest.mark.parametrize("format", ["", "TEXT", "yaml", "json "])
def test_an_unknown_format_is_refused(format: str, moments: Table) -> None:
    with pytest.raises(
        WishartError, match="need a format out of text, latex, python, c, javascript, r, octave, wolfram, json, csv"
    ):
        render(moments, format)


def test_polynomials_without_a_common_factor_are_printed() -> None:
    one = Fraction(1)
    assert printers.text(tree(((1, 0, one), (0, 0, -one)))) == "m - 1"
    assert printers.text(tree(((0, 0, one),))) == "1"
    assert printers.text(tree(((1, 1, -2 * one),))) == "-2 m n"


def test_the_headers_name_the_commands(every_table: dict[str, AnyTable]) -> None:
    for path in checkout_root().rglob("*"):
        if path.is_file() and path.name != "py.typed" and "__pycache__" not in path.parts:
            head = "".join(path.read_text("utf-8").splitlines(keepends=True)[:5])
            assert "@generated by wishart_moments.codegen. Do not edit." in head
            assert "regenerate: wishart-moments generate" in head
            assert "check: wishart-moments generate --check" in head
            assert any(name in head for name in every_table)


def test_bodies_have_the_stated_digest() -> None:
    for path in sorted((checkout_root() / "c").iterdir()):
        head, _, body = path.read_text("utf-8").partition("\n\n")
        stated = head.splitlines()[4].split()[-1]
        assert sha256(body.encode()).hexdigest() == stated
