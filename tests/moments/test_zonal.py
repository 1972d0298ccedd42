"""Zonal polynomials and James' theorem: normalisation, orthogonality, vanishing, two bases, E p_λ."""

from fractions import Fraction
from itertools import chain, permutations
from math import factorial, prod
from typing import Any

import pytest
from flint import fmpq

from wishart_moments.combinatorics.partitions import Partition, centralizer_order, conjugate, hook_product, partitions
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments import loop_equations, zonal
from wishart_moments.moments.polynomials import as_number, evaluate

LABELS = list(chain.from_iterable(partitions(k) for k in range(1, 7)))
DYSON = [1, 2, 4, 3, Fraction(1, 2), Fraction(7, 5)]


def at_diagonal(coefficients: dict[Partition, fmpq], x: tuple[int, ...]) -> int | Fraction:
    """Σ_λ c p_λ(x), p_j = Σ x_i^j."""
    return as_number(
        sum((c * prod(sum(v**part for v in x) for part in label) for label, c in coefficients.items()), fmpq(0))
    )


def monomials_at(coefficients: dict[Partition, fmpq], x: tuple[int, ...]) -> int | Fraction:
    """Σ_μ c m_μ(x), m_μ the sum over the different permutations of the exponents."""
    total = fmpq(0)
    for mu, c in coefficients.items():
        if len(mu) <= len(x):
            exponents = set(permutations([*mu, *[0] * (len(x) - len(mu))]))
            total += c * sum(prod(v**e for v, e in zip(x, exponent, strict=True)) for exponent in exponents)
    return as_number(total)


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize("k", range(9))
def test_zonal_polynomials_add_up_to_the_power_of_the_trace(k: int, beta: int | Fraction) -> None:
    total: dict[Partition, fmpq] = {}
    for kappa in partitions(k):
        for label, c in zonal.zonal_coefficients(kappa, beta).items():
            total[label] = total.get(label, fmpq(0)) + c
    assert {label: c for label, c in total.items() if c} == {(1,) * k: 1}


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize("k", range(1, 8))
def test_zonal_polynomials_are_orthogonal(k: int, beta: int | Fraction) -> None:
    a = Fraction(2) / Fraction(beta)
    basis = {kappa: zonal.zonal_coefficients(kappa, beta) for kappa in partitions(k)}

    def product(left: Partition, right: Partition) -> Fraction:
        return sum(
            (
                Fraction(str(c * basis[right].get(label, fmpq(0)))) * centralizer_order(label) * a ** len(label)
                for label, c in basis[left].items()
            ),
            Fraction(0),
        )

    for left in basis:
        for right in basis:
            assert (product(left, right) == 0) is (left != right)


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize("kappa", [*LABELS, (4, 3), (3, 2, 1, 1)])
def test_zonal_polynomials_vanish_in_fewer_variables_than_parts(kappa: Partition, beta: int | Fraction) -> None:
    coefficients = zonal.zonal_coefficients(kappa, beta)
    primes = (2, 3, 5, 7, 11, 13)
    for m in range(1, len(kappa)):
        assert at_diagonal(coefficients, primes[:m]) == 0
        assert at_diagonal(coefficients, (1,) * m) == 0
    # A positive combination of monomials, so positive from then on.
    assert at_diagonal(coefficients, primes[: len(kappa)]) > 0


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize("kappa", [label for label in LABELS if len(label) <= 4])
def test_power_sums_and_monomials_give_one_polynomial(kappa: Partition, beta: int | Fraction) -> None:
    coefficients, monomials = zonal.zonal_coefficients(kappa, beta), zonal.monomial_coefficients(kappa, beta)
    points = [(1, 2, 3, 5), (1, 1, 4, 7), (2, 0, 3, 1)]
    at_power_sums = [at_diagonal(coefficients, x) for x in points]
    at_monomials = [monomials_at(monomials, x) for x in points]
    assert len({Fraction(c) / Fraction(v) for c, v in zip(at_power_sums, at_monomials, strict=True) if v}) == 1
    assert [c == 0 for c in at_power_sums] == [v == 0 for v in at_monomials]


@pytest.mark.parametrize("kappa", [*LABELS, (5, 3, 1), (4, 4, 1, 1)])
def test_the_value_at_the_identity_is_the_hook_formula_of_james(kappa: Partition) -> None:
    # C_κ(I_m) = 2^{2k} k! (m/2)_κ / H(2κ).
    k = sum(kappa)
    coefficients = zonal.zonal_coefficients(kappa)
    hooks = hook_product(tuple(2 * part for part in kappa))
    for m in range(1, 9):
        rising = prod((Fraction(m - i, 2) + j for i, part in enumerate(kappa) for j in range(part)), start=Fraction(1))
        assert at_diagonal(coefficients, (1,) * m) == 4**k * factorial(k) * rising / hooks


