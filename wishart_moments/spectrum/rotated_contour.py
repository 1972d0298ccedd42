"""The exact density of the eigenvalues of S at every Σ, real or complex: integrals along a ray beside the real axis.

With Λ_j > 0 the eigenvalues of Σ, `general_scale` gives T(z) = E tr S(zI + S)^{-1} as an integral over the eigenvalues
r_1, r_2 of a 2×2 Wishart matrix (complex: over one r), and xρ(x) = Im T(−x − i0)/π. There r = xt, and the factors
1 − Λ_j t must not vanish: t = e^{u + iφ} runs along the ray of angle φ, where e^{−xt} still falls. With f_0 = 1,

    f_j = 1/(1 − Λ_j t),   a_j = Λ_j/(1 + ζΛ_j),   g(t) = [t^{n+1} e^{−xt} Π_j f_j(t)]^{β/2},
    complex:  κ_j = ∫ g f_j du,   T = x^{n+1}/n! Σ_k k (n)_k (−x)^{−k} [ζ^k] Π_j (1 + ζΛ_j) {κ_0 − Σ_j a_j κ_j/x};
    real:     κ_jk = ∫∫ sgn(u_1 − u_2) (t_1 − t_2) g f_j(t_1) g f_k(t_2) du_1 du_2, and in T x^{n+2}/(8 n!) before the
              sum, {κ_00 − 2 Σ_j a_j κ_0j/x + Σ_{j≠k} a_j a_k κ_jk/x²} in it;

(n)_k = n(n−1)…(n−k+1). Without the factor k it is F = 1. The sign makes κ_jk a sum over panels in u with their
antiderivatives. Eigenvalues may coincide, n may be less than m. What cancels is paid for by digits, which the radii of
the balls count; the panels are halved until nothing changes.

Reference: Recher, Kieburg, Guhr, Zirnbauer, J. Stat. Phys. 148 (2012) 981 (one and two integrals by supersymmetry).
"""

from collections.abc import Callable
from functools import cache
from math import cos, exp, log
from typing import Any, NamedTuple

import numpy as np
from flint import acb, acb_mat, arb, arb_mat, ctx
from numpy.typing import NDArray

from wishart_moments.errors import LimitError
from wishart_moments.precision import working_precision

Array = NDArray[np.float64]

_ANGLE = 0.8
"""φ: far from the poles at φ = 0, and from π/2, where e^{−xt} no longer falls."""

_POINTS = 24
"""The least Gauss–Legendre points in a panel: one for four bits."""

_MAX_BITS = 4096
_MAX_PARTS = 64

DIGITS = 48
"""The density is wanted to 2^-48 of its largest value times x, near 0 to 2^-48 of itself."""


class _Panel(NamedTuple):
    """The nodes t of one panel in log t; half its length times g e^{xt β/2}; the matrix f_j; log |g e^{xt β/2}|."""

    nodes: list[Any]
    weights: list[Any]
    filters: list[list[Any]]
    matrix: Any
    heights: Array


