"""The means of words as functions of matrices: exact in Python, and within the stated error in every other language."""

import json
import re
import runpy
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import wishart_generated
from wishart_generated import words_complex, words_real
from wishart_moments import entry_moment, expected_word, matrix_moment
from wishart_moments.codegen import (
    TableError,
    WordTable,
    checkout_root,
    render,
    table_from_json,
    table_to_json,
    word_table,
)
from wishart_moments.errors import DisagreementError, DomainError
from wishart_moments.moments.words import word_confirmation
from wishart_moments.moments.words.word_confirmation import WORDS

F = Fraction
SIGMA = [[F(2), F(1), F(0)], [F(1), F(3), F(1, 2)], [F(0), F(1, 2), F(1)]]
A = [[F(1), F(2), F(-1)], [F(0), F(1, 2), F(3)], [F(4), F(-1), F(2)]]
UNIT = 2.0**-53
ROUNDINGS = 16
"""The error in floats is at most so many m κ roundings, relative to the terms of the sum in absolute values."""

Matrix = list[list[Fraction]]
Case = tuple[str, Any, Matrix, Matrix | None]


@pytest.fixture(params=[1, 2], ids=["real", "complex"])
def table(request: pytest.FixtureRequest, every_table: Any) -> WordTable:
    """Each table of words in the tree."""
    return every_table[{1: "words_real", 2: "words_complex"}[request.param]]


@pytest.fixture
def module(table: WordTable) -> ModuleType:
    """The generated module of a table."""
    return getattr(wishart_generated, table.name)


def _arguments(word: str) -> list[Any]:
    return [SIGMA, A] if "A" in word else [SIGMA]


@pytest.mark.parametrize("n", [9, F(15, 2)], ids=str)
@pytest.mark.parametrize("word", WORDS)
def test_python_is_exact(table: WordTable, module: ModuleType, word: str, n: Any) -> None:
    moment = expected_word(word, beta=int(table.beta))
    values = {"n": n, "Sigma": SIGMA} | ({"A": A} if "A" in word else {})
    found = module.expected_word(word, n, *_arguments(word))
    assert found == moment.at(values)
    assert all(isinstance(entry, int | F) for row in found for entry in row)


def test_words_without_a_are_matrix_moments(table: WordTable, module: ModuleType) -> None:
    """Another route: marked moments for S, signed equations for S^{-1}."""
    for word, r in (("S", 1), ("S^2", 2), ("S^-1", -1), ("S^-2", -2)):
        assert module.expected_word(word, 9, SIGMA) == matrix_moment(r, n=9, scale=SIGMA, beta=table.beta)


def test_sandwiches_are_sums_of_moments_of_entries(table: WordTable, module: ModuleType) -> None:
    """(S A S)_il = Σ_jk S_ij A_jk S_kl, the moments of entries by integration by parts."""
    size = range(3)

    def entry(i: int, last: int) -> Any:
        pairs = ((((i + 1, j + 1), (k + 1, last + 1)), A[j][k]) for j, k in product(size, size))
        return sum(entry_moment(each, 5, scale=SIGMA, beta=table.beta) * a for each, a in pairs)

    assert module.expected_word("S A S", 5, SIGMA, A) == [[entry(i, j) for j in size] for i in size]


def test_one_dimension_is_chi_squared() -> None:
    """E χ² = n, E χ⁴ = n (n + 2), E χ^{-2} = 1/(n − 2), E χ^{-4} = 1/((n − 2)(n − 4))."""
    n = F(11, 2)
    wanted = {"S": n, "S^2": n * (n + 2), "S^-1": 1 / (n - 2), "S^-2": 1 / ((n - 2) * (n - 4))}
    assert {word: words_real.expected_word(word, n, [[1]])[0][0] for word in wanted} == wanted


def test_the_closed_form_of_the_literature() -> None:
    """Σ = [[2, 1], [1, 3]], n = 9, A = [[1, 3/10], [3/10, 2]]."""
    found = words_real.expected_word(" S^-1  A S^-1", 9, [[2, 1], [1, 3]], [[1, F(3, 10)], [F(3, 10), 2]])
    assert found == [[F(31, 1750), F(-179, 21000)], [F(-179, 21000), F(149, 10500)]]


