"""Combinations of words as trees of the notation, and as SymPy's matrix expressions."""

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from flint import fmpq_mpoly

from wishart_moments.moments.words.grammar import Letter, Product, Word
from wishart_moments.moments.words.quotients import Below, notation
from wishart_moments.notation.convert import times
from wishart_moments.notation.printers import as_sympy
from wishart_moments.notation.tree import Identity, Matrix, Node, Trace, power, product, total

if TYPE_CHECKING:
    import sympy

Terms = Mapping[Product, fmpq_mpoly]


def tree(terms: Terms, beta: int, denominators: Mapping[Product, Below]) -> Node:
    """Return the combination as a tree."""
    mark = "T" if beta == 1 else "*"

    def word(letters: Word) -> Node:
        runs = ((each, len(list(run))) for each, run in groupby(letters))
        return product(factor(each, n) for each, n in runs) if letters else Identity()

    def factor(each: Letter, n: int) -> Node:
        name = each.name.removesuffix("^-1")
        return power(Matrix(name, mark * each.adjoint), n if name == each.name else -n)

    def term(each: Product, polynomial: fmpq_mpoly) -> Node:
        traces = [power(Trace(word(letters)), len(list(run))) for letters, run in groupby(each.traces)]
        return times(
            notation(polynomial, denominators.get(each, {})),
            *traces,
            *([] if each.matrix is None else [word(each.matrix)]),
        )

    return total(term(each, polynomial) for each, polynomial in terms.items())


def expression(
    terms: Terms,
    beta: int,
    shapes: Mapping[str, tuple[str, str]],
    outer: tuple[str, str] | None,
    denominators: Mapping[Product, Below],
) -> "sympy.Expr":
    """Return the combination in SymPy's MatrixSymbols and Traces."""
    import sympy as untyped

    sympy: Any = untyped

    def size(name: str) -> Any:
        return sympy.Symbol(name, integer=True, positive=True)

    symbols = {name: sympy.MatrixSymbol(name, *map(size, pair)) for name, pair in shapes.items()}

    def factors(letters: Word) -> Any:
        found: list[Any] = []
        for each, run in groupby(letters):
            name = each.name.removesuffix("^-1")
            symbol = symbols[name] if name == each.name else symbols[name].I
            symbol = (symbol.T if beta == 1 else sympy.Adjoint(symbol)) if each.adjoint else symbol
            power = len(list(run))
            found.append(symbol**power if power > 1 else symbol)
        return sympy.MatMul(*found) if len(found) > 1 else found[0]

    pieces: list[Any] = []
    for each, polynomial in terms.items():
        matrix, traces = each
        names = {sympy.Symbol(str(name)): size(str(name)) for name in polynomial.context().names()}
        below = denominators.get(each, {})
        number = as_sympy(notation(polynomial, below))
        number = (number if below else sympy.expand(number)).xreplace(names)
        scalar = sympy.Mul(number, *(sympy.Trace(factors(letters)) for letters in traces))
        if outer is not None:
            scalar = sympy.MatMul(scalar, factors(matrix) if matrix else sympy.Identity(size(outer[0])))
        pieces.append(scalar)
    if outer is None:
        return sympy.Add(*pieces)
    return sympy.MatAdd(*pieces) if pieces else sympy.ZeroMatrix(*map(size, outer))
