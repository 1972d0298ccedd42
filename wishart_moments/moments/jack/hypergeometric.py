"""Hypergeometric functions of a matrix argument, with an error that is proved.

    pFq(a; b; X) = Σ_k Σ_{κ ⊢ k} Π_i (a_i)_κ / Π_j (b_j)_κ C_κ(X)/k!,   (x)_κ = Π_{(i,j)∈κ} (x + j − 1 − θ(i−1)),

θ = β/2, and with C_κ(X) C_κ(Y)/C_κ(I) in place of C_κ(X) for two matrices; C_κ is James' (Σ_{κ ⊢ k} C_κ = (tr)^k).
0F0(X) = etr X, 1F0(a; X) = det(I − X)^{−a}: what has such a form is in `closed_cases`, and for β = 2 all of them are
determinants of scalar functions, `hermitian_cases`. The series converges everywhere for p <= q, and for ‖X‖ < 1 if
p = q + 1.

Signs that alternate are avoided where a transformation does it:

    0F0(X, Y) = exp(c tr Y) 0F0(X − cI, Y),   1F1(a; b; X) = etr(X) 1F1(b−a; b; −X)   (Kummer),
    2F1(a, b; c; X) = det(I−X)^{−a} 2F1(a, c−b; c; −X(I−X)^{−1})   (Pfaff, reaching all X < I/2)
                    = det(I−X)^{c−a−b} 2F1(c−a, c−b; c; X)   (Euler).

References: Constantine, Ann. Math. Statist. 34 (1963) 1270; Herz, Ann. of Math. 61 (1955) 474; Muirhead, Aspects of
Multivariate Statistical Theory (1982), 7.3, 7.4; Yan, Contemp. Math. 138 (1992) 239 (all β); Koev, Edelman (2006).
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.admission import named
from wishart_moments.moments.jack.closed_cases import by_one_row, closed_case, one_eigenvalue, terminates
from wishart_moments.moments.jack.hermitian_cases import hermitian
from wishart_moments.moments.jack.hypergeometric_exact import listed
from wishart_moments.moments.jack.hypergeometric_tail import comparisons
from wishart_moments.moments.jack.hypergeometric_value import HypergeometricValue, times
from wishart_moments.moments.jack.jack_branching import Array, partition_rows, values_at_identity
from wishart_moments.moments.jack.jack_evaluation import UNIT, JackValues, eigenvalues_of

MAX_DEGREE = 1000
"""The largest |κ| that is tried, twice that for two eigenvalues."""

MAX_PARAMETERS = 20
"""The most parameters on either side."""

MAX_PARAMETER = 10**12
"""The largest parameter, and the largest β."""

_HIGHEST = 500.0
"""The logarithm of a term, in the unit of the sum, from which on the unit grows."""


def hypergeometric(
    upper: Sequence[Any],
    lower: Sequence[Any],
    x: Any,
    y: Any = None,
    *,
    beta: Any = 1,
    tolerance: float = 1e-10,
    order: Any = None,
    log: bool = False,
) -> HypergeometricValue:
    """Return pFq(a; b; X) or pFq(a; b; X, Y) for symmetric matrices, in floats with an error bound.

    Args:
        upper, lower: a_1, …, a_p and b_1, …, b_q, real numbers; no (b_j)_κ may vanish.
        x, y: m×m symmetric matrices (complex Hermitian for beta=2): NumPy, SymPy or nested lists.
        beta: 1 (zonal polynomials), 2 (Schur functions), 4, or any positive rational.
        tolerance: degrees are added until what is left out is proved to be less than this part of the value, or less
            than the roundings; what needs no series has all digits.
        order: sum the |κ| <= order instead, whatever that leaves out.
        log: return the logarithm, with its error, of a value that is positive: it may exceed the range of floats.

    Returns:
        value, error, order, proved; `float(…)` gives the value.

    Raises:
        DomainError: where the series diverges, at a pole, for a matrix that is none.
        LimitError: if the tolerance is out of reach; give an order, or a greater tolerance.

    Cost:
        Two matrices or different eigenvalues: m = 4, order 30 takes 0.3 s and, with other eigenvalues, 20 ms from
        then on. X = xI is cheap.

    References:
        See the module; the bounds are those of `hypergeometric_tail`.

    Examples:
        >>> result = hypergeometric([], [], [[1, 0], [0, 2]])  # exp(3) = 20.0855369231877
        >>> round(result.value, 8), result.error < 1e-8, result.proved
        (20.08553692, True, True)
        >>> round(float(hypergeometric(["1/2"], [2], [[0.5, 0.1], [0.1, 0.5]])), 9)
        1.298661048
        >>> hypergeometric(["1/2"], ["3/2"], [[0, 0, 0], [0, 500, 0], [0, 0, 2000]], log=True)  # Bingham's constant
        HypergeometricValue(1991.85008327839 +- 2.1e-12, order=2329, proved)
    """
    dyson = domain.dyson_index(beta)
    if not isinstance(dyson, Fraction):
        raise MethodError("hypergeometric functions need a number for beta, such as beta=1")
    a, b = parameters(upper, "upper"), parameters(lower, "lower")
    first = _eigenvalues(x, "x", hermitian=dyson == 2)
    second = None if y is None else _eigenvalues(y, "y", hermitian=dyson == 2)
    if second is not None and len(second) != len(first):
        raise DomainError(f"need two matrices of one size, got {len(first)} and {len(second)} rows")
    relative = domain.positive(tolerance, "tolerance")
    last, logarithm = None if order is None else domain.order(order, "order"), domain.flag(log, "log")
    try:
        return at_eigenvalues(a, b, first, second, beta=dyson, tolerance=relative, order=last, log=logarithm)
    except OverflowError:
        raise LimitError("need parameters whose terms are within the range of floats, 1.8e308") from None


def parameters(values: Any, name: str) -> list[Fraction]:
    """Return the parameters as fractions; floats are the dyadic rationals that they are."""
    given = listed(values, name)
    if len(given) > MAX_PARAMETERS:
        raise LimitError(f"need at most {MAX_PARAMETERS} {name} parameters, got {len(given):,}")
    return [Fraction(domain.number(value, f"every {name} parameter", "to be real")) for value in given]


def _eigenvalues(matrix: Any, name: str, *, hermitian: bool) -> Array:
    try:
        with named(name):
            return eigenvalues_of(matrix, hermitian=hermitian)
    except OverflowError:
        raise DomainError(f"the entries of {name} exceed the range of floats") from None


def at_eigenvalues(
    upper: list[Fraction],
    lower: list[Fraction],
    x: Array,
    y: Array | None = None,
    *,
    beta: Fraction,
    tolerance: float,
    order: int | None = None,
    log: bool = False,
) -> HypergeometricValue:
    """Return the function at matrices that are given by their eigenvalues, or its logarithm."""
    theta = beta / 2
    if large := [value for value in (*upper, *lower, beta) if abs(value) > MAX_PARAMETER]:
        raise LimitError(f"need parameters and beta of at most {MAX_PARAMETER:.0e}, got {domain.shown(large[0])}")
    _refuse_poles(lower, theta, len(x))
    multiple = 1.0
    if y is not None and np.all(x == x[0]):
        x, y = y, x
    if y is not None and np.all(y == y[0]):
        multiple, y = float(y[0]), None
    if order is None and (direct := _directly(upper, lower, x, y, theta, multiple)) is not None:
        return times(*direct, log)
    with np.errstate(over="ignore"):
        x = x * multiple
    if not np.isfinite(x).all():
        raise OverflowError
    if order is None and y is None and (row := by_one_row(upper, lower, x, theta)) is not None:
        return times(row[0], HypergeometricValue(*row[1:], True), log)
    if y is not None:
        factor, x, y = (0.0, x, y) if upper or lower else _shifted(x, y)
        # The branching of the one with fewer variables, the greatest eigenvalue of the other bounds the rest.
        if np.count_nonzero(y) < np.count_nonzero(x):
            x, y = y, x
    else:
        factor, upper, lower, x = transformed(upper, lower, x, theta)
    with np.errstate(over="ignore", invalid="ignore"):
        unit, found = _summed(upper, lower, x, y, beta, tolerance, order)
    return times(factor + unit, found, log)


def _directly(
    upper: list[Fraction], lower: list[Fraction], x: Array, y: Array | None, theta: Fraction, multiple: float
) -> tuple[float, HypergeometricValue] | None:
    """Return f and v with pFq = e^f v: a closed form, a scalar function or determinants."""
    if y is None and (closed := closed_case(upper, lower, x, theta, multiple)) is not None:
        return closed[0], HypergeometricValue(1.0, math.expm1(closed[1]), 0, True)
    if y is None and (single := one_eigenvalue(upper, lower, x, multiple)) is not None:
        return single[0], HypergeometricValue(*single[1:], 0, True)
    if theta != 1 or (y is None and len(x) == 1):
        return None
    if (found := hermitian(upper, lower, x, y, multiple)) is not None:
        return found[0], HypergeometricValue(*found[1:], 0, True)
    kummer = (len(upper), len(lower)) == (1, 1) and y is None and not terminates(upper)
    if kummer and (found := hermitian([lower[0] - upper[0]], lower, -x, y, multiple)) is not None:
        return found[0] + math.fsum(x) * multiple, HypergeometricValue(*found[1:], 0, True)
    return None


def _refuse_poles(lower: list[Fraction], theta: Fraction, m: int) -> None:
    for b in lower:
        for i in range(m):
            if b - theta * i <= 0 and (b - theta * i).denominator == 1:
                raise DomainError(f"need lower parameters with no (b)_κ = 0; {b} − {theta * i} is no positive integer")


def _refuse_near_poles(lower: list[Fraction], theta: Fraction, m: int) -> None:
    """Raise where b + u rounds to a number that is not near it: the bounds are computed in floats."""
    for b in lower:
        for i in range(m):
            pole = b - theta * i
            if abs(pole - min(round(pole), 0)) < Fraction(1, 10**6) * max(1, b):
                raise LimitError(f"need lower parameters 1e-6 or more from where (b)_κ = 0, got {domain.shown(b)}")


def _shifted(x: Array, y: Array) -> tuple[float, Array, Array]:
    """Return f, X', Y' >= 0 with 0F0(X, Y) = e^f 0F0(X', Y')."""
    c = min(float(x.min()), 0.0)
    factor, x = c * math.fsum(y), x - c
    d = min(float(y.min()), 0.0)
    return factor + d * math.fsum(x), x, y - d


def transformed(
    upper: list[Fraction], lower: list[Fraction], x: Array, theta: Fraction
) -> tuple[float, list[Fraction], list[Fraction], Array]:
    """Return f, a', b', X' with pFq(a; b; X) = e^f pFq(a'; b'; X'), X' >= 0 where possible."""
    unchanged = (0.0, upper, lower, x)
    shape = (len(upper), len(lower))
    if shape in ((0, 0), (1, 1)) and x.sum() < 0 and not terminates(upper):
        if shape == (0, 0):
            c = float(x.min())
            return c * len(x), upper, lower, x - c
        return math.fsum(x), [lower[0] - upper[0]], lower, -x
    if shape != (2, 1) or terminates(upper) or x.max() >= 1:
        return unchanged
    (a, b), c = sorted(upper), lower[0]
    image = -x / (1 - x)
    if (x.min() < 0 and x.max() <= 0) or np.abs(image).max() < np.abs(x).max():
        return -float(b) * float(np.log1p(-x).sum()), [b, c - a], lower, image
    if x.min() >= 0 and a + b > c and min(c - a, c - b) > theta * (len(x) - 1):
        return float(c - a - b) * float(np.log1p(-x).sum()), [c - a, c - b], lower, x
    return unchanged


