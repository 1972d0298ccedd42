"""Words: published expectations, an oracle that multiplies matrices of polynomials, laws, other routes, errors."""

import contextlib
import math
import random
from collections.abc import Iterable
from fractions import Fraction
from itertools import permutations
from math import factorial, prod
from typing import Any

import numpy as np
import pytest
import sympy
from flint import fmpq, fmpq_mpoly_ctx
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from wishart_moments.combinatorics.partitions import partitions
from wishart_moments.errors import DomainError, LimitError, MethodError, WishartError
from wishart_moments.moments import loop_equations, wick
from wishart_moments.moments.polynomials import evaluate
from wishart_moments.moments.words.grammar import parse
from wishart_moments.moments.words.word_moment import WordMoment, expected_word

Matrix = list[list[Any]]


def times(left: Matrix, right: Matrix) -> Matrix:
    columns = list(zip(*right, strict=True))
    return [[sum(x * y for x, y in zip(row, column, strict=True)) for column in columns] for row in left]


def adjoint(matrix: Matrix) -> Matrix:
    return [[entry.conjugate() for entry in row] for row in zip(*matrix, strict=True)]


def is_it(found: Any, expected: Any) -> bool:
    return np.array_equal(np.array(found, object), np.array(expected, object))


class Oracle:
    """E of a product of matrices, by multiplying matrices of polynomials in the entries of W and W̄.

    X = M + L W R, Σ = L L^†, Ψ = R^† R. A complex matrix is one of polynomials in z_ij and z̄_ij, with an i of its own.
    """

    def __init__(self, beta: int, laws: dict[str, tuple[Matrix, Matrix, Matrix]], matrices: dict[str, Matrix]) -> None:
        self.beta = beta
        sizes = {name: (len(left), len(right)) for name, (left, right, _) in laws.items()}
        places = [(name, i, j) for name, (m, n) in sizes.items() for i in range(m) for j in range(n)]
        variables = [f"{name}_{i}_{j}{bar}" for name, i, j in places for bar in ("", "_bar")[:beta]]
        self.ring = fmpq_mpoly_ctx.get((*variables, "i"), "deglex")
        symbols = dict(zip([*variables, "i"], self.ring.gens(), strict=True))
        self.i = symbols["i"]
        self.values: dict[str, Matrix] = {}
        for name, (left, right, mean) in laws.items():
            m, n = sizes[name]
            bar = "_bar" if beta == 2 else ""
            w = [[symbols[f"{name}_{i}_{j}"] for j in range(n)] for i in range(m)]
            w_bar = [[symbols[f"{name}_{i}_{j}{bar}"] for j in range(n)] for i in range(m)]
            for mark, entries, conjugate in (("", w, False), ("'", w_bar, True)):
                outer = [self.polynomials(each, conjugate) for each in (left, right, mean)]
                product = times(times(outer[0], entries), outer[1])
                x = [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(product, outer[2], strict=True)]
                self.values[name + mark] = [list(row) for row in zip(*x, strict=True)] if mark else x
        for name, matrix in matrices.items():
            self.values[name] = self.polynomials(matrix, False)
            self.values[name + "'"] = self.polynomials(adjoint(matrix), False)

    def polynomials(self, matrix: Matrix, conjugate: bool) -> Matrix:
        def entry(value: Any) -> Any:
            if not isinstance(value, complex):
                return self.ring.constant(value)
            imaginary = int(value.imag) * (-1 if conjugate else 1)
            return self.ring.constant(int(value.real)) + imaginary * self.i

        return [[entry(value) for value in row] for row in matrix]

    def mean(self, polynomial: Any) -> Any:
        total: Any = 0
        for exponents, c in self.ring.constant(0).context().from_dict(polynomial.to_dict()).to_dict().items():
            *powers, i = map(int, exponents)
            if self.beta == 1:
                weight = prod(prod(range(1, e, 2)) if e % 2 == 0 else 0 for e in powers)
            else:
                pairs = list(zip(powers[::2], powers[1::2], strict=True))
                weight = prod(factorial(a) if a == b else 0 for a, b in pairs)
            value = Fraction(int(c.p), int(c.q)) * weight
            total += complex(value) * 1j**i if i else value
        return total

    def product(self, word: list[str]) -> Matrix:
        letters: list[str] = []
        for name in word:
            letters += [f"X{name[1:]}", f"X{name[1:]}'"] if name[0] == "S" else [name]
        result = self.values[letters[0]]
        for name in letters[1:]:
            result = times(result, self.values[name])
        return result

    def __call__(self, matrix: list[str] | None, *traces: list[str]) -> Any:
        scalar: Any = self.ring.constant(1)
        for word in traces:
            value = self.product(word)
            scalar *= sum((value[i][i] for i in range(len(value))), self.ring.constant(0))
        if matrix is None:
            return self.mean(scalar)
        return [[self.mean(scalar * entry) for entry in row] for row in self.product(matrix)]


