"""The command line of the whole family: every format says what the functions say, and bad input is one line."""

import contextlib
import csv
import io
import json
import re
from collections.abc import Callable
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wishart_moments import (
    DomainError,
    InverseTable,
    TransitionTable,
    determinant_moment,
    expected_inverse_zonal,
    expected_word,
    expected_zonal,
    matrix_moment,
    trace_cumulant,
    trace_product_moment,
    zonal_polynomial,
)
from wishart_moments.cli.family_tables import FORMATS
from wishart_moments.cli.reading import read_scale
from wishart_moments.codegen import family_table, render
from wishart_moments.codegen.tables import FamilyKind
from wishart_moments.combinatorics.partitions import partitions
from wishart_moments.notation.convert import mean_label
from wishart_moments.notation.equations import written
from wishart_moments.notation.listing import LINE, aligned, broken, printed_width
from wishart_moments.notation.tree import ONE

Run = Callable[..., Any]
SIGMA = "[[2, 1/2], [1/2, 1]]"
SCALE = [[2, Fraction(1, 2)], [Fraction(1, 2), 1]]


@pytest.fixture
def run(command_line: Run) -> Run:
    return command_line


def power_sum(j: int, of: str = "S") -> Any:
    return sympy.Symbol(f"{of}_{j}".replace("-", "m"))


def read(formula: str) -> Any:
    """Return what a formula in text or LaTeX says, tr(Sigma^j) as a symbol S_j, Sigma^j as a symbol X_j."""
    text = formula
    for pattern, by in (
        (r"\\(?:operatorname\{tr\}|bigl|bigr)", lambda found: "tr" if "tr" in found[0] else ""),
        (r"\\, ", lambda _: " "),
        (r"\bI\b", lambda _: "1"),
        (r"\\Sigma", lambda _: "Sigma"),
        (r"\^\{(-?\d+)\}", lambda found: f"^{found[1]}"),
        (r"tr\(Sigma(?:\^(-?\d+))?\)", lambda found: f"S_{found[1] or 1}".replace("-", "m")),
        (r"\bSigma(?:\^(-?\d+))?", lambda found: f"X_{found[1] or 1}".replace("-", "m")),
    ):
        text = re.sub(pattern, by, text)
    while "\\frac{" in text or "\\tfrac{" in text:
        text = re.sub(r"\\t?frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)", text)
    text = re.sub(r"(?<=[\w)]) +(?=[\w(])", "*", text.replace("\n", " "))
    return sympy.sympify(text.replace("^", "**"), locals={"S_1": power_sum(1)})


POWER_SUMS = {power_sum(j): (sympy.Matrix(SCALE) ** j).trace() for j in range(-4, 5) if j}


def at(expression: Any, **sizes: Any) -> Fraction:
    """Return the value with the power sums of SCALE, and the sizes put in."""
    value = expression.subs(POWER_SUMS).subs({sympy.Symbol(name): sympy.Rational(x) for name, x in sizes.items()})
    return Fraction(int(value.p), int(value.q))


# One moment.


@pytest.mark.parametrize("words", ["-2 1 --m 4 --n 9", "--m 4 -2 --n 9 1", "--m 4 --n 9 -- -2 1", "1 --n 9 -2 --m 4"])
def test_negative_powers_may_stand_anywhere(run: Run, words: str) -> None:
    assert run("moment", *words.split()) == (0, f"{trace_product_moment([-2, 1], 4, 9)}\n", "")


@pytest.mark.parametrize("beta", ["1", "2", "1/2", "3"])
@pytest.mark.parametrize("parts", [(-1,), (-3,), (2, -1), (-1, -1, 1), (2, 1), (1, 0)])
def test_text_and_latex_are_the_moment(run: Run, parts: tuple[int, ...], beta: str) -> None:
    expected = trace_product_moment(parts, beta=beta)
    text = run("moment", *parts, "--beta", beta).out.splitlines()
    assert sympy.cancel(read(text[0]) - expected) == 0
    latex = run("moment", *parts, "--beta", beta, "--format", "latex").out.splitlines()
    assert sympy.cancel(read(latex[0]) - expected) == 0
    document = json.loads(run("moment", *parts, "--beta", beta, "--format", "json").out)
    assert document["moment"] == text[0]
    assert (len(text) == 2) == ("condition" in document) == (min(parts) < 0)
    assert latex[1:] == [f"% {line}" for line in text[1:]]