def _summed(
    upper: list[Fraction],
    lower: list[Fraction],
    x: Array,
    y: Array | None,
    beta: Fraction,
    tolerance: float,
    order: int | None,
) -> tuple[float, HypergeometricValue]:
    """Return u and v with the sum e^u v: the terms of degree k are kept times c^k, all of them times e^{−u}."""
    m, theta, ends = len(x), beta / 2, terminates(upper)
    radius = 0.0 if y is None else float(np.abs(y).max())
    sizes = np.abs(x[x != 0]) * (1.0 if y is None else radius)
    if not ends and len(upper) > len(lower) and sizes.size and (len(upper) > len(lower) + 1 or sizes.max() >= 1):
        where = "nowhere" if len(upper) > len(lower) + 1 else f"for ‖X‖ < 1 only, got {sizes.max():.6g}"
        raise DomainError(f"the series {len(upper)}F{len(lower)} converges {where}, unless it ends")
    if not sizes.size or (y is not None and radius == 0):
        return 0.0, HypergeometricValue(1.0, 0.0, 0, True)
    jack, positive = JackValues(x, beta), None if x.min() >= 0 else JackValues(np.abs(x), beta)
    other = None if y is None else JackValues(y, beta)
    rows, scale = jack.rows, jack.scale * (radius if other else 1.0)
    _refuse_near_poles(lower, theta, m)
    compared = comparisons([float(a) for a in upper], [float(b) for b in lower], float(theta), sizes)
    ratios = np.ones((rows, 1))
    value, rounding, totals, unit = 1.0, 0.0, [1.0], 0.0
    # The terms of degree k are about (Σ x^{1/r})^{rk}/k!^r at most, r = 1 + q − p.
    r = 1 + len(lower) - len(upper)
    spread = r * float((sizes ** (1 / r)).sum()) if r > 0 else 0.0
    shrink = (300 / spread) ** r if spread > 300 else 1.0
    tail = math.inf
    if order is not None:
        jack.refuse(order)
    elif y is None and len(upper) == len(lower) and not ends:
        _refuse_high_degrees(jack, float(sizes.sum()) - m * float(max(0, sum(lower) - sum(upper))), tolerance)
    most = MAX_DEGREE * (2 if rows == 2 and y is None and len(upper) == len(lower) else 1)
    for k in range(1, most + 1 if order is None else order + 1):
        try:
            terms = jack.extend()
            majorant = terms if positive is None else positive.extend()
            kappa = partition_rows(k, rows)
            if other is not None:
                both = other.extend()[(partition_rows(k, other.rows)[:, rows:] == 0).all(axis=1)]
                terms = terms * (both / values_at_identity(k, rows, m, beta))
        except LimitError:
            if order is not None:
                raise
            break
        # Row by row Π_{t<κ_i} s h(t − θ(i−1))/(t + 1), to go with Π κ_i! C_κ(X/s)/k!.
        ratios = np.column_stack(
            [ratios, ratios[:, -1] * _factors(upper, lower, theta, rows, k - 1) * (shrink * scale) / k]
        )
        ratio = np.prod(ratios[np.arange(rows)[:, None], kappa.T], axis=0)
        size = float((np.abs(ratio) * majorant).sum())
        if not math.isfinite(size):
            raise LimitError("need smaller eigenvalues of x: the terms exceed the range of floats")
        height = math.log(size) - k * math.log(shrink) - unit if size else -math.inf
        if height > _HIGHEST:
            value, rounding = value * math.exp(-height), rounding * math.exp(-height)
            height, unit = 0.0, unit + height
        totals.append(math.exp(height))
        value += float((ratio * terms).sum()) / size * totals[-1] if size else 0.0
        units = jack.roundings + (other.roundings + 8 * m * (m + 1) if other else 0)
        rounding += UNIT * totals[-1] * (units + 4 * k * (1 + len(upper) + len(lower)) + rows + 30)
        floor = 0.0 if ends else float(np.finfo(float).tiny)
        tail = min(each.tail(kappa, max(totals[-1], floor), unit) for each in compared)
        if order is None and tail <= max(tolerance * abs(value), rounding):
            return unit, HypergeometricValue(value, tail + rounding, k, True)
        if tail == 0:
            return unit, HypergeometricValue(value, rounding, k, True)
    if order is None:
        raise LimitError(f"need a greater tolerance or an order; |κ| <= {len(totals) - 1} does not reach {tolerance:g}")
    if math.isfinite(tail):
        return unit, HypergeometricValue(value, tail + rounding, order, True)
    growth = totals[-1] / totals[-2] if order else math.inf
    estimate = totals[-1] * growth / (1 - growth) if growth < 1 else math.inf
    return unit, HypergeometricValue(value, estimate + rounding, order, False)


