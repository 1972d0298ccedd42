"""The law of the condition number of S at Σ = cI: in closed form for m = 2, else by one sum with a proved error.

With θ = β/2, a = θ(n − m + 1) − 1, s = θmn, λ_min = x and λ_i = x y_i for the others, e^u = x,

    P(λ_max/λ_min <= t) = ∫ F(u) du,   F = m!/Z x^s e^{−θx} L(x),
    L(x) = ∫ over 1 <= y_1 < … < y_{m−1} <= t of Π y_i^a (y_i − 1)^β e^{−θ x y_i} Π |y_i − y_j|^β,

a determinant (β = 2) or a Pfaffian (β = 1, 4) of m − 1 or so functions, and Z Selberg's integral for the eigenvalues.

L is a Laplace transform of a positive measure between θ(m − 1) and θ(m − 1)t. So |F(u + iφ)| <= (cos φ)^{−s} F(u + log
cos φ), and the trapezoidal sum of step h is off by a factor of less than 2 (cos φ)^{−s}/(e^{2πφ/h} − 1) for every φ <
π/2; F falls at least as e^{−(s − c x_0)v} on the left of u_0, c = θ(1 + (m − 1)t), and as e^{−(θ m x_1 − s)v} on the
right of u_1. These bounds and balls for F make the proof.

References: Edelman, SIAM J. Matrix Anal. Appl. 9 (1988) 543 (m = 2); de Bruijn, J. Indian Math. Soc. 19 (1955) 133;
Chiani, IEEE Trans. Inf. Theory 63 (2017) 4521 (all eigenvalues in an interval); Trefethen, Weideman, SIAM Rev. 56
(2014) 385 (the trapezoidal rule).
"""

from fractions import Fraction
from itertools import pairwise
from math import log, pi, sqrt
from typing import Any

from flint import arb, arb_mat, ctx

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.balls import ball
from wishart_moments.moments.extremes.proved_value import ProvedValue
from wishart_moments.moments.wishart import Wishart
from wishart_moments.precision import working_precision

MAX_ROWS = 30
"""The largest m."""

MAX_COLUMNS = 1000
"""The largest n for m > 2."""

MAX_RATIO = 10**9
"""The largest t for m > 2."""

_ACCURACY = 54
_MAX_BITS = 1 << 13
_SMALLEST = 5e-324


def condition_number_cdf(t: Any, m: Any, n: Any, *, beta: Any = 1) -> ProvedValue:
    """Return P(λ_max/λ_min <= t) for S = WW^†, W m×n, at Σ = cI: with a proved error.

    For m = 2, v = 4λ_1λ_2/(λ_1 + λ_2)² has the law Beta(β(n − 1)/2, (β + 1)/2), and falls with the condition number t:
    v = 4t/(1 + t)². For β = 1 the probability is 1 − (2√t/(1 + t))^{n−1}.

    Args:
        t: a number >= 1; for m > 2 at most 1e9.
        m: the dimension, at most 30.
        n: the degrees of freedom, a number > m − 1; for m > 2 at most 1000.
        beta: for m = 2 any positive rational, beyond 1, 2 or 4.

    Returns:
        The probability and a proved bound of its error, some 1e-16 of the value.

    Raises:
        DomainError: for n <= m − 1, where S is singular, and other arguments outside their domain.
        MethodError: for m > 2 at another beta; LimitError: for larger m, n, t.

    Cost:
        m = 10, n = 20: 50 ms; m = 30: seconds, quaternion S some ten.

    References:
        See the module.

    Examples:
        >>> round(float(condition_number_cdf(4, 2, 3)), 12)  # 1 − 16/25
        0.36
        >>> condition_number_cdf(20, 3, 5)
        ProvedValue(0.758689358275603 +- 2.1e-17)
    """
    rows, law = domain.size(m, "m"), Wishart(domain.size(m, "m"), n, beta=beta)
    if not law.numeric:
        raise MethodError("need numbers for n and beta")
    if not law.n > rows - 1:
        raise DomainError(
            f"need n > m - 1 = {domain.shown(rows - 1)}, got {domain.shown(n)}: S is singular; "
            "W^T W is not, with m and n exchanged"
        )
    ratio = domain.number(t, "t", ">= 1")
    if not 1 <= ratio < float("inf"):
        raise DomainError(f"need t >= 1 and finite, got {domain.shown(t)}")
    if rows == 1 or ratio == 1:
        return ProvedValue(float(rows == 1), 0.0)
    if rows > 2 and law.beta not in (1, 2, 4):
        raise MethodError(f"need beta 1, 2 or 4 for m > 2, got {domain.shown(beta)}")
    if rows > 2 and (rows > MAX_ROWS or law.n > MAX_COLUMNS or ratio > MAX_RATIO):
        raise LimitError(
            f"need m <= {MAX_ROWS}, n <= {MAX_COLUMNS:,} and t <= 1e9 for m > 2, got m = {domain.shown(rows)}, "
            f"n = {domain.shown(n)}, t = {domain.shown(t)}"
        )
    bits = 96 + 8 * rows
    while bits <= _MAX_BITS:
        with working_precision(bits):
            if rows == 2:
                found = _two_rows(ratio, law)
            else:
                found = RatioSum(Fraction(ratio), rows, Fraction(law.n), int(law.beta)).total()
            if found is not None and found.rel_accuracy_bits() >= _ACCURACY:
                return _rounded(found)
        bits *= 2
    raise LimitError(f"the probability needs more than {_MAX_BITS:,} bits; take a smaller m or n, or a greater t")


