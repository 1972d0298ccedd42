"""The evaluation schemes equal the polynomials, cost what they say, and cancel nothing where they say so."""

from collections.abc import Callable
from fractions import Fraction
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.codegen import Table
from wishart_moments.codegen.expressions import (
    Expression,
    Operation,
    Operations,
    count_operations,
    double_literal,
    horner,
    infix,
    multiply,
    rounding_bound,
)
from wishart_moments.codegen.schemes import (
    Scheme,
    expanded_operations,
    moment_scheme,
    series_operations,
    series_schemes,
)
from wishart_moments.codegen.symmetric import in_elementary_symmetric, substituted
from wishart_moments.errors import DomainError, LimitError

Value = Callable[[Table, int, int | Fraction, int | Fraction], Fraction]


class Counted:
    """A number that counts the operations it takes part in, those with constants included."""

    def __init__(self, value: Fraction, counts: dict[str, int]) -> None:
        self.value, self.counts = value, counts

    def _operate(
        self, sign: str, other: "Counted | int", result: Callable[[Fraction, Fraction], Fraction]
    ) -> "Counted":
        self.counts[sign] = self.counts.get(sign, 0) + 1
        right = other.value if isinstance(other, Counted) else Fraction(other)
        return Counted(result(self.value, right), self.counts)

    def __add__(self, other: "Counted | int") -> "Counted":
        return self._operate("+", other, lambda a, b: a + b)

    def __sub__(self, other: "Counted | int") -> "Counted":
        return self._operate("+", other, lambda a, b: a - b)

    def __mul__(self, other: "Counted | int") -> "Counted":
        return self._operate("*", other, lambda a, b: a * b)

    def __truediv__(self, other: "Counted | int") -> "Counted":
        return self._operate("/", other, lambda a, b: a / b)

    __radd__, __rmul__ = __add__, __mul__


def _run(scheme: Scheme, m: int | Fraction, n: int | Fraction) -> tuple[Fraction, Operations]:
    """Evaluate the printed form of a scheme on numbers that count."""
    counts: dict[str, int] = {}
    names: dict[str, Any] = {"m": Counted(Fraction(m), counts), "n": Counted(Fraction(n), counts)}
    for name, expression in scheme.lines:
        names[name] = eval(infix(expression), {}, names)
    result = eval(infix(scheme.value), {}, names)
    return result.value, Operations(counts.get("*", 0), counts.get("+", 0), counts.get("/", 0))


def test_schemes_equal_the_polynomials_and_take_the_operations_they_state(
    tables: dict[str, Table], long_tables: dict[str, Table], value: Value
) -> None:
    for table in [*tables.values(), *long_tables.values()]:
        if table.kind == "series":
            continue
        for k, terms in table.entries.items():
            scheme = moment_scheme(terms, table.scale)
            for m, n in ((4, 7), (1, 1), (Fraction(3, 2), -5)):
                result, operations = _run(scheme, m, n)
                assert result == value(table, k, m, n)
                assert operations == scheme.operations


def test_the_tenth_real_moment_takes_thirty_multiplications_and_thirty_additions(
    tables: dict[str, Table],
) -> None:
    terms = tables["trace_moments_real"].entries[10]
    assert moment_scheme(terms).operations == Operations(multiplications=30, additions=30)
    assert expanded_operations(terms) == Operations(multiplications=126, additions=54)


def test_complex_moments_are_even_or_odd_and_take_half_of_that(tables: dict[str, Table]) -> None:
    terms = tables["trace_moments_complex"].entries[10]
    assert moment_scheme(terms).operations == Operations(multiplications=17, additions=15)


def test_expanded_counts_are_those_of_the_expanded_form(moments: Table) -> None:
    for terms in moments.entries.values():
        powers = {axis: max(term[axis] for term in terms) for axis in (0, 1)}
        expression: Expression = 0
        for i, j, c in terms:
            product = multiply(multiply("c" if abs(c) != 1 else 1, f"m{i}" if i else 1), f"n{j}" if j else 1)
            expression = product if expression == 0 else Operation("+", expression, product)
        counted = count_operations(expression) + Operations(multiplications=powers[0] + powers[1] - 2)
        assert expanded_operations(terms) == counted


