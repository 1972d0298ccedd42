"""Densities of eigenvalues as vectors of polynomials, closed under θ = x d/dx.

N, a and the Laguerre polynomial L = L_N^{(a)}, with T = x L', w = x^a e^{−x}, u = x^{(a−1)/2} e^{−x/2} and, for real W,
F with x F' = x u (N L − T); its constant of integration is free, so that even and odd m are one case. From Laguerre's
equation

    θL = T,  θT = (x − a) T − N x L,  θw = (a − x) w,  θu = ½ (a − 1 − x) u,  θF = x u (N L − T):

the products w L², w L T, w T², u L F, u T F span a module over Q[x, N, a] that θ maps into itself. In it, up to the
constant factor N!/Γ(N+a+1),

    complex, N = m, a = n − m:      x ρ = w [N x L² + (a − x) L T + T²]   (Christoffel and Darboux);
    real, N = m − 1, a = n − m:     x ρ = the same − ½ x u L F.

Here u² x = w. These two densities are what the proofs cite; everything that follows from them is checked.

References: Adler, Forrester, Nagao, van Moerbeke, J. Stat. Phys. 99 (2000) 141; Widom, J. Stat. Phys. 94 (1999) 347;
Haagerup, Thorbjørnsen, Expo. Math. 21 (2003) 293 (complex).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flint import fmpq_mpoly, fmpq_mpoly_ctx

RING = fmpq_mpoly_ctx.get(("x", "N", "a"), "deglex")
ORDERS = fmpq_mpoly_ctx.get(("k", "m", "n"), "deglex")
"""The ring of the coefficients p_j(k) of a recurrence: polynomials in k, m and n."""

Vector = tuple[fmpq_mpoly, ...]


@dataclass(frozen=True)
class Density:
    """x ρ(x), or x (1 − x) ρ(x), in a module over Q[x, N, a, …] that q(x) θ maps into itself, θ = x d/dx.

    Attributes:
        name: real, complex or jacobi.
        basis: the names of the functions that span the module.
        start: x ρ(x) as a vector.
        theta: q θ of every function of the basis, a row each.
        pole: q; 1 for the Laguerre densities, 1 − x for the Jacobi density.
        sizes: m, n, … as polynomials in N, a, ….
        parameters: N, a, … as polynomials in k, m, n, ….
        beta: the Dyson index.
    """

    name: str
    basis: tuple[str, ...]
    start: Vector
    theta: tuple[Vector, ...]
    pole: fmpq_mpoly
    sizes: Vector
    parameters: Vector
    beta: int

    def derivative(self, vector: Sequence[fmpq_mpoly]) -> Vector:
        """Return q θ of a vector: Σ c_i e_i becomes Σ (q x c_i') e_i + c_i (q θe_i)."""
        x = self.pole.context().gens()[0]
        result = [self.pole * x * c.derivative(0) for c in vector]
        for c, row in zip(vector, self.theta, strict=True):
            for i, entry in enumerate(row):
                result[i] += c * entry
        return tuple(result)

    def images(self, power: int, degree: int) -> list[Vector]:
        """Return q^degree (−θ)^i [x^power · xρ] for i = 0, …, degree."""
        x = self.pole.context().gens()[0]
        # v/q^i goes to (qθv − i (θq) v)/q^{i+1}.
        slope, vector = x * self.pole.derivative(0), tuple(x**power * c for c in self.start)
        found: list[Vector] = []
        for i in range(degree + 1):
            factor = (-1) ** i * self.pole ** (degree - i)
            found.append(tuple(factor * c for c in vector))
            vector = tuple(new - i * slope * c for new, c in zip(self.derivative(vector), vector, strict=True))
        return found


def _complex() -> Density:
    x, n, a = RING.gens()
    zero, one = 0 * x, 0 * x + 1
    weights = ((a - x, 2 * one, zero), (-n * x, zero, one), (zero, -2 * n * x, x - a))
    _, rows, columns = ORDERS.gens()
    basis, start = ("w L^2", "w L T", "w T^2"), (n * x, a - x, one)
    return Density("complex", basis, start, weights, one, (n, n + a), (rows, columns - rows), 2)


def _real() -> Density:
    x, n, a = RING.gens()
    zero, one, half = 0 * x, 0 * x + 1, (a - 1 - x) / 2
    theta = (
        *((*row, zero, zero) for row in COMPLEX.theta),
        (n, -one, zero, half, one),
        (zero, n, -one, -n * x, half + x - a),
    )
    basis, start = (*COMPLEX.basis, "u L F", "u T F"), (*COMPLEX.start, -x / 2, zero)
    _, rows, columns = ORDERS.gens()
    return Density("real", basis, start, theta, one, (n + 1, n + 1 + a), (rows - 1, columns - rows), 1)


def _jacobi() -> Density:
    ring = fmpq_mpoly_ctx.get(("x", "N", "a", "b"), "deglex")
    x, n, a, b = ring.gens()
    zero, one, s, f = 0 * x, 0 * x + 1, 2 * n + a + b, x * (1 - x)
    t0, t1 = -n * (n + a + b + 1) * f, (a + b) * x - a  # x(1−x) T' = t0 P + t1 T
    g0, g1 = -n * (b - a - s * (2 * x - 1)), 2 * s  # G = g0 P + g1 T
    weight, half = a - (a + b) * x, (a - 1 - (a + b - 2) * x) / 2
    theta = (
        (weight, 2 * one, zero, zero, zero),
        (t0, weight + t1, one, zero, zero),
        (zero, 2 * t0, weight + 2 * t1, zero, zero),
        (g0, g1, zero, half, one),
        (zero, g0, g1, t0, half + t1),
    )
    start = (-(f * g0.derivative(0) + g1 * t0), -g1 * t1, g1, s * f / 2, zero)
    _, rows, first, second = fmpq_mpoly_ctx.get(("k", "m", "n_1", "n_2"), "deglex").gens()
    basis, sizes = ("w P^2", "w P T", "w T^2", "u P E", "u T E"), (n + 1, n + 1 + a, n + 1 + b)
    return Density("jacobi", basis, start, theta, 1 - x, sizes, (rows - 1, first - rows, second - rows), 1)


COMPLEX = _complex()
"""Complex W, β = 2; E|W_ij|² = 1."""

REAL = _real()
"""Real W, β = 1."""

JACOBI = _jacobi()
"""B = S_1(S_1 + S_2)^{-1}, S_i ~ W_m(n_i, I) real: with P = P_N the Jacobi polynomial of w = x^a (1−x)^b on [0, 1],
N = m − 1, a = n_1 − m, b = n_2 − m, T = x(1−x) P', u² = w/(x(1−x)), E' = u G, G the multiple of P_{N−1} that is
[N(2N+a+b)(2x−1) − N(b−a)] P + 2(2N+a+b) T,

    x(1−x) ρ = w (T G − P x(1−x) G') + ½ (2N+a+b) x(1−x) u P E    up to a constant factor.

Its moments are D_k = ∫ x^k (1 − x) ρ dx = E tr B^k − E tr B^{k+1}.
"""
