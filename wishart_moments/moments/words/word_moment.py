"""Expectations of words in Wishart and deterministic matrices: E[S A S B], E[Xᵀ A X B Xᵀ C X], E tr(S₁ S₂ S₁ S₂).

S = X X^† and X = M + Σ^{1/2} W Ψ^{1/2}, W m×n with iid standard Gaussian entries, M = 0, Ψ = I unless they are given;
S₁, S₂, … are independent of one another, each with its own n_i, Σ_i, Ψ_i and M_i. An expectation is a combination of
words in the deterministic matrices, with products of their traces and polynomials in the sizes as coefficients:

    E[S A S] = n² Σ A Σ + n Σ Aᵀ Σ + n tr(A Σ) Σ           (real; complex: without the second term).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from wishart_moments import domain
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.moments.inverse.existence import existence_condition
from wishart_moments.moments.linear import Linear
from wishart_moments.moments.words import text as word_text
from wishart_moments.moments.words.alphabet import Alphabet, Model, random_index
from wishart_moments.moments.words.combination import Combination
from wishart_moments.moments.words.grammar import Product, parse
from wishart_moments.moments.words.inverse_expectation import inverse_mean
from wishart_moments.moments.words.quotients import Root, added, reduced
from wishart_moments.moments.words.reduction import Key
from wishart_moments.moments.words.shapes import admitted
from wishart_moments.notation import printers
from wishart_moments.notation.convert import as_terms, coefficient, times
from wishart_moments.notation.shown import Shown
from wishart_moments.notation.tree import Node, Symbol, total

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True, repr=False)
class WordMoment(Combination, Linear, Shown):
    """An expectation as an exact combination of deterministic words and traces.

    Attributes:
        text: the word as it was given.
        beta: 1 or 2.
        terms: {product of words and traces: a polynomial in the sizes}.
        shapes: {name of a matrix: (rows, columns)}.
        outer: the shape of the value, None for a number.
        sizes: the names of the sizes, m, n, ….
        hermitian: the names of the symmetric (complex: Hermitian) matrices.
        scales: those of them that must be positive semidefinite.
        freedom, below, orders: degrees of freedom, denominators, powers of S: as `Combination` has them.

    Example:
        >>> expected_word("S A S")
        E[S A S] = n^2 Sigma A Sigma + n Sigma A^T Sigma + n tr(A Sigma) Sigma
    """

    def __hash__(self) -> int:
        return hash((self.beta, frozenset(self.terms)))

    def notation(self) -> Node:
        """Return the formula's tree."""
        return word_text.tree(self.terms, self.beta, self.below)

    def label(self, latex: bool = False) -> str:
        """Return E[…]; in LaTeX nothing, for the text is as it was given."""
        return "" if latex else f"E[{self.text}]"

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields with the polynomials as {exponents: c}: those of FLINT cannot be pickled."""
        return self.__dict__ | {"terms": {product: as_terms(c) for product, c in self.terms.items()}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        ring = _ring(state["sizes"])
        self.__dict__.update(state | {"terms": {product: _in(ring, c) for product, c in state["terms"].items()}})

    def combined(self, own: Any, other: Any = None, others: Any = 0) -> Any:
        """Return own · self + others · other.

        Raises:
            DomainError: where shapes or laws differ, and for a symbol as a factor.

        Example:
            >>> expected_word("S A S") - 2 * expected_word("tr(S A) S")
            E[S A S - 2 tr(S A) S] = n (n - 2) Sigma A Sigma - n Sigma A^T Sigma + ... (1 more term)
        """
        if other is not None and not isinstance(other, WordMoment):
            return NotImplemented
        pairs = [(self, own), *([] if other is None else [(other, others)])]
        if any(hasattr(factor, "free_symbols") for _, factor in pairs):
            raise DomainError("need an exact number times the mean of a word, got a symbol")
        shapes = self.shapes | (other.shapes if other else {})
        for each, _ in pairs:
            for what, left, right in (("beta", self.beta, each.beta), ("shape", self.outer, each.outer)):
                if left != right:
                    raise DomainError(f"need moments of one {what} to add, got {left} and {right}")
            for name, shape in each.shapes.items():
                if shape != shapes[name]:
                    raise DomainError(f"need {name} of one shape in both moments, got {shape} and {shapes[name]}")
            for mine, its in ((self.hermitian, each.hermitian), (self.scales, each.scales)):
                if differing := (mine ^ its) & self.shapes.keys() & each.shapes.keys():
                    raise DomainError(f"need {min(differing)} to be the same kind of matrix in both moments")
        sizes = tuple(dict.fromkeys(name for each, _ in pairs for name in each.sizes))
        ring = _ring(sizes)
        found: dict[Product, list[Any]] = {}
        for each, factor in pairs:
            places = [each.sizes.index(name) if name in each.sizes else None for name in sizes]
            for product, polynomial in each.terms.items():
                terms = {
                    tuple(0 if place is None else exponents[place] for place in places): factor * c
                    for exponents, c in as_terms(polynomial).items()
                }
                found.setdefault(product, []).append((_in(ring, terms), each.below.get(product, {})))
        sums = {product: added(terms) for product, terms in found.items()}
        sums = {product: rational for product, rational in sums.items() if rational[0]}
        # A word stands in the label as a symbol; one that is a sum keeps its brackets.
        words = (times(coefficient(factor), Symbol(_bracketed(each.text, factor))) for each, factor in pairs)
        return WordMoment(
            printers.text(total(words)),
            self.beta,
            {product: numerator for product, (numerator, _) in sums.items()},
            shapes,
            self.outer,
            sizes,
            frozenset[str]().union(*(each.hermitian for each, _ in pairs)),
            frozenset[str]().union(*(each.scales for each, _ in pairs)),
            # An n of one term alone, or of the same Wishart matrices in both.
            {
                n: m
                for each, _ in pairs
                for n, m in each.freedom.items()
                if all(n not in other.sizes or other.freedom.get(n) == m for other, _ in pairs)
            },
            {product: below for product, (_, below) in sums.items() if below},
            _strictest(each.orders for each, _ in pairs),
        )

    @property
    def condition(self) -> str:
        """When the mean is finite, such as "n - m + 1 > 4"; "" without inverses.

        Example:
            >>> expected_word("S^-1 A S^-1").condition
            'n - m + 1 > 4'
        """
        bounds = ((n, m, existence_condition(powers, self.beta)) for n, (m, powers) in self.orders.items())
        return " and ".join(f"{n} - {m} + 1 > {each.bound(2)}" for n, m, each in bounds if each.order)

    def as_expr(self) -> "sympy.Expr":
        """Return a SymPy expression: MatrixSymbols of symbolic sizes, their products and Traces.

        Example:
            >>> expected_word("tr(S A)").as_expr()
            n*Trace(A*Sigma)
        """
        return word_text.expression(self.terms, self.beta, self.shapes, self.outer, self.below)

    def at(self, matrices: Mapping[str, Any] | None = None, /, **values: Any) -> Any:
        """Return the value at given matrices and sizes.

        Args:
            matrices: {name: matrix or size}, for names that are no Python names.
            values: by name, such as n=5, Sigma=[[2, 1], [1, 2]], A=...; nested lists, NumPy or SymPy matrices of
                numbers. Sizes that matrices tell need not be given. The n of a word in S, and not in X itself, may be
                any real number > m − 1: "11/2", Fraction, Decimal are exact, with a float the value is in floats.

        Returns:
            Exact if all entries are: int or Fraction, and for a matrix a list of rows of them; otherwise a float
            (complex), and for a matrix a NumPy array.

        Raises:
            DomainError: for a value that is missing, unknown, of the wrong size or not symmetric where it has to be.
            LimitError: for a result of more than 10,000,000 entries.

        Cost:
            For float arrays some products of matrices; equal beginnings of words are multiplied once.

        Example:
            >>> expected_word("S A S").at(n=3, Sigma=[[2, 1], [1, 2]], A=[[0, 1], [0, 0]])
            [[30, 42], [24, 30]]
            >>> expected_word("tr(S^2)", scale="I").at(m=2, n="5/2")
            Fraction(55, 2)
        """
        from wishart_moments.moments.words.values import evaluate

        return evaluate(self, {**(matrices or {}), **values})


def _ring(sizes: tuple[str, ...]) -> fmpq_mpoly_ctx:
    return fmpq_mpoly_ctx.get(sizes, "deglex")


def _in(ring: fmpq_mpoly_ctx, terms: Mapping[tuple[int, ...], Any]) -> fmpq_mpoly:
    return ring.from_dict({exponents: fmpq(*c.as_integer_ratio()) for exponents, c in terms.items()})


def _strictest(orders: Iterable[Mapping[str, tuple[str, tuple[int, ...]]]]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return, of the powers of each S, those with the most inverses."""
    found: dict[str, tuple[str, tuple[int, ...]]] = {}
    for each in orders:
        for n, (m, powers) in each.items():
            if n not in found or powers.count(-1) > found[n][1].count(-1):
                found[n] = (m, powers)
    return found


