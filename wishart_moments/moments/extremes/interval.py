"""The probability that all eigenvalues lie on one side of a point, for β = 1, 2, 4 and classical weights, in balls.

Let w, f, p_k, c_k be as in `weights`, J what lies below the point t, or above, G_jk = ∫_J w p_j p_k, I_k = ∫_J √(w/f)
p_k and e_k = √(f w) p_k at t. Up to the factor that makes it 1 where J is everything, the probability of m eigenvalues
of the weight w (β = 2), √(w/f) (β = 1) or f w (β = 4) is

    β = 2:  det G, m rows;
    β = 1:  Pf A, A_jk = ∫∫_J sgn(y − x) p_j(x) p_k(y) √(w/f)(x) √(w/f)(y), bordered by I_k for odd m;
    β = 4:  Pf B, B_jk = ∫_J f w (p_j p_k′ − p_j′ p_k) = Σ over n: G(p_j, n p_k) − G(n p_j, p_k), 2m rows.

Off the diagonal G_jk = ∓ (n p_j p_k − p_j n p_k) w(t)/(λ_k − λ_j); on it G_{k+1,k+1} − G_kk follows from x's
recurrence. Because √(w/f) n p is the derivative of √(f w) p, integration by parts gives A(p, n p_k) = e_k I(p) −
2G(p, p_k), so that operations on columns turn A into a matrix near the identity where the probability is near 1:

    P² = det [G_jk − ½ e_k I_j for k < m − 1 | A_j0/A_{m−1,0}(everything)],  m even,

and for odd m one more row (± ½ e_k, 0, I_0) and the column I_j, over their values for everything. No entry cancels: few
digits are lost, and these are seen in the balls. All steps but the determinant cost O(m²).

References: de Bruijn, J. Indian Math. Soc. 19 (1955) 133; Khatri, Ann. Math. Statist. 35 (1964) 1807; Adler, Forrester,
Nagao, van Moerbeke, J. Stat. Phys. 99 (2000) 141; Chiani, J. Multivariate Anal. 129 (2014) 69 (by monomials).
"""

from collections.abc import Callable
from fractions import Fraction

from flint import arb, arb_mat

from wishart_moments.domain import shown
from wishart_moments.errors import LimitError
from wishart_moments.moments.balls import ball
from wishart_moments.moments.extremes.proved_value import ProvedValue
from wishart_moments.moments.extremes.weights import Weight
from wishart_moments.precision import working_precision

_ACCURACY = 58
_MAX_BITS = 1 << 14
_SMALLEST = 5e-324
_NOTHING = 1100
"""A probability below 2^-1100 is 0 in floats."""