def _two_rows(ratio: Any, law: Wishart) -> Any:
    point, freedom, dyson = (ball(each) for each in (ratio, law.n, law.beta))
    above, below = (dyson + 1) / 2, dyson * (freedom - 1) / 2
    share: Any = ((point - 1) / (point + 1)) ** 2
    if share < above / (above + below):
        return share.beta_lower(above, below, regularized=True)
    return 1 - (4 * point / (point + 1) ** 2).beta_lower(below, above, regularized=True)


def _rounded(found: Any) -> ProvedValue:
    value = float(found.mid())
    return ProvedValue(value, float((found - arb(value)).abs_upper()) * (1 + 2**-50) + _SMALLEST)


class RatioSum:
    """F, the density of u = log λ_min where the condition number is at most t, in balls of the working precision.

    Args:
        t: > 1.
        m: >= 2; n: > m − 1; beta: 1, 2 or 4.

    Example:
        >>> with working_precision(192):
        ...     total = RatioSum(Fraction(4), 2, Fraction(3), 1).total()
        >>> round(float(total), 15)
        0.36
    """

    def __init__(self, t: Fraction, m: int, n: Fraction, beta: int) -> None:
        self.m, self.n, self.beta, self.t = m, n, beta, ball(t)
        self.theta = Fraction(beta, 2)
        self.s, self.a = self.theta * m * n, self.theta * (n - m + 1) - 1
        self.most = self.theta * (1 + (m - 1) * t)
        # (2/β)^s Π Γ(a + 1 + jθ) Γ(1 + (j + 1)θ)/Γ(1 + θ) over m!
        normaliser: Any = (arb(2) / beta) ** ball(self.s) / arb(m + 1).gamma()
        for j in range(m):
            normaliser *= ball(self.a + 1 + j * self.theta).gamma() * ball(1 + (j + 1) * self.theta).gamma()
            normaliser /= ball(1 + self.theta).gamma()
        self.unit: Any = 1 / normaliser

    def total(self) -> Any:
        """Return the integral of F as a ball, or None where digits are missing."""
        s = float(self.s)
        angle = min(1.0, sqrt(60 / s))
        cosine = arb(angle).cos()
        step = 2 * pi * angle / (46 - s * log(float(cosine)))
        h = arb(step)
        relative: Any = 2 * cosine ** -ball(self.s) / ((2 * arb.pi() * angle / h).exp() - 1)
        relative = relative / (1 - relative)
        start, total = arb(log(float(self.n))), arb(0)
        for direction in (1, -1):
            k = 0 if direction == 1 else -1
            while True:
                x = (start + k * h).exp()
                value = self.at(x)
                if value is None:
                    return None
                total += value
                fall: Any = ball(self.theta * self.m) * x - ball(self.s)
                fall = fall if direction == 1 else ball(self.s) - ball(self.most) * x
                if fall > 0:
                    ratio = (-fall * h).exp()
                    rest = value * ratio / (1 - ratio)
                    if rest < total * arb(2) ** -(_ACCURACY + 6):
                        total += rest.upper() * arb(0.5, 0.5)
                        break
                k += direction
        total *= h
        return total * (1 + relative.upper() * arb(0, 1))

    def at(self, x: Any) -> Any:
        """Return F at log x; None where its sign is not known."""
        inner = {1: self._orthogonal, 2: self._unitary, 4: self._symplectic}[self.beta](x)
        if self.beta != 2:
            if not inner > 0:
                return None
            inner = inner.sqrt()
        return self.unit * x ** ball(self.s) * (-ball(self.theta) * x).exp() * inner if inner > 0 else None

    def _moments(self, first: Fraction, count: int, rate: Any) -> list[Any]:
        """Return ∫_1^t y^{first + l} e^{−rate y} dy for l < count."""
        powers = self.t ** ball(first + 1)
        ends = zip(_lower(first + 1, rate * self.t, count), _lower(first + 1, rate, count), strict=True)
        found: list[Any] = []
        for above, below in ends:
            found.append(powers * above - below)
            powers *= self.t
        return found

    def _unitary(self, x: Any) -> Any:
        size = self.m - 1
        moments = _differences(self._moments(self.a, 2 * size + 1, x), 2)
        return arb_mat([[moments[j + k] for k in range(size)] for j in range(size)]).det()

    def _symplectic(self, x: Any) -> Any:
        size = 2 * (self.m - 1)
        moments = _differences(self._moments(self.a, 2 * size + 2, 2 * x), 4)
        return arb_mat([[(k - j) * moments[j + k - 1] if j != k else arb(0) for k in range(size)] for j in range(size)]
                       ).det()  # fmt: skip

    def _orthogonal(self, x: Any) -> Any:
        """Return the square of the Pfaffian, from b_jk = ∫∫ sgn(z − y) w_j(y) w_k(z), w_k = y^{a+k} e^{−xy/2}."""
        m, a, half = self.m, self.a, x / 2
        single = self._moments(a, m, half)
        double = self._moments(2 * a + 1, 2 * m, x)
        at_t, at_1 = self.t ** ball(a) * (-half * self.t).exp(), (-half).exp()
        b = [[arb(0)] * m for _ in range(m)]
        ends = at_t
        for k in range(m - 1):
            ends = ends * self.t
            for j in range(k + 1):
                # w_{k+1} = ((a + k + 1) w_k − (y w_k)')/(x/2)
                value = (ball(a + k + 1) * b[j][k] - (ends + at_1) * single[j] + 2 * double[j + k]) / half
                b[j][k + 1], b[k + 1][j] = value, -value
        # The functions are (y − 1) y^k: differences of rows and columns.
        rows = [[b[j + 1][k] - b[j][k] for k in range(m)] for j in range(m - 1)]
        matrix = [[row[k + 1] - row[k] for k in range(m - 1)] for row in rows]
        for j in range(m - 1):
            matrix[j][j] = arb(0)
        if m % 2 == 0:
            border = [single[k + 1] - single[k] for k in range(m - 1)]
            matrix = [[*row, each] for row, each in zip(matrix, border, strict=True)]
            matrix.append([*(-each for each in border), arb(0)])
        return arb_mat(matrix).det()


def _differences(values: list[Any], times: int) -> list[Any]:
    for _ in range(times):
        values = [b - a for a, b in pairwise(values)]
    return values


def _lower(s: Fraction, z: Any, count: int) -> list[Any]:
    """Return z^{−s} γ(s, z) for s, s + 1, …, so many."""
    top = s + count - 1
    if z > 2 * float(top) + ctx.prec:
        exponent, found = ball(s), list[Any]()
        upper, whole, power = z.gamma_upper(exponent), exponent.gamma(), z**exponent
        edge = (-z).exp()
        for _ in range(count):
            found.append((whole - upper) / power)
            upper, whole = exponent * upper + power * edge, exponent * whole
            exponent, power = exponent + 1, power * z
        return found
    exponent, edge = ball(top), (-z).exp()
    term = total = 1 / exponent
    k = 0
    while not (z < (exponent + k + 1) / 2 and term < total * arb(2) ** -ctx.prec):
        k += 1
        term = term * z / (exponent + k)
        total += term
    found = [(total + term * arb(0.5, 0.5)) * edge]
    for _ in range(count - 1):
        exponent = exponent - 1
        found.append((edge + z * found[-1]) / exponent)
    return found[::-1]
