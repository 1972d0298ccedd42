"""The derivation of docs/closed_form.md, identity by identity, at random rational numbers in ball arithmetic.

Integrals are rigorous quadratures in u = √x, those over [0, ∞) cut off at x = 256, beyond which less than 1e-30 is
left. Both sides are balls, which must be narrow and meet.
"""

import random
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from flint import acb, arb, fmpq

from wishart_moments.moments.recurrence import trace_moments_at
from wishart_moments.precision import working_precision
from wishart_moments.spectrum.closed_form import resolvent_enclosure
from wishart_moments.spectrum.exponential_integrals import stieltjes_gamma, tau

PAGE = Path(__file__).resolve().parents[2] / "docs" / "closed_form.md"
Function = Callable[[acb], acb]


@pytest.fixture(autouse=True)
def _digits() -> Iterator[None]:
    with working_precision(128):
        yield


def same(left: acb | arb | int, right: acb | arb | fmpq | int) -> None:
    """Assert that two numbers agree to 20 digits, of the larger of them or of 1."""
    difference, size = acb(left) - acb(right), abs(acb(left)).upper() + 1
    assert abs(difference).upper() < size * arb(10) ** -20


def integral(function: Function, twice: int = 0, *, end: fmpq | None = None) -> acb:
    """∫ x^{twice/2} e^{−x/2} f dx from 0 to ∞ or to the end, f a function of u = √x, twice >= −1."""
    last = acb(16) if end is None else acb(end).sqrt()
    return acb.integral(lambda u, _: 2 * u ** (twice + 1) * (-u * u / 2).exp() * function(u), acb(0), last)