def text_of(beta: int, matrix: list[str] | None, traces: Iterable[list[str]]) -> str:
    mark = "^T" if beta == 1 else "^*"

    def word(letters: list[str]) -> str:
        return " ".join(letters).replace("'", mark)

    return " ".join([*(f"tr({word(each)})" for each in traces), *([] if matrix is None else [word(matrix)])])


# Published.

PUBLISHED = {
    # Letac, Massam (2004); Gupta, Nagar (2000), section 3.3.
    "S": "n Sigma",
    "S A S": "n^2 Sigma A Sigma + n Sigma A^T Sigma + n tr(A Sigma) Sigma",
    "tr(S A) S": "n^2 tr(A Sigma) Sigma + n Sigma A Sigma + n Sigma A^T Sigma",
    "S^2": "n (n + 1) Sigma^2 + n tr(Sigma) Sigma",
    "S^3": "n (n^2 + 3 n + 4) Sigma^3 + 2 n (n + 1) tr(Sigma) Sigma^2 + n (n + 1) tr(Sigma^2) Sigma "
    "+ n tr(Sigma)^2 Sigma",
    # Gupta, Nagar (2000), section 2.3, at M = 0, Ψ = I.
    "X A X": "Sigma A^T",
    "X A X^T": "tr(A) Sigma",
    "X^T A X": "tr(A Sigma) I",
    "X^T A X B X^T C X": "tr(A Sigma C^T Sigma) B^T + tr(A Sigma) tr(C Sigma) B + tr(A Sigma C Sigma) tr(B) I",
    "X": "0",
}


@pytest.mark.parametrize("word", PUBLISHED)
def test_published_real_expectations(word: str) -> None:
    assert str(expected_word(word)) == PUBLISHED[word]


def test_published_expectations_with_symmetric_letters_means_and_correlated_columns() -> None:
    # Gupta, Nagar (2000), section 3.3: n² tr AΣ tr BΣ + 2n tr AΣBΣ for symmetric A and B.
    found = expected_word("tr(S A) tr(S B)", symmetric="A B")
    assert str(found) == "n^2 tr(A Sigma) tr(B Sigma) + 2 n tr(A Sigma B Sigma)"
    # Section 2.3.
    law: dict[str, Any] = {"columns": {"X": "Psi"}, "means": {"X": "M"}}
    assert str(expected_word("X A X^T", **law)) == "M A M^T + tr(A Psi) Sigma"
    assert str(expected_word("X A X", **law)) == "M A M + Sigma A^T Psi"
    assert str(expected_word("X^T A X", **law)) == "M^T A M + tr(A Sigma) Psi"
    # Magnus, Neudecker (1979), section 4: E S = nΣ + MMᵀ; Var tr S = 2n tr Σ² + 4 tr ΣMMᵀ.
    assert str(expected_word("S", means={"S": "M"})) == "n Sigma + M M^T"
    squared = expected_word("tr(S)^2", means={"S": "M"}, scale="I")
    assert str(squared) == "m n (m n + 2) + 2 (m n + 2) tr(M M^T) + tr(M M^T)^2"


def test_published_complex_expectations() -> None:
    # Graczyk, Letac, Massam, Ann. Statist. 31 (2003) 287.
    assert str(expected_word("S A S", beta=2)) == "n^2 Sigma A Sigma + n tr(A Sigma) Sigma"
    third = "n (n^2 + 1) Sigma^3 + 2 n^2 tr(Sigma) Sigma^2 + n^2 tr(Sigma^2) Sigma + n tr(Sigma)^2 Sigma"
    assert str(expected_word("S^3", beta=2)) == third
    assert str(expected_word("X A X", beta=2, shapes={"X": ("m", "m")})) == "0"


