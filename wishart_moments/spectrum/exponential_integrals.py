"""Exponential integrals in ball arithmetic, for orders and arguments from the tiny to the huge.

q_s(z) = ∫_0^∞ x^s e^{−x}/(z+x) dx = Γ(s+1) e^z E_{s+1}(z),    s = −1/2, 0, 1/2, 1, …,
τ(z)   = ∫_0^1 q_0(z(1+t²)) dt.

Every result is a ball that contains the value; the balls are narrow at the precision of `flint.ctx`.

References: DLMF 8.9.2, 8.19.17 (continued fraction), 8.19.12 (recurrence), 6.6.2 (series), 6.12.1 (asymptotic
expansion with its remainder); the equation z τ' = (z − 1/2) τ + q_0(2z)/2 − π/4 follows from q_0' = q_0 − 1/z.
"""

from fractions import Fraction
from math import ceil, log2

from flint import arb, ctx, fmpq

from wishart_moments.precision import working_precision

_LOG2_E = 1 / 0.6931471805599453


def stieltjes_gamma(s: Fraction, z: fmpq) -> arb:
    """Return q_s(z) for z > 0 and 2s an integer >= −1.

    Example:
        >>> with working_precision(64):
        ...     stieltjes_gamma(Fraction(0), fmpq(1))
        [0.596347362323194074 +/- 3.46e-19]
    """
    bits, size = ctx.prec, float(arb(z))
    if size > bits / 4:
        return _by_continued_fraction(s, arb(z))
    # One step s → s+1 multiplies an absolute error by z; the values grow like Γ(s+1)/(z+s).
    steps = int(s - (first := Fraction(0) if s.denominator == 1 else Fraction(-1, 2)))
    lost = max(steps * log2(size) - _log2_factorial(steps), 0.0) if size > 1 else 0.0
    # The first value is computed as e^z times the difference of numbers near e^z.
    with working_precision(bits + ceil(lost + 2 * _LOG2_E * size) + 32):
        ball = arb(z)
        if first == 0:
            value, moment = ball.exp() * (_entire(ball) - arb.const_euler() - ball.log()), arb(1)
        else:
            value, moment = arb.pi() * ball.exp() * ball.sqrt().erfc() / ball.sqrt(), arb.pi().sqrt()
        order = first
        for _ in range(steps):
            value = moment - ball * value
            order += 1
            moment *= fmpq(order.numerator, order.denominator)
    return value + 0


def _entire(z: arb) -> arb:
    """Return Ein(z) = Σ_{k>0} (−1)^{k+1} z^k/(k k!) = E_1(z) + γ + log z."""
    total, power = arb(0), arb(1)
    k = 0
    while True:
        k += 1
        power = power * z / k
        # Beyond k = 2z the terms fall by half at least: what is left is below the last one.
        if k > 2 * float(z) and power < arb(2) ** -ctx.prec:
            return total + arb(0, 1) * power.upper()
        total += power / k if k % 2 else -power / k


def _log2_factorial(k: int) -> float:
    return sum(log2(j) for j in range(2, k + 1))


def _by_continued_fraction(s: Fraction, z: arb) -> arb:
    """Return q_s(z) between two successive convergents of its Stieltjes continued fraction.

    Γ(s+1)/(z + (s+1)/(1 + 1/(z + (s+2)/(1 + 2/(z + …))))): all terms are positive, so that the value lies between the
    convergents, whose distance falls like exp(−4√(kz)).
    """
    exact = fmpq(s.numerator, s.denominator)
    depth = ceil((ctx.prec * 0.6931471805599453 / 4) ** 2 / float(z)) + 8
    while True:
        bounds: list[arb] = []
        for last in (depth, depth + 1):
            tail = z if last % 2 == 0 else arb(1)
            for j in range(last, 0, -1):
                numerator = exact + (j + 1) // 2 if j % 2 else fmpq(j // 2)
                tail = (z if j % 2 else 1) + numerator / tail
            bounds.append((arb(exact) + 1).gamma() / tail)
        value = bounds[0].union(bounds[1])
        if value.rel_accuracy_bits() >= min(bound.rel_accuracy_bits() for bound in bounds) - 16:
            return value
        depth *= 2


def tau(z: fmpq) -> arb:
    """Return τ(z) = ∫_0^1 q_0(z(1+t²)) dt for z > 0.

    Example:
        >>> with working_precision(64):
        ...     tau(fmpq(1, 2))
        [0.792029091269381331 +/- 4.14e-19]
    """
    size = float(arb(z))
    if size > 0.72 * (ctx.prec + 16):
        return _tau_asymptotic(arb(z))
    with working_precision(ctx.prec + ceil(2 * _LOG2_E * size) + 32):
        value = _tau_series(arb(z))
    return value + 0


def _tau_asymptotic(z: arb) -> arb:
    """Σ_k (−1)^k k! z^{−k−1} A_{k+1}, A_j = ∫_0^1 (1+t²)^{−j} dt: the error is below the first term left out."""
    integral, power, total = arb.pi() / 4, 1 / z, arb(0)
    k = 0
    while True:
        term = power * integral
        if (term * z).upper() < arb(2) ** -(ctx.prec + 8):
            return total + term * arb(0, 1)
        if k + 1 > float(z):
            raise ArithmeticError("the asymptotic series was asked for more digits than it has")
        total += -term if k % 2 else term
        k += 1
        power *= k / z
        integral = (arb(2) ** -k + (2 * k - 1) * integral) / (2 * k)


def _tau_series(z: arb) -> arb:
    """e^z z^{−1/2} [½ ∫_0^z s^{−1/2} e^s E_1(2s) ds − (π^{3/2}/4) erf √z], the integral term by term.

    e^s E_1(2s) = Σ_j s^j [c_j − (γ + log 2s)/j!] with (j+1) c_{j+1} = c_j + (2/(j+1)! for even j), c_0 = 0: positive.
    """
    log_term = arb.const_euler() + (2 * z).log()
    coefficient, factorial, total = arb(0), arb(1), arb(0)
    j = 0
    while True:
        half = fmpq(2 * j + 1, 2)
        # factorial stands for z^j/j!, coefficient for c_j z^j.
        total += (coefficient - (log_term - 1 / half) * factorial) / half
        ratio = float(z) / (j + 1)
        if ratio < 0.25 and _small(coefficient, factorial, log_term, total):
            # Both sequences fall by a factor of 1/2 at least from here on: the rest is below twice the next terms.
            rest = 4 * (coefficient + (abs(log_term) + 2) * factorial)
            total += arb(0, 1) * rest.upper()
            break
        factorial = factorial * z / (j + 1)
        coefficient = coefficient * z / (j + 1) + (2 * factorial / (j + 1) if j % 2 == 0 else 0)
        j += 1
    return z.exp() * (total / 2 - arb.pi() ** fmpq(3, 2) / 4 * z.sqrt().erf() / z.sqrt())


def _small(coefficient: arb, factorial: arb, log_term: arb, total: arb) -> bool:
    bound = (abs(coefficient) + (abs(log_term) + 2) * factorial).upper()
    return bool(bound < (abs(total) * arb(2) ** -ctx.prec).upper())
