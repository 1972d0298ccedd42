"""What people read of the families: formulas in text and LaTeX are read back and evaluated; CSV holds every term."""

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Mapping
from fractions import Fraction
from math import prod
from pathlib import Path

import pytest

from wishart_moments.codegen import FORMATS, FamilyTable, checkout_root, render
from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.errors import MethodError

M, N = Fraction(4), Fraction(7)
C = Fraction(5, 3)
TRACES = {j: Fraction(j + 1, 2 * j + 3) for j in range(1, 9)}


class _PowerSums(Mapping[Partition | int, Fraction]):
    """p[3] and p[2,1,1], from numbers for the single traces."""

    def __getitem__(self, label: Partition | int) -> Fraction:
        return prod((TRACES[part] for part in ((label,) if isinstance(label, int) else label)), start=Fraction(1))

    def __iter__(self):
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError


def _exact(table: FamilyTable, label: Partition) -> Fraction:
    """Σ c x^j b over the terms, independent of every emitter."""
    x = C if table.denominators else N
    return sum(
        (c * x**j * (M**b if isinstance(b, int) else _PowerSums()[b]) for b, j, c in table.entries[label]), Fraction(0)
    )


def _value(formula: str) -> Fraction:
    """Evaluate a printed formula: a blank multiplies, ^ is a power."""
    traces = re.sub(r"tr\(Sigma(?:\^-?(\d+))?\)", lambda x: f"p[{x[1] or 1}]", " ".join(formula.split()))
    code = re.sub(r"(?<=[\w)\]]) (?=[\w(])", " * ", traces).replace("^", "**")
    code = re.sub(r"p\[[\d,]+\]|(?<![\w*])\d+", lambda x: x[0] if x[0][0] == "p" else f"Fraction({x[0]})", code)
    return eval(code, {"Fraction": Fraction, "m": M, "n": N, "c": C, "p": _PowerSums()})


def _denominator(table: FamilyTable, k: int) -> Fraction:
    return prod(((C - e) ** power for e, power in table.denominators[k].items()), start=Fraction(1))


def test_some_lines_of_text(families: dict[str, FamilyTable]) -> None:
    assert "\nE[tr(S^2) tr(S)] = m n (m^2 n + m n^2 + m n + 4 m + 4 n + 4)\n" in render(families["power_sums_real"])
    assert "\nE[tr(S)^2] = 2 n tr(Sigma^2) + n^2 tr(Sigma)^2\n" in render(families["scaled_power_sums_real"])
    inverse = render(families["inverse_power_sums_real"], "text")
    assert "\nD_2 = (c + 1) c (c - 2); finite if and only if n - m + 1 > 4\n" in inverse
    assert "\nD_2 E[tr(S^-1)^2] = 2 tr(Sigma^-2) + (c - 1) tr(Sigma^-1)^2\n" in inverse
    assert "k = 1..5: confirmed by integration-by-parts, zonal, wick" in render(families["scaled_power_sums_real"])


def test_every_text_formula_evaluates_to_its_entry(
    families: dict[str, FamilyTable], further_families: list[FamilyTable]
) -> None:
    for table in (*families.values(), *further_families):
        text = render(table, "text")
        assert all(len(line) <= 100 for line in text.splitlines())
        found: list[Partition] = []
        for block in re.split(r"\n(?=(?:D_\d+ )?E\[|\n|D_)", text):
            label, equals, formula = " ".join(block.split()).partition(" = ")
            entry = re.fullmatch(r"(?:D_\d+ )?E\[(.*)\]", label)
            if entry:
                traces = re.findall(r"tr\(S(?:\^(-?\d+))?\)(?:\^(\d+))?", entry[1])
                parts = tuple(abs(int(part or 1)) for part, count in traces for _ in range(int(count or 1)))
                found.append(parts)
                assert _value(formula) == _exact(table, parts)
            elif re.fullmatch(r"D_\d+", label) and equals:
                k = int(label[2:])
                formula, _, condition = formula.partition("; finite if and only if ")
                assert _value(formula) == _denominator(table, k)
                assert condition == table.condition(k)
        assert found == list(table.entries)


def _read_latex(formula: str) -> str:
    """Return a formula of LaTeX as text."""
    formula = re.sub(r"\\tfrac\{(\d+)\}\{(\d+)\}", r"\1/\2", formula)
    formula = re.sub(r"\\operatorname\{tr\}\(\\Sigma(?:\^\{(-?\d+)\})?\)", _read_trace, formula).replace(r"\,", "")
    formula = formula.replace("\\bigl(", " (").replace("\\bigr)", ")")
    formula = re.sub(r"\^\{(\d+)\}", r"^\1", formula)
    return re.sub(r"(?<=[\w)\]])(?=[mnc(])", " ", formula)


def _read_trace(found: re.Match[str]) -> str:
    """Return tr Sigma^j, or tr Sigma^-j, as p[j]."""
    return f" p[{abs(int(found[1] or 1))}]"


def _read_partition(label: str) -> Partition:
    """Return the parts of a product of traces in LaTeX."""
    traces = re.findall(r"tr\}\(S(?:\^\{-?(\d+)\})?\)(?:\^\{(\d+)\})?", label)
    return tuple(int(part or 1) for part, count in traces for _ in range(int(count or 1)))


