"""What every public object shows: a table of objects times a list of laws, and the printers against each other."""

import copy
import pickle
import random
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as untyped

from wishart_moments import (
    DomainError,
    InverseTable,
    RibbonGraph,
    TransitionTable,
    certified_variance,
    depth_profile,
    existence_condition,
    expected_word,
    hypergeometric,
    matrix_moment,
    trace_moment,
    zonal_polynomial,
)
from wishart_moments.combinatorics.drawing import draw_contraction
from wishart_moments.notation import printers, tables
from wishart_moments.notation.convert import coefficient, combination, polynomial
from wishart_moments.reports.depth_figures import depth_figure
from wishart_moments.reports.figures import density_figure, variance_figure

sympy: Any = untyped

OBJECTS: dict[str, Callable[[], Any]] = {
    "matrix moment": lambda: matrix_moment(2),
    "long matrix moment": lambda: matrix_moment(6, [2, 1]),
    "inverse matrix moment": lambda: matrix_moment(-2),
    "symbolic beta": lambda: matrix_moment(2, beta=sympy.Symbol("beta")),
    "sum of moments": lambda: 2 * matrix_moment(2) - matrix_moment(1) / 3,
    "word": lambda: expected_word("S A S"),
    "complex word": lambda: expected_word("X^* A X", beta=2),
    "long word": lambda: expected_word("tr(S A S B S C S D)"),
    "sum of words": lambda: expected_word("S A S") / 2 - expected_word("S"),
    "transition table": lambda: TransitionTable(3),
    "symbolic transition table": lambda: TransitionTable(2, beta=None),
    "inverse table": lambda: InverseTable(3, beta=2),
    "rational function": lambda: InverseTable(2)[2,][1, 1],
    "zonal polynomial": lambda: zonal_polynomial([3, 2, 1]),
    "condition": lambda: existence_condition([-2, 1], sympy.Symbol("beta")),
    "no condition": lambda: existence_condition([2]),
    "enclosure": lambda: certified_variance(10, 10, "1/3", digits=60),
    "hypergeometric value": lambda: hypergeometric([1], [6], [[0.5, 0], [0, 0.2]]),
    "depth profile": lambda: depth_profile((28, 64, 64, 1), lambda n: (2 / n) ** 0.5),
    "deep profile": lambda: depth_profile((16,) * 41, 0.25),
    "ribbon graph": lambda: RibbonGraph((2, 1), ((0, 2), (1, 3), (4, 5))),
    "large ribbon graph": lambda: RibbonGraph((40,), tuple((2 * i, 2 * i + 1) for i in range(40))),
}
each_object = pytest.mark.parametrize("make", OBJECTS.values(), ids=OBJECTS)


@each_object
def test_repr_is_one_short_line(make: Callable[[], Any]) -> None:
    shown = repr(make())
    assert "\n" not in shown
    assert 0 < len(shown) < 100
    assert " at 0x" not in shown


@each_object
def test_str_is_for_a_terminal(make: Callable[[], Any]) -> None:
    shown = str(make())
    assert shown.isascii()
    assert not re.search(r"\*\*| at 0x|Fraction\(", shown)


@each_object
def test_pickle_and_deepcopy_give_the_object_back(make: Callable[[], Any]) -> None:
    made = make()
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), copy.copy(made)):
        assert again == made
        assert str(again) == str(made)


@each_object
def test_sympy_typesets_the_formula_and_not_the_repr(make: Callable[[], Any]) -> None:
    made = make()
    written: str = sympy.latex(made)
    assert "mathtt" not in written
    for opening, closing in ((r"\\bigl\(", r"\\bigr\)"), (r"\{", r"\}"), (r"\\begin", r"\\end")):
        assert len(re.findall(opening, written)) == len(re.findall(closing, written))
    assert not re.search(r"\*|\^\d\d|\^-", written)


@each_object
def test_notebooks_show_the_formula(make: Callable[[], Any]) -> None:
    made = make()
    if callable(getattr(made, "_repr_latex_", None)):
        shown = made._repr_latex_()
        assert shown[0] == shown[-1] == "$"
        assert sympy.latex(made) in shown
    else:
        shown = made._repr_html_()
        assert shown.startswith("<table>")
        assert shown.count("<tr>") == shown.count("</tr>") > 1