def _refuse_high_degrees(jack: JackValues, mean: float, tolerance: float) -> None:
    """Raise the LimitError at once where the degrees that the tolerance needs are out of reach, by an estimate.

    For p = q the terms are spread over the degrees much as a Poisson variable of mean tr X − m(Σb − Σa), or more. The
    estimate, the mean and six tenths of what Chernoff's bound asks for beyond it, is on the low side.
    """
    if mean <= 0:
        return
    degree = mean + 0.6 * math.sqrt(2 * mean * max(0.0, -math.log(tolerance)))
    try:
        if degree > (most := MAX_DEGREE * (2 if jack.rows == 2 else 1)):
            raise LimitError(f"more than {most}")
        jack.refuse(int(degree))
    except LimitError as error:
        raise LimitError(
            f"need a smaller matrix, a greater tolerance or an order; |κ| = {degree:.0f} is out of reach: {error}"
        ) from None


def _factors(upper: list[Fraction], lower: list[Fraction], theta: Fraction, rows: int, t: int) -> Array:
    """Return h(t − θ(i−1)) for i = 1..rows; exact, then rounded once: zeros are zeros."""
    result: list[float] = []
    for i in range(rows):
        u = t - theta * i
        result.append(float(math.prod((a + u for a in upper), start=Fraction(1)) / math.prod(b + u for b in lower)))
    return np.array(result)