@pytest.mark.parametrize(("k", "factors"), [(k, f) for k in range(1, 6) for f in (1, 2, 3) if k * f <= 8])
def test_singular_values_of_products_of_complex_gaussian_matrices(k: int, factors: int) -> None:
    """E tr (YY*)^k, Y = X_1 ⋯ X_f: Müller, IEEE Trans. Inform. Theory 48 (2002) 2086 (the limit);
    Akemann, Ipsen, Kieburg, Phys. Rev. E 88 (2013) 052118 (finite sizes).

    p_k is an alternating sum of Schur functions of hooks, and E s_κ is multiplied by Π (n_j + content) by each factor.
    """
    names = ["m", *(f"n{j}" for j in range(1, factors + 1))]
    shapes = {f"X{j}": (names[j - 1], names[j]) for j in range(1, factors + 1)}
    y = " ".join(shapes)
    adjoints = " ".join(f"{name}^*" for name in reversed(shapes))
    found = expected_word(f"tr(({y} {adjoints})^{k})", beta=2, scale="I", shapes=shapes)
    sizes = dict(zip(names, (3, 5, 2, 4), strict=False))
    expected = Fraction(0)
    for leg in range(k):
        contents = range(-leg, k - leg)
        hook = prod(size + content for size in sizes.values() for content in contents)
        expected += Fraction((-1) ** leg * hook, k * factorial(leg) * factorial(k - 1 - leg))
    assert found.at(**sizes) == expected


def test_alternating_products_of_independent_wisharts() -> None:
    # Freeness gives the leading terms, φ(s₁s₂s₁s₂) = φ(s₁²)φ(s₂)² + φ(s₁)²φ(s₂²) − φ(s₁)²φ(s₂)².
    real = expected_word("tr(S1 S2 S1 S2)", scale="I")
    complex_ = expected_word("tr(S1 S2 S1 S2)", scale="I", beta=2)
    assert str(complex_) == "m n1 n2 (m n1 + m n2 + n1 n2 + 1)"
    assert str(real) == "m n1 n2 (m n1 + m n2 + n1 n2 + m + n1 + n2 + 3)"
    # Given S₂, E S₁ A S₁ with A = S₂.
    inner = expected_word("S1 A S1", scale="I")
    assert str(inner) == "n1^2 A + n1 A^T + n1 tr(A) I"
    for m, n1, n2 in ((2, 3, 4), (5, 1, 2)):
        squares = loop_equations.expected_power_sum_at((2,), m, n2)
        traces = loop_equations.expected_power_sum_at((1, 1), m, n2)
        assert real.at(m=m, n1=n1, n2=n2) == (n1**2 + n1) * squares + n1 * traces


# Words of S alone.


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("parts", [parts for k in range(1, 5) for parts in partitions(k)])
def test_power_sums_are_those_of_the_literal_matchings(parts: tuple[int, ...], beta: int) -> None:
    found = expected_word(" ".join(f"tr(S^{part})" for part in parts), beta=beta)
    expected = wick.expected_power_sum_with_scale(parts, beta)
    assert found.terms.keys() == {(None, tuple(sorted(words(mu), key=len))) for mu in expected}
    for mu, c in expected.items():
        polynomial = found.terms[(None, tuple(sorted(words(mu), key=len)))]
        assert [polynomial(fmpq(0), fmpq(n)) for n in range(6)] == [c(n) for n in range(6)]


def words(mu: tuple[int, ...]) -> list[Any]:
    return [(("Sigma", False),) * part for part in mu]


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("parts", [(1,), (8,), (4, 3), (2, 2, 2, 1), (5, 1, 1), (1,) * 6])
def test_power_sums_without_scale_are_those_of_the_loop_equations(parts: tuple[int, ...], beta: int) -> None:
    found = expected_word(" ".join(f"tr(S^{part})" for part in parts), beta=beta, scale="I")
    ((key, polynomial),) = found.terms.items()
    assert key == (None, ())
    assert polynomial.to_dict() == loop_equations.expected_power_sum(parts, beta).to_dict()


@pytest.mark.parametrize("k", range(1, 8))
def test_the_trace_of_a_power_is_the_power_of_a_trace(k: int) -> None:
    scale = [[2, 1], [1, 3]]
    power = expected_word(f"S^{k}").at(n=4, Sigma=scale)
    assert power[0][0] + power[1][1] == expected_word(f"tr(S^{k})").at(n=4, Sigma=scale)
    assert expected_word(f"S^{k}", scale="I").at(m=3, n=4)[0][0] * 3 == evaluate(
        loop_equations.expected_power_sum((k,)), 3, 4
    )


# The oracle.

