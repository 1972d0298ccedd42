"""P(λ_max <= x) at Σ = I for β = 1, 2, 4: determinants and Pfaffians of incomplete gamma functions, in balls.

With t = θx, θ = β/2, a = θ(n−m+1) − 1 and the lower incomplete gamma function γ(s) = γ(s, t), the integral of
Π_{i<j} |x_i − x_j|^β Π x_i^a e^{−x_i} over [0, t]^m is m! times (indices from 0)

    β = 2:  det γ(a + 1 + i + j), m rows (Khatri);    β = 4:  Pf (j − i) γ(a + i + j), 2m rows;
    β = 1:  Pf A, A_ij = ∫∫ sgn(y − x) x^{a+i} y^{a+j} e^{−x−y} over [0, t]², m rows; odd m: bordered by γ(a + 1 + i).

Write A_ij = 2 G_ij − γ(a+1+i) γ(a+1+j), G_ij = ∫ y^{a+j} e^{−y} γ(a+1+i, y) dy over [0, t]. G_jj = γ(a+1+j)²/2, and
by parts G_{i+1,j} = (a+1+i) G_ij − 2^{−s} γ(s, 2t), s = 2a + 2 + i + j: O(m) incomplete gamma functions, O(m³) in all.
The integral over [0, ∞)^m is Selberg's, Π_j Γ(a + 1 + θj) Γ(1 + θ(j+1))/Γ(1 + θ).

Every ball contains its value; the precision is raised until that of the probability is narrow. a is any number > −1.

References: de Bruijn, J. Indian Math. Soc. 19 (1955) 133; Khatri, Ann. Math. Statist. 35 (1964) 1807; Chiani,
J. Multivariate Anal. 129 (2014) 69 (β = 1); Forrester, Log-Gases and Random Matrices (2010), 4.7 (Selberg).
"""

from fractions import Fraction

from flint import arb, arb_mat, ctx, fmpq

from wishart_moments.precision import working_precision

_ACCURACY = 60
_MAX_BITS = 1 << 15
_SMALLEST = 5e-324


def probability(x: Fraction, m: int, n: Fraction, beta: int) -> tuple[float, float]:
    """Return P(λ_max <= x), x > 0, at Σ = I, and a proved bound of its error, some 1e-16 of the value.

    Args:
        x: > 0.
        m: the dimension, at most 150.
        n: the degrees of freedom, any number > m − 1, at most 100,000.
        beta: 1, 2 or 4.

    Example:
        >>> round(probability(Fraction(50), 10, Fraction(20), 1)[0], 15)
        0.574982392499775
    """
    theta, bits = Fraction(beta, 2), 128
    a, t = theta * (n - m + 1) - 1, theta * x
    while bits <= _MAX_BITS:
        with working_precision(bits):
            ball = _integral(t, m, a, beta) / _selberg(m, a, theta)
            if ball.rel_accuracy_bits() >= _ACCURACY:
                # Not more than one: nor is the true value.
                value = min(float(ball.mid()), 1.0)
                return value, float((abs(ball - arb(value))).upper()) * (1 + 1e-15) + _SMALLEST
        bits *= 2
    raise ArithmeticError(f"more than {_MAX_BITS} bits")


def _ball(value: Fraction | int) -> arb:
    return arb(fmpq(*value.as_integer_ratio()))


def _gammas(first: Fraction, count: int, z: arb) -> list[arb]:
    """Return γ(s, z) for s = first, first + 1, …: one of them, and down by γ(s) = (γ(s+1) + z^s e^{−z})/s, a sum."""
    last = first + count - 1
    values, power = [_gamma(_ball(last), z)], z ** _ball(last) * (-z).exp()
    for k in range(1, count):
        power = power / z
        values.append((values[-1] + power) / _ball(last - k))
    return values[::-1]


def _gamma(s: arb, z: arb) -> arb:
    """Return γ(s, z) = z^s e^{−z} Σ_k z^k/(s)_{k+1}, or Γ(s) less than a bound of what lies beyond z.

    FLINT's own function takes minutes where s is large and near z.
    """
    least, power, whole = arb(2) ** -ctx.prec, z**s * (-z).exp(), s.gamma()
    beyond = power / (z - s + 1)
    if z > s and beyond < whole * least:
        return whole - beyond * arb(0.5, 0.5)
    total = term = 1 / s
    k = 0
    while True:
        for _ in range(32):
            k += 1
            term = term * z / (s + k)
            total += term
        ratio = z / (s + k + 1)
        if ratio < 1 and (rest := term * ratio / (1 - ratio)) < total * least:
            return power * (total + rest * arb(0.5, 0.5))


def _selberg(m: int, a: Fraction, theta: Fraction) -> arb:
    value = arb(1)
    for j in range(m):
        value *= _ball(a + 1 + theta * j).gamma() * _ball(1 + theta * (j + 1)).gamma()
    return value / _ball(1 + theta).gamma() ** m / arb(m + 1).gamma()


def _integral(t: Fraction, m: int, a: Fraction, beta: int) -> arb:
    """Return the integral over [0, t]^m without m!; a Pfaffian is the root of a determinant, and it is positive."""
    z = _ball(t)
    if beta == 1:
        return arb_mat(_pairs(t, m, a)).det().sqrt()
    if beta == 2:
        g = _gammas(a + 1, 2 * m - 1, z)
        return arb_mat([[g[i + j] for j in range(m)] for i in range(m)]).det()
    # i + j >= 1 where j ≠ i.
    g = _gammas(a + 1, 4 * m - 3, z)
    rows = range(2 * m)
    return arb_mat([[(j - i) * g[i + j - 1] if j != i else arb(0) for j in rows] for i in rows]).det().sqrt()


def _pairs(t: Fraction, m: int, a: Fraction) -> list[list[arb]]:
    """Return the skew-symmetric matrix A, bordered to an even number of rows."""
    single, double = _gammas(a + 1, m, _ball(t)), _gammas(2 * a + 2, max(2 * m - 2, 1), _ball(2 * t))
    scaled = [value * arb(2) ** -_ball(2 * a + 2 + k) for k, value in enumerate(double)]
    rows = m + m % 2
    pairs = [[arb(0)] * rows for _ in range(rows)]
    for j in range(m):
        inner = single[j] ** 2 / 2
        for i in range(j, m - 1):
            inner = _ball(a + 1 + i) * inner - scaled[i + j]
            pairs[i + 1][j] = 2 * inner - single[i + 1] * single[j]
            pairs[j][i + 1] = -pairs[i + 1][j]
    if m % 2:
        for i in range(m):
            pairs[i][m], pairs[m][i] = single[i], -single[i]
    return pairs