def _bracketed(text: str, factor: Any) -> str:
    return text if factor == 1 or not (" + " in text or " - " in text) else f"({text})"


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
        word: factors side by side, such as "S A S B", "X^T A X B X^T C X", "tr(S1 S2 S1 S2)", "tr(S A)^2 S^3 B",
            "S^-1 A S^-1". S and X, S1 and X1, … are random, X_i of m×n_i, independent for different i; I is the
            identity; every other name (a letter, then letters, digits, _) is a deterministic matrix of the size that
            fits. Adjoints are ^T for beta=1, ^* for beta=2. The one function is tr(…); brackets, ^3, powers of brackets
            and inverses of a central S are understood; sums, numbers and other functions are not. Beside S^-1 there may
            be S of the same index, but no X. At most 240 letters, powers written out, 10,000 characters and 50 brackets
            inside one another.
        beta: 1 (real) or 2 (complex, E|W_ij|² = 1).
        scale: the names of the Σ: None for Sigma, Sigma1, …; "I" for the identity; a name for all; or a mapping such
            as {"S1": "Sigma", "S2": "I"}.
        columns: the names of the Ψ in X = M + Σ^{1/2} W Ψ^{1/2}, such as {"X": "Psi"}; otherwise the identity.
        means: the names of the M, such as {"X": "M"}; otherwise 0.
        symmetric: the names of the deterministic matrices that are symmetric (complex: Hermitian), such as "A B";
            Sigma, Sigma1, …, Psi, … and those in scale and columns always are.
        shapes: {name: (rows, columns)} where they are not as by default, such as {"X2": ("n1", "n2")} for X1 X2.

    Returns:
        A `WordMoment`, exact: it prints, evaluates at matrices, and becomes SymPy or LaTeX.

    Raises:
        DomainError: if the text is no word, has no random letter, or its matrices do not fit.
        MethodError: for another beta.
        LimitError: if more than 4,000,000 terms would have to be added up (seconds); for a text that is too long.

    Cost:
        Equal words are computed once: S^k has as many as there are partitions. With a different letter beside
        every factor there are as many terms as pairings: (2k − 1)!! for k factors S, seconds at k = 7; with k
        factors S^-1 among them k = 5 takes a second, and k = 6 is refused.

    References:
        Letac, Massam, Scand. J. Statist. 31 (2004) 295; Gupta, Nagar, Matrix Variate Distributions (2000), sections
        2.3 and 3.3; Magnus, Neudecker, Ann. Statist. 7 (1979) 381 (non-central).

    Examples:
        >>> expected_word("X^T A X B X^T C X")
        E[X^T A X B X^T C X] = tr(A Sigma C^T Sigma) B^T + tr(A Sigma) tr(C Sigma) B + ... (1 more term)
        >>> print(expected_word("S A S^-1 B"), "|", expected_word("tr(S1 S2^-1)", scale="I"))
        n/(n - m - 1) Sigma A Sigma^-1 B - 1/(n - m - 1) A^T B - 1/(n - m - 1) tr(A) B | m n1/(n2 - m - 1)
        >>> expected_word("tr(S1 S2 S1 S2)", scale="I")
        E[tr(S1 S2 S1 S2)] = m n1 n2 (m n1 + m n2 + n1 n2 + m + n1 + n2 + 3)
        >>> expected_word("tr(S^2)", means={"S": "M"}, scale="I")
        E[tr(S^2)] = m n (m + n + 1) + 2 (m + n + 1) tr(M M^T) + tr(M M^T M M^T)
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
    alphabet = Alphabet(expression, model, _names(symmetric), admitted(shapes))
    matrix = None if alphabet.matrix is None else alphabet.encode(alphabet.matrix)
    traces, reduction = tuple(map(alphabet.encode, alphabet.traces)), alphabet.reduction(beta)
    below: dict[Root, int] = {}
    orders: dict[str, tuple[str, tuple[int, ...]]] = {}
    if alphabet.inverses:
        ring = _ring(tuple(alphabet.sizes))
        found, below, orders = inverse_mean(alphabet, reduction, ring, matrix, traces, real=beta == 1)
    else:
        found = reduction.expectation(matrix, traces)
    terms = _grouped(alphabet, found)
    quotients = {product: reduced(numerator, below) for product, numerator in terms.items()}
    return WordMoment(
        " ".join(word.split()),
        beta,
        {product: numerator for product, (numerator, _) in quotients.items()},
        {name: alphabet.shapes[name] for name in alphabet.deterministic},
        None if matrix is None else alphabet.outer,
        tuple(alphabet.sizes),
        frozenset(alphabet.hermitian),
        frozenset(alphabet.scales),
        alphabet.freedom(expression),
        {product: divisors for product, (_, divisors) in quotients.items() if divisors},
        orders,
    )