LEFT, RIGHT, MEAN = [[1, 0], [2, 1]], [[1, 1, 0], [0, 2, 0], [1, 0, 1]], [[0, 1, 1], [-1, 0, 2]]
IMAGINARY_LEFT = [[1, 0], [2 + 1j, 1]]
IMAGINARY_RIGHT = [[1, 1j, 0], [0, 2, 0], [1 - 1j, 0, 1]]
A, B, C = [[1, 2], [0, -1]], [[3, 0, 1], [1, 1, 0], [-2, 0, 1]], [[0, 1], [2, 5]]
ZERO = [[0] * 3, [0] * 3]
RECTANGULAR = [
    (["S", "A", "S"], ()),
    (["S", "A", "S", "C"], ()),
    (["X'", "A", "X", "B", "X'", "C", "X"], ()),
    (["X", "B", "X'"], (["S", "A'"],)),
    (None, (["X", "B", "X'", "A"], ["S", "C'"])),
    (None, (["S"], ["A", "S"])),
    (["A", "X", "B'"], (["X'", "C", "X", "B"],)),
]


@pytest.mark.parametrize(("matrix", "traces"), RECTANGULAR)
@pytest.mark.parametrize("central", [True, False])
def test_rectangular_words_are_the_means_of_polynomials(matrix: Any, traces: Any, central: bool) -> None:
    mean = ZERO if central else MEAN
    oracle = Oracle(1, {"X": (LEFT, RIGHT, mean)}, {"A": A, "B": B, "C": C})
    law: dict[str, Any] = {} if central else {"means": {"X": "M"}}
    found = expected_word(text_of(1, matrix, traces), columns={"X": "Psi"}, **law)
    values = {"A": A, "B": B, "C": C, "M": MEAN, "n": 3}
    values |= {"Sigma": times(LEFT, adjoint(LEFT)), "Psi": times(adjoint(RIGHT), RIGHT)}
    given = {name: values[name] for name in values if name in found.shapes or name == "n"}
    assert is_it(found.at(given), oracle(matrix, *traces))


@pytest.mark.parametrize(("matrix", "traces"), RECTANGULAR)
@pytest.mark.parametrize("central", [True, False])
def test_complex_rectangular_words_are_the_means_of_polynomials(matrix: Any, traces: Any, central: bool) -> None:
    a, b, c = [[1, 2j], [0, -1]], [[3, 0, 1j], [1, 1, 0], [-2, 1 + 1j, 1]], [[0, 1], [2 - 1j, 5]]
    mean = ZERO if central else [[0, 1j, 1], [-1, 0, 2]]
    oracle = Oracle(2, {"X": (IMAGINARY_LEFT, IMAGINARY_RIGHT, mean)}, {"A": a, "B": b, "C": c})
    law: dict[str, Any] = {} if central else {"means": {"X": "M"}}
    found = expected_word(text_of(2, matrix, traces), beta=2, columns={"X": "Psi"}, **law)
    values = {"A": a, "B": b, "C": c, "M": mean, "n": 3}
    values["Sigma"] = times(IMAGINARY_LEFT, adjoint(IMAGINARY_LEFT))
    values["Psi"] = times(adjoint(IMAGINARY_RIGHT), IMAGINARY_RIGHT)
    given = {name: values[name] for name in values if name in found.shapes or name == "n"}
    # Integers of some thousands in float64.
    assert np.allclose(np.array(found.at(given), complex), np.array(oracle(matrix, *traces), complex), rtol=1e-12)


SQUARE = {"X": ("m", "m"), "X1": ("m", "m")}
LETTERS = ["X", "X'", "S", "X1", "X1'", "A", "A'", "B"]


def gaussians(word: list[str]) -> int:
    return sum({"X": 1, "S": 2}.get(name[0], 0) for name in word)


