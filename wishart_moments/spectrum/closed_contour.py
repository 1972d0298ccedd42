"""The exact density of the eigenvalues of a complex S at every Σ: one closed contour around the inverse eigenvalues.

With Λ_j > 0 the eigenvalues of Σ, e_k their elementary symmetric functions, e_k^j those without Λ_j, and n!/(n−k)! the
falling factorial (n)_k, `general_scale`'s sums give T(z) = E tr S(zI + S)^{-1}, and xρ(x) = Im T(−x − i0)/π. All of it
but the integral over r is a polynomial in 1/z; of that the imaginary part is a loop around the poles r = x/Λ_j. With
r = xt,

    xρ(x) = (1/n!) Σ_k (−1)^k x^{n+1−k} (1/2πi) ∮ t^n e^{−xt} Q_k(t)/Π_i(1 − Λ_i t) dt,
    Q_k(t) = k(n)_k e_k + (k−1)(n)_{k−1} Σ_j Λ_j e_{k−1}^j/(1 − Λ_j t).

Eigenvalues may coincide, n may be less than m. The contour is an ellipse in log t; the trapezoidal rule converges
geometrically there and its number of points is doubled until nothing changes. What cancels is paid for by digits: the
radii of the balls say how many are left.

Reference: Recher, Kieburg, Guhr, Zirnbauer, J. Stat. Phys. 148 (2012) 981 (the density by supersymmetry).
"""

from typing import Any

import numpy as np
from flint import acb, acb_mat, arb
from numpy.typing import NDArray

from wishart_moments.errors import LimitError
from wishart_moments.precision import working_precision

Array = NDArray[np.float64]

_HEIGHT = 1.2
"""Half the height of the ellipse: below π/2, so that e^{−xt} is at most 1."""

_MAX_POINTS = 8192
_MAX_BITS = 8192
_BITS = 64
"""The density is wanted to 2^-64 of its largest value times x."""


class ClosedContour:
    """The density at the eigenvalues Λ > 0 of Σ and n degrees of freedom.

    Example:
        >>> import numpy as np
        >>> law = ClosedContour(np.array([2.0]), 1, np.array([1e-3, 1.0, 50.0]))
        >>> law.density(np.array([2.0])).round(12)  # e^(-1)/2
        array([0.18393972])
    """

    def __init__(self, scale: Array, n: int, ends: Array) -> None:
        self.scale, self.n = scale, n
        plain: Any = np
        probes = plain.geomspace(ends[1], ends[2], 9)
        self.bits, self.points = 128 + 3 * (len(scale) + n), 64
        self._kept: tuple[Any, Any] = (None, None)
        before = self._products(probes)
        while True:
            self.points *= 2
            found = self._products(probes)
            largest: Any = max(abs(each.mid()) for each in found)
            if not all(each.rad() <= largest * arb(2) ** -_BITS for each in found):
                self.bits, self.points = 2 * self.bits, self.points // 2
            elif all(abs(a.mid() - b.mid()) <= largest * arb(2) ** -_BITS for a, b in zip(found, before, strict=True)):
                return
            else:
                before = found
            if self.bits > _MAX_BITS or self.points > _MAX_POINTS:
                raise LimitError("need fewer digits for this density than balls of 8192 bits have; take a smaller m, n")

    def density(self, x: Array) -> Array:
        """Return ρ at positive x."""
        flat = x.ravel()
        values = [max(float(each.mid()), 0.0) for each in self._products(flat)]
        return (np.array(values) / flat).reshape(x.shape)

    def _products(self, x: Array) -> list[Any]:
        """Return the balls xρ(x)."""
        with working_precision(self.bits):
            if self._kept[0] != (self.bits, self.points):
                self._kept = (self.bits, self.points), self._nodes(self.points)
            t, rows = self._kept[1]
            points = [arb(float(each)) for each in x]
            waves = acb_mat([[(-(each * node)).exp() for node in t] for each in points])
            sums = waves * acb_mat(rows)
            found: list[Any] = []
            for i, each in enumerate(points):
                total = arb(0)
                for k in range(len(rows[0])):  # Σ_k (−1)^k x^{n+1−k}, by Horner
                    total = total * each + sums[i, k].imag * (1 if k % 2 else -1)
                found.append(total * each ** (self.n + 1 - len(rows[0])))
            return found

    def _nodes(self, points: int) -> tuple[list[Any], list[list[Any]]]:
        """Return the t of the upper half, and their weights for k = 1, 2, …"""
        n, m = self.n, len(self.scale)
        scale = [arb(float(each)) for each in self.scale]
        last = min(m, n + 1)
        whole = _elementary(scale, last)
        falling = [arb(1)]
        for k in range(last):
            falling.append(falling[-1] * (n - k))
        others = [_elementary(scale[:j] + scale[j + 1 :], last) for j in range(m)]
        inner = acb_mat([[scale[j] * others[j][k - 1] * falling[k - 1] * (k - 1) for k in range(1, last + 1)]
                         for j in range(m)])  # fmt: skip
        logs = [each.log() for each in (1 / max(scale, key=float), 1 / min(scale, key=float))]
        middle, half = (logs[0] + logs[1]) / 2, (logs[1] - logs[0]) / 2
        height = arb(_HEIGHT)
        width = (half * half + height * height).sqrt()
        factorial = arb(n + 1).gamma()
        nodes: list[Any] = []
        fractions: list[list[Any]] = []
        weights: list[Any] = []
        for i in range(points // 2):
            angle = arb.pi() * (2 * i + 1) / points
            sine, cosine = angle.sin(), angle.cos()
            t = acb(middle + width * cosine, height * sine).exp()
            kept = [1 / (1 - each * t) for each in scale]
            weight = t ** (n + 1) * acb(-width * sine, height * cosine) * 2 / (factorial * points)
            for each in kept:
                weight *= each
            nodes.append(t)
            fractions.append(kept)
            weights.append(weight)
        sums = acb_mat(fractions) * inner
        rows = [
            [weight * (k * falling[k] * whole[k] + sums[i, k - 1]) for k in range(1, last + 1)]
            for i, weight in enumerate(weights)
        ]
        return nodes, rows


def _elementary(values: list[Any], last: int) -> list[Any]:
    """Return e_0..e_last."""
    found: list[Any] = [arb(1)] + [arb(0)] * last
    for value in values:
        for k in range(last, 0, -1):
            found[k] = found[k] + value * found[k - 1]
    return found
