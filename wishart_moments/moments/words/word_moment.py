"""Expectations of words in Wishart and deterministic matrices: E[S A S B], E[Xᵀ A X B Xᵀ C X], E tr(S₁ S₂ S₁ S₂).

S = X X^† and X = M + Σ^{1/2} W Ψ^{1/2}, W m×n with iid standard Gaussian entries, M = 0, Ψ = I unless they are given;
S₁, S₂, … are independent of one another, each with its own n_i, Σ_i, Ψ_i and M_i. An expectation is a combination of
words in the deterministic matrices, with products of their traces and polynomials in the sizes as coefficients:

    E[S A S] = n² Σ A Σ + n Σ Aᵀ Σ + n tr(A Σ) Σ           (real; complex: without the second term).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from flint import fmpq_mpoly, fmpq_mpoly_ctx

from wishart_moments import domain
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.moments.words import text as word_text
from wishart_moments.moments.words.alphabet import Alphabet, Model, random_index
from wishart_moments.moments.words.grammar import Product, parse
from wishart_moments.moments.words.shapes import Sizes, admitted

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True)
class WordMoment:
    """An expectation as an exact combination of deterministic words and traces.

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

    Example:
        >>> expected_word("S A S")
        E[S A S] = n^2 Sigma A Sigma + n Sigma A^T Sigma + n tr(A Sigma) Sigma
    """

    text: str
    beta: int
    terms: dict[Product, fmpq_mpoly]
    shapes: dict[str, Sizes]
    outer: Sizes | None
    sizes: tuple[str, ...]
    hermitian: frozenset[str]
    scales: frozenset[str]

    def __hash__(self) -> int:
        return hash((self.text, self.beta, frozenset(self.terms)))

    def __str__(self) -> str:
        """Return the combination, such as `n^2 Sigma A Sigma + n tr(A Sigma) Sigma`."""
        return word_text.plain(self.terms, self.beta)

    def __repr__(self) -> str:
        return f"E[{self.text}] = {self}"

    def latex(self) -> str:
        r"""Return the combination as LaTeX.

        Example:
            >>> print(expected_word("S A S").latex())
            n^{2} \Sigma A \Sigma + n \Sigma A^{\mathsf{T}} \Sigma + n \operatorname{tr}(A \Sigma)\, \Sigma
        """
        return word_text.latex(self.terms, self.beta)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def as_expr(self) -> "sympy.Expr":
        """Return a SymPy expression: MatrixSymbols of symbolic sizes, their products and Traces.

        Example:
            >>> expected_word("tr(S A)").as_expr()
            n*Trace(A*Sigma)
        """
        return word_text.expression(self.terms, self.beta, self.shapes, self.outer)

    def at(self, matrices: Mapping[str, Any] | None = None, /, **values: Any) -> Any:
        """Return the value at given matrices and sizes.

        Args:
            matrices: {name: matrix or size}, for names that are no Python names.
            values: by name, such as n=5, Sigma=[[2, 1], [1, 2]], A=...; nested lists, NumPy or SymPy matrices of
                numbers. Sizes that matrices tell need not be given.

        Returns:
            Exact if all entries are: int or Fraction, and for a matrix a list of rows of them; otherwise a float
            (complex), and for a matrix a NumPy array.

        Raises:
            DomainError: for a value that is missing, unknown, of the wrong size or not symmetric where it has to be.

        Example:
            >>> expected_word("S A S").at(n=3, Sigma=[[2, 1], [1, 2]], A=[[0, 1], [0, 0]])
            [[30, 42], [24, 30]]
        """
        from wishart_moments.moments.words.values import evaluate

        return evaluate(self, {**(matrices or {}), **values})

    @cached_property
    def letters(self) -> frozenset[str]:
        """The names of the matrices that occur."""
        words = (word for product in self.terms for word in (product.matrix or (), *product.traces))
        return frozenset(name for word in words for name, _ in word)


def expected_word(
    word: str,
    *,
    beta: Any = 1,
    scale: str | Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    means: Mapping[str, str] | None = None,
    symmetric: str | Iterable[str] = (),
    shapes: Mapping[str, Iterable[str]] | None = None,
) -> WordMoment:
    """Return the expectation of a word in S = X X^†, X and deterministic matrices, or of traces of such words; exact.

    Args:
        word: factors side by side, such as "S A S B", "X^T A X B X^T C X", "tr(S1 S2 S1 S2)", "tr(S A)^2 S^3 B". S
            and X, S1 and X1, … are random, X_i of m×n_i, independent for different i; I is the identity; every other
            name is a deterministic matrix of the size that fits. Adjoints are ^T for beta=1, ^* for beta=2.
        beta: 1 (real) or 2 (complex, E|W_ij|² = 1).
        scale: the names of the Σ: None for Sigma, Sigma1, …; "I" for the identity; a name for all; or a mapping such
            as {"S1": "Sigma", "S2": "I"}.
        columns: the names of the Ψ in X = M + Σ^{1/2} W Ψ^{1/2}, such as {"X": "Psi"}; otherwise the identity.
        means: the names of the M, such as {"X": "M"}; otherwise 0.
        symmetric: the names of the deterministic matrices that are symmetric (complex: Hermitian), such as "A B";
            Sigma, Sigma1, …, Psi, … and those in scale and columns always are.
        shapes: {name: (rows, columns)} where they are not as by default, such as {"X2": ("n1", "n2")} for X1 X2.

    Returns:
        A `WordMoment`: it prints, evaluates at matrices, and becomes SymPy or LaTeX.

    Raises:
        DomainError: if the text is no word, has no random letter, or its matrices do not fit.
        MethodError: for another beta.
        LimitError: if more than 4,000,000 terms would have to be added up.

    Cost:
        Equal words are computed once: S^k has as many as there are partitions. With a different letter beside
        every factor there are as many terms as pairings: (2k − 1)!! for k factors S, seconds at k = 7.

    References:
        Letac, Massam, Scand. J. Statist. 31 (2004) 295; Gupta, Nagar, Matrix Variate Distributions (2000), sections
        2.3 and 3.3; Magnus, Neudecker, Ann. Statist. 7 (1979) 381 (non-central).

    Examples:
        >>> expected_word("X^T A X B X^T C X")
        E[X^T A X B X^T C X] = tr(A Sigma C^T Sigma) B^T + tr(A Sigma) tr(C Sigma) B + tr(A Sigma C Sigma) tr(B) I
        >>> expected_word("tr(S1 S2 S1 S2)", scale="I")
        E[tr(S1 S2 S1 S2)] = m^2*n1^2*n2 + m^2*n1*n2^2 + m*n1^2*n2^2 + m^2*n1*n2 + m*n1^2*n2 + m*n1*n2^2 + 3*m*n1*n2
        >>> expected_word("tr(S^2)", means={"S": "M"}, scale="I")
        E[tr(S^2)] = m^2*n + m*n^2 + m*n + (2*m + 2*n + 2) tr(M M^T) + tr(M M^T M M^T)
    """
    beta = domain.dyson_index(beta)
    if beta not in (1, 2):
        raise MethodError(f"words are for beta=1 (real) and beta=2 (complex), got {domain.shown(beta)}")
    beta = int(beta)
    expression = parse(word, beta)
    model = Model(
        scale if scale is None or isinstance(scale, str) else _named(scale, "scale"),
        _named(columns, "columns"),
        _named(means, "means"),
    )
    hermitian = symmetric.replace(",", " ").split() if isinstance(symmetric, str) else list(symmetric)
    alphabet = Alphabet(expression, model, hermitian, admitted(shapes))
    matrix = None if alphabet.matrix is None else alphabet.encode(alphabet.matrix)
    found = alphabet.reduction(beta).expectation(matrix, tuple(map(alphabet.encode, alphabet.traces)))
    return WordMoment(
        " ".join(word.split()),
        beta,
        _grouped(alphabet, found),
        {name: alphabet.shapes[name] for name in alphabet.deterministic},
        None if matrix is None else alphabet.outer,
        tuple(alphabet.sizes),
        frozenset(alphabet.hermitian),
        frozenset(alphabet.scales),
    )


def _grouped(
    alphabet: Alphabet, found: Mapping[tuple[bytes | None, tuple[bytes, ...]], int]
) -> dict[Product, fmpq_mpoly]:
    """Return the terms by words, highest degree first, with a polynomial in the sizes for each."""
    grouped: dict[tuple[bytes | None, tuple[bytes, ...]], dict[tuple[int, ...], int]] = {}
    for (matrix, traces), c in found.items():
        exponents, rest = alphabet.split(traces)
        grouped.setdefault((matrix, rest), {})[exponents] = c
    ring = fmpq_mpoly_ctx.get(tuple(alphabet.sizes), "deglex")
    polynomials = {key: ring.from_dict(c) for key, c in grouped.items()}

    def place(key: tuple[bytes | None, tuple[bytes, ...]]) -> Any:
        degree = max(map(sum, grouped[key]))
        return -degree, len(key[1]), tuple(map(len, key[1])), key[0] or b"", key[1]

    def product(key: tuple[bytes | None, tuple[bytes, ...]]) -> Product:
        return Product(None if key[0] is None else alphabet.decode(key[0]), tuple(map(alphabet.decode, key[1])))

    return {product(key): polynomials[key] for key in sorted(polynomials, key=place)}


def _named(names: Any, what: str) -> dict[str, str]:
    """Return a mapping from random letters to names."""
    if names is None:
        return {}
    refusal = DomainError(f'need {what} to name matrices, such as {{"X": "M"}}, got {domain.shown(names)}')
    if not isinstance(names, Mapping):
        raise refusal
    pairs: dict[Any, Any] = dict(cast(Any, names))
    if not all(type(key) is str and random_index(key) is not None and type(to) is str for key, to in pairs.items()):
        raise refusal
    return pairs