@given(
    st.none() | st.lists(st.sampled_from(LETTERS), min_size=1, max_size=5),
    st.lists(st.lists(st.sampled_from(LETTERS), min_size=1, max_size=4), max_size=2),
    st.sampled_from([1, 2]),
)
@settings(deadline=None, max_examples=80)
def test_random_words_in_square_matrices(matrix: list[str] | None, traces: list[list[str]], beta: int) -> None:
    every = [*([] if matrix is None else [matrix]), *traces]
    count = sum(map(gaussians, every))
    assume(1 <= count <= 6)
    a, b, left, right = [[1, 2], [0, -1]], [[0, 1], [1, 3]], [[1, 0], [1, 2]], [[2, 1], [0, 1]]
    names = {f"X{name[1:].rstrip(chr(39))}" for word in every for name in word if name[0] in "XS"}
    laws = {"X": (left, right, [[1, 0], [0, 0]]), "X1": ([[1, 0], [0, 1]], [[1, 0], [0, 1]], [[0, 0], [0, 0]])}
    oracle = Oracle(beta, {name: laws[name] for name in sorted(names)}, {"A": a, "B": b})
    law: dict[str, Any] = {"scale": {"X1": "I"} if "X1" in names else None}
    if "X" in names:
        law |= {"columns": {"X": "Psi"}, "means": {"X": "M"}}
    shapes = {name: SQUARE[name] for name in names}
    symmetric = ["B"] if any("B" in word for word in every) else []
    found = expected_word(text_of(beta, matrix, traces), beta=beta, shapes=shapes, symmetric=symmetric, **law)
    values = {"A": a, "B": b, "M": [[1, 0], [0, 0]], "Sigma": times(left, adjoint(left)), "m": 2}
    values["Psi"] = times(adjoint(right), right)
    given_ = {name: values[name] for name in values if name in found.shapes or name == "m"}
    assert is_it(found.at(given_), oracle(matrix, *traces))


# Laws.


@pytest.mark.parametrize("word", ["S A S B S C", "X A X B^T X^T C X D", "S1 A S2 B S1 A^T S2", "S A S A S A"])
def test_a_trace_is_cyclic_and_that_of_the_transpose(word: str) -> None:
    letters = word.split()
    shapes = {"X": ("m", "m")} if "X" in word else {}
    whole = expected_word(f"tr({word})", shapes=shapes)
    for shift in range(len(letters)):
        turned = " ".join(letters[shift:] + letters[:shift])
        assert expected_word(f"tr({turned})", shapes=shapes).terms == whole.terms
    assert expected_word(f"tr(({word})^T)", shapes=shapes).terms == whole.terms


@pytest.mark.parametrize("beta", [1, 2])
def test_words_are_linear_in_their_letters(beta: int) -> None:
    sigma, b = [[2, 1], [1, 2]], [[1, 1], [0, 2]]
    first, second = [[1, 2], [3, 4]], [[0, 1], [-1, 5]]
    both = [[x + 3 * y for x, y in zip(*rows, strict=True)] for rows in zip(first, second, strict=True)]
    moment = expected_word("tr(S A S B) S", beta=beta)
    values = [np.array(moment.at(n=3, Sigma=sigma, A=a, B=b)) for a in (first, second, both)]
    assert is_it(values[0] + 3 * values[1], values[2])


def test_the_adjoint_of_an_expectation_is_that_of_the_adjoint_word() -> None:
    rng = random.Random(5)
    values = {name: [[rng.randint(-3, 3) for _ in range(2)] for _ in range(2)] for name in "ABC"}
    values["Sigma"] = [[2, -1], [-1, 1]]
    word = expected_word("S A S B^T S C").at(values, n=5)
    turned = expected_word("(S A S B^T S C)^T").at(values, n=5)
    assert is_it(np.array(word).T, turned)


def test_exchanging_independent_copies_exchanges_their_names() -> None:
    first = expected_word("tr(S1 A S2 S1 S2)").at(n1=3, n2=4, Sigma1=[[2]], Sigma2=[[5]], A=[[7]])
    second = expected_word("tr(S2 A S1 S2 S1)").at(n2=3, n1=4, Sigma2=[[2]], Sigma1=[[5]], A=[[7]])
    assert first == second == 7 * (4 * 15) * (25 * 24)
    shared = {"S1": "Sigma", "S2": "Sigma"}
    assert str(expected_word("S1 S2", scale=shared)) == "n1 n2 Sigma^2"


@pytest.mark.parametrize("beta", [1, 2])
def test_one_by_one_words_are_moments_of_a_gamma_law(beta: int) -> None:
    found = expected_word("S A S B tr(S^2 C)", beta=beta).at(n=3, Sigma=[[2]], A=[[5]], B=[[7]], C=[[11]])
    a = Fraction(2, beta)
    assert found == [[385 * 2**4 * prod(3 + j * a for j in range(4))]]


@pytest.mark.parametrize("beta", [1, 2])
def test_identity_letters_are_no_letters(beta: int) -> None:
    assert expected_word("I S I A S", beta=beta).terms == expected_word("S A S", beta=beta).terms
    assert str(expected_word("tr(I) tr(S)", beta=beta)) == "m n tr(Sigma)"
    assert str(expected_word("I tr(S)", beta=beta, scale="I")) == "m n I"
    assert expected_word("I tr(S)", beta=beta, scale="I").at(m=2, n=3) == [[6, 0], [0, 6]]


