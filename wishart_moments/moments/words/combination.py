"""A combination of words: polynomials in the sizes times words in matrices and traces of such words."""

from dataclasses import dataclass, field
from functools import cached_property

from flint import fmpq_mpoly

from wishart_moments.moments.words.grammar import Product
from wishart_moments.moments.words.quotients import Root
from wishart_moments.moments.words.shapes import Sizes


@dataclass(frozen=True, repr=False)
class Combination:
    """An exact combination of deterministic words and traces.

    Attributes:
        text: the expression whose expectation this is.
        beta: 1 (real) or 2 (complex).
        terms: {(matrix word or None, cyclic words): polynomial in the sizes}; a FLINT polynomial over ℚ. Of the
            rotations of a cyclic word and, if beta is 1, of its transpose, the least stands for all.
        shapes: {name: (rows, columns)} of the deterministic matrices.
        outer: (rows, columns) of the expectation itself, None for a number.
        sizes: the names of all numbers of rows and columns.
        hermitian: the names of the symmetric (complex: Hermitian) matrices.
        scales: those of them that must be positive semidefinite.
        freedom: {n: m} of the S whose X does not occur: degrees of freedom, which may be any real number > m − 1.
        below: {product: {(n, m, e): k}}, the denominators Π (n − m − e)^k of the terms that have one.
        orders: {n: (m, powers of S)} of the S with inverses, on which the existence depends.
    """

    text: str = field(compare=False)
    beta: int
    terms: dict[Product, fmpq_mpoly]
    shapes: dict[str, Sizes]
    outer: Sizes | None
    sizes: tuple[str, ...]
    hermitian: frozenset[str]
    scales: frozenset[str]
    freedom: dict[str, str] = field(default_factory=dict[str, str])
    below: dict[Product, dict[Root, int]] = field(default_factory=dict[Product, dict[Root, int]])
    orders: dict[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict[str, tuple[str, tuple[int, ...]]])

    @cached_property
    def letters(self) -> frozenset[str]:
        """The names of the matrices that occur, or whose inverses do."""
        words = (word for product in self.terms for word in (product.matrix or (), *product.traces))
        return frozenset(name.removesuffix("^-1") for word in words for name, _ in word)

    @cached_property
    def inverted(self) -> frozenset[str]:
        """The names of the matrices whose inverses occur."""
        words = (word for product in self.terms for word in (product.matrix or (), *product.traces))
        return frozenset(name.removesuffix("^-1") for word in words for name, _ in word if name.endswith("^-1"))