def _grouped(alphabet: Alphabet, found: Mapping[Key, int | fmpq_mpoly]) -> dict[Product, fmpq_mpoly]:
    """Return the terms by words, highest degree first, with a polynomial in the sizes for each."""
    ring = _ring(tuple(alphabet.sizes))
    grouped: dict[Key, fmpq_mpoly] = {}
    for (matrix, traces), c in found.items():
        exponents, rest = alphabet.split(traces)
        key, term = (matrix, rest), c * ring.term(exp_vec=exponents)
        grouped[key] = grouped[key] + term if key in grouped else term
    grouped = {key: polynomial for key, polynomial in grouped.items() if polynomial}

    def place(key: Key) -> Any:
        return -int(grouped[key].total_degree()), len(key[1]), tuple(map(len, key[1])), key[0] or b"", key[1]

    def product(key: Key) -> Product:
        return Product(None if key[0] is None else alphabet.decode(key[0]), tuple(map(alphabet.decode, key[1])))

    return {product(key): grouped[key] for key in sorted(grouped, key=place)}


def _names(symmetric: Any) -> list[str]:
    """Return the names of symmetric matrices, a text or a collection of them."""
    given: Any = symmetric.replace(",", " ").split() if isinstance(symmetric, str) else symmetric
    names: list[Any] = [*given] if isinstance(given, Iterable) else [given]
    if not all(type(name) is str for name in names):
        raise DomainError(f"need symmetric to name matrices, such as 'A B', got {domain.shown(symmetric)}")
    return names


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