def test_generic_letters_have_as_many_terms_as_pairings() -> None:
    letters = "ABCDEF"
    for k in range(1, 6):
        word = " ".join(f"S {name}" for name in letters[:k])
        assert len(expected_word(word).terms) == prod(range(1, 2 * k, 2))
        complex_ = expected_word(word, beta=2)
        assert len(complex_.terms) == factorial(k)
        # Every permutation τ is a term, n^{cycles} and words along the cycles of the other.
        powers = sorted(sum(polynomial.degrees()) for polynomial in complex_.terms.values())
        assert powers == sorted(map(cycles, permutations(range(k))))


def cycles(permutation: tuple[int, ...]) -> int:
    unseen, count = set(range(len(permutation))), 0
    while unseen:
        at = unseen.pop()
        count += 1
        while (at := permutation[at]) in unseen:
            unseen.remove(at)
    return count


# Sampling.


@pytest.mark.parametrize("beta", [1, 2])
def test_a_sample_lies_within_five_standard_errors(beta: int) -> None:
    """Each of the entries has a chance of 6e-7 to fail; the seed is fixed."""
    rng = np.random.default_rng(20)
    draws, m, n = 40_000, 2, 3
    parts = [rng.standard_normal((draws, m, n)) for _ in range(beta)]
    w = parts[0] if beta == 1 else (parts[0] + 1j * parts[1]) / math.sqrt(2)
    left, right = np.array(LEFT, float), np.array(RIGHT, float)
    x = np.array(MEAN) + left @ w @ right
    s = x @ x.conj().swapaxes(1, 2)
    a = np.array(A, float)
    sample = s @ a @ s
    found = expected_word("S A S", beta=beta, columns={"S": "Psi"}, means={"S": "M"})
    exact = found.at(Sigma=left @ left.T, Psi=right.T @ right, M=np.array(MEAN, float), A=a)
    error = sample.real.std(axis=0, ddof=1) / math.sqrt(draws)
    z = (sample.mean(axis=0).real - exact) / error
    assert np.abs(z).max() < 5
    # Sharp enough to see whether the term with Aᵀ is there.
    other = expected_word("S A S", beta=3 - beta, columns={"S": "Psi"}, means={"S": "M"})
    wrong = other.at(Sigma=left @ left.T, Psi=right.T @ right, M=np.array(MEAN, float), A=a)
    assert np.abs((sample.mean(axis=0).real - wrong) / error).max() > 5


# Forms.


def test_sympy_has_the_same_value() -> None:
    found = expected_word("tr(S A) S A^T S")
    a, sigma = sympy.Matrix(2, 2, [1, 2, 0, -1]), sympy.Matrix(2, 2, [2, 1, 1, 3])
    symbols = {symbol.name: symbol for symbol in found.as_expr().atoms(sympy.MatrixSymbol)}
    assert set(symbols) == {"A", "Sigma"}
    value = found.as_expr().subs({symbols["A"]: a, symbols["Sigma"]: sigma}).doit()
    n = sympy.Symbol("n", integer=True, positive=True)
    expected = found.at(n=5, A=a, Sigma=sigma)
    assert sympy.Matrix(value).subs(n, 5) == sympy.Matrix(expected)
    number = expected_word("tr(S A S)", scale="I").as_expr()
    m = sympy.Symbol("m", integer=True, positive=True)
    symbol = sympy.MatrixSymbol("A", m, m)
    assert sympy.expand(number - (n**2 + n + m * n) * sympy.Trace(symbol)) == 0
    assert expected_word("X").as_expr() == sympy.ZeroMatrix(m, n)


def test_latex_can_be_pasted() -> None:
    found = expected_word("tr(S1 B)^2 A_2 S1 A_2^T", scale="I", symmetric="B")
    assert found.latex() == (
        r"n_{1}^{3} \operatorname{tr}(B)^{2}\, A_{2} A_{2}^{\mathsf{T}} "
        r"+ 4 n_{1}^{2} \operatorname{tr}(B)\, A_{2} B A_{2}^{\mathsf{T}} "
        r"+ 2 n_{1}^{2} \operatorname{tr}(B^{2})\, A_{2} A_{2}^{\mathsf{T}} + 8 n_{1} A_{2} B^{2} A_{2}^{\mathsf{T}}"
    )
    assert expected_word("S A S", beta=2).latex() == (r"n^{2} \Sigma A \Sigma + n \operatorname{tr}(A \Sigma)\, \Sigma")
    assert expected_word("S^2").latex() == r"n (n + 1) \Sigma^{2} + n \operatorname{tr}(\Sigma)\, \Sigma"
    assert expected_word("S alpha S", scale="I")._repr_latex_().startswith("$")