def test_the_condition_of_existence_is_said(run: Run) -> None:
    assert run("moment", "-2").out.splitlines()[1] == "finite for n - m + 1 > 4"
    assert run("moment", "-2", "1").out.splitlines()[1] == "finite for n - m + 1 > 4 (m >= 2)"
    assert run("moment", "-2", "--m", "3").out.splitlines()[1] == "finite for n >= 7"
    assert run("moment", "-2", "--beta", "2", "--scale", SIGMA).out.splitlines()[1] == "finite for n >= 4"
    assert run("moment", "-1", "--scale", "I").out == "m/(n - m - 1)\nfinite for n - m + 1 > 2\n"
    code, out, err = run("moment", "-2", "--m", "3", "--n", "6")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "need n - m + 1 > 4" in err
    assert "the smallest integer n is 7" in err


@pytest.mark.parametrize("parts", [(2, 1), (-1,), (-2, 1), (0, 2)])
def test_a_scale_is_read_from_the_line_and_from_a_file(run: Run, parts: tuple[int, ...], tmp_path: Path) -> None:
    expected = f"{trace_product_moment(parts, n=9, scale=SCALE)}\n"
    assert run("moment", *parts, "--n", "9", "--scale", SIGMA).out == expected
    for text in ("2,0.5\n.5,1\n", "2 1/2\n1/2 1\n\n", " 2 ; 1/2\n1/2 ; 1"):
        path = tmp_path / "sigma.csv"
        path.write_text(text, encoding="utf-8")
        assert run("moment", *parts, "--n", "9", "--scale", str(path)).out == expected


@pytest.mark.parametrize(
    ("parts", "power"),
    [(parts, power) for parts in ((), (2, 1), (1, -1)) for power in (None, 0, 2, -1) if parts or power is not None],
)
@pytest.mark.parametrize("beta", ["1", "2"])
def test_a_symbolic_scale_gives_the_combination(run: Run, parts: tuple[int, ...], power: Any, beta: str) -> None:
    options = ["--beta", beta, "--scale", "symbolic", *([] if power is None else ["--power", str(power)])]
    found = matrix_moment(power or 0, parts, beta=beta).coefficients
    expected = sympy.Add(
        *(
            coefficient * sympy.Mul(*map(power_sum, mu)) * (power_sum(j, "X") if j else 1)
            for (mu, j), coefficient in found.items()
        )
    )
    for format in ("text", "latex"):
        first = run("moment", *parts, *options, "--format", format).out.splitlines()[0]
        assert sympy.cancel(read(first) - expected) == 0
    document = json.loads(run("moment", *parts, *options, "--format", "json").out)
    terms = {(tuple(term["mu"]), term["power"]): read(term["coefficient"]) for term in document["terms"]}
    assert terms.keys() == found.keys()
    assert all(sympy.cancel(terms[key] - found[key]) == 0 for key in terms)


def test_matrices_are_printed(run: Run) -> None:
    scale = "[[2,1],[1,2]]"
    assert run("moment", "--power", "2", "--scale", scale, "--n", "3").out == "[84, 60]\n[60, 84]\n"
    inverse = json.loads(run("moment", "--power", "-1", "--scale", scale, "--n", "7", "--format", "json").out)["moment"]
    assert inverse == [["1/6", "-1/12"], ["-1/12", "1/6"]]
    latex = run("moment", "--power", "-1", "--scale", scale, "--format", "latex").out
    assert latex.startswith("\\begin{pmatrix}\n  \\frac{2}{3 (n - 3)} & -\\frac{1}")
    assert latex.endswith("\\end{pmatrix}\n% finite for n >= 4\n")
    assert run("moment", "1", "--power", "1", "--m", "3", "--n", "4").out == f"{(12**2 + 2 * 12) // 3} I\n"
    assert run("moment", "--power", "2").out == "n (m + n + 1) I\n"
    assert run("moment", "--power", "2", "--scale", "[[a]]", "--n", "1").out == "[3 a^2]\n"
    hermitian = run("moment", "2", "--scale", "[[2,1j],[-1j,2]]", "--beta", "2", "--n", "3").out
    assert float(hermitian) == 138


