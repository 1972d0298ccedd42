"""The means of words in C, JavaScript, R, Octave and the Wolfram Language, run: within the stated error, or refused."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wishart_generated
from tests.codegen.word_cases import SIGMA, A, Case, F, Matrix, arguments_of, assert_close, every_case, floats
from wishart_moments.codegen import (
    WordTable,
    checkout_root,
    render,
)
from wishart_moments.moments.words.word_confirmation import WORDS


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


def _c_answers(gcc: str, folder: Path, words: WordTable, cases: list[Case]) -> list[tuple[int, list[list[float]]]]:
    (folder / "main.c").write_text(f'#include "wishart_{words.name}.h"\n' + C_MAIN.format(name=words.name), "utf-8")
    sources = [folder / "main.c", checkout_root() / "c" / f"wishart_{words.name}.c"]
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


def test_c_keeps_the_stated_error(gcc: str, tmp_path: Path, words: WordTable) -> None:
    cases = every_case()
    for case, (status, found) in zip(cases, _c_answers(gcc, tmp_path, words, cases), strict=True):
        assert status == 0
        assert_close(words, case, found)


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


def test_a_rendered_program_of_c_compiles_alone(gcc: str, tmp_path: Path, words: WordTable) -> None:
    (tmp_path / "alone.c").write_text(render(words, "c"), "utf-8")
    _output(
        [gcc, "-std=c99", "-Wall", "-Wextra", "-Werror", "-c", str(tmp_path / "alone.c"), "-o", str(tmp_path / "o")]
    )


def _javascript(node: str, folder: Path, words: WordTable, code: str, cases: Any) -> Any:
    module = (checkout_root() / "javascript" / f"{words.name}.mjs").as_uri()
    text = f'import * as module from "{module}";\nconst cases = {json.dumps(cases)};\n{code}\n'
    (folder / "main.mjs").write_text(text, "utf-8")
    return json.loads("".join(_output([node, str(folder / "main.mjs")])))


def test_javascript_keeps_the_stated_error(node: str, tmp_path: Path, words: WordTable) -> None:
    cases = every_case()
    given = [[word, float(n), floats(sigma), *([floats(a)] if a else [])] for word, n, sigma, a in cases]
    code = "console.log(JSON.stringify(cases.map((each) => module.expectedWord(...each))));"
    for case, found in zip(cases, _javascript(node, tmp_path, words, code, given), strict=True):
        assert_close(words, case, found)


def _said() -> list[tuple[str, list[Any], str]]:
    """What every language refuses: word, n, Σ and perhaps A, and how the message starts."""
    sigma = floats(SIGMA)
    return [
        ("S^3", [9, sigma], "need one of the words S, S^2, S A S, S^-1, S^-2, S^-1 A S^-1, got S^3"),
        ("S^-2", [6, sigma], "need n - m + 1 > 4 for finite inverse moments of degree 2, got m = 3, n = 6"),
        ("S", [1.5, sigma], "need n > m - 1 = 2, or an integer n >= 1"),
        ("S", [9, floats(A)], "need a symmetric matrix"),
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

    def start(self, words: WordTable) -> list[str]:
        return [f'source("{checkout_root() / "r" / f"wishart_{words.name}.R"}")']

    def shown(self, call: str) -> str:
        return f'cat(sprintf("%.17g", t({call})), "\\n")'

    def said(self, call: str) -> str:
        return f'cat(tryCatch({call}, error = conditionMessage), "\\n")'


class _Octave(_R):
    command, suffix = ("octave-cli", "--no-init-file", "--quiet"), "m"

    def matrix(self, rows: Any) -> str:
        return "[" + "; ".join(", ".join(repr(float(x)) for x in row) for row in rows) + "]"

    def start(self, words: WordTable) -> list[str]:
        return [f"addpath('{checkout_root() / 'octave'}'); % {words.name}"]

    def shown(self, call: str) -> str:
        return f"x = {call}.'; printf('%.17g ', x); printf('\\n');"

    def said(self, call: str) -> str:
        return f"try; {call}; catch e; disp(e.message); end"


def _call(language: _R, words: WordTable, word: str, rest: list[Any]) -> str:
    n, *matrices = rest
    return f"wishart_{words.name}('{word}', {', '.join([repr(float(n)), *map(language.matrix, matrices)])})"


@pytest.mark.parametrize("language", [_R(), _Octave()], ids=["r", "octave"])
def test_r_and_octave_keep_the_stated_error(language: _R, tmp_path: Path, words: WordTable) -> None:
    cases, script = every_case(), tmp_path / f"script.{language.suffix}"
    calls = [_call(language, words, word, [n, sigma, *([a] if a else [])]) for word, n, sigma, a in cases]
    script.write_text("\n".join([*language.start(words), *map(language.shown, calls)]) + "\n", "utf-8")
    found = _output([_program(language.command[0]), *language.command[1:], str(script)])
    for case, line in zip(cases, found, strict=True):
        numbers, m = list(map(float, line.split())), len(case[2])
        assert_close(words, case, [numbers[i : i + m] for i in range(0, m * m, m)])


@pytest.mark.parametrize("language", [_R(), _Octave()], ids=["r", "octave"])
def test_r_and_octave_say_what_they_refuse(language: _R, tmp_path: Path, every_table: Any) -> None:
    table, script = every_table["words_real"], tmp_path / f"script.{language.suffix}"
    calls = [_call(language, table, word, rest) for word, rest, _ in _said()]
    script.write_text("\n".join([*language.start(table), *map(language.said, calls)]) + "\n", "utf-8")
    found = _output([_program(language.command[0]), *language.command[1:], str(script)])
    for (_, _, message), said in zip(_said(), found, strict=True):
        assert said.startswith(message)


@pytest.mark.slow
def test_the_wolfram_language_is_exact(tmp_path: Path, words: WordTable) -> None:
    def written(matrix: Matrix) -> str:
        return "{" + ", ".join("{" + ", ".join(map(str, row)) + "}" for row in matrix) + "}"

    name = "Wishart" + "".join(part.capitalize() for part in words.name.split("_"))
    lines = [f'Get["{checkout_root() / "wolfram" / f"{words.name}.wl"}"];']
    for word in WORDS:
        arguments = ", ".join(map(written, arguments_of(word)))
        lines.append(f'Do[Print[InputForm[x]], {{x, Flatten[{name}["{word}", 15/2, {arguments}]]}}];')
    lines.append(f'Print[{name}["S^-2", 4, {written(SIGMA)}]];')
    (tmp_path / "script.wl").write_text("\n".join(lines) + "\n", "utf-8")
    *found, refused = _output([_program("mathics"), "--quiet", "-f", str(tmp_path / "script.wl")])
    module = getattr(wishart_generated, words.name)
    exact = [x for word in WORDS for row in module.expected_word(word, F(15, 2), *arguments_of(word)) for x in row]
    assert [F(line) for line in found if "existence" not in line] == exact
    assert refused == "$Failed"