def _terms(table: WordTable, word: str, n: Any, sigma: Matrix, a: Matrix | None) -> tuple[float, float]:
    """Return the largest entry of Σ |c b|, entries of b in absolute values, and the condition number of Σ or 1."""
    array = np.array(sigma, dtype=float)
    inverse = word in table.denominators
    p = abs(np.linalg.inv(array) if inverse else array)
    letters = {"Sigma": p, "Sigma^-1": p, "A": abs(np.array(a or 0, dtype=float))}
    letters["A^T"] = letters["A"].T
    x = float(n - len(sigma) + 1 - 2 / table.beta) if inverse else float(n)
    below = float(np.prod([(x - float(e)) ** k for e, k in table.denominators.get(word, {}).items()]))
    total = np.zeros_like(p)
    for (traces, own), cell in table.cells(word).items():
        c = abs(sum(float(c) * x**j for j, c in cell.items()) / below)
        for each in traces:
            c *= np.trace(reduce(np.matmul, map(letters.__getitem__, each)))
        total += c * reduce(np.matmul, map(letters.__getitem__, own))
    return float(total.max()), float(np.linalg.cond(array)) if inverse else 1.0


def _assert_close(table: WordTable, case: Case, found: Any) -> None:
    word, n, sigma, a = case
    exact = getattr(wishart_generated, table.name).expected_word(word, n, sigma, *([a] if a else []))
    largest, kappa = _terms(table, *case)
    bound = ROUNDINGS * len(sigma) * kappa * UNIT * largest
    error = max(
        abs(F(float(x)) - y) for left, right in zip(found, exact, strict=True) for x, y in zip(left, right, strict=True)
    )
    assert error <= bound, (word, n, float(error / F(bound)))


def _cases(sizes: tuple[int, ...] = (1, 2, 3, 6)) -> list[Case]:
    """Σ with condition numbers up to 10^6, entries binary fractions; n integral, real, and near the bound."""
    rng = np.random.default_rng(16)
    found: list[Case] = []
    for m in sizes:
        for spread in (0, 3, 6):
            q = np.linalg.qr(rng.normal(size=(m, m)))[0]
            sigma = (q * np.logspace(0, -spread, m)) @ q.T
            sigma = (sigma + sigma.T) / 2
            a = rng.normal(size=(m, m)).tolist()
            for n in (m + 3.25, float(m + 9)):
                exact = [[F(x) for x in row] for row in sigma.tolist()]
                found += [
                    (word, F(n), exact, [[F(x) for x in row] for row in a] if "A" in word else None) for word in WORDS
                ]
    return [(word, n if "^-" not in word else n + 1, sigma, a) for word, n, sigma, a in found]


def _floats(matrix: Matrix) -> list[list[float]]:
    return [list(map(float, row)) for row in matrix]


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor], ids=["lists", "arrays", "tensors"])
def test_floats_of_python_keep_the_stated_error(
    table: WordTable, module: ModuleType, kind: Callable[[Any], Any]
) -> None:
    for case in _cases():
        word, n, sigma, a = case
        given = [np.array(_floats(each)) for each in (sigma, a) if each]
        given = [each.tolist() if kind is list else kind(each) for each in given]
        found = module.expected_word(word, float(n), *given)
        assert isinstance(found, type(given[0]))
        _assert_close(table, case, found if kind is list else found.tolist())


def test_stacks_of_matrices_are_taken_one_by_one(module: ModuleType) -> None:
    rng = np.random.default_rng(3)
    w = rng.normal(size=(2, 5, 3, 8))
    sigma, a = w @ w.swapaxes(-2, -1), rng.normal(size=(2, 5, 3, 3))
    for word in WORDS:
        given = [sigma, a] if "A" in word else [sigma]
        found = module.expected_word(word, 9, *given)
        assert found.shape == sigma.shape
        one = module.expected_word(word, 9, *(each[1, 2] for each in given))
        np.testing.assert_allclose(found[1, 2], one, rtol=1e-13)
        tensors = module.expected_word(word, 9, *map(torch.tensor, given))
        np.testing.assert_allclose(tensors.numpy(), found, rtol=1e-12)


def test_tensors_carry_gradients() -> None:
    """E tr S^{-1} at m = 1 is 1/(σ (n − 2)); its derivative in σ is −1/(σ² (n − 2))."""
    sigma = torch.tensor([[2.0]], dtype=torch.float64, requires_grad=True)
    words_real.expected_word("S^-1", 6, sigma).sum().backward()
    assert sigma.grad is not None
    assert float(sigma.grad) == pytest.approx(-1 / 16)