@pytest.mark.parametrize("orders", [(1,), (2, 1), (2, 2), (1, 1, 1)])
def test_cumulants_are_those_of_the_function(run: Run, orders: tuple[int, ...]) -> None:
    assert run("cumulant", *orders, "--m", "4", "--n", "7").out == f"{trace_cumulant(orders, 4, 7)}\n"
    assert sympy.expand(read(run("cumulant", *orders, "--beta", "4").out) - trace_cumulant(orders, beta=4)) == 0
    symbolic = read(run("cumulant", *orders, "--scale", "symbolic", "--format", "latex").out)
    expected = trace_cumulant(orders, n=5, scale=SCALE)
    assert at(symbolic, n=5) == expected
    assert run("cumulant", *orders, "--scale", SIGMA, "--n", "5").out == f"{expected}\n"
    document = json.loads(run("cumulant", *orders, "--scale", "symbolic", "--sigma", "1/2", "--format", "json").out)
    assert at(read(document["cumulant"]), n=5) == expected * Fraction(1, 4 ** sum(orders))


# Words and zonal polynomials.


def test_words_are_those_of_the_function(run: Run) -> None:
    for word in ("S A S B", "X^T A X B X^T C X", "tr(S1 S2 S1 S2)"):
        assert run("word", word).out == f"{expected_word(word)}\n"
        assert run("word", word, "--format", "latex").out == f"{expected_word(word).latex()}\n"
    assert run("word", "S A S", "--beta", "2", "--scale", "I").out == "n^2 A + n tr(A) I\n"
    assert run("word", "tr(S^2)", "--scale", "I", "--at", "n=5/2", "--at", "m=2").out == "55/2\n"
    assert run("word", "S A S", "--symmetric", "A").out == f"{expected_word('S A S', symmetric='A')}\n"
    assert run("word", "tr(S^2)", "--mean", "S=M", "--scale", "I").out == (
        f"{expected_word('tr(S^2)', means={'S': 'M'}, scale='I')}\n"
    )
    names = {"S1": "Sigma", "S2": "I"}
    assert run("word", "tr(S1 S2)", "--scale", "S1=Sigma", "--scale", "S2=I").out == (
        f"{expected_word('tr(S1 S2)', scale=names)}\n"
    )
    assert run("word", "X^T A X", "--columns", "X=Psi").out == f"{expected_word('X^T A X', columns={'X': 'Psi'})}\n"
    assert json.loads(run("word", "tr(S)", "--scale", "I", "--format", "json").out)["mean"] == "m n"