def laguerre(k: int, a: int, x: acb | fmpq) -> acb:
    """L_k^{(a)}(x) = Σ_i (−1)^i C(k+a, k−i) x^i/i!."""
    c = fmpq(1)
    for i in range(1, k + 1):
        c = c * (a + i) / i
    coefficients = list[fmpq]()
    for i in range(k + 1):
        coefficients.append(c)
        c = -c * (k - i) / ((a + 1 + i) * (i + 1))
    total = acb(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def damped(x: acb) -> acb:
    """e^{−x/2}."""
    return (-x / 2).exp()


def gamma(x: fmpq | int) -> arb:
    return arb(x).gamma()


def g(u: acb, twice: int) -> acb:
    """∫_0^x y^{twice/2} e^{−y/2} dy less half its limit, x = u², by parts from the error function or e^{−x/2}."""
    by_error_function = (2 * arb.pi()).sqrt() * ((u / arb(2).sqrt()).erf() - fmpq(1, 2))
    value = by_error_function if twice % 2 else 1 - 2 * damped(u * u)
    for t in range(2 - twice % 2, twice + 1, 2):
        value = t * value - 2 * u**t * damped(u * u)
    return value


def draws(count: int, seed: int) -> Iterator[tuple[int, int, fmpq]]:
    """Random N, a and α."""
    rng = random.Random(seed)
    for _ in range(count):
        yield rng.randint(1, 6), rng.randint(1, 5), fmpq(rng.randint(1, 60), rng.randint(1, 12))


def second_kind(k: int, a: int, alpha: fmpq) -> acb:
    """Q_k."""
    return integral(lambda u: damped(u * u) * laguerre(k, a, u * u) / (u * u + alpha), 2 * a)


def steps(least: int, a: int) -> dict[int, fmpq]:
    """c_k of (6)."""
    found, c = dict[int, fmpq](), fmpq(2, least)
    for k in range(least - 1, -1, -2):
        found[k] = c
        c = c * (k + a - 1) / (k - 1) if k > 1 else c
    return found


def elementary(least: int, a: int, u: acb) -> acb:
    """The right-hand side of (6)."""
    c = steps(least, a)
    total = sum((value * laguerre(k, a - 1, u * u) for k, value in c.items()), acb(0))
    if least % 2:
        return u**a * damped(u * u) * total
    return u**a * damped(u * u) * (total + c[1]) + c[1] * g(u, a) / 2


def norm(k: int, a: int) -> arb:
    """Γ(k+a+1)/k!; 0 for k < 0."""
    return gamma(k + a + 1) / gamma(k + 1) if k >= 0 else arb(0)


def paired(k: int, a: int, alpha: fmpq | None, *, even: bool) -> acb:
    """V_k and Y_k, or I_k and J_k where there is no α."""

    def function(u: acb) -> acb:
        value = laguerre(k, a + 1, u * u)
        value = value * g(u, a) if even else value
        return value if alpha is None else value / (u * u + alpha)

    return integral(function, a)


def constant(least: int, a: int) -> acb:
    """C by (9), for odd N."""
    right = sum((c * (norm(k, a) - norm(k - 1, a)) for k, c in steps(least, a).items()), arb(0))
    return right / paired(least - 1, a, None, even=False)


def kernel(least: int, a: int, u: acb) -> acb:
    """K but for x^a e^{−x/2}."""
    return damped(u * u) * sum((laguerre(k, a, u * u) ** 2 / norm(k, a) for k in range(least)), acb(0))


def mean(least: int, a: int, beta: int, function: Function) -> acb:
    """∫ f ρ dx by (1) and (6)."""
    first = integral(lambda u: kernel(least, a, u) * function(u * u), 2 * a)
    if beta == 2:
        return first
    c = constant(least, a) if least % 2 else acb(0)

    def rest(u: acb) -> acb:
        return laguerre(least - 1, a + 1, u * u) * (elementary(least, a, u) - c) * function(u * u)

    return first - gamma(least + 1) / gamma(least + a) / 2 * integral(rest, a)


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize(("least", "a"), [(2, 1), (3, 1), (4, 2), (5, 3)])
def test_01_the_density_has_the_exact_moments(least: int, a: int, beta: int) -> None:
    moments = trace_moments_at(3, least, least + (a + 1 if beta == 1 else a), beta)
    for j, moment in enumerate(moments):
        same(mean(least, a, beta, lambda x, j=j: x**j), int(moment))


def test_02_products_of_two_laguerre_functions() -> None:
    for k, a, alpha in draws(4, 2):
        for i in range(k + 1):

            def function(u: acb, k: int = k, a: int = a, alpha: fmpq = alpha, i: int = i) -> acb:
                return damped(u * u) * laguerre(i, a, u * u) * laguerre(k, a, u * u) / (u * u + alpha)

            same(integral(function, 2 * a), laguerre(i, a, -alpha) * second_kind(k, a, alpha))


def test_03_the_recurrence_of_the_functions_of_the_second_kind() -> None:
    for k, a, alpha in draws(6, 3):
        for i in (0, k):
            before = second_kind(i - 1, a, alpha) if i else acb(0)
            right = (2 * i + 1 + a + alpha) * second_kind(i, a, alpha) - (i + a) * before
            same((i + 1) * second_kind(i + 1, a, alpha), right - (0 if i else gamma(a + 1)))
            before = laguerre(i - 1, a, -alpha) if i else acb(0)
            right = (2 * i + 1 + a + alpha) * laguerre(i, a, -alpha) - (i + a) * before
            same((i + 1) * laguerre(i + 1, a, -alpha), right)


def test_04_the_kernel() -> None:
    for least, a, alpha in draws(4, 4):
        terms = (laguerre(k, a, -alpha) * second_kind(k, a, alpha) / norm(k, a) for k in range(least))
        total = sum(terms, acb(0))
        same(mean(least, a, 2, lambda x, alpha=alpha: 1 / (x + alpha)), total)
        same(resolvent_enclosure(least, least + a, alpha, 100, 2), total)


def antiderivative(k: int, a: int, x: fmpq | None) -> acb:
    """F_k(x), at infinity for None."""
    return acb(0) if k < 0 else integral(lambda u: laguerre(k, a - 1, u * u), a - 2, end=x)


def test_05_the_recurrence_of_the_antiderivatives() -> None:
    for k, a, x in draws(8, 5):
        for i in (0, k):
            left = (i + 1) * antiderivative(i + 1, a, x) - (i + a - 1) * antiderivative(i - 1, a, x)
            same(left, 2 * acb(x).sqrt() ** a * damped(acb(x)) * laguerre(i, a - 1, x))


def test_06_the_antiderivative_is_elementary_but_for_one_function() -> None:
    for least, a, x in draws(8, 6):
        c = acb(0) if least % 2 else antiderivative(least, a, None) / 2
        same(antiderivative(least, a, x) - c, elementary(least, a, acb(x).sqrt()))


def test_07_its_products() -> None:
    for least, a, alpha in draws(3, 7):
        k = least - 1
        same(laguerre(least, a - 1, alpha), laguerre(least, a, alpha) - laguerre(k, a, alpha))
        same(laguerre(k, a + 1, alpha), sum((laguerre(i, a, alpha) for i in range(least)), acb(0)))
        for i in range(least):

            def function(u: acb, k: int = k, a: int = a, alpha: fmpq = alpha, i: int = i) -> acb:
                return damped(u * u) * laguerre(k, a + 1, u * u) * laguerre(i, a, u * u) / (u * u + alpha)

            below = sum((laguerre(j, a, -alpha) for j in range(i)), acb(0))
            beyond = sum((second_kind(j, a, alpha) for j in range(i, least)), acb(0))
            right = below * second_kind(i, a, alpha) + laguerre(i, a, -alpha) * beyond
            same(integral(function, 2 * a), right)


@pytest.mark.parametrize("even", [False, True])
def test_08_10_the_recurrences_of_the_rests(even: bool) -> None:
    for k, a, alpha in draws(3, 8):
        for i in (0, k):
            before = paired(i - 1, a, alpha, even=even) if i else acb(0)
            right = (2 * i + 2 + a + alpha) * paired(i, a, alpha, even=even) - (i + a + 1) * before
            same((i + 1) * paired(i + 1, a, alpha, even=even), right - paired(i, a, None, even=even))


def test_08_the_integrals_and_the_first_function_of_odd_sizes() -> None:
    for _, a, alpha in draws(4, 9):
        first = arb(2) ** fmpq(a, 2) * stieltjes_gamma(Fraction(a, 2), alpha / 2)
        same(paired(0, a, alpha, even=False), first)
        values = [paired(k, a, None, even=False) for k in range(5)]
        same(values[0], arb(2) ** fmpq(a + 2, 2) * gamma(fmpq(a + 2, 2)))
        same(values[1], 0)
        same(values[3], 0)
        same(values[2], values[0] * fmpq(a + 2, 2))
        same(values[4], values[2] * fmpq(a + 4, 4))


def test_09_the_constant_of_odd_sizes() -> None:
    for least, a in ((1, 2), (3, 1), (5, 2)):
        # ∫ρ = N with C by (9), and the kernel's part of it is N.
        same(mean(least, a, 1, lambda _: acb(1)), least)
        same(mean(least, a, 2, lambda _: acb(1)), least)


def test_10_the_integrals_of_even_sizes() -> None:
    for a in (1, 2, 4):
        values = [paired(k, a, None, even=True) for k in range(4)]
        same(values[0], 0)
        same(values[1], -2 * gamma(a + 2))
        same(values[2], 0)
        same(values[3], values[1] * fmpq(a + 3, 3))


def test_11_the_first_function_of_even_sizes() -> None:
    def y(s: int, alpha: fmpq) -> acb:
        return integral(lambda u: g(u, s - 2) / (u * u + alpha), s - 2)

    for _, s, alpha in draws(3, 11):
        same(y(s + 2, alpha), -s * alpha * y(s, alpha) - 2 * stieltjes_gamma(Fraction(s), alpha))
        root = arb.pi().sqrt() / 2 * stieltjes_gamma(Fraction(-1, 2), alpha / 2)
        same(y(1, alpha), 2 * tau(alpha / 2) - root)
        same(y(2, alpha), stieltjes_gamma(Fraction(0), alpha / 2) - 2 * stieltjes_gamma(Fraction(0), alpha))


def test_12_exponential_integrals() -> None:
    def q(twice: int, z: fmpq) -> acb:
        return integral(lambda u: damped(u * u) / (u * u + z), twice)

    for twice, _, z in draws(6, 12):
        same(q(twice, z), stieltjes_gamma(Fraction(twice, 2), z))
        same(q(twice + 2, z), gamma(fmpq(twice + 2, 2)) - z * q(twice, z))
        ball = arb(z)
        same(q(0, z), ball.exp() * ball.expint(arb(1)))
        same(q(-1, z), arb.pi() * ball.exp() * ball.sqrt().erfc() / ball.sqrt())


def test_13_the_last_function() -> None:
    for index, (_, _, alpha) in enumerate(draws(3, 13)):
        z = alpha / (10, 3, 1)[index]

        def function(t: acb, _: bool, z: fmpq = z) -> acb:
            return (z * (1 + t * t)).exp() * (z * (1 + t * t)).expint(acb(1))

        same(acb.integral(function, acb(0), acb(1)), tau(z))
        # From 1/100 on, where nothing is singular: the formula's change is that of its integral.
        ball, low = arb(z), fmpq(1, 100)

        def formula(z: fmpq) -> acb:
            return (-arb(z)).exp() * arb(z).sqrt() * tau(z) + arb.pi() ** fmpq(3, 2) / 4 * arb(z).sqrt().erf()

        change = acb.integral(lambda s, _: s.exp() * (2 * s).expint(acb(1)) / s.sqrt(), acb(low), acb(ball))
        same(formula(z) - formula(low), change / 2)


@pytest.mark.parametrize(("least", "a"), [(1, 1), (2, 1), (3, 2), (4, 1)])
def test_14_the_density_gives_the_closed_form(least: int, a: int) -> None:
    for alpha in (fmpq(1, 3), fmpq(29, 4)):
        whole = mean(least, a, 1, lambda x, alpha=alpha: 1 / (x + alpha))
        same(resolvent_enclosure(least, least + a + 1, alpha, 100), whole)


def test_every_identity_of_the_page_has_a_test() -> None:
    stated = {int(number) for number in re.findall(r"^\*\*\((\d+)\)\*\*", PAGE.read_text("utf-8"), re.MULTILINE)}
    names = re.findall(r"^def test_((?:\d\d_)+)", Path(__file__).read_text("utf-8"), re.MULTILINE)
    assert stated == {int(number) for name in names for number in name.strip("_").split("_")} == set(range(1, 15))