def test_values_are_exact_where_all_entries_are_and_floats_otherwise() -> None:
    found = expected_word("S A S")
    exact = found.at(n=3, Sigma=[["1/2", 0], [0, 1]], A=sympy.eye(2))
    # (n² + n) Σ² + n tr Σ Σ = 12 Σ² + 9/2 Σ.
    assert exact == [[Fraction(21, 4), 0], [0, Fraction(33, 2)]]
    floats = found.at(n=3, Sigma=[[0.5, 0], [0, 1]], A=np.eye(2))
    assert floats.dtype == np.float64
    assert np.array_equal(floats, np.array(exact, float))
    assert isinstance(expected_word("tr(S A)").at(n=3, Sigma=[[0.5]], A=[[2]]), float)
    assert isinstance(expected_word("tr(S A)", beta=2).at(n=3, Sigma=[[1]], A=[[2j]]), complex)


def test_equal_words_are_equal_objects() -> None:
    first, second = expected_word("S A S"), expected_word("S  A S")
    assert first == second
    assert hash(first) == hash(second)
    assert first != expected_word("S A S", beta=2)
    assert isinstance(first, WordMoment)


# The grammar.


def test_powers_brackets_and_adjoints_are_read() -> None:
    assert parse("(A B)^2 tr(S)^2 S^T") == parse("A B A B tr(S) tr(S) S^T")
    assert parse("(A B^T)^T") == parse("B A^T")
    assert parse("tr(S tr(A) B)") == parse("tr(A) tr(S B)")
    assert parse("Σ S Σ1", 1) == parse("Sigma S Σ1")
    assert parse("X^* A", 2).matrix == (("X", True), ("A", False))


@given(st.text(st.sampled_from("SXAB12 ()^*Ttr-+I") | st.characters(codec="utf-8"), max_size=12))
@settings(deadline=None, max_examples=300)
def test_any_text_is_a_word_or_refused(text: str) -> None:
    # Any other exception fails the test.
    with contextlib.suppress(WishartError):
        found = expected_word(text)
        assert expected_word(found.text).terms == found.terms


@given(st.lists(st.sampled_from(["S", "A", "A^T", "B", "X A X^T", "tr(S)", "(S A)^2"]), min_size=1, max_size=3))
@settings(deadline=None, max_examples=40)
def test_what_is_printed_can_be_read(factors: list[str]) -> None:
    # The words of an expectation, each beside a random scalar, are themselves again.
    try:
        found = expected_word(" ".join([*factors, "tr(S)"]), shapes={"X": ("m", "m")})
    except LimitError:
        reject()
    for matrix, traces in found.terms:
        shown = " ".join(f"tr({printed(word)})" for word in traces) + " " + ("" if matrix is None else printed(matrix))
        again = parse(shown)
        assert again.matrix == (matrix or None)
        assert again.traces == traces


def printed(word: Any) -> str:
    return " ".join(name + "^T" * adjoint for name, adjoint in word)


BAD: list[tuple[Any, dict[str, Any], str]] = [
    ("", {}, "need a word"),
    ("   ", {}, "need a word"),
    (5, {}, "need a text"),
    ("SAS", {}, "S A S for SAS"),
    ("A B", {}, "need a random matrix"),
    ("S A)", {}, "not opened"),
    ("tr(S A", {}, "not closed"),
    ("tr()", {}, "need a word"),
    ("tr S", {}, "brackets after tr"),
    ("tr(tr(S))", {}, "trace of traces"),
    ("A^-1 S", {}, "the inverse of A as a letter"),
    ("S^ -1", {}, "written S\\^-1"),
    ("S^0", {}, "powers >= 1"),
    ("S^x", {}, "after \\^"),
    ("S*A", {}, "side by side"),
    ("2 S", {}, "no numbers"),
    ("S + S", {}, "no numbers and sums"),
    ("S; A", {}, "unknown sign"),
    ("^T S", {}, "follows no letter"),
    ("X^* X", {}, "beta=1"),
    ("X^T X", {"beta": 2}, "beta=2"),
    ("tr(S)^T", {}, "a trace has no"),
    ("X X", {}, "X and X stand side by side, but n meets m"),
    ("tr(X)", {}, "ends of a trace, but n meets m"),
    ("X A X^T A", {}, "the adjoint of X and A stand side by side, but m meets n"),
    ("X1 X2", {}, "n1 meets m"),
    ("S", {"scale": {"X1": "Sigma"}}, "scale is given for X1"),
    ("S", {"scale": 5}, "need scale to name"),
    ("S", {"means": "M"}, "need means to name"),
    ("S", {"means": {"A": "M"}}, "need means to name"),
    ("S", {"means": {"X2": "M"}}, "does not occur"),
    ("S", {"columns": {"X": "A B"}}, "need names of deterministic"),
    ("S", {"means": {"X": "I"}}, "need names of deterministic"),
    ("S A S", {"symmetric": "B"}, "symmetric is given for B"),
    ("S A S", {"symmetric": "X"}, "symmetric is given for X"),
    ("S A S", {"shapes": {"S": ("m", "n")}}, "shapes is given for S"),
    ("S A S", {"shapes": {"X": ("m",)}}, "need shapes such as"),
    ("S A S", {"shapes": {"A": ("m", "p")}}, "meets"),
    ("n S", {}, "n is a size"),
]