def test_words_have_values(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("0,1\n0,0\n", encoding="utf-8")
    values = ["--at", "n=3", "--at", "Sigma=[[2,1],[1,2]]", "--at", f"A={tmp_path / 'a.csv'}"]
    assert run("word", "S A S", *values).out == "[30, 42]\n[24, 30]\n"
    assert json.loads(run("word", "S A S", *values, "--format", "json").out)["mean"] == [["30", "42"], ["24", "30"]]
    assert run("word", "tr(S A S)", *values).out == "60\n"
    assert "pmatrix" in run("word", "S A S", *values, "--format", "latex").out


def test_zonal_polynomials_are_those_of_the_function(run: Run) -> None:
    for normalisation in "CJP":
        found = run("zonal", "2", "1", "--normalisation", normalisation).out
        assert f"{normalisation}_(2,1) = {found}" == f"{zonal_polynomial([2, 1], normalisation=normalisation)}\n"
    assert run("zonal", "2", "--monomials", "2").out == "x_1^2 + 2/3 x_1 x_2 + x_2^2\n"
    document = json.loads(run("zonal", "2", "--beta", "2", "--format", "json").out)
    assert {tuple(term["lambda"]): Fraction(term["coefficient"]) for term in document["power_sums"]} == (
        zonal_polynomial([2], beta=2).coefficients
    )
    for name, function in (("--mean", expected_zonal), ("--inverse-mean", expected_inverse_zonal)):
        assert sympy.cancel(read(run("zonal", "2", "1", name).out) - function([2, 1])) == 0
        assert sympy.cancel(read(run("zonal", "2", "1", name, "--format", "latex").out) - function([2, 1])) == 0
        assert run("zonal", "2", "1", name, "--scale", SIGMA, "--n", "9").out == (
            f"{function([2, 1], n=9, scale=SCALE)}\n"
        )
    # The rectangle: E C_(1,1)(S^-1) for two rows is the mean of a multiple of 1/|S|.
    ratio = Fraction(run("zonal", "1", "1", "--inverse-mean", "--m", "2", "--n", "7").out)
    assert ratio == zonal_polynomial([1, 1]).at_identity(2) * determinant_moment(-1, 2, 7)


# Tables.

TABLES = ["--products", "--inverse", "--inverse --products", "--scale symbolic", "--scale symbolic --inverse"]


def labels(options: str, max_k: int) -> list[tuple[int, ...]]:
    """The labels of the rows, signed."""
    if "symbolic" in options:
        found = list(partitions(max_k))
    else:
        found = [label for k in range(1, max_k + 1) for label in (partitions(k) if "--products" in options else [(k,)])]
    return [tuple(-part for part in reversed(label)) if "--inverse" in options else label for label in found]


def values(options: str, beta: str, max_k: int) -> dict[tuple[int, ...], Any]:
    """The rows at m = 2, n = 23 and, where it is open, the scale of this file."""
    scale = SCALE if "symbolic" in options else None
    return {label: trace_product_moment(label, 2, 23, beta=beta, scale=scale) for label in labels(options, max_k)}


@pytest.mark.parametrize("beta", ["1", "2", "3/2"])
@pytest.mark.parametrize("options", TABLES)
def test_every_format_of_a_table_says_the_same(run: Run, options: str, beta: str) -> None:
    max_k = 3
    expected = values(options, beta, max_k)
    sizes = {"m": 2, "n": 23, "c": 22 - Fraction(2) / Fraction(beta)}
    words = ["table", "--max-k", str(max_k), *options.split(), "--beta", beta, "--format"]
    # Text.
    code, text, err = run(*words, "text")
    assert (code, err) == (0, "")
    rows = re.findall(r"^(E\[.*?) = (.*(?:\n    .*)*)", text, re.MULTILINE)
    assert [left for left, _ in rows] == [written((mean_label(label), ONE))[0] for label in expected]
    assert [at(read(right), **sizes) for _, right in rows] == list(expected.values())
    # LaTeX.
    block = run(*words, "latex").out.partition("\\begin{align*}\n")[2].partition("\n\\end{align*}")[0]
    right = [row.partition(" &= ")[2] for row in re.sub(r" \\\\\n&\\quad\{\}", " ", block).split(" \\\\\n")]
    assert [at(read(each), **sizes) for each in right] == list(expected.values())
    # JSON.
    document = json.loads(run(*words, "json").out)
    assert [tuple(row["lambda"]) for row in document["rows"]] == list(expected)
    for row in document["rows"]:
        total = sum(term_value(term, document["variables"], sizes) for term in row["terms"])
        assert total == expected[tuple(row["lambda"])]
    # CSV.
    found: dict[tuple[int, ...], Any] = {}
    for row in csv.DictReader(io.StringIO(run(*words, "csv").out)):
        label = tuple(map(int, row["lambda"].split()))
        value = Fraction(row["coefficient"])
        for name in ("m", "n", "c"):
            value *= Fraction(sizes[name]) ** int(row.get(f"power_of_{name}", 0))
        value /= at(read(row.get("denominator") or "1"), **sizes)
        for part in map(int, row.get("mu", "").split()):
            value *= at(power_sum(part))
        found[label] = found.get(label, 0) + value
    assert found == expected


def term_value(term: dict[str, Any], names: list[str], sizes: dict[str, Any]) -> Fraction:
    total = Fraction(0)
    for *exponents, coefficient in term["numerator"]:
        value = Fraction(coefficient)
        for name, exponent in zip(names, exponents, strict=True):
            value *= Fraction(sizes[name]) ** exponent
        total += value
    for root, multiplicity in term.get("denominator", []):
        total /= (sizes["c"] - Fraction(root)) ** multiplicity
    for part in term.get("mu", []):
        total *= at(power_sum(part))
    return total


@pytest.mark.parametrize("options", TABLES)
def test_tables_of_numbers_are_the_tables_at_these_sizes(run: Run, options: str) -> None:
    expected = values(options, "1", 3)
    words = ["table", "--max-k", "3", *options.split(), "--m", "2", "--n", "23"]
    rows = re.findall(r"^(E\[.*?) = (.*(?:\n    .*)*)", run(*words).out, re.MULTILINE)
    assert [at(read(right)) for _, right in rows] == list(expected.values())


@pytest.mark.parametrize("inverse", [False, True])
def test_a_table_at_a_given_scale(run: Run, inverse: bool) -> None:
    words = ["table", "--products", "--max-k", "3", "--n", "11", "--scale", SIGMA, *(["--inverse"] if inverse else [])]
    document = json.loads(run(*words, "--format", "json").out)
    found = {tuple(row["lambda"]): Fraction(row["terms"][0]["numerator"][0][0]) for row in document["rows"]}
    if inverse:
        expected = {
            tuple(-part for part in reversed(label)): sum(
                f(8) * prod(at(power_sum(-part)) for part in mu) for mu, f in row.items()
            )
            for label, row in InverseTable(3).items()
        }
    else:
        expected = TransitionTable(3).at(SCALE, 11)
    assert {label: found[label] for label in expected} == expected


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ("--products", "power_sums"),
        ("--scale symbolic", "scaled_power_sums"),
        ("--scale symbolic --inverse", "inverse_power_sums"),
    ],
)
def test_python_is_what_is_generated(run: Run, options: str, kind: FamilyKind) -> None:
    code, out, _ = run("table", "--max-k", "2", *options.split(), "--beta", "2", "--format", "python")
    assert (code, out) == (0, render(family_table(kind, 2, 2), "python"))
    compile(out, kind, "exec")