def test_hermitian_matrices_are_for_the_complex_table() -> None:
    sigma = np.array([[2, 1 + 1j], [1 - 1j, 3]])
    found = words_complex.expected_word("S^-1 A S^-1", 9, sigma, np.eye(2) * 1j)
    wanted = expected_word("S^-1 A S^-1", beta=2).at(n=9, Sigma=sigma, A=np.eye(2) * 1j)
    np.testing.assert_allclose(found, wanted, rtol=1e-13)
    with pytest.raises(ValueError, match="need a real matrix Sigma, got a complex one"):
        words_real.expected_word("S", 9, sigma)


REFUSED: dict[str, tuple[tuple[Any, ...], str]] = {
    "another word": (("S^3", 9, SIGMA), "need one of the words S, S^2, S A S, S^-1, S^-2, S^-1 A S^-1, got S^3"),
    "an infinite mean": (("S^-1", 4, SIGMA), "need n - m + 1 > 2 for finite inverse moments of degree 1, got m = 3"),
    "an infinite square": (
        ("S^-2", F(13, 2) - F(1, 2), SIGMA),
        "need n - m + 1 > 4 for finite inverse moments of degree 2",
    ),
    "no degrees of freedom": (("S", F(3, 2), SIGMA), "need n > m - 1 = 2, or an integer n >= 1, got n = 3/2"),
    "not symmetric": (("S", 9, A), "need a symmetric matrix Sigma"),
    "not definite": (("S^-1", 9, [[1, 2], [2, 1]]), "need a positive definite matrix Sigma, for its inverse"),
    "an array that is not definite": (("S^-1", 9, np.array([[1, 2], [2, 1]])), "need a positive definite matrix Sigma"),
    "a tensor that is not definite": (("S^-1", 9, torch.tensor([[1.0, 2], [2, 1]])), "need a positive definite matrix"),
    "no A": (("S A S", 9, SIGMA), "need a matrix A for the word S A S"),
    "an A too many": (("S", 9, SIGMA, A), "need no matrix A for the word S"),
    "an A of another size": (("S A S", 9, SIGMA, [[1]]), "need A as a matrix of 3 rows, as Sigma is, got 1"),
    "an array of another size": (
        ("S A S", 9, np.eye(2), np.eye(3)),
        "need A as a matrix of 2 rows, as Sigma is, got 3",
    ),
    "a mixture": (("S A S", 9, SIGMA, np.eye(3)), "need Sigma and A as nested lists, or both as arrays"),
    "no matrix": (("S", 9, [1, 2]), "need Sigma as a square matrix, such as"),
    "a text": (("S", 9, "[[1]]"), "need Sigma as a square matrix, such as"),
    "rows of two lengths": (("S", 9, [[1, 2], [2]]), "need Sigma as a square matrix, such as"),
    "nothing": (("S", 9, []), "need Sigma as a square matrix, such as"),
    "not square": (("S", 9, np.ones((2, 3))), "need Sigma as a square matrix, or a stack of them, got the shape"),
    "a bool": (("S", 9, [[True]]), "need a real number Sigma[0][0], got True"),
    "not finite": (("S", 9, [[float("nan")]]), "need a finite Sigma[0][0], got nan"),
    "an n that is none": (("S", "9", [[1]]), "need a real number, array or tensor n, got 9"),
    "an array n": (("S", np.array([4, 5]), [[1]]), "need single numbers n and entries of matrices"),
    "an array of objects": (("S", 9, np.array([[F(1)]], dtype=object)), "need Sigma as a matrix of floats or integers"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_python_says_what_it_refuses_in_one_line(what: str) -> None:
    arguments, message = REFUSED[what]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}") as caught:
        words_real.expected_word(*arguments)
    assert "\n" not in str(caught.value)


def test_a_rendered_module_stands_alone(table: WordTable, tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text(render(table, "python"), "utf-8")
    functions = runpy.run_path(str(tmp_path / "words.py"))
    module = getattr(wishart_generated, table.name)
    for word in WORDS:
        assert functions["expected_word"](word, 9, *_arguments(word)) == module.expected_word(
            word, 9, *_arguments(word)
        )


# -- the other languages -------------------------------------------------------------------------------------------


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed, so the generated code for it is not run")
    return found


def _output(command: list[str], text: str = "") -> list[str]:
    ran = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout.splitlines()


C_MAIN = """
#include <stdio.h>
static double sigma[100], a[100], result[100];
int main(void)
{{
    char word[40];
    int m;
    double n;
    while (scanf(" %39[^;];%d %lf", word, &m, &n) == 3) {{
        for (int i = 0; i < m * m; i++) if (scanf("%lf", &sigma[i]) != 1) return 1;
        for (int i = 0; i < m * m; i++) if (scanf("%lf", &a[i]) != 1) return 1;
        printf("%d", wishart_{name}(word, m, n, sigma, a, result));
        for (int i = 0; i < m * m; i++) printf(" %a", result[i]);
        printf("\\n");
    }}
    return 0;
}}
"""


def _c_answers(gcc: str, folder: Path, table: WordTable, cases: list[Case]) -> list[tuple[int, list[list[float]]]]:
    (folder / "main.c").write_text(f'#include "wishart_{table.name}.h"\n' + C_MAIN.format(name=table.name), "utf-8")
    sources = [folder / "main.c", checkout_root() / "c" / f"wishart_{table.name}.c"]
    flags = [
        "-std=c99",
        "-Wall",
        "-Wextra",
        "-Wpedantic",
        "-Werror",
        "-Wconversion",
        "-O2",
        f"-I{checkout_root() / 'c'}",
    ]
    _output([gcc, *flags, *map(str, sources), "-lm", "-o", str(folder / "program")])
    lines: list[str] = []
    for word, n, sigma, a in cases:
        entries = [x for matrix in (sigma, a or sigma) for row in matrix for x in row]
        lines.append(f"{word};{len(sigma)} {' '.join(repr(float(x)) for x in (n, *entries))}")
    found: list[tuple[int, list[list[float]]]] = []
    for (_, _, sigma, _), line in zip(cases, _output([str(folder / "program")], "\n".join(lines)), strict=True):
        status, *values = line.split()
        numbers, m = list(map(float.fromhex, values)), len(sigma)
        found.append((int(status), [numbers[i : i + m] for i in range(0, m * m, m)]))
    return found


def test_c_keeps_the_stated_error(gcc: str, tmp_path: Path, table: WordTable) -> None:
    cases = _cases()
    for case, (status, found) in zip(cases, _c_answers(gcc, tmp_path, table, cases), strict=True):
        assert status == 0
        _assert_close(table, case, found)


def test_c_gives_nan_and_says_why(gcc: str, tmp_path: Path, every_table: Any) -> None:
    bad = [[F(1), F(2)], [F(2), F(1)]]
    cases: list[tuple[int, Case]] = [
        (1, ("S^3", 9, SIGMA, None)),
        (2, ("S^-1", 4, SIGMA, None)),
        (2, ("S^-1 A S^-1", 6, SIGMA, A)),
        (2, ("S", F(3, 2), SIGMA, None)),
        (3, ("S", 9, A, None)),
        (3, ("S^-1", 9, bad, None)),
    ]
    answers = _c_answers(gcc, tmp_path, every_table["words_real"], [case for _, case in cases])
    for (wanted, _), (status, found) in zip(cases, answers, strict=True):
        assert status == wanted
        assert all(np.isnan(x) for row in found for x in row)


def test_a_rendered_program_of_c_compiles_alone(gcc: str, tmp_path: Path, table: WordTable) -> None:
    (tmp_path / "alone.c").write_text(render(table, "c"), "utf-8")
    _output(
        [gcc, "-std=c99", "-Wall", "-Wextra", "-Werror", "-c", str(tmp_path / "alone.c"), "-o", str(tmp_path / "o")]
    )


def _javascript(node: str, folder: Path, table: WordTable, code: str, cases: Any) -> Any:
    module = (checkout_root() / "javascript" / f"{table.name}.mjs").as_uri()
    text = f'import * as module from "{module}";\nconst cases = {json.dumps(cases)};\n{code}\n'
    (folder / "main.mjs").write_text(text, "utf-8")
    return json.loads("".join(_output([node, str(folder / "main.mjs")])))


def test_javascript_keeps_the_stated_error(node: str, tmp_path: Path, table: WordTable) -> None:
    cases = _cases()
    given = [[word, float(n), _floats(sigma), *([_floats(a)] if a else [])] for word, n, sigma, a in cases]
    code = "console.log(JSON.stringify(cases.map((each) => module.expectedWord(...each))));"
    for case, found in zip(cases, _javascript(node, tmp_path, table, code, given), strict=True):
        _assert_close(table, case, found)


def _said() -> list[tuple[str, list[Any], str]]:
    """What every language refuses: word, n, Σ and perhaps A, and how the message starts."""
    sigma = _floats(SIGMA)
    return [
        ("S^3", [9, sigma], "need one of the words S, S^2, S A S, S^-1, S^-2, S^-1 A S^-1, got S^3"),
        ("S^-2", [6, sigma], "need n - m + 1 > 4 for finite inverse moments of degree 2, got m = 3, n = 6"),
        ("S", [1.5, sigma], "need n > m - 1 = 2, or an integer n >= 1"),
        ("S", [9, _floats(A)], "need a symmetric matrix"),
        ("S^-1", [9, [[1, 2], [2, 1]]], "need a positive definite matrix Sigma, for its inverse"),
        ("S A S", [9, sigma, [[1.0]]], "need A as a square matrix of finite"),
        ("S", [9, sigma, sigma], "need no A for the word S"),
    ]


def test_javascript_says_what_it_refuses(node: str, tmp_path: Path, every_table: Any) -> None:
    cases = [[word, *rest] for word, rest, _ in _said()]
    code = (
        "const said = (x) => { try { return String(module.expectedWord(...x)); } catch (e) { return e.message; } };\n"
        "console.log(JSON.stringify(cases.map(said)));"
    )
    found = _javascript(node, tmp_path, every_table["words_real"], code, cases)
    for (_, _, message), said in zip(_said(), found, strict=True):
        assert said.replace("matrix a ", "A ").replace("need a as", "need A as").startswith(message)


class _R:
    command, suffix = ("Rscript",), "R"

    def matrix(self, rows: Any) -> str:
        return f"matrix(c({', '.join(repr(float(x)) for row in rows for x in row)}), {len(rows)}, byrow = TRUE)"

    def start(self, table: WordTable) -> list[str]:
        return [f'source("{checkout_root() / "r" / f"wishart_{table.name}.R"}")']

    def shown(self, call: str) -> str:
        return f'cat(sprintf("%.17g", t({call})), "\\n")'

    def said(self, call: str) -> str:
        return f'cat(tryCatch({call}, error = conditionMessage), "\\n")'


class _Octave(_R):
    command, suffix = ("octave-cli", "--no-init-file", "--quiet"), "m"

    def matrix(self, rows: Any) -> str:
        return "[" + "; ".join(", ".join(repr(float(x)) for x in row) for row in rows) + "]"

    def start(self, table: WordTable) -> list[str]:
        return [f"addpath('{checkout_root() / 'octave'}'); % {table.name}"]

    def shown(self, call: str) -> str:
        return f"x = {call}.'; printf('%.17g ', x); printf('\\n');"

    def said(self, call: str) -> str:
        return f"try; {call}; catch e; disp(e.message); end"


def _call(language: _R, table: WordTable, word: str, rest: list[Any]) -> str:
    n, *matrices = rest
    return f"wishart_{table.name}('{word}', {', '.join([repr(float(n)), *map(language.matrix, matrices)])})"


@pytest.mark.parametrize("language", [_R(), _Octave()], ids=["r", "octave"])
def test_r_and_octave_keep_the_stated_error(language: _R, tmp_path: Path, table: WordTable) -> None:
    cases, script = _cases(), tmp_path / f"script.{language.suffix}"
    calls = [_call(language, table, word, [n, sigma, *([a] if a else [])]) for word, n, sigma, a in cases]
    script.write_text("\n".join([*language.start(table), *map(language.shown, calls)]) + "\n", "utf-8")
    found = _output([_program(language.command[0]), *language.command[1:], str(script)])
    for case, line in zip(cases, found, strict=True):
        numbers, m = list(map(float, line.split())), len(case[2])
        _assert_close(table, case, [numbers[i : i + m] for i in range(0, m * m, m)])


@pytest.mark.parametrize("language", [_R(), _Octave()], ids=["r", "octave"])
def test_r_and_octave_say_what_they_refuse(language: _R, tmp_path: Path, every_table: Any) -> None:
    table, script = every_table["words_real"], tmp_path / f"script.{language.suffix}"
    calls = [_call(language, table, word, rest) for word, rest, _ in _said()]
    script.write_text("\n".join([*language.start(table), *map(language.said, calls)]) + "\n", "utf-8")
    found = _output([_program(language.command[0]), *language.command[1:], str(script)])
    for (_, _, message), said in zip(_said(), found, strict=True):
        assert said.startswith(message)


@pytest.mark.slow
def test_the_wolfram_language_is_exact(tmp_path: Path, table: WordTable) -> None:
    def written(matrix: Matrix) -> str:
        return "{" + ", ".join("{" + ", ".join(map(str, row)) + "}" for row in matrix) + "}"

    name = "Wishart" + "".join(part.capitalize() for part in table.name.split("_"))
    lines = [f'Get["{checkout_root() / "wolfram" / f"{table.name}.wl"}"];']
    for word in WORDS:
        arguments = ", ".join(map(written, _arguments(word)))
        lines.append(f'Do[Print[InputForm[x]], {{x, Flatten[{name}["{word}", 15/2, {arguments}]]}}];')
    lines.append(f'Print[{name}["S^-2", 4, {written(SIGMA)}]];')
    (tmp_path / "script.wl").write_text("\n".join(lines) + "\n", "utf-8")
    *found, refused = _output([_program("mathics"), "--quiet", "-f", str(tmp_path / "script.wl")])
    module = getattr(wishart_generated, table.name)
    exact = [x for word in WORDS for row in module.expected_word(word, F(15, 2), *_arguments(word)) for x in row]
    assert [F(line) for line in found if "existence" not in line] == exact
    assert refused == "$Failed"


# -- the table -----------------------------------------------------------------------------------------------------


def test_the_formulas_as_text_and_latex(table: WordTable) -> None:
    text, latex = render(table, "text"), render(table, "latex")
    assert "\nE[S^2] = n (n + 1) Sigma^2 + n tr(Sigma) Sigma\n" in text or table.beta == 2
    condition = {1: "n - m + 1 > 4", 2: "n - m + 1 > 2"}[int(table.beta)]
    assert f"finite if and only if {condition}\nD[S^-1 A S^-1] E[S^-1 A S^-1] = " in text
    assert r"\operatorname{E}\bigl[S A S\bigr] &= n^{2} \Sigma A \Sigma + n " in latex
    assert latex.count("{") == latex.count("}")


def test_csv_holds_every_term(table: WordTable) -> None:
    rows = [line.split(",") for line in render(table, "csv").splitlines()[1:]]
    found = [
        (
            row[1],
            ((tuple(tuple(x.split()) for x in row[2].split("; ") if x), tuple(row[3].split())), int(row[4]), F(row[5])),
        )
        for row in rows
    ]
    assert found == [(word, term) for word, terms in table.entries.items() for term in terms]


def test_json_gives_the_table_back(table: WordTable) -> None:
    assert table_from_json(table_to_json(table)) == table
    assert table_to_json(table_from_json(table_to_json(table))) == table_to_json(table)


DAMAGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "SHA-256": lambda data: data["entries"]["S"][0].__setitem__(2, "2"),
    "a denominator for every word in S\\^-1": lambda data: data["denominators"].pop("S^-1"),
    "the condition n - m \\+ 1 > 2": lambda data: data["denominators"]["S^-1"].update(condition="n > 2"),
    "words in Sigma or Sigma\\^-1": lambda data: data["entries"]["S"][0].__setitem__(0, [[], ["B"]]),
    "distinct terms in order": lambda data: data["entries"]["S^2"].reverse(),
    "the confirming routes": lambda data: data["routes"].pop("2"),
    "something else": lambda data: data["entries"].update(S=[[1, 1, "1"]]),
}


@pytest.mark.parametrize("message", DAMAGES)
def test_a_damaged_table_is_refused(message: str, every_table: Any) -> None:
    data = json.loads(table_to_json(every_table["words_real"]))
    DAMAGES[message](data)
    with pytest.raises(TableError, match=message):
        table_from_json(json.dumps(data))


def _none(word: str, beta: int) -> dict[Any, Any]:
    """Return no terms, whatever the word and beta."""
    return {} if word and beta else {"": 0}


def test_two_routes_that_differ_are_a_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    confirmed = word_confirmation.confirmed_word("S A S")
    assert confirmed.routes == ("words", "zonal")
    monkeypatch.setattr(word_confirmation, "_by_words", _none)
    with pytest.raises(DisagreementError, match=r"E\[S A S\], beta = 1: words and zonal differ"):
        word_confirmation.confirmed_word("S A S")


def test_the_tree_holds_what_is_derived(table: WordTable) -> None:
    assert word_table(table.beta) == table
    assert replace(table, name="other").digest == table.digest
    with pytest.raises(DomainError, match="need beta 1 or 2 for a table of words, got 4"):
        word_table(4)