def test_every_latex_formula_evaluates_to_its_entry(
    families: dict[str, FamilyTable], further_families: list[FamilyTable]
) -> None:
    for table in (*families.values(), *further_families):
        body = render(table, "latex").partition("\\begin{align*}\n")[2].partition("\n\\end{align*}")[0]
        found: list[Partition] = []
        for row in re.sub(r" \\\\\n&\\quad\{\}", " ", body).split(" \\\\\n"):
            label, _, formula = row.partition(" &= ")
            entry = re.fullmatch(r"(?:D_\{\d+\} )?\\operatorname\{E\}\\bigl\[(.*)\\bigr\]", label)
            if entry:
                parts = _read_partition(entry[1])
                found.append(parts)
                assert _value(_read_latex(formula)) == _exact(table, parts)
                continue
            k = int(re.fullmatch(r"D_\{(\d+)\}", label)[1])
            formula, _, condition = formula.partition(",")
            assert _value(_read_latex(formula)) == _denominator(table, k)
            assert _read_latex(condition).replace("\\quad", "").strip(" {}") == table.condition(k)
        assert found == list(table.entries)


def test_latex_says_what_its_symbols_are(families: dict[str, FamilyTable]) -> None:
    text = render(families["inverse_power_sums_real"], "latex")
    assert "$c = n - m - 1$" in text
    assert "if and only if $n - m + 1 > 2 k$" in text
    assert "$c = n - m$" in render(families["inverse_power_sums_complex"], "latex")
    assert "\\Sigma^{1/2} W W^{\\top} \\Sigma^{1/2}" in text
    assert "\\Sigma^{1/2} W W^{*} \\Sigma^{1/2}" in render(families["scaled_power_sums_complex"], "latex")


def test_latex_uses_amsmath_only(families: dict[str, FamilyTable]) -> None:
    for table in families.values():
        text = render(table, "latex")
        commands = set(re.findall(r"\\[A-Za-z]+", re.sub(r"(?m)^%.*$", "", text)))
        assert commands <= {
            "\\allowdisplaybreaks", "\\begin", "\\end", "\\operatorname", "\\bigl", "\\bigr", "\\quad", "\\tfrac",
            "\\noindent", "\\Sigma", "\\top",
        }  # fmt: skip
        assert text.count("{") == text.count("}")
        assert text.count("\\bigl") == text.count("\\bigr")


def test_latex_fits_the_lines_of_an_article(families: dict[str, FamilyTable], tmp_path: Path) -> None:
    pdflatex = shutil.which("pdflatex")
    if pdflatex is None:
        pytest.skip("pdflatex is not installed, so the LaTeX is not typeset")
    bodies = "\n\n".join(render(table, "latex") for table in families.values())
    source = f"\\documentclass{{article}}\n\\usepackage{{amsmath}}\n\\begin{{document}}\n{bodies}\\end{{document}}\n"
    (tmp_path / "tables.tex").write_text(source, "utf-8")
    command = [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "tables.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert ran.returncode == 0, ran.stdout[-2000:]
    assert "Overfull" not in ran.stdout


def test_csv_is_the_table(families: dict[str, FamilyTable]) -> None:
    for name, table in families.items():
        path = checkout_root() / "csv" / f"{name}.csv"
        written = "".join(line for line in path.read_text("utf-8").splitlines(keepends=True) if line[0] != "#")
        assert written == render(table, "csv")
        rows = list(csv.DictReader(io.StringIO(written)))
        column = "i" if table.kind == "power_sums" else "mu"
        further = ["roots", "condition"] if table.denominators else []
        assert list(rows[0]) == ["beta", "lambda", column, "j", "coefficient", *further]
        found = [
            (
                _parts(row["lambda"]),
                int(row["i"]) if column == "i" else _parts(row["mu"]),
                int(row["j"]),
                Fraction(row["coefficient"]),
            )
            for row in rows
        ]
        assert found == [(label, *term) for label, terms in table.entries.items() for term in terms]
        assert {row["beta"] for row in rows} == {str(table.beta)}
        for row in rows if further else []:
            k = sum(_parts(row["lambda"]))
            assert prod((C - Fraction(e) for e in row["roots"].split()), start=Fraction(1)) == _denominator(table, k)
            assert row["condition"] == table.condition(k)


def _parts(text: str) -> Partition:
    return tuple(map(int, text.split(",")))


@pytest.mark.parametrize("format", ["", "TEXT", "yaml"])
def test_a_format_that_there_is_not_is_refused(format: str, family: FamilyTable) -> None:
    with pytest.raises(MethodError, match=f"need a format out of {', '.join(FORMATS)}; got"):
        render(family, format)


def test_every_other_format_is_printed_without_a_float(further_families: list[FamilyTable]) -> None:
    for table in further_families:
        for format in FORMATS:
            text = re.sub(r"\b[0-9a-f]{64}\b", "", render(table, format))
            text = re.sub(r"(?<=\d)\.0(?!\d)", "", text) if format == "c" else text
            assert not re.search(r"\d\.\d|\d[eE][+-]?\d", text)