def probability(
    weight: Weight, t: Fraction, m: int, beta: int, *, upper: bool = False, complement: bool = False
) -> ProvedValue:
    """Return P(all m eigenvalues lie below t), or above, or 1 less that; the error is some 1e-16 of the value.

    Args:
        weight: w of the table above: for β = 1 its square root over f is the weight of the ensemble.
        t: a point inside.
        m: the number of eigenvalues.
        beta: 1, 2 or 4.
        upper: whether they lie above t.
        complement: whether 1 less the probability is meant, which is then as exact when it is small.

    Raises:
        LimitError: where more than 16,384 bits would be needed.

    Example:
        >>> from wishart_moments.moments.extremes.weights import Laguerre
        >>> round(probability(Laguerre(Fraction(10)), Fraction(50), 10, 1).value, 15)
        0.574982392499775
    """

    def found_at(bits: int) -> arb:
        # The recurrence of the p_k(t) loses up to three bits a step.
        with working_precision(bits + 3 * m * (2 if beta == 4 else 1) + 40):
            gram = _Gram(weight, t, 2 * m + 1 if beta == 4 else m, upper=upper)
        with working_precision(bits + m // 2):
            square = gram.determinant(beta, m)
            return square if beta == 2 else square.sqrt() if square > 0 else arb(0.5, 0.5)

    return proved(found_at, t, complement=complement)


def proved(found_at: Callable[[int], arb], t: Fraction, *, complement: bool = False) -> ProvedValue:
    """Return a probability of a point t, or 1 less it, by as many bits as its relative error needs.

    Args:
        found_at: the probability in a ball, from the number of bits to compute with.
        t: the point, to tell of.
        complement: whether 1 less the probability is meant, which is then as exact when it is small.

    Raises:
        LimitError: where more than 16,384 bits would be needed.

    Example:
        >>> proved(lambda bits: arb(0.25), Fraction(1), complement=True).value
        0.75
    """
    bits = 80
    while bits <= _MAX_BITS:
        found = found_at(bits)
        with working_precision(2 * bits):
            found = 1 - found if complement else found
            bound = abs(found).upper()
            if found.rel_accuracy_bits() >= _ACCURACY or bound < arb(2) ** -_NOTHING:
                value = min(max(float(found.mid()), 0.0), 1.0)  # nor is the true value outside
                value = 0.0 if bound < arb(2) ** -_NOTHING else value
                return ProvedValue(value, float(abs(found - arb(value)).upper()) * (1 + 1e-15) + _SMALLEST)
        bits *= 2
    raise LimitError(f"the probability at {shown(t)} needs more than {_MAX_BITS:,} bits; take a point nearer the bulk")


class _Gram:
    """G_jk, I_k, e_k and what else the determinants need, at one point and precision."""

    def __init__(self, weight: Weight, t: Fraction, rows: int, *, upper: bool) -> None:
        self.weight, self.t, self.rows, self.upper = weight, t, rows, upper
        count = rows + 3
        self.f, start = weight.at(t)
        self.h = [weight.step(k) for k in range(count)]
        self.c = [weight.slope(k) for k in range(count)]
        middle, z = [weight.middle(k) for k in range(count)], ball(t)
        p = [start]
        for k in range(count - 1):
            p.append(((z - middle[k]) * p[k] - (self.h[k - 1] * p[k - 1] if k else 0)) / self.h[k])
        self.p = p
        n = [(self.c[k - 1] * p[k - 1] if k else 0) - self.c[k] * p[k + 1] for k in range(count - 1)]
        sign, last = (-1 if upper else 1), rows + 2
        eigenvalues = [weight.eigenvalue(k) for k in range(last)]
        g = [[arb(0)] * last for _ in range(last)]
        for j in range(last):
            for k in range(j):
                entry = sign * (n[k] * p[j] - n[j] * p[k]) / ball(eigenvalues[j] - eigenvalues[k])
                g[j][k] = g[k][j] = entry
        g[0][0] = weight.mass(t, upper=upper)
        for k in range(rows - 1):
            rise = self.h[k + 1] * g[k][k + 2] + (middle[k + 1] - middle[k]) * g[k][k + 1]
            rise -= self.h[k - 1] * g[k - 1][k + 1] if k else 0
            g[k + 1][k + 1] = g[k][k] + rise / self.h[k]
        self.g = g

    def determinant(self, beta: int, m: int) -> arb:
        """Return P for β = 2, else P²."""
        if beta == 2:
            return arb_mat([row[:m] for row in self.g[:m]]).det()
        return self._orthogonal(m) if beta == 1 else self._symplectic(m)

    def _orthogonal(self, m: int) -> arb:
        c, sign = self.c, (-1 if self.upper else 1)
        e = [self.f.sqrt() * p for p in self.p[:m]]
        single, whole = [self.weight.root_mass(self.t, upper=self.upper)], [self.weight.root_mass(None)]
        # A_0k, in J and everywhere; A_j0 = −A_0j.
        first, first_whole = [arb(0)], [arb(0)]
        for k in range(m - 1):
            # Two before: none for k = 0, where the factor is 0.
            factor, before = (c[k - 1] / c[k], k - 1) if k else (arb(0), 0)
            first.append(factor * first[before] + (2 * self.g[0][k] - e[k] * single[0]) / c[k])
            first_whole.append(factor * first_whole[before] + (0 if k else 2 / c[k]))
            single.append(factor * single[before] - sign * e[k] / c[k])
            whole.append(factor * whole[before])
        rows = [[self.g[j][k] - e[k] * single[j] / 2 for k in range(m - 1)] for j in range(m)]
        if m % 2 == 0:
            return arb_mat([[*row, first[j] / first_whole[-1]] for j, row in enumerate(rows)]).det()
        bordered = [[*row, single[j] / whole[-1], first[j] / whole[0]] for j, row in enumerate(rows)]
        last = [*(sign * e[k] / 2 for k in range(m - 1)), arb(0), single[0] / whole[0]]
        return arb_mat([*bordered, last]).det()

    def _symplectic(self, m: int) -> arb:
        c, g, size = self.c, self.g, 2 * m
        product = [
            [(c[k - 1] * g[j][k - 1] if k else 0) - c[k] * g[j][k + 1] for k in range(size)] for j in range(size)
        ]
        # Over the values for everything: Pf is Π 2 c_{2i}.
        scale = [2 * c[2 * (j // 2)] for j in range(size)]
        return arb_mat([[(product[j][k] - product[k][j]) / scale[j] for k in range(size)] for j in range(size)]).det()