class RotatedContour:
    """The density at the eigenvalues Λ > 0 of Σ and n degrees of freedom.

    Args:
        scale: the Λ_j.
        n: an integer >= 1.
        beta: 1 or 2.
        ends: the least and the greatest x of the bulk.

    Example:
        >>> import numpy as np
        >>> law = RotatedContour(np.array([2.0]), 2, 1, np.array([1.0, 50.0]))
        >>> law.products(np.array([4.0])).round(12)  # 4 times e^(-1)/4
        array([0.36787944])
    """

    def __init__(self, scale: Array, n: int, beta: int, ends: Array) -> None:
        self.scale, self.n, self.beta = scale, n, beta
        plain: Any = np
        self._left = log(n / ends[1]) - 1
        self._set(72 + len(scale) + n, 1)
        self._settle(plain.geomspace(ends[0], ends[1], 5), max)

    def products(self, x: Array) -> Array:
        """Return xρ(x) at positive x, to 2^-48 of the largest value."""
        return np.array([float(each.mid()) for each in self._balls(x.ravel())]).reshape(x.shape)

    def near_zero(self, x: Array) -> Array:
        """Return xρ(x), to 2^-48 of the least of these values."""
        kept = self.bits, self.parts
        try:
            return np.array([float(each.mid()) for each in self._settle(x, min)])
        finally:
            self._set(*kept)

    def _set(self, bits: int, parts: int) -> None:
        self.bits, self.parts = bits, parts
        self._panels: dict[int, _Panel] = {}
        self._circles: dict[int, _Circle] = {}

    def _settle(self, x: Array, size: Callable[[list[float]], float]) -> list[Any]:
        """Return xρ(x), with as many digits and panels as it takes to 2^-48 of that size."""
        before = self._balls(x)
        while self.bits <= _MAX_BITS and self.parts <= _MAX_PARTS:
            bits, parts = self.bits, self.parts
            self._set(bits, 2 * parts)
            found = self._balls(x)
            allowed: Any = max(size([float(each.mid()) for each in found]), 0.0) * 2.0**-DIGITS
            coarse = any(not abs(a.mid() - b.mid()) <= allowed for a, b in zip(found, before, strict=True))
            blurred = any(not each.rad() <= allowed / 16 for each in found)
            if not coarse and not blurred:
                self._set(bits, parts)
                return found
            self._set(2 * bits if blurred else bits, 2 * parts if coarse else parts)
            before = self._balls(x) if blurred else found
        raise LimitError(f"the density needs more than {_MAX_BITS:,} bits; take a smaller m, n or condition number")

    def _balls(self, x: Array) -> list[Any]:
        with working_precision(self.bits):
            return [-self.at(float(each))[0].imag / arb.pi() for each in x]

    def at(self, x: float) -> tuple[Any, Any]:
        """Return the conjugate of T(−x − i0), and F."""
        size, n = len(self.scale), self.n
        exponent = round(log(_saddle(self.scale / x, n) / x) / log(2))
        circle = self._circle(exponent)
        point, radius, count = arb(x), arb(2) ** exponent, len(circle.products)
        kappa = self._kappa(x)
        sums = circle.fractions * acb_mat([[entry] for entry in kappa[0][1:]])
        brackets = [kappa[0][0] - (3 - self.beta) * sums[i, 0] / point for i in range(count)]
        if self.beta == 1:
            inner = acb_mat([row[1:] for row in kappa[1:]])
            for j in range(size):
                inner[j, j] = 0
            paired = circle.fractions * inner
            for i in range(count):
                total = sum((circle.fractions[i, j] * paired[i, j] for j in range(size)), acb(0))
                brackets[i] += total / (point * point)
        values = circle.inverse * acb_mat([[a * b] for a, b in zip(brackets, circle.products, strict=True)])
        whole = derivative = acb(0)
        factor = point ** (n + 3 - self.beta) / arb(n + 1).gamma() / (8 if self.beta == 1 else 1)
        for k in range(size + 1):
            whole += factor * values[k, 0]
            derivative += k * factor * values[k, 0]
            factor = factor * (n - k) / (-point * radius)
        return derivative, whole

    def _kappa(self, x: float) -> list[list[Any]]:
        """Return κ, a row of it for complex S."""
        width = len(self.scale) + 1
        reference = _reference(ctx.prec)
        point = arb(x) * self.beta / 2
        panels = self._range(x)
        values = [
            [weight * (-point * t).exp() for t, weight in zip(panel.nodes, panel.weights, strict=True)]
            for panel in panels
        ]
        total = acb_mat(1, width)
        if self.beta == 2:
            for panel, row in zip(panels, values, strict=True):
                total += acb_mat([[a * w for a, w in zip(row, reference.plain, strict=True)]]) * panel.matrix
            return [[total[0, j] for j in range(width)]]
        rows = [
            acb_mat([[value * each for each in entries] for value, entries in zip(row, panel.filters, strict=True)])
            for panel, row in zip(panels, values, strict=True)
        ]
        masses = [reference.weights * row for row in rows]
        below, above, total = acb_mat(1, width), acb_mat(1, width), acb_mat(width, width)
        for mass in masses:
            above += mass
        for panel, row, mass in zip(panels, rows, masses, strict=True):
            above -= mass
            signed = reference.signs * row + reference.ones * (below - above)
            below += mass
            times = [t * w for t, w in zip(panel.nodes, reference.plain, strict=True)]
            outer = acb_mat([[t * each for each in entries] for t, entries in zip(times, signed.tolist(), strict=True)])
            total += row.transpose() * outer
        total += total.transpose()
        return total.tolist()

    def _circle(self, exponent: int) -> "_Circle":
        """Return what belongs to the roots ζ of unity times 2^exponent."""
        if exponent not in self._circles:
            scale = [arb(float(each)) for each in self.scale]
            # Odd: no node at −R, where 1 + ζΛ may vanish.
            count, radius = len(scale) + 1 + len(scale) % 2, arb(2) ** exponent
            roots = [acb(0, 2 * arb.pi() * k / count).exp() for k in range(count)]
            factors = [[1 + root * radius * each for each in scale] for root in roots]
            products: list[Any] = []
            for row in factors:
                product = acb(1)
                for each in row:
                    product *= each
                products.append(product)
            fractions = acb_mat([[each / a for each, a in zip(scale, row, strict=True)] for row in factors])
            inverse = acb_mat([[roots[-i * k % count] / count for i in range(count)] for k in range(len(scale) + 1)])
            self._circles[exponent] = _Circle(products, fractions, inverse)
        return self._circles[exponent]

    def _range(self, x: float) -> list[_Panel]:
        """Return the panels where g is not nothing beside its largest value."""
        drop, fall = (self.bits + 16) * log(2), x * cos(_ANGLE) * self.beta / 2
        middle = max(int((log((self.n + 3) / x / cos(_ANGLE)) - self._left) * self.parts), 0)
        first = last = middle
        peak = -np.inf
        while (height := self._height(first, fall)) > peak - drop:
            peak, first = max(peak, height), first - 1
        while (height := self._height(last, fall)) > peak - drop:
            peak, last = max(peak, height), last + 1
        return [self._panel(k) for k in range(first + 1, last)]

    def _height(self, k: int, fall: float) -> float:
        return float((self._panel(k).heights - fall * exp((self._edge(k) + self._edge(k + 1)) / 2)).max())

    def _edge(self, k: int) -> float:
        """Return where panel k begins: of length 1/parts from log(n/x) − 1 on, for the greatest x, longer before."""
        if k >= 0:
            return self._left + k / self.parts
        longest = max(1.0, 16 / (self.n + 1))
        return self._left - sum(min(2.0 ** (j // self.parts), longest) for j in range(-k)) / self.parts

    def _panel(self, k: int) -> _Panel:
        if k not in self._panels:
            scale = [arb(float(each)) for each in self.scale]
            middle, half = (arb(self._edge(k + 1)) + self._edge(k)) / 2, (arb(self._edge(k + 1)) - self._edge(k)) / 2
            nodes: list[Any] = []
            weights: list[Any] = []
            filters: list[list[Any]] = []
            heights: list[float] = []
            for node in _reference(ctx.prec).nodes:
                logarithm = acb(middle + half * node, arb(_ANGLE))
                t = logarithm.exp()
                kept = [1 / (1 - each * t) for each in scale]
                logarithm = logarithm * (self.n + 1)
                for factor in kept:
                    logarithm += factor.log()
                logarithm = logarithm * self.beta / 2
                nodes.append(t)
                weights.append(logarithm.exp() * half)
                filters.append([acb(1), *kept])
                heights.append(float(logarithm.real))
            self._panels[k] = _Panel(nodes, weights, filters, acb_mat(filters), np.array(heights))
        return self._panels[k]


class _Circle(NamedTuple):
    """The nodes ζ of a circle: Π (1 + ζΛ_j); the matrix a_j; that which turns values into coefficients times R^k."""

    products: list[Any]
    fractions: Any
    inverse: Any


class _Reference(NamedTuple):
    """The panel [−1, 1]: nodes, weights, the row of these, a column of ones, ∫ sgn(t_i − y) of the interpolant."""

    nodes: list[Any]
    plain: list[Any]
    weights: Any
    ones: Any
    signs: Any


@cache
def _reference(bits: int) -> _Reference:
    count = max(_POINTS, bits // 4)
    with working_precision(bits + 64):
        pairs: list[Any] = [arb.legendre_p_root(count, k, weight=True) for k in range(count)][::-1]
        nodes, weights = [node for node, _ in pairs], [weight for _, weight in pairs]
        values: list[list[Any]] = []
        for node in nodes:
            row = [arb(1), node]
            for k in range(1, count):
                row.append(((2 * k + 1) * node * row[k] - k * row[k - 1]) / (k + 1))
            values.append(row)
        # ∫ sgn(t − y) P_k(y) dy = 2 (P_{k+1}(t) − P_{k−1}(t))/(2k+1), and 2t for k = 0.
        signs = [
            [2 * row[1], *(2 * (row[k + 1] - row[k - 1]) / (2 * k + 1) for k in range(1, count))] for row in values
        ]
        coefficients = [
            [(2 * k + 1) * weight * row[k] / 2 for weight, row in zip(weights, values, strict=True)]
            for k in range(count)
        ]
        matrix: Any = acb_mat(arb_mat(signs) * arb_mat(coefficients))
        return _Reference(nodes, weights, acb_mat(arb_mat([weights])), acb_mat([[1]] * count), matrix)


def _saddle(scale: Array, n: int) -> float:
    """Return z > 0 with z − n + Σ zλ/(1 + zλ) = 0, to a few digits."""
    low, high = -80.0, log(n) + 1
    for _ in range(20):
        middle = (low + high) / 2
        ratio = exp(middle) * scale
        if exp(middle) - n + float((ratio / (1 + ratio)).sum()) < 0:
            low = middle
        else:
            high = middle
    return exp(high)
