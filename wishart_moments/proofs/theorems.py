"""The theorems that the program proves: `wishart-moments prove`.

Each is a recurrence Σ_j p_j(k) M_{k+j} = 0 for M_k = E tr S^k. Of each it is stated what is cited and what is checked.

Real and complex W. Cited: the density of the eigenvalues (`densities`), for integers m >= 1 and real n > m − 1.
Checked: that the recurrence follows from it (`identities`), for every complex k at which M_k is finite,
Re k > −β(n − m + 1)/2, so also for negative and half-integer k. For integers k >= 0 both sides are polynomials in m and
n (Wick), so that the recurrence then holds for all m and n.

Quaternion W. Cited: the duality M_k^{β=4}(m, n) = (−1)^{k−1} 2^{−k−1} M_k^{β=1}(−2m, −2n) of polynomials, for integers
k >= 0. Checked: the real theorem, and p_j^{β=4}(k, m, n) = (−2)^j p_j^{β=1}(k, −2m, −2n). From integers to all k:
for even β the density is x^{c−1} e^{−βx/2} times a polynomial, c = β(n − m + 1)/2, so that M_k (β/2)^k/Γ(k + c) is a
polynomial in k, and Σ_j p_j(k) M_{k+j}, divided by Γ(k + c)(β/2)^{−k}, is one too; it vanishes at all integers k >= 0,
so everywhere. (This is a second proof for β = 2.)

References: Adler, Forrester, Nagao, van Moerbeke, J. Stat. Phys. 99 (2000) 141; Widom, J. Stat. Phys. 94 (1999) 347;
Haagerup, Thorbjørnsen, Expo. Math. 21 (2003) 293; Hanlon, Stanley, Stembridge, Contemp. Math. 138 (1992) 151 and Bryc,
Pierce, Electron. J. Probab. 14 (2009) 452 (duality).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_moments.moments.recurrence_coefficients import coefficients
from wishart_moments.notation import printers
from wishart_moments.notation.tree import Foreign, Node, product, total
from wishart_moments.proofs.densities import COMPLEX, ORDERS, REAL, Density, Vector
from wishart_moments.proofs.identities import Identity, Recurrence, factored, integral

FORMAT, VERSION = "wishart-moments identity", 1


@dataclass(frozen=True)
class Theorem:
    """A recurrence for E tr S^k, with what it rests on.

    Attributes:
        name: real, complex or quaternion.
        beta: the Dyson index.
        recurrence: the claim.
        identity: the identity of polynomials that is checked.
        cited: what is taken from the literature.
        domain: for which k, m and n it holds.

    Example:
        >>> [(each.name, each.proved()) for each in THEOREMS]
        [('real', True), ('complex', True), ('quaternion', True)]
    """

    name: str
    beta: int
    recurrence: Recurrence
    identity: Identity
    cited: str
    domain: str

    def proved(self) -> bool:
        """Return whether the identity holds, and for quaternion W also that the duality gives this recurrence."""
        return self.identity.holds and (self.beta != 4 or dual(self.identity.recurrence) == self.recurrence)

    def document(self) -> dict[str, Any]:
        """Return what `check_identity` reads: the identity in integers."""
        found = {"format": FORMAT, "version": VERSION, "theorem": self.name, **self.identity.document()}
        if self.beta == 4:
            found["dual"] = [integral(p) for p in self.recurrence.coefficients]
        return found

    def text(self, *, latex: bool = False) -> str:
        """Return the statement and the identity, in text or LaTeX."""
        return "\n".join(_latex_lines(self) if latex else _text_lines(self)) + "\n"


def dual(real: Recurrence) -> Recurrence:
    """Return the recurrence of quaternion moments that a real one gives: (−2)^j p_j(k, −2m, −2n).

    Example:
        >>> dual(Recurrence(ORDERS.gens()))
        k M_(k) + 4 m M_(k+1) - 8 n M_(k+2) = 0
    """
    k, m, n = ORDERS.gens()
    return Recurrence(tuple((-2) ** j * p.compose(k, -2 * m, -2 * n) for j, p in enumerate(real.coefficients)))


def _stated(beta: int) -> Recurrence:
    return Recurrence(coefficients(beta, *ORDERS.gens()))


_REAL = Identity(REAL, _stated(1))

THEOREMS = (
    Theorem(
        "real",
        1,
        _REAL.recurrence,
        _REAL,
        "the density of the eigenvalues (Adler, Forrester, Nagao, van Moerbeke 2000; Widom 1999)",
        "every k with Re k > -(n - m + 1)/2, m >= 1 an integer, n > m - 1 real; all m and n for integers k >= 0",
    ),
    Theorem(
        "complex",
        2,
        _stated(2),
        Identity(COMPLEX, _stated(2)),
        "the density of the eigenvalues (Christoffel, Darboux)",
        "every k with Re k > -(n - m + 1), m >= 1 an integer, n > m - 1 real; all m and n for integers k >= 0",
    ),
    Theorem(
        "quaternion",
        4,
        _stated(4),
        _REAL,
        "the real theorem's density, and the duality M_k(m, n) = (-1)^(k-1) 2^(-k-1) M_k^real(-2m, -2n)",
        "every k with Re k > -2(n - m + 1), m >= 1 an integer, n > m - 1 real; all m and n for integers k >= 0",
    ),
)
"""All theorems, in the order in which `prove` lists them."""


def theorem(name: str) -> Theorem:
    """Return the theorem of that name.

    Raises:
        DomainError: if there is none.

    Example:
        >>> theorem("complex").recurrence
        k (n - m - k - 1) (n - m + k + 1) M_(k) - (2 k + 3) (m + n) M_(k+1) + (k + 3) M_(k+2) = 0
    """
    for each in THEOREMS:
        if each.name == name:
            return each
    raise DomainError(f"need a theorem out of {', '.join(each.name for each in THEOREMS)}; got {domain.shown(name)}")


def _equations(density: Density, write: Callable[[Node], str], theta: str) -> list[tuple[str, str]]:
    """Return x ρ and θ of every function of the basis, both sides."""

    def vector(entries: Vector) -> str:
        terms = (product([factored(c), Foreign(name)]) for c, name in zip(entries, density.basis, strict=True) if c)
        return write(total(terms))

    images = zip(density.basis, density.theta, strict=True)
    return [("x rho", vector(density.start)), *((f"{theta}({name})", vector(row)) for name, row in images)]


def _text_lines(subject: Theorem) -> list[str]:
    density = subject.identity.density
    m, n = (printers.text(factored(each)) for each in density.sizes)
    lines = [
        f"{subject.name}, beta = {subject.beta}, M_(k) = E tr S^k:",
        f"  {subject.recurrence}",
        f"for {subject.domain}.",
        f"Cited: {subject.cited}.",
        f"Checked, m = {m}, n = {n}, L = L_N^(a)(x), T = x L', w = x^a e^(-x), theta = x d/dx:",
        *(f"  {left} = {right}" for left, right in _equations(density, printers.text, "theta")),
        "  sum_j p_j(-theta)[x^j x rho] = 0, p_j(k) the coefficient of M_(k+j)",
    ]
    if subject.beta == 4:
        lines[-1] += " of the real theorem"
        lines.append("  p_j(k, m, n) = (-2)^j p_j^real(k, -2m, -2n)")
    return lines


def _latex_lines(subject: Theorem) -> list[str]:
    density = subject.identity.density
    m, n = (printers.latex(factored(each)) for each in density.sizes)
    equations = _equations(density, printers.latex, r"\theta")
    rows = [f"{left} &= {right}".replace("x rho", r"x\rho") for left, right in equations]
    rows.append(r"\sum_j p_j(-\theta)[x^j x\rho] &= 0")
    if subject.beta == 4:
        rows.append(r"p_j(k, m, n) &= (-2)^j p_j^{\text{real}}(k, -2m, -2n)")
    return [
        f"% {subject.name}, beta = {subject.beta}: {subject.domain}. Cited: {subject.cited}.",
        rf"\[ {subject.recurrence.latex()} \]",
        rf"With $m = {m}$, $n = {n}$, $L = L_N^{{(a)}}(x)$, $T = xL'$, $w = x^a e^{{-x}}$, $\theta = x\,d/dx$:",
        r"\begin{align*}",
        *(f"{row} \\\\" for row in rows[:-1]),
        rows[-1],
        r"\end{align*}",
    ]