def test_figures_show_by_themselves() -> None:
    figures: list[Any] = [
        variance_figure(4, 4),
        density_figure(4, 6),
        depth_figure((4, 4, 4), {"he": [0.5, 0.5]}),
        draw_contraction((2,), ((0, 1), (2, 3))),
    ]
    for figure in figures:
        assert "<svg" in figure._repr_svg_()


# Printers against each other.

BETA = sympy.Symbol("beta")


def value(text: str, sizes: dict[str, Fraction]) -> Any:
    """Return the value of a line of text: a blank multiplies, tr(Sigma^j) and Sigma are numbers."""
    named = re.sub(r"tr\((\w+?)(?:\^(-?\d+))?\)", lambda f: f"T{(f[2] or '1').replace('-', 'm')}", text)
    product = re.sub(r"(?<=[\w)]) (?=[\w(])", "*", named)
    exact: Any = sympy.sympify(
        product.replace("^", "**"), locals={"Sigma": sympy.Symbol("Sigma"), "I": 1, "beta": BETA}
    )
    return exact.subs({sympy.Symbol(name): sympy.Rational(str(x)) for name, x in sizes.items()})


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("case", [(2, ()), (3, (1,)), (-2, ()), (-1, (2,)), (1, (-1, -1)), (0, (2, 1))])
def test_text_and_sympy_are_one_formula(case: tuple[int, tuple[int, ...]], seed: int) -> None:
    moment = matrix_moment(*case)
    draw = random.Random(seed)
    names = ("m", "n", "Sigma", "T1", "T2", "T3", "T4", "Tm1", "Tm2", "Tm3")
    sizes = {name: Fraction(draw.randint(3, 99), draw.choice([7, 11, 13])) for name in names}
    sums = {f"p_{name[1:]}": x for name, x in sizes.items() if name[0] == "T"}
    expression = sympy.sympify(moment)
    assert expression == moment.as_expr()
    commuting = expression.subs(sympy.Symbol("Sigma", commutative=False), sympy.Symbol("Sigma"))
    given = {sympy.Symbol(name): sympy.Rational(str(x)) for name, x in {**sizes, **sums}.items()}
    assert value(str(moment), sizes) == commuting.subs(given)