@pytest.mark.parametrize(
    ("name", "last"),
    [("trace_moments_real", 20), ("trace_moments_complex", 20), ("trace_moments_quaternion", 15)],
)
def test_no_coefficient_is_negative(name: str, last: int, long_tables: dict[str, Table]) -> None:
    table = long_tables[name]
    signs = {k: moment_scheme(terms, table.scale).positive for k, terms in table.entries.items()}
    assert signs == {k: k <= last for k in signs}


def test_rows_of_the_quaternion_schemes_are_dominated_by_the_lowest(long_tables: dict[str, Table]) -> None:
    """Hence no row exceeds the result even where p = 0 wipes it out: what overflows is the result."""
    table = long_tables["trace_moments_quaternion"]
    for k in range(1, 16):
        terms = {(i - 1, j - 1): c for i, j, c in table.entries[k]}
        kernel = in_elementary_symmetric(substituted(terms, 2, 1))
        scaled = {key: c * 2 ** (k - 1) for key, c in kernel.items()}
        assert all(c <= scaled[i, 0] for (i, _), c in scaled.items())


def test_series_take_the_operations_they_state(series: Table) -> None:
    schemes = series_schemes(series)
    for order in schemes:
        for derivative in (False, True):
            counts: dict[str, int] = {}
            m, n, sigma2, alpha, gamma = (Counted(Fraction(x), counts) for x in (4, 7, 2, 3, 5))
            s, p, t = m + n, m * n, sigma2 / alpha
            accumulated: Any = None
            for k in range(order, 0, -1):
                names: dict[str, Any] = {"s": s, "p": p}
                for name, expression in schemes[k].lines:
                    names[name] = eval(infix(expression), {}, names)
                reduced = eval(infix(schemes[k].value), {}, names)
                reduced = Counted(Fraction(reduced), counts) if isinstance(reduced, int) else reduced
                weighted = k * reduced if derivative else reduced
                accumulated = weighted if accumulated is None else weighted - t * accumulated
            tail = gamma * gamma * n * accumulated / alpha if derivative else gamma * gamma * n * t * accumulated
            assert isinstance(tail, Counted)
            stated = series_operations(schemes, order, derivative=derivative)
            assert stated == Operations(counts["*"], counts["+"], counts["/"])


@settings(deadline=None)
@given(
    st.dictionaries(st.tuples(st.integers(0, 6), st.integers(0, 6)), st.fractions(-50, 50)),
    st.integers(-9, 9),
    st.integers(-9, 9),
)
def test_symmetric_polynomials_are_polynomials_in_sum_and_product(
    half: dict[tuple[int, int], Fraction], m: int, n: int
) -> None:
    polynomial = dict(half)
    for (i, j), c in half.items():
        polynomial[j, i] = polynomial[i, j] = c
    direct = sum((c * m**i * n**j for (i, j), c in polynomial.items()), Fraction(0))
    elementary = in_elementary_symmetric(polynomial)
    assert sum((c * (m + n) ** i * (m * n) ** j for (i, j), c in elementary.items()), Fraction(0)) == direct


def test_a_polynomial_that_is_not_symmetric_is_refused() -> None:
    with pytest.raises(DomainError, match="symmetric"):
        in_elementary_symmetric({(1, 0): Fraction(1)})
    with pytest.raises(DomainError, match="divisible by mn"):
        moment_scheme(((1, 0, Fraction(1)),))
    with pytest.raises(DomainError, match="integer"):
        moment_scheme(((1, 1, Fraction(1, 2)),))


def test_sums_of_positive_terms_lose_roundings_and_differences_lose_everything() -> None:
    row = horner([4, 3, 1], "s")
    assert rounding_bound(row, {"s": 1}) == 5
    assert rounding_bound(Operation("*", 2, row), {"s": 1}) == 5
    assert rounding_bound(Operation("-", "m", 1), {"m": 0}) == 1
    assert rounding_bound(Operation("-", "s", 1), {"s": 1}) is None
    assert rounding_bound(2**53 + 1, {}) == 1
    assert rounding_bound(2**80, {}) == 0


def test_an_integer_beyond_the_doubles_is_refused() -> None:
    assert double_literal(10**300) == "1" + 300 * "0"
    assert float(double_literal(2**1023 - 1)) < inf
    with pytest.raises(LimitError, match="range of doubles"):
        double_literal(2**1024)
