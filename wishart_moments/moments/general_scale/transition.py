"""The transition matrix of a Wishart expectation: E p_λ(S) = Σ_μ c_λμ(n) p_μ(Σ), all partitions λ, μ of k.

Taking the expectation over S = Σ^{1/2} W W^† Σ^{1/2} maps the symmetric polynomials of degree k in the eigenvalues to
themselves. In the zonal (Jack) polynomials this map is diagonal, with the products of n + content (`zonal`); in power
sums it is the table of this module, computed by integration by parts (`marked_levels`).

References: those of `marked_equations`; Hillier, Kan, J. Multivariate Anal. 185 (2021) 104778 (tables for β = 1).
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from flint import fmpz

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.moments.coefficient import Coefficient
from wishart_moments.moments.general_scale.marked_equations import MarkedArithmetic
from wishart_moments.moments.general_scale.marked_levels import packed_rows
from wishart_moments.moments.polynomials import at_n
from wishart_moments.moments.wishart import Wishart
from wishart_moments.notation.equations import Equation, ShownTable, power_sum_equation


class TransitionTable(ShownTable, Mapping[Partition, Mapping[Partition, Coefficient]]):
    """E p_λ(S) for all partitions λ of k at a general scale: {λ: {μ: c}} with E p_λ(S) = Σ_μ c(n) p_μ(Σ).

    Args:
        k: the degree, an integer >= 0.
        beta: 1 (real), 2 (complex), 4 (quaternion), any positive rational; a SymPy symbol, or None, keeps a = 2/β as a
            variable.

    Returns:
        A read-only mapping; exact. The coefficients are `Coefficient`s, polynomials in n, without those that vanish,
        or for a symbolic beta in n and a = 2/β. Rows are held packed, and unpacked when they are asked for. Numbers
        that are put for n are not checked: `exists_for` tells whether there is a law.

    Raises:
        LimitError: where it takes more than 2 GiB of memory: k > 21, and k > 17 for a symbolic beta.

    Cost:
        k = 10 takes some 10 ms, k = 16 a second, k = 20 some 15 s and 950 MB; unpacking all rows takes half as long.

    Example:
        >>> table = TransitionTable(3)
        >>> for mu, c in table[2, 1].items(): print(mu, c)
        (3,) 4 n (n + 1)
        (2, 1) n (n^2 + n + 4)
        (1, 1, 1) n^2
        >>> table.matrix(5)
        [[220, 90, 5], [120, 170, 25], [40, 150, 125]]
    """

    def __init__(self, k: int, beta: Any = 1) -> None:
        self.k = domain.order(k)
        self.beta: Any = None if beta is None else domain.dyson_index(beta)
        a = domain.jack_parameter(self.beta) if isinstance(self.beta, Fraction) else None
        self._ring = MarkedArithmetic.of(max(self.k, 1), a)
        self._rows: dict[Partition, fmpz] = dict(packed_rows(self.k, self._ring)) if self.k else {(): fmpz(1)}

    def __getitem__(self, parts: Partition) -> dict[Partition, Coefficient]:
        if parts not in self._rows:
            raise KeyError(parts)
        return {mu: Coefficient(c) for mu, c in self.polynomials(parts).items()}

    def polynomials(self, parts: Partition) -> dict[Partition, Any]:
        """Return a row as FLINT's polynomials.

        Args:
            parts: λ, a partition of k.
        """
        row = self._rows[parts]
        if self.k == 0:
            return {(): self._ring.one()}
        return {mu: self._ring.polynomial(fields, self.k) for mu, fields in self._ring.slots.terms(row, self.k)}

    def __iter__(self) -> Iterator[Partition]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def equations(self) -> dict[Partition, Equation]:
        """Return the trees of E p_λ(S) and of what it is, by λ."""
        return {label: power_sum_equation(label, self.polynomials(label)) for label in self}

    def exists_for(self, n: Any, m: Any) -> bool:
        """Return whether there is a Wishart law of n degrees of freedom in m dimensions; its moments are then finite.

        Args:
            n, m: numbers.

        Example:
            >>> TransitionTable(2).exists_for("5/2", 3), TransitionTable(2).exists_for("5/2", 4)
            (True, False)
        """
        try:
            domain.degrees_of_freedom(n, domain.size(m, "m"))
        except DomainError:
            return False
        return True

    def matrix(self, n: Any) -> list[list[int | Fraction]]:
        """Return the rows of the numbers c_λμ(n), rows and columns in the order of `partitions(k)`; exact.

        Args:
            n: any rational number: at n = −c, c = n' − m + 1 − 2/β, it is (−1)^k times the inverse of the table of the
                inverse moments at n'.

        Raises:
            MethodError: for a symbolic beta.

        Example:
            >>> TransitionTable(2).matrix("1/2")
            [[Fraction(3, 4), Fraction(1, 2)], [1, Fraction(1, 4)]]
        """
        if not isinstance(self.beta, Fraction):
            raise MethodError("the matrix at a number n needs a number for beta, such as beta=1")
        at, labels = domain.number(n, "n", "to be rational"), list(partitions(self.k))
        values = ({mu: c(at) for mu, c in self[label].items()} for label in labels)
        return [[row.get(mu, 0) for mu in labels] for row in values]

    def at(self, scale: Any, n: Any = None) -> "dict[Partition, Any]":
        """Return {λ: E p_λ(S)} at a given Σ.

        Args:
            scale: Σ, as for `trace_product_moment`.
            n: an integer >= 1 or a real number > m − 1, a SymPy expression, or None for the symbol n.

        Returns:
            int or Fraction for exact numbers, floats for a float scale, SymPy expressions where there is a symbol.

        Example:
            >>> TransitionTable(2).at([[2, 1], [1, 2]], 3)
            {(2,): 168, (1, 1): 204}
        """
        beta = self.beta
        if beta is None:
            import sympy

            beta = sympy.Symbol("beta")
        law = Wishart(n=n, beta=beta, scale=scale)
        rows = {label: {mu: at_n(c, law.n, beta) for mu, c in self.polynomials(label).items()} for label in self._rows}
        return {label: law.scaled(law.given_scale.combination(row), 0) for label, row in rows.items()}