def test_a_family_table_goes_to_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "products.tex"
    printed = run("table", "--products", "--max-k", "6", "--format", "latex").out
    assert run("table", "--products", "--max-k", "6", "--format", "latex", "--output", str(path)) == (0, "", "")
    assert path.read_text(encoding="utf-8") == printed


def test_formulas_are_broken_where_lines_end() -> None:
    formula = " + ".join(f"{i} n^{{{i}}} \\operatorname{{tr}}(\\Sigma^{{{i}}})" for i in range(2, 30))
    lines = broken(formula, 200)
    assert " ".join(lines) == formula
    assert all(printed_width(line) <= 200 for line in lines)
    assert broken(r"\frac{m + n}{c - 1}", 10) == [r"\frac{m + n}{c - 1}"]
    assert printed_width(r"\frac{m}{m + n + m}") == pytest.approx(printed_width("m + n + m"), abs=5)
    block = aligned([("E[1]", formula), ("E", "0")])
    assert all(printed_width(line.partition("&")[2]) < LINE for line in block.splitlines()[2:-1])


@pytest.mark.parametrize("format", FORMATS)
def test_no_row_and_no_term_is_empty(run: Run, format: str) -> None:
    for options in ("--products", "--inverse", "--scale symbolic", "--scale symbolic --inverse"):
        assert len(run("table", "--max-k", "1", *options.split(), "--format", format).out.splitlines()) >= 2


# What is refused.


@given(st.one_of(st.text(max_size=20), st.text("[],;01e/.j-n a", max_size=30).map(lambda text: f"[[{text}]]")))
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_scale_or_refused_in_one_line(tmp_path: Path, text: str) -> None:
    message = ""
    with contextlib.chdir(tmp_path):
        try:
            read_scale(text)
        except DomainError as refusal:
            message = str(refusal)
    assert "\n" not in message
    assert len(message) < 300


