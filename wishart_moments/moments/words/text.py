"""Combinations of words as text, LaTeX and SymPy expressions."""

import re
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from flint import fmpq_mpoly

from wishart_moments.moments.words.grammar import Letter, Product, Word

if TYPE_CHECKING:
    import sympy

Terms = Mapping[Product, fmpq_mpoly]

_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega|"
    "Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega"
)


def plain(terms: Terms, beta: int) -> str:
    """Return the combination as a line of text."""
    mark = "^T" if beta == 1 else "^*"

    def letter(each: Letter, power: int) -> str:
        return each.name + (mark if each.adjoint else "") + (f"^{power}" if power > 1 else "")

    return _joined(terms, letter, str, lambda word: f"tr({word})", " ")


def latex(terms: Terms, beta: int) -> str:
    """Return the combination as LaTeX."""
    mark = r"\mathsf{T}" if beta == 1 else r"*"

    def letter(each: Letter, power: int) -> str:
        name, exponent = _latex_name(each.name), str(power) if power > 1 else ""
        if not each.adjoint:
            return name + (f"^{{{exponent}}}" if exponent else "")
        return f"({name}^{{{mark}}})^{{{exponent}}}" if exponent else f"{name}^{{{mark}}}"

    def coefficient(polynomial: fmpq_mpoly) -> str:
        powers = re.sub(r"\^(\d+)", r"^{\1}", str(polynomial))
        return re.sub(r"[^\W\d]\w*", lambda match: _latex_name(match[0]), powers).replace("*", " ")

    return _joined(terms, letter, coefficient, lambda word: rf"\operatorname{{tr}}({word})", r"\, ")


def _latex_name(name: str) -> str:
    match = re.fullmatch(r"(.*?)_?(\d*)", name)
    assert match is not None
    base, index = match.groups()
    if _GREEK.fullmatch(base):
        base = f"\\{base}"
    elif len(base) > 1:
        base = rf"\mathrm{{{base}}}".replace("_", r"\_")
    return base + (f"_{{{index}}}" if index else "")


def _joined(
    terms: Terms,
    letter: Callable[[Letter, int], str],
    coefficient: Callable[[fmpq_mpoly], str],
    trace: Callable[[str], str],
    after_trace: str,
) -> str:
    def word(letters: Word) -> str:
        return " ".join(letter(each, len(list(run))) for each, run in groupby(letters)) or "I"

    pieces: list[str] = []
    for (matrix, traces), polynomial in terms.items():
        factors = "" if matrix is None else word(matrix)
        for letters, run in reversed([(each, len(list(run))) for each, run in groupby(traces)]):
            power = f"^{{{run}}}" if run > 1 and after_trace != " " else f"^{run}" if run > 1 else ""
            factors = trace(word(letters)) + power + (after_trace if factors else "") + factors
        if not factors:
            pieces.append(coefficient(polynomial))
        elif polynomial.is_one():
            pieces.append(factors)
        else:
            shown = coefficient(polynomial)
            pieces.append(f"({shown}) {factors}" if len(polynomial) > 1 else f"{shown} {factors}")
    return " + ".join(pieces) or "0"


def expression(
    terms: Terms, beta: int, shapes: Mapping[str, tuple[str, str]], outer: tuple[str, str] | None
) -> "sympy.Expr":
    """Return the combination in SymPy's MatrixSymbols and Traces."""
    import sympy as untyped

    sympy: Any = untyped
    sizes = {size: sympy.Symbol(size, integer=True, positive=True) for pair in shapes.values() for size in pair}

    def size(name: str) -> Any:
        return sizes.setdefault(name, sympy.Symbol(name, integer=True, positive=True))

    symbols = {name: sympy.MatrixSymbol(name, *map(size, pair)) for name, pair in shapes.items()}

    def product(letters: Word) -> Any:
        factors: list[Any] = []
        for each, run in groupby(letters):
            symbol = symbols[each.name]
            symbol = (symbol.T if beta == 1 else sympy.Adjoint(symbol)) if each.adjoint else symbol
            power = len(list(run))
            factors.append(symbol**power if power > 1 else symbol)
        return sympy.MatMul(*factors) if len(factors) > 1 else factors[0]

    pieces: list[Any] = []
    for (matrix, traces), polynomial in terms.items():
        variables = [size(name) for name in polynomial.context().names()]
        monomials = (
            sympy.Mul(sympy.Rational(int(c.p), int(c.q)), *(x**e for x, e in zip(variables, exponents, strict=True)))
            for exponents, c in polynomial.to_dict().items()
        )
        scalar = sympy.Mul(sympy.Add(*monomials), *(sympy.Trace(product(letters)) for letters in traces))
        if outer is not None:
            scalar = sympy.MatMul(scalar, product(matrix) if matrix else sympy.Identity(size(outer[0])))
        pieces.append(scalar)
    if outer is None:
        return sympy.Add(*pieces)
    return sympy.MatAdd(*pieces) if pieces else sympy.ZeroMatrix(*map(size, outer))
