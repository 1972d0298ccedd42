"""Words at numbers: real degrees of freedom, arrays of the size of data, and what is refused."""

import math
import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy import stats

from wishart_moments import expected_word
from wishart_moments.errors import DomainError, LimitError

SIGMA, A = [[2, 1], [1, 2]], [[1, 4], [0, 3]]


def interpolated(word: str, n: Fraction, degree: int, **matrices: Any) -> list[list[Fraction]]:
    """The polynomial in n through the values at the integers 2, 3, …, by Lagrange."""
    points = range(2, degree + 3)
    weights = [
        math.prod((n - other) / Fraction(point - other) for other in points if other != point) for point in points
    ]
    values: list[Any] = [expected_word(word).at(n=point, **matrices) for point in points]
    pairs = list(zip(weights, values, strict=True))
    return [[sum((w * v[i][j] for w, v in pairs), Fraction(0)) for j in range(2)] for i in range(2)]


@pytest.mark.parametrize("n", ["11/2", Fraction(11, 2), Decimal("5.5")])
@pytest.mark.parametrize("word", ["S A S", "tr(S A) S", "S A S B S"])
def test_real_degrees_of_freedom_are_exact(word: str, n: Any) -> None:
    matrices: dict[str, Any] = {"Sigma": SIGMA, "A": A} | ({"B": [[1, 2], [3, 5]]} if "B" in word else {})
    found = expected_word(word).at(n=n, **matrices)
    assert found == interpolated(word, Fraction(11, 2), 3, **matrices)
    rounded = expected_word(word).at(n=5.5, **matrices)
    assert rounded.tolist() == [[float(entry) for entry in row] for row in found]


def test_real_degrees_of_freedom_are_those_of_the_wishart_density() -> None:
    draws = stats.wishart(df=2.5, scale=np.array(SIGMA)).rvs(200_000, random_state=3)
    traces = np.einsum("kij,ji->k", draws, np.array(A))
    found = expected_word("tr(S A)^2").at(n=2.5, Sigma=SIGMA, A=A)
    assert isinstance(found, float)
    assert abs((traces**2).mean() - found) < 5 * (traces**2).std() / math.sqrt(len(draws))


def test_two_wishart_matrices_have_their_own_degrees_of_freedom() -> None:
    word = expected_word("tr(S1 S2)", scale="I")
    assert word.at(m=2, n1="5/2", n2="7/2") == Fraction(35, 2)
    assert (word - 2 * expected_word("tr(S1)", scale="I")).at(m=2, n1="5/2", n2="7/2") == Fraction(15, 2)
    assert pickle.loads(pickle.dumps(word)).at(m=2, n1="5/2", n2=3) == 15


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda: expected_word("S A S").at(n="1/2", Sigma=SIGMA, A=A), "need n > m - 1 = 1, or an integer"),
        (lambda: expected_word("tr(X A X^T)").at(n="11/2", Sigma=SIGMA, A=A), "need n to be an integer"),
        (lambda: expected_word("S", columns={"S": "Psi"}).at(n="7/2", Psi=SIGMA), "need a value of Sigma"),
        (lambda: expected_word("tr(S) X B", shapes={"X": ("m", "n")}).at(n=2.5, Sigma=SIGMA, B=A), "integer"),
        (lambda: expected_word("S").at(n=math.nan, Sigma=SIGMA), "need n to be an integer"),
        (lambda: (expected_word("S") + expected_word("X X^T")).at(n=2.5, Sigma=SIGMA), "need n to be an integer"),
    ],
)
def test_other_degrees_of_freedom_are_refused(compute: Callable[[], Any], message: str) -> None:
    with pytest.raises(DomainError, match=message):
        compute()


def test_a_result_too_large_is_refused_before_it_is_made() -> None:
    with pytest.raises(LimitError, match="at most 10,000,000 entries, got m = 10000000000000000"):
        expected_word("S S", scale="I").at(n=3, m=1e16)


@pytest.mark.parametrize("kind", [float, complex])
def test_arrays_agree_with_the_formula_in_numpy(kind: type) -> None:
    rng, p, n = np.random.default_rng(4), 30, 70.0
    sample = rng.normal(size=(p, 2 * p)) + (1j * rng.normal(size=(p, 2 * p)) if kind is complex else 0)
    sigma, a = sample @ sample.conj().T / p, rng.normal(size=(p, p)).astype(kind)
    found = expected_word("S A S", beta=1 if kind is float else 2).at(n=n, Sigma=sigma, A=a)
    expected = n**2 * sigma @ a @ sigma + n * np.trace(a @ sigma) * sigma
    if kind is float:
        expected = expected + n * sigma @ a.T @ sigma
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-10)
    mixed = expected_word("tr(S A)").at(n=3, Sigma=SIGMA, A=np.array(A, float))
    assert mixed == 3 * (2 + 4 + 6.0)
    assert mixed == expected_word("tr(S A)").at(n=3, Sigma=SIGMA, A=A)


@pytest.mark.parametrize(
    "compute",
    [
        lambda: expected_word("S").at(n=1e308, Sigma=[[10**300]]),
        lambda: expected_word("S S").at(n=1e308, Sigma=[[1]]),
        lambda: expected_word("S").at(n=10**400, Sigma=[[1.0]]),
        lambda: expected_word("S A S").at(n=3, Sigma=[[1e200]], A=[[1.0]]),
        lambda: expected_word("tr(S)^2").at(n=3, Sigma=[[1e200]]),
    ],
)
def test_values_beyond_the_range_of_floats_are_refused(compute: Callable[[], Any]) -> None:
    with pytest.raises(DomainError, match="exceeds the range of floats; give sizes and matrices in exact numbers"):
        compute()