@pytest.mark.parametrize("kappa", [*LABELS, (5, 3, 1), (4, 4, 1, 1)])
def test_complex_zonal_polynomials_are_multiples_of_schur_functions(kappa: Partition) -> None:
    # At the identity Π (m + j − i)/hook, times the dimension k!/H of the representation.
    k, hooks = sum(kappa), hook_product(kappa)
    coefficients = zonal.zonal_coefficients(kappa, 2)
    for m in range(1, 7):
        contents = prod(m + j - i for i, part in enumerate(kappa) for j in range(part))
        assert at_diagonal(coefficients, (1,) * m) == Fraction(factorial(k) * contents, hooks**2)
    # The coefficient of p_1^k in s_κ is 1/H(κ).
    assert coefficients[(1,) * k] == fmpq(factorial(k), hooks**2)


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize("kappa", LABELS)
def test_conjugate_partitions_are_dual(kappa: Partition, beta: int | Fraction) -> None:
    # Macdonald VI.10.24: p_r → (−1)^{r−1} p_r / a maps J_κ at 1/a to a^{−k} J_κ' at a.
    a = Fraction(2) / Fraction(beta)
    here = zonal.jack_basis(sum(kappa), beta).coefficients[conjugate(kappa)]
    there = zonal.jack_basis(sum(kappa), 4 / Fraction(beta)).coefficients[kappa]
    ratio = fmpq(a.numerator, a.denominator)
    image = {label: c * (-1) ** (sum(label) - len(label)) / ratio ** len(label) for label, c in there.items()}
    assert image == {label: c / ratio ** sum(kappa) for label, c in here.items()}


@pytest.mark.parametrize("beta", DYSON)
def test_the_mean_of_a_zonal_polynomial_is_its_growth_times_itself(beta: int | Fraction) -> None:
    for kappa in LABELS:
        mean, growth = zonal.expected_zonal(kappa, beta), zonal.zonal_growth(kappa, beta)
        coefficients = zonal.zonal_coefficients(kappa, beta)
        for m, n in ((1, 4), (3, 2), (5, 5)):
            at_identity = at_diagonal(coefficients, (1,) * m)
            assert evaluate(mean, m, n) == as_number(growth(fmpq(n))) * at_identity


@pytest.mark.parametrize("beta", DYSON)
def test_the_mean_of_a_zonal_polynomial_is_the_mean_of_its_power_sums(beta: int | Fraction) -> None:
    for kappa in LABELS:
        total = zonal.expected_zonal(kappa, beta)
        for label, c in zonal.zonal_coefficients(kappa, beta).items():
            total -= c * loop_equations.expected_power_sum(label, beta)
        assert total == 0


@pytest.mark.parametrize("beta", [*DYSON, Fraction(10, 3)])
def test_a_single_trace_needs_few_partitions(beta: int | Fraction) -> None:
    for k in range(1, 8):
        assert zonal.expected_trace(k, beta) == zonal.expected_power_sum((k,), beta)
    assert zonal.expected_trace(12, beta) == loop_equations.expected_power_sum((12,), beta)


# All 42 partitions of ten.
@pytest.mark.slow
def test_all_zonal_polynomials_of_degree_ten() -> None:
    table = loop_equations.PowerSumTable(10)
    for label in partitions(10):
        assert zonal.expected_power_sum(label) == table[label]


def test_the_empty_partition() -> None:
    assert zonal.zonal_coefficients(()) == {(): 1}
    assert zonal.expected_power_sum(()) == zonal.expected_zonal(()) == 1
    assert zonal.zonal_growth(()) == 1


@pytest.mark.parametrize(
    "compute",
    [
        lambda: zonal.jack_basis(17),
        lambda: zonal.zonal_coefficients((10**8,)),
        lambda: zonal.expected_power_sum((9, 8)),
        lambda: zonal.expected_trace(101),
        lambda: zonal.expected_trace(31, 3),
        lambda: zonal.expected_trace(21, Fraction(0.1)),
        lambda: zonal.expected_trace(17, Fraction(1, 10**150)),
        lambda: zonal.expected_zonal((201,)),
    ],
)
def test_what_is_out_of_reach_is_refused_before_the_work(compute: object) -> None:
    with pytest.raises(LimitError, match="need k <= "):
        compute()  # type: ignore[operator]


@pytest.mark.parametrize("beta", [10**309, Fraction(1, 10**160), Fraction(1, 10**5000)], ids=range(3))
@pytest.mark.parametrize(
    "compute",
    [zonal.max_trace_degree, lambda beta: zonal.expected_trace(1, beta), lambda beta: zonal.jack_basis(2, beta)],
)
def test_a_beta_of_too_many_digits_is_refused_before_the_work(compute: Any, beta: int | Fraction) -> None:
    with pytest.raises(LimitError, match="need beta with numerator and denominator of at most 512 bits"):
        compute(beta)


def test_a_beta_of_many_digits_has_the_moments_of_the_loop_equations() -> None:
    for beta in (Fraction(0.1), Fraction(10**150), Fraction(1, 10**150)):
        assert zonal.expected_trace(5, beta) == loop_equations.expected_power_sum((5,), beta)


@pytest.mark.parametrize("beta", [0, -2])
def test_beta_is_positive(beta: int) -> None:
    for compute in (zonal.zonal_coefficients, zonal.expected_power_sum, zonal.expected_zonal, zonal.zonal_growth):
        with pytest.raises(DomainError, match="need beta > 0"):
            compute((2,), beta)
