"""What the laws of both extreme eigenvalues of a Wishart matrix share: the arguments, validated, and the closed form.

With θ = β/2 the eigenvalues x of S, Σ = I, have the density ∝ Π x_i^{θ(n−m+1)−1} e^{−θ x_i} Π |x_i − x_j|^β. In the
weights of `interval` these are, a = n − m,

    β = 1:  √(w/f), w = y^a e^{−y}, y = x;    β = 2:  w = y^a e^{−y}, y = x;    β = 4:  f w, w = y^{2a} e^{−y}, y = 2x.
"""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.admission import admit
from wishart_moments.moments.extremes.correlated import correlated
from wishart_moments.moments.extremes.interval import probability
from wishart_moments.moments.extremes.proved_value import ProvedValue
from wishart_moments.moments.extremes.weights import Laguerre

MAX_ROWS = 300
"""The largest m of the closed form; a second there."""

MAX_COLUMNS = 100_000
"""The largest n of the closed form."""


class WishartEigenvalues:
    """A point x and a Wishart law whose eigenvalues are compared with it.

    Args:
        x: a number >= 0.
        m, n: the dimension and the degrees of freedom; n > m − 1 where there is a scale.
        scale: Σ, positive definite, or None for the identity.
        beta: a positive rational; with a scale 1 or 2.

    Attributes:
        point, n, beta: exact.
        rows: m; where n < m at Σ = I, n, and n is m: the non-zero eigenvalues are the same.
        zeros: how many eigenvalues are 0.
        inverse: the eigenvalues of Σ^{−1}.
    """

    def __init__(self, x: Any, m: Any, n: Any, scale: Any, beta: Any) -> None:
        self.point, rows = Fraction(domain.number(x, "x", ">= 0")), domain.size(m, "m")
        dyson = domain.dyson_index(beta)
        if not isinstance(dyson, Fraction):
            raise MethodError("the distribution function needs a number for beta, such as beta=1")
        if self.point < 0:
            raise DomainError(f"need x >= 0 and finite, got {domain.shown(x)}")
        columns = domain.degrees_of_freedom(n, rows)
        if not domain.is_number(columns):
            raise MethodError(f"the distribution function needs a number for n, got {domain.shown(n)}")
        given = None if scale is None else [1 / each for each in _positive_eigenvalues(scale, rows, dyson)]
        self.zeros = 0
        if given is None and columns <= rows - 1:
            self.zeros = rows - int(columns)
            rows, columns = int(columns), rows
        if not columns > rows - 1:
            raise DomainError(
                f"need n > m - 1 with a scale, got m = {domain.shown(rows)}, n = {domain.shown(columns)}; S is singular"
            )
        self.rows, self.n, self.beta, self._given = rows, columns, dyson, given

    @property
    def inverse(self) -> NDArray[np.float64]:
        """The eigenvalues of Σ^{−1}."""
        return np.ones(self.rows) if self._given is None else np.array([float(each) for each in self._given])

    def closed_form(self, *, upper: bool, complement: bool) -> ProvedValue | None:
        """Return P(all non-zero eigenvalues lie below x), or above, or 1 less that; None where there is no closed form.

        There is one for β = 2; for multiples of I and β = 1, 4, but not for β = 4 and n <= m − 1/2; and for m = 1.

        Raises:
            LimitError: for m > 300, 100 for β = 2 and no multiple of I, or n > 100,000.
        """
        equal = self._given is None or len(set(self._given)) == 1
        a, theta = Fraction(self.n) - self.rows, self.beta / 2
        single = self.rows == 1
        if not (self.beta == 2 or (equal and (single or self.beta == 1 or (self.beta == 4 and 2 * a > -1)))):
            return None
        if self.rows > MAX_ROWS or self.n > MAX_COLUMNS:
            raise LimitError(
                f"need m <= {MAX_ROWS} and n <= {MAX_COLUMNS:,}, "
                f"got m = {domain.shown(self.rows)}, n = {domain.shown(self.n)}"
            )
        if self._given is not None and not equal:
            return correlated(self._given, Fraction(self.n), self.point, upper=upper, complement=complement)
        at = self.point if self._given is None else self.point * self._given[0]
        if single:  # a gamma variable: its density is w itself
            return probability(Laguerre(theta * self.n - 1), theta * at, 1, 2, upper=upper, complement=complement)
        weight, at = (Laguerre(2 * a), 2 * at) if self.beta == 4 else (Laguerre(a), at)
        return probability(weight, at, self.rows, int(self.beta), upper=upper, complement=complement)


def _positive_eigenvalues(scale: Any, m: int, beta: Fraction) -> list[Fraction]:
    """Return the eigenvalues of Σ, exact for an exact diagonal matrix, else as floats have them."""
    admitted = admit(scale, hermitian=beta == 2)
    eigenvalues: Any = admitted.eigenvalues
    if len(eigenvalues) != m:
        raise DomainError(f"need m = {len(eigenvalues)}, the dimension of scale, got {domain.shown(m)}")
    if not eigenvalues.min() > m * np.finfo(float).eps * eigenvalues.max():
        raise DomainError("need a positive definite scale")
    rows = admitted.rows()
    if admitted.is_exact and all(rows[i][j] == 0 for i in range(m) for j in range(m) if i != j):
        return [Fraction(rows[i][i]) for i in range(m)]
    return [Fraction(float(each)) for each in eigenvalues]