@pytest.mark.parametrize(("word", "options", "message"), BAD)
def test_what_is_no_word_is_refused_in_one_line(word: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DomainError, match=message) as refusal:
        expected_word(word, **options)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 250


def test_other_ensembles_and_long_words_are_refused() -> None:
    for beta in (4, "1/2", sympy.Symbol("beta")):
        with pytest.raises(MethodError, match="beta=1"):
            expected_word("S", beta=beta)
    with pytest.raises(LimitError, match="at most 240 letters"):
        expected_word("S^241")
    with pytest.raises(LimitError, match="at most 240 letters"):
        expected_word("((S^200)^200)^9999999999999999999")
    with pytest.raises(LimitError, match="at most some 80 different matrices"):
        expected_word("S " + " ".join(f"A{i}" for i in range(120)))
    with pytest.raises(LimitError, match="at most 100 factors X"):
        expected_word("S^60")


# The pairings are counted one by one up to the limit.
@pytest.mark.slow
def test_too_many_pairings_are_counted_in_the_refusal() -> None:
    word = " ".join(f"S A{i}" for i in range(9))
    with pytest.raises(LimitError, match="34,459,425 pairings"):
        expected_word(word)


VALUES: list[tuple[dict[str, Any], str]] = [
    ({"A": [[1]], "Sigma": [[1]]}, "need a value of n"),
    ({"A": [[1]], "n": 2}, "need a value of Sigma"),
    ({"A": [[1]], "Sigma": [[1]], "n": 2, "B": [[1]]}, "'B' does not occur"),
    ({"A": [[1, 2]], "Sigma": [[1]], "n": 2}, "need A to be m×m = 1×1, got 1×2"),
    ({"A": [[1]], "Sigma": [[1, 0], [0, 1]], "n": 2}, "need .* to be m×m"),
    ({"A": [[1]], "Sigma": [[1]], "n": 2, "m": 3}, "need A to be m×m = 3×3"),
    ({"A": [[1]], "Sigma": [[-1]], "n": 2}, "positive semidefinite scale for Sigma"),
    ({"A": [[1, 0], [0, 1]], "Sigma": [[1, 2], [0, 1]], "n": 2}, "symmetric scale for Sigma"),
    ({"A": [[1]], "Sigma": [[1]], "n": 0}, "need n to be an integer >= 1"),
    ({"A": [["x"]], "Sigma": [[1]], "n": 2}, "every entry of A"),
    ({"A": 5, "Sigma": [[1]], "n": 2}, "need A to be a matrix"),
    ({"A": [], "Sigma": [[1]], "n": 2}, "need A to be a matrix"),
    ({"A": [[1], [1, 2]], "Sigma": [[1]], "n": 2}, "rows of lengths"),
    ({"A": [[complex("nan")]], "Sigma": [[1]], "n": 2}, "finite"),
]


@pytest.mark.parametrize(("values", "message"), VALUES)
def test_values_that_do_not_fit_are_refused_in_one_line(values: dict[str, Any], message: str) -> None:
    with pytest.raises(DomainError, match=message) as refusal:
        expected_word("S A S").at(values)
    assert "\n" not in str(refusal.value)


def test_a_letter_declared_symmetric_has_to_be() -> None:
    with pytest.raises(DomainError, match="need A to be symmetric"):
        expected_word("S A S", symmetric="A").at(n=2, Sigma=[[1, 0], [0, 1]], A=[[1, 2], [3, 4]])