@pytest.mark.parametrize("k", [-4, -3, -2, -1, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("beta", [1, 2, Fraction(3, 2), sympy.Symbol("beta")])
def test_the_text_of_a_moment_is_the_moment(k: int, beta: Any) -> None:
    moment: Any = trace_moment(k, beta=beta)
    assert isinstance(moment, untyped.Expr)
    text = tables.text(moment)
    assert not re.search(r"\(-|- m \+ n", text)
    sizes = {"m": Fraction(7, 3), "n": Fraction(101, 5), "beta": Fraction(9, 4)}
    assert value(text, sizes) == sympy.sympify(moment).subs({name: sympy.Rational(str(x)) for name, x in sizes.items()})


M, N = sympy.symbols("m n")


@pytest.mark.parametrize(
    ("expression", "text", "latex"),
    [
        (1 / (N - M - 1), "1/(n - m - 1)", r"\frac{1}{n - m - 1}"),
        (1 / (M - N + 3), "-1/(n - m - 3)", r"-\frac{1}{n - m - 3}"),
        (1 - 2 / (M * N), "(m n - 2)/(m n)", r"\frac{m n - 2}{m n}"),
        (M / 2, "1/2 m", r"\tfrac{1}{2} m"),
        (M * N * (M + N + 1), "m n (m + n + 1)", r"m n (m + n + 1)"),
        (2 * M**10 + 4 * M, "2 m (m^9 + 2)", r"2 m \bigl(m^{9} + 2\bigr)"),
        (-M - N, "-(m + n)", r"-(m + n)"),
        (sympy.sqrt(2), "sqrt(2)", r"\sqrt{2}"),
        (Fraction(-3, 2), "-3/2", r"-\tfrac{3}{2}"),
        (0, "0", "0"),
        (sympy.Symbol("x_12") ** 2, "x_12^2", "x_{12}^{2}"),
    ],
)
def test_exact_strings(expression: Any, text: str, latex: str) -> None:
    assert (tables.text(expression), tables.latex(expression)) == (text, latex)


def test_a_term_without_sigma_is_a_multiple_of_the_identity() -> None:
    assert str(matrix_moment(-1, [1])) == "-2/(n - m - 1) I + n/(n - m - 1) tr(Sigma) Sigma^-1"
    assert printers.text(combination({((1, 1), 0): 2}, matrix=True)) == "2 tr(Sigma)^2 I"
    assert printers.text(combination({((1, 1), 0): 2})) == "2 tr(Sigma)^2"


def test_decimals() -> None:
    assert [tables.text(x, 4) for x in (Fraction(2, 3), 12345, 0, 0.1, sympy.sqrt(2))] == (
        ["0.6667", "1.234e+4", "0", "0.1", "1.414"]
    )
    assert tables.latex(Fraction(10) ** 9 / 3, 3) == r"3.33 \cdot 10^{8}"
    assert tables.matrix([[Fraction(1, 3), -2]], "csv", 3) == "0.333,-2"
    assert tables.matrix([[Fraction(1, 3), -2]], "json") == '[["1/3", "-2"]]'


def test_flint_and_sympy_polynomials_are_written_alike() -> None:
    terms = {(2, 1): Fraction(6), (1, 2): Fraction(-3), (1, 1): Fraction(3)}
    expression = 6 * M**2 * N - 3 * M * N**2 + 3 * M * N
    assert printers.text(polynomial(terms, ("m", "n"))) == printers.text(coefficient(expression))


# Sums.


def test_moments_are_added_and_multiplied_by_numbers() -> None:
    a, b = matrix_moment(2), matrix_moment(1, [1])
    scale = [[2, 1], [1, 3]]
    pairs = zip(a.at(scale, 5), b.at(scale, 5), strict=True)
    expected = [[2 * x - Fraction(y, 3) for x, y in zip(*rows, strict=True)] for rows in pairs]
    assert (2 * a - b / 3).at(scale, 5) == expected
    assert a + a == 2 * a == a * 2
    assert 2 * a - a == a
    assert (-1) * -a == a
    assert str(a - a) == "0"
    assert (a - a).at(scale, 5) == [[0, 0], [0, 0]]
    assert (a + b).at_identity(4, 7) == a.at_identity(4, 7) + b.at_identity(4, 7)
    word, other = expected_word("S A S"), expected_word("tr(S A) S")
    given = {"n": 3, "Sigma": scale, "A": [[0, 1], [0, 0]]}
    rows = zip(word.at(given), other.at(given), strict=True)
    assert (2 * word + other / 2).at(given) == [[2 * x + Fraction(y, 2) for x, y in zip(*r, strict=True)] for r in rows]
    assert word + word == 2 * word
    assert 2 * word - word == word


def test_sums_come_back_in_the_kind_of_the_scale() -> None:
    combined, a, b = matrix_moment(2) / 3 - matrix_moment(1), matrix_moment(2), matrix_moment(1)
    floats = np.array([[2.0, 0.5], [0.5, 1.0]])
    found = combined.at(floats, 5)
    assert found.dtype == np.float64
    assert np.allclose(found, a.at(floats, 5) / 3 - b.at(floats, 5), rtol=1e-14, atol=0)
    symbolic = sympy.Matrix([[2, 1], [1, 3]])
    assert combined.at(symbolic, 5) == a.at(symbolic, 5) / 3 - b.at(symbolic, 5)


@pytest.mark.parametrize(
    "build",
    [
        lambda: matrix_moment(2) + matrix_moment(2, beta=2),
        lambda: matrix_moment(2, n=3) + matrix_moment(2, n=4),
        lambda: matrix_moment(2) * 0.5,
        lambda: matrix_moment(2) / 0,
        lambda: expected_word("S") + expected_word("S", beta=2),
        lambda: expected_word("S") + expected_word("tr(S)"),
        lambda: expected_word("S A", symmetric="A") + expected_word("S A"),
    ],
)
def test_other_laws_and_shapes_are_refused(build: Callable[[], Any]) -> None:
    with pytest.raises(DomainError) as refusal:
        build()
    assert "\n" not in str(refusal.value)


def test_moments_and_other_things_do_not_add() -> None:
    for build in (lambda: matrix_moment(2) + 1, lambda: expected_word("S") + "S", lambda: matrix_moment(1) * "2"):
        with pytest.raises(TypeError):
            build()