BAD = [
    ("moment", "need powers such as 3 2 1, or --power"),
    ("moment --sgima 2", "no such option: --sgima"),
    ("moment -x", "no such option: -x"),
    ("moment 2 --power x", "need --power to be an integer, got 'x'"),
    ("moment 2 --power 1.5", "need --power to be an integer"),
    ("moment 2 --power 1 --method wick", "the method 'auto' only"),
    ("moment 2 --scale symbolic --method zonal", "the method 'auto' only"),
    ("moment -1 --method zonal", "the method 'auto' only"),
    ("moment -1 --sigma 0", "need sigma > 0"),
    ("moment -1 --m 3 --n 4", "the smallest integer n is 5"),
    ("moment --power -1 --scale [[2,1],[1,2]] --n 3", "the smallest integer n is 4"),
    ("moment 2 --scale nowhere.csv", "need --scale as [[2,1],[1,2]], symbolic or the name of a file of rows"),
    ("moment 2 --scale .", "or the name of a file of rows, got '.'"),
    ("moment 2 --scale [[2,1],[1]]", "need scale to be a square matrix"),
    ("moment 2 --scale [[2,1,[1,2]]", "need --scale as rows in brackets"),
    ("moment 2 --scale []", "need --scale as rows in brackets"),
    ("moment 2 --scale [[2,],[1,2]]", "need every entry of --scale to be a number or a name"),
    ("moment 2 --scale [[nan]]", "need every entry of --scale to be a number"),
    ("moment 2 --scale [[1,2],[2,1]]", "positive semidefinite"),
    ("moment 2 --scale [[1,2],[3,4]]", "symmetric"),
    ("moment 2 --scale [[1]] --m 2", "need m = 1, the dimension of scale"),
    ("moment -1 --scale [[1,1],[1,1]]", "definite"),
    ("moment -13 --scale symbolic", "total degree <= 12"),
    ("cumulant -14 --scale symbolic", "total degree <= 12"),
    ("cumulant x", "need k to be an integer"),
    ("cumulant 0 1 --scale symbolic", "need orders other than 0"),
    ("cumulant 1 --format xml", "need --format to be one of text, latex, json, csv"),
    ("word S+A", "a word has no numbers and sums"),
    ("word A", "random"),
    ("word S --beta 4", "beta=1 (real) and beta=2"),
    ("word S --at n", "need --at as NAME=VALUE, got 'n'"),
    ("word S --at n=3 --at n=4", "need every name once in --at, got n twice"),
    ("word S --at n=3", "need a value of Sigma"),
    ("word S --at n=3 --at Sigma=[[a]]", "need every entry of Sigma to be a number"),
    ("word S --at n=3 --at Sigma=nowhere", "need Sigma as [[2,1],[1,2]], a number or the name of a file"),
    ("word S --mean M", "need --mean as NAME=VALUE"),
    ("zonal 2 x", "need every part to be an integer >= 0"),
    ("zonal 2 --beta x", "need beta > 0"),
    ("zonal 2 --normalisation Q", "need normalisation to be one of C, J, P"),
    ("zonal 2 --mean --inverse-mean", "not both"),
    ("zonal 2 --mean --normalisation J", "leave --normalisation and --monomials away"),
    ("zonal 2 --n 3", "are for --mean and --inverse-mean"),
    ("zonal 2 --monomials 0", "need monomials to be an integer >= 1"),
    ("zonal 2 1 --inverse-mean --m 3 --n 4", "m = 3, n = 4; need n > 6, the smallest integer n is 7"),
    ("table --products --max-k 21", "need 1 <= max-k <= 20 for this table"),
    ("table --inverse --max-k 0", "need 1 <= max-k"),
    ("table --scale symbolic --max-k 17", "need 1 <= max-k <= 16"),
    ("table --scale symbolic --inverse --max-k 13", "need 1 <= max-k <= 12"),
    ("table --products --format yaml", "csv, python, c, javascript, r, octave, wolfram for this table"),
    ("table --inverse --format wolfram", "--format wolfram is for --products and --scale symbolic"),
    ("table --inverse --format python", "--format python is for --products and --scale symbolic"),
    ("table --products --format python --m 3 --n 4", "without numbers"),
    ("table --products --format python --max-k 9", "need 1 <= max-k <= 8 for a program"),
    ("table --products --format python --max-k 2 --beta 1/2", "need beta 1, 2 or 4"),
    ("table --products --m 3", "need both --m and --n"),
    ("table --scale [[1]]", "need --n for a table of numbers"),
    ("table --scale [[a]] --n 3", "need exact numbers in --scale"),
    ("table --inverse --m 4 --n 7 --max-k 3", "the smallest integer n is 8"),
    ("table --scale symbolic --inverse --max-k 2 --m 4 --n 7", "the smallest integer n is 8"),
    ("table --products --beta x", "need beta > 0"),
]


@pytest.mark.parametrize(("line", "message"), BAD, ids=[line for line, _ in BAD])
def test_bad_input_gives_one_clear_line_and_exit_2(
    run: Run, line: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*line.split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("wishart-moments: ")
    assert message in err
