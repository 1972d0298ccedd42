"""How the means of words are evaluated: products of matrices first, each once, their traces, scalars, one sum.

P is Σ, or Σ^{-1} for a word in S^{-1}. It is symmetric, so that words with T = Aᵀ are transposes: P T P is that of
P A P. The coefficients of the words are scalars: polynomials in x in Horner's form and traces, over D.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from wishart_moments.codegen.expressions import Expression, Operation, add, horner, multiply
from wishart_moments.codegen.word_tables import Letters, WordTable, degree_of

_NAMES = {"Sigma": "P", "Sigma^-1": "P", "A": "A", "A^T": "T"}


@dataclass(frozen=True)
class WordScheme:
    """The evaluation of the mean of one word.

    Args:
        word: the word.
        inverses: the number of its factors S^{-1}.
        products: (name, left, right) for the matrices to be multiplied, in order.
        transposes: (name, matrix) for those that are transposes of them.
        traces: (name, matrix).
        divisor: D, 1 where there is none.
        terms: (scalar, matrix) of the sum, the scalars without their divisor.
    """

    word: str
    inverses: int
    products: tuple[tuple[str, str, str], ...]
    transposes: tuple[tuple[str, str], ...]
    traces: tuple[tuple[str, str], ...]
    divisor: Expression
    terms: tuple[tuple[Expression, str], ...]

    @property
    def inverse(self) -> bool:
        """Whether the word is in S^{-1}."""
        return self.inverses > 0

    @property
    def matrices(self) -> list[str]:
        """The names of the matrices that are computed, but for P."""
        return [name for name, *_ in (*self.products, *self.transposes)]

    @property
    def takes_a(self) -> bool:
        """Whether A occurs in the word."""
        return "A" in self.word

    @property
    def scalars(self) -> list[Expression]:
        """The scalars with their divisor, which the program calls d."""
        return [Operation("/", each, "d") if self.inverse else each for each, _ in self.terms]


def word_scheme(table: WordTable, word: str) -> WordScheme:
    """Return the evaluation of the mean of a word.

    Example:
        >>> from wishart_moments.codegen.catalogue_words import word_table
        >>> scheme = word_scheme(word_table(), "S A S")
        >>> scheme.products, scheme.transposes, scheme.traces
        ((('PA', 'P', 'A'), ('PAP', 'PA', 'P')), (('PTP', 'PAP'),), (('t_PA', 'PA'),))
    """
    x = "c" if word in table.denominators else "n"
    products: dict[str, tuple[str, str]] = {}
    cells = table.cells(word)
    transposes: dict[str, str] = {}
    for _, letters in cells:
        name = _named(letters)
        if "T" in name:
            transposes[name] = name[::-1].translate(str.maketrans("AT", "TA"))
        _multiplied(products, transposes.get(name, name))
    traces: dict[str, str] = {}
    terms: list[tuple[Expression, str]] = []
    for (factors, letters), cell in cells.items():
        scalar = horner([_integer(cell.get(j, Fraction(0))) for j in range(max(cell) + 1)], x)
        for factor in factors:
            name = _rotated(_named(factor), products)
            _multiplied(products, name)
            traces[f"t_{name}"] = name
            scalar = multiply(scalar, f"t_{name}")
        terms.append((scalar, _named(letters)))
    roots = [root for root, count in table.denominators.get(word, {}).items() for _ in range(count)]
    divisor: Expression = reduce(multiply, (add(x, -_integer(root)) for root in roots), 1)
    inverses = degree_of(word) if roots else 0
    lines = tuple((name, *pair) for name, pair in products.items())
    return WordScheme(word, inverses, lines, tuple(transposes.items()), tuple(traces.items()), divisor, tuple(terms))


def _named(letters: Letters) -> str:
    return "".join(_NAMES[letter] for letter in letters)


def _rotated(name: str, products: dict[str, tuple[str, str]]) -> str:
    """Return the rotation of a cyclic word that is computed anyhow, or the word itself."""
    rotations = (name[i:] + name[:i] for i in range(len(name)))
    return next((each for each in rotations if each in products), name)


def _multiplied(products: dict[str, tuple[str, str]], name: str) -> None:
    for length in range(2, len(name) + 1):
        products.setdefault(name[:length], (name[: length - 1], name[length - 1]))


def _integer(value: Fraction) -> int:
    assert value.denominator == 1, "2/beta is an integer for beta = 1 and 2"
    return value.numerator
