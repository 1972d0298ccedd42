"""Formulas in R, Octave and the Wolfram Language, evaluated there: the values are those of the formulas."""

import re
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from wishart_moments import expected_word, matrix_moment, trace_cumulant, trace_moment, trace_product_moment
from wishart_moments.errors import MethodError
from wishart_moments.notation.code import LANGUAGES, code, comment, matrix_code
from wishart_moments.notation.convert import coefficient
from wishart_moments.notation.tables import number
from wishart_moments.notation.tree import Foreign, Matrix

Run = Callable[..., Any]
SIGMA, A, B = [[2, 1], [1, 3]], [[0, 1], [2, 5]], [[1, 4], [-1, 0]]
VALUES = {"m": 2, "n": 11, "Sigma": SIGMA, "A": A, "B": B, "beta": 2}
PROGRAMS = {
    "r": ("Rscript", "{} <- {}", 'cat(sprintf("%.17g ", t({})), "\\n")'),
    "octave": ("octave-cli", "{} = {};", "printf('%.17g ', ({}).'); printf('\\n');"),
    "wolfram": ("mathics", "{} = {};", "Print[InputForm[Flatten[{{{}}}]]]"),
}

# Each formula by what it is made of, with the numbers that it stands for.
FORMULAS: list[tuple[Any, list[Any]]] = [
    (coefficient(trace_moment(-2)), [trace_moment(-2, 2, 11)]),
    (coefficient(trace_cumulant((3, 2))), [trace_cumulant((3, 2), 2, 11)]),
    (coefficient(trace_product_moment((2, 1), beta="2")), [trace_product_moment((2, 1), 2, 11, beta=2)]),
]


def _matrices() -> list[tuple[Any, list[Any]]]:
    found: list[tuple[Any, list[Any]]] = []
    for power, parts in ((2, (1,)), (-1, (1,)), (-2, ()), (3, (2, 1))):
        moment = matrix_moment(power, parts)
        rows = matrix_moment(power, parts, 11, scale=SIGMA)
        found.append((moment.notation(), [entry for row in rows for entry in row]))
    for word in ("S A S B^T", "S A^T S^2", "tr(S A) S B"):
        moment = expected_word(word)
        values = {name: VALUES[name] for name in ("n", "Sigma", "A", "B") if name in str(moment)}
        found.append((moment.notation(), [entry for row in moment.at(values) for entry in row]))
    return found


@pytest.mark.parametrize("language", ["r", "octave", pytest.param("wolfram", marks=pytest.mark.slow)])
def test_a_formula_evaluates_to_its_value(language: str, tmp_path: Path) -> None:
    program, assign, show = PROGRAMS[language]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed, so formulas for it are not evaluated")
    given = {name: [[number(x) for x in row] for row in value] for name, value in VALUES.items() if name[0].isupper()}
    lines = [assign.format(name, value) for name, value in VALUES.items() if name not in given]
    lines += [assign.format(name, matrix_code(rows, language)) for name, rows in given.items()]
    expected = [*FORMULAS, *_matrices()]
    lines += [show.format(code(node, language)) for node, _ in expected]
    path = tmp_path / "script"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    ran = subprocess.run([program, *(["-f"] * (language == "wolfram")), str(path)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    for (_, values), line in zip(expected, ran.stdout.splitlines(), strict=True):
        if language == "wolfram":
            assert [Fraction(text) for text in re.findall(r"-?\d+(?:/\d+)?", line)] == values
        else:
            assert [float(text) for text in line.split()] == pytest.approx(
                [float(value) for value in values], rel=1e-13
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_commands_write_the_language(command_line: Run, language: str) -> None:
    assert command_line("moment", "2", "--format", language).out == "m * n * (m + n + 1)\n"
    assert command_line("cumulant", "1", "1", "--format", language).out == "2 * m * n\n"
    trace = {"r": "sum(diag(A %*% Sigma))", "octave": "trace(A * Sigma)", "wolfram": "Tr[A . Sigma]"}[language]
    identity = {"r": "diag(n)", "octave": "eye(n)", "wolfram": "IdentityMatrix[n]"}[language]
    assert command_line("word", "tr(S A)", "--format", language).out == f"n * {trace}\n"
    assert command_line("word", "X^T A X", "--format", language).out == f"{trace} * {identity}\n"
    condition = comment("finite for n - m + 1 > 2", language)
    assert command_line("moment", "-1", "--format", language).out == f"m/(n - m - 1)\n{condition}\n"


def test_numbers_of_other_kinds_are_written_as_the_language_reads_them() -> None:
    written = {language: code(Foreign("1.5e+40"), language) for language in LANGUAGES}
    assert written == {"r": "1.5e40", "octave": "1.5e40", "wolfram": "1.5*^40"}
    written = {language: code(Foreign(3 + 4j), language) for language in LANGUAGES}
    assert written == {"r": "(3.0 + 4.0i)", "octave": "(3.0 + 4.0i)", "wolfram": "(3.0 + 4.0 I)"}


@pytest.mark.parametrize("name", ["C", "D", "E", "I", "K", "N", "O", "Pi"])
def test_names_that_mean_something_else_are_refused(name: str) -> None:
    with pytest.raises(MethodError, match=f"got {name}$"):
        code(Matrix(name), "wolfram")
    assert code(Matrix(name), "r") == name
