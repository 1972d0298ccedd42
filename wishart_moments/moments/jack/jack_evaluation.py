"""All C_κ(X), |κ| <= K, in floats: by branching over the eigenvalues, one variable at a time.

For X >= 0 nothing is ever subtracted: the relative error is a few roundings for each variable, however small the
value. The expansion in power sums, which is exact for exact matrices, cancels in floats.

P_κ = (x_1 ⋯ x_m)^{κ_m} P_{κ − κ_m}, so that strips of m rows are not needed. Two variables need none at all: P_(d),
d = κ_1 − κ_2, is a Gegenbauer polynomial, and

    P_(d)(x_1, x_2)/P_(d)(1, 1) = d!/(2θ)_d Σ_i (θ)_i/i! (θ)_{d−i}/(d−i)! x_1^i x_2^{d−i}.

References: Koev, Edelman, Math. Comp. 75 (2006) 833 (evaluation by the variables); Macdonald, Symmetric Functions and
Hall Polynomials (1995), VI (10.16) and (10.20).
"""

from fractions import Fraction
from math import factorial, frexp, prod
from typing import Any

import numpy as np

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.admission import admit
from wishart_moments.moments.jack.jack_branching import (
    Array,
    Integers,
    level,
    partition_rows,
    places,
    refuse_many_strips,
    values_at_identity,
)

UNIT = 2.0**-53
"""The relative error of one rounding to the nearest float."""

LEAST = 1e-290
"""Below this, products of eigenvalues over the greatest may have been rounded to few digits or none."""

MAX_ORDER = 500
"""The largest degree of a table of values; their number grows at least like its square."""

MAX_BETA = Fraction(10**12)
"""The largest β in floats, and the inverse of the least."""


class JackValues:
    """B_κ = Π κ_i! C_κ(X/s)/k!, s = max|x_i|, for all κ of a growing degree k, at fixed eigenvalues; floats.

    Attributes:
        rows: the largest number of parts; by default the number of eigenvalues other than 0, and never more.
        scale: s.
        roundings: a bound of the relative error of a value, in units of 2^{−53} and to first order, for X >= 0.

    Example:
        >>> jack = JackValues(np.array([1.0, 2.0]), Fraction(1))
        >>> [4 * jack.extend() for _ in range(2)][1].round(12).tolist()  # C_(2), C_(1,1)/2 at diag(1, 2)
        [6.333333333333, 1.333333333333]
    """

    def __init__(self, eigenvalues: Array, beta: Fraction, rows: int | None = None) -> None:
        kept = eigenvalues[eigenvalues != 0]
        self.rows = len(kept) if rows is None else min(rows, len(kept))
        self.scale = float(np.abs(kept).max(initial=0.0))
        self._eigenvalues = kept[np.argsort(np.abs(kept))] / self.scale
        self._equal = len(set(kept.tolist())) == 1
        self._beta = beta
        self._degree = 0
        pairs = 6 * self.rows * (self.rows + 1)
        self.roundings = pairs if self._equal else len(kept) * (pairs + 40) + 2 * pairs
        self._ratios = np.ones(1)
        self._rising = np.ones(1)
        # B_κ in the first 0, 1, …, m variables: one row each, a column for each partition so far, of less than m rows.
        self._table = np.ones((len(kept) + 1, 1))
        self._at_identity = np.ones(1)

    def _of_two(self, k: int, rows: int) -> Array:
        """Return the B_κ in two variables."""
        theta, (x, y) = float(self._beta / 2), self._eigenvalues
        self._rising = np.append(self._rising, self._rising[-1] * ((theta + k - 1) / k))
        i = np.arange(k + 1)
        # (2θ)_k/k! is the sum at x = y = 1.
        products = self._rising * self._rising[::-1]
        self._ratios = np.append(self._ratios, (products * x**i * y ** (k - i)).sum() / products.sum())
        self.roundings = 6 * self.rows * (self.rows + 1) + 40 + 12 * k
        kappa = partition_rows(k, rows)
        first, second = kappa[:, 0], kappa[:, 1] if rows > 1 else 0
        return values_at_identity(k, rows, 2, self._beta) * (x * y) ** second * self._ratios[first - second]

    def refuse(self, k: int) -> None:
        """Raise a LimitError if degree k is out of reach."""
        if self.rows and not self._equal and len(self._eigenvalues) > 2:
            refuse_many_strips(k, min(self.rows, len(self._eigenvalues) - 1, k))

    def extend(self) -> Array:
        """Return the B_κ of the next degree, in the order of `partition_rows`.

        Raises:
            LimitError: if there are too many horizontal strips.
        """
        self._degree += 1
        if self.rows == 0:
            return np.zeros(0)
        k, rows = self._degree, min(self.rows, self._degree)
        if len(self._eigenvalues) == 2 and not self._equal:
            return self._of_two(k, rows)
        if self._equal:
            return self._eigenvalues[0] ** k * values_at_identity(k, rows, len(self._eigenvalues), self._beta)
        m = len(self._eigenvalues)
        kappa, starts, removed, inner, weights = level(k, min(rows, m - 1), self._beta)
        offset = self._table.shape[1]
        self._table = np.column_stack([self._table, np.zeros((len(self._table), len(kappa)))])
        lengths = (kappa > 0).sum(axis=1)
        within = inner < offset  # all strips but the empty one, κ = μ, the first of each κ
        columns = np.where(within, inner, 0)
        for i, x in enumerate(self._eigenvalues, 1):
            powers = x ** np.arange(k + 1)
            terms = np.where(within, self._table[i - 1, columns], 0.0) * weights * powers[removed]
            column = np.add.reduceat(terms, starts) + self._table[i - 1, offset:]
            self._table[i, offset:] = np.where(lengths <= i, column, 0.0)
        if self.rows < m:
            return self._table[-1, offset:].copy()
        self.roundings += 1
        self._at_identity = np.append(self._at_identity, values_at_identity(k, min(rows, m - 1), m, self._beta))
        if rows < m:
            return self._table[-1, offset:].copy()
        full = partition_rows(k, m)
        last = full[:, -1]
        first = places((full[:, :-1] - last[:, None]).T, k)
        ratios = self._table[-1, first] / self._at_identity[first]
        return values_at_identity(k, m, m, self._beta) * ratios * np.prod(self._eigenvalues) ** last


def one_row_value(k: int, eigenvalues: Array, beta: Fraction) -> float:
    """Return C_(k)(X) = k!/(θ)_k [z^k] Π_i (1 − z x_i)^{−θ} from k a_k = θ Σ_j p_j a_{k−j}.

    Example:
        >>> one_row_value(2, np.array([1.0, 2.0]), Fraction(1))
        6.333333333333333
    """
    theta = float(beta / 2)
    sums = [float((eigenvalues**j).sum()) for j in range(1, k + 1)]
    series = [1.0]
    for j in range(1, k + 1):
        # (j!/(θ)_j) a_j is carried along, which stays within (tr |X|)^j.
        total, ratio = 0.0, 1.0
        for i in range(1, j + 1):
            ratio *= (j - i + 1) / (theta + j - i)
            total += ratio * sums[i - 1] * series[j - i]
        series.append(theta * total / j)
    return series[k]


def zonal_value(kappa: Partition, eigenvalues: Array, beta: Fraction) -> float:
    """Return C_κ(X) in floats: by its generating function for one row, else by branching.

    Example:
        >>> round(zonal_value((2, 1), np.array([1.0, 2.0]), Fraction(1)), 12)
        14.4
    """
    if len(kappa) <= 1:
        return one_row_value(kappa[0], eigenvalues, beta) if kappa else 1.0
    jack = JackValues(eigenvalues, beta, len(kappa))
    if len(kappa) > jack.rows:
        return 0.0
    values = [jack.extend() for _ in range(sum(kappa))][-1]
    place = (partition_rows(sum(kappa), jack.rows) == kappa).all(axis=1)
    return _unscaled(float(values[place][0]), kappa, jack.scale, bool(eigenvalues.min() >= 0))


def eigenvalues_of(matrix: Any, *, hermitian: bool = False, definite: bool = False) -> Array:
    """Return the eigenvalues of a symmetric (or Hermitian) matrix of numbers, ascending, in floats.

    Raises:
        DomainError: if the matrix is not square, not symmetric, or not positive semidefinite where it must be.
        MethodError: if it has symbols in it.
    """
    return admit(matrix, hermitian=hermitian, definite=definite).eigenvalues


def zonal_values(matrix: Any, order: Any, *, beta: Any = 1) -> dict[Partition, float]:
    """Return C_κ(X) for all κ of at most `order` with at most m parts, the others being 0; floats.

    Args:
        matrix: X, m×m symmetric (complex Hermitian for beta=2), as for `zonal_polynomial`.
        order: the largest |κ|.
        beta: 1, or a positive rational for the Jack polynomials with parameter 2/β; Σ_{κ ⊢ k} C_κ(X) = (tr X)^k.

    Returns:
        Relative errors of some m units of rounding for positive semidefinite X, given its eigenvalues; absolute ones
        below 1e-290 for those less than that.

    Raises:
        DomainError, MethodError: for a matrix that is none, a bad order, a beta that is no positive rational.
        LimitError: where the last degree has too many horizontal strips; for eigenvalues so far apart that a value
            underflows beside the greatest eigenvalue's power.

    Cost:
        |κ| <= 12 for m = 10: some 0.1 s, the next time some milliseconds.

    References:
        Koev, Edelman, Math. Comp. 75 (2006) 833.

    Example:
        >>> {kappa: round(c, 12) for kappa, c in zonal_values([[2, 1], [1, 2]], 2).items()}
        {(): 1.0, (1,): 4.0, (2,): 12.0, (1, 1): 4.0}
    """
    order, dyson = domain.order(order, "order"), domain.dyson_index(beta)
    if not isinstance(dyson, Fraction):
        raise MethodError("zonal polynomials need a number for beta, such as beta=1")
    if not 1 / MAX_BETA <= dyson <= MAX_BETA:
        raise LimitError(f"need beta from 1e-12 to 1e12 in floats, got {domain.shown(dyson)}")
    if order > MAX_ORDER:
        raise LimitError(f"need order <= {MAX_ORDER:,}, got {order:,}")
    eigenvalues = eigenvalues_of(matrix, hermitian=dyson == 2)
    m, jack, positive = len(eigenvalues), JackValues(eigenvalues, dyson), bool(eigenvalues.min() >= 0)
    jack.refuse(order)
    result: dict[Partition, float] = {(): 1.0}
    for k in range(1, order + 1):
        at_rank = {_label(row): float(b) for row, b in zip(partition_rows(k, jack.rows), jack.extend(), strict=True)}
        for label in map(_label, partition_rows(k, m)):
            kept = at_rank.get(label)
            result[label] = 0.0 if kept is None else _unscaled(kept, label, jack.scale, positive)
    return result


def _unscaled(value: float, label: Partition, scale: float, positive: bool) -> float:
    """Return C_κ(X) = k!/Π κ_i! s^k B_κ; of X >= 0 no B_κ in as many rows as X has rank is 0, but it may underflow."""
    k = sum(label)
    if positive and value < LEAST and scale > 1:
        raise LimitError(
            f"need eigenvalues nearer to each other: C_{label} is less than 1e-290 of the greatest to the power {k}; "
            "zonal_polynomial is exact at exact matrices"
        )
    multinomial = factorial(k) // prod(map(factorial, label))
    try:
        power = scale**k if abs(k * frexp(scale)[1]) < 300 else 0.0
        if 1e-100 < power < 1e100 and abs(value) < 1e100 and multinomial < 10**100:
            return value * multinomial * power
        # Neither factor need be in the range of floats.
        return float(Fraction(value) * multinomial * Fraction(scale) ** k)
    except OverflowError:
        raise DomainError("a value exceeds the range of floats; scale the matrix down") from None


def _label(row: Integers) -> Partition:
    return tuple(int(part) for part in row if part)
