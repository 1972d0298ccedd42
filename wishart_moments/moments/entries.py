"""Moments of the entries of a Wishart matrix, and its Kronecker powers.

S = X X^†, X = Σ^{1/2} W, W m×n. Integration by parts in the first factor of S_ij = Σ_a X_ia X̄_ja gives

    E[S_ij Π_t S_{k_t l_t}] = n Σ_ij E[Π] + Σ_t ( Σ_{i k_t} E[S_{j l_t} Π_{≠t}] + Σ_{i l_t} E[S_{j k_t} Π_{≠t}] )
    (real), = n Σ_ij E[Π] + Σ_t Σ_{i l_t} E[S_{k_t j} Π_{≠t}] (complex),

and equal products, in any order, are computed once. In matrix form for two factors, with K the commutation matrix,
K (x ⊗ y) = y ⊗ x, and vec Σ = (Σ_11, Σ_12, …)ᵀ (by rows or by columns: Σ is symmetric),

    E[S ⊗ S] = n² Σ ⊗ Σ + n K (Σ ⊗ Σ) + n vec Σ (vec Σ)ᵀ   (complex: without the last term).

References: Isserlis, Biometrika 12 (1918) 134; Magnus, Neudecker, Ann. Statist. 7 (1979) 381, section 4 (two
factors); Lu, Richards, Adv. Appl. Math. 27 (2001) 531 (products of entries, by MacMahon's theorem).
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, cast

from flint import fmpq, fmpq_mpoly_ctx, fmpq_poly

from wishart_moments import domain
from wishart_moments.domain import OVERFLOW, shown
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.polynomials import as_number, rational
from wishart_moments.moments.wishart import Wishart

if TYPE_CHECKING:
    import numpy as np
    import sympy

Pair = tuple[int, int]
Pairs = tuple[Pair, ...]

MAX_STATES = 100_000
"""The most products of entries that one moment may rest on (ten entries without a common index: 42,000)."""

MAX_FACTORS = 100
"""The most entries in one product."""

MAX_ENTRIES = 1 << 16
"""The most entries of a Kronecker power."""


class _EntryMoments:
    """E Π S_{i j} over any ring that holds n and the entries of Σ."""

    def __init__(self, n: Any, scale: Any, one: Any, *, real: bool) -> None:
        self._n, self._scale, self._real = n, scale, real
        self._memo: dict[Pairs, Any] = {(): one}

    def __call__(self, pairs: Pairs) -> Any:
        """Return the moment of a product; the pairs may come in any order."""
        return self._moment(tuple(sorted(map(self._sorted, pairs))))

    def _sorted(self, pair: Pair) -> Pair:
        return (pair[1], pair[0]) if self._real and pair[0] > pair[1] else pair

    def _moment(self, pairs: Pairs) -> Any:
        if pairs not in self._memo:
            if len(self._memo) > MAX_STATES:
                raise LimitError(
                    f"a product of so many entries rests on more than {MAX_STATES:,} others; "
                    "take fewer entries or repeat indices"
                )
            (i, j), rest = pairs[0], pairs[1:]
            total = self._n * self._scale[i][j] * self._moment(rest)
            for t, (row, column) in enumerate(rest):
                others = rest[:t] + rest[t + 1 :]
                if self._real:
                    total += self._scale[i][row] * self((*others, (j, column)))
                    total += self._scale[i][column] * self((*others, (j, row)))
                else:
                    total += self._scale[i][column] * self((*others, (row, j)))
            self._memo[pairs] = total
        return self._memo[pairs]


def entry_moment(
    pairs: Sequence[Sequence[int]], n: Any = None, *, scale: Any = None, beta: Any = 1, inverse: bool = False
) -> "int | Fraction | float | complex | sympy.Expr":
    """Return E[S_{i₁j₁} S_{i₂j₂} …] for S = Σ^{1/2} W W^† Σ^{1/2}, W with n columns of iid standard Gaussian entries.

    Args:
        pairs: (i₁, j₁), (i₂, j₂), …, row and column numbers from 1 on.
        n: the degrees of freedom: an integer >= 1 or a real number > m − 1, a SymPy expression, or None for the
            symbol n.
        scale: Σ, a symmetric (beta=2: Hermitian) positive semidefinite matrix; None for the symbols Sigma_11,
            Sigma_12, … (Sigma_1_12 for numbers of two digits). For beta=1 Sigma_ij with i <= j stands for Sigma_ji.
        beta: 1 (real) or 2 (complex, E|W_ij|² = 1).
        inverse: whether the entries are those of S^{-1}, at most five; scale is then positive definite, and None for
            the symbols m and K_11, K_12, … of K = Σ^{−1}.

    Returns:
        Exact: int or Fraction if n and scale are exact numbers, a SymPy polynomial if there is a symbol; a float scale
        gives the exact value, rounded once, and a complex one complex numbers.

    Raises:
        DomainError: for indices that are none or exceed the scale, or a scale that is no covariance.
        ExistenceError: for entries of S^{-1} unless n − m + 1 > 2q/β for q of them.
        MethodError: for another beta.
        LimitError: for too many different entries (from some eleven on).

    References:
        The module's; the covariances of two entries are in every textbook, such as Muirhead, Aspects of Multivariate
        Statistical Theory (1982), section 3.2.

    Examples:
        >>> entry_moment([(1, 2), (3, 4)])
        Sigma_12*Sigma_34*n**2 + Sigma_13*Sigma_24*n + Sigma_14*Sigma_23*n
        >>> entry_moment([(1, 1)] * 3, 5, scale=[[2, 1], [1, 2]])
        2520
        >>> entry_moment([(1, 2)], inverse=True)  # of S^{-1}
        K_12/(-m + n - 1)
        >>> entry_moment([(1, 2), (1, 2)], 9, scale=[[2, 1], [1, 3]], inverse=True)
        Fraction(1, 350)
    """
    label, law, inverse = _admitted_pairs(pairs), _law(n, scale, beta), domain.flag(inverse, "inverse")
    if law.scale is None:
        return law.scaled((_symbolic_inverse if inverse else _symbolic)(label, law), 0)
    size = law.m
    if any(index > size for pair in label for index in pair):
        raise DomainError(f"need indices from 1 to {size}, the dimension of scale, got {shown(pairs)}")
    moment = _inverse_function(len(label), law) if inverse else _function(law)
    return moment(tuple((i - 1, j - 1) for i, j in label))


def kronecker_moment(q: int = 2, n: Any = None, *, scale: Any, beta: Any = 1) -> "np.ndarray[Any, Any]":
    """Return E[S^{⊗q}], the m^q × m^q matrix of E[S_{i₁j₁} … S_{i_q j_q}] at row (i₁, …, i_q), column (j₁, …, j_q).

    For q < 0 it is that of |q| factors S^{-1}.

    Args:
        q: the number of factors, an integer >= 0; or −1, …, −5, the number of factors S^{-1} with its sign.
        n, scale, beta: as for `entry_moment`; scale is needed.

    Returns:
        A NumPy array of objects: int, Fraction or SymPy expressions, exact; of float or complex if the scale is so.

    Raises:
        As for `entry_moment`; LimitError for more than 65,536 entries.

    References:
        Magnus, Neudecker, Ann. Statist. 7 (1979) 381, section 4 (q = 2).

    Example:
        E[S ⊗ S] = n² Σ⊗Σ + n (K (Σ⊗Σ) + vec Σ vec Σᵀ), at Σ = I and n = 3:

        >>> kronecker_moment(2, 3, scale=[[1, 0], [0, 1]])
        array([[15, 0, 0, 3],
               [0, 9, 3, 0],
               [0, 3, 9, 0],
               [3, 0, 0, 15]], dtype=object)
    """
    import numpy as np

    signed, law = domain.signed_order(q, "q"), _law(n, scale, beta)
    q, m = abs(signed), len(law.given_scale.rows())
    if q > MAX_FACTORS:
        raise LimitError(f"need at most {MAX_FACTORS} factors, got {shown(q)}")
    if m ** (2 * q) > MAX_ENTRIES:
        raise LimitError(f"E[S^⊗{shown(signed)}] at m = {m} has more than {MAX_ENTRIES:,} entries; use entry_moment")
    moment = _inverse_function(q, law) if signed < 0 else _function(law)
    indices = list(product(range(m), repeat=q))
    rows = [[moment(tuple(zip(heads, tails, strict=True))) for tails in indices] for heads in indices]
    kind = next((kind for kind in (float, complex) if all(type(x) is kind for row in rows for x in row)), object)
    result: np.ndarray[Any, Any] = np.empty((len(rows), len(rows)), dtype=kind)
    result[...] = rows
    return result


def _function(law: Wishart) -> Callable[[Pairs], Any]:
    """Return the moments of entries of S by their indices from 0."""
    matrix, finish = _numbers(law)
    moments = _EntryMoments(*_ring(law.n, matrix), real=law.beta == 1)
    return lambda pairs: finish(moments(pairs))


def _inverse_function(count: int, law: Wishart) -> Callable[[Pairs], Any]:
    """Return the moments of so many entries of S^{-1} by their indices from 0."""
    from wishart_moments.moments.inverse.inverse_entries import InverseEntries

    moments, precision = InverseEntries(count, law), law.given_scale.inverse.rows()

    def moment(pairs: Pairs) -> Any:
        value = moments(pairs, precision)
        return complex(value) if isinstance(value, complex) else law.scaled(value, 0)

    return moment


def _symbolic_inverse(pairs: Pairs, law: Wishart) -> "sympy.Expr":
    """Return the moment of entries of S^{-1} in the symbols K_ij."""
    import sympy as untyped

    from wishart_moments.moments.inverse.inverse_entries import InverseEntries

    sympy = cast(Any, untyped)
    indices = {index for pair in pairs for index in pair}
    ordered = {(i, j): (j, i) if law.beta == 1 and i > j else (i, j) for i in indices for j in indices}
    entries = {i: {j: sympy.Symbol(_name(*ordered[i, j], "K")) for j in indices} for i in indices}
    return sympy.sympify(InverseEntries(len(pairs), law)(pairs, entries))


def _law(n: Any, scale: Any, beta: Any) -> Wishart:
    law = Wishart(n=n, beta=beta, scale=scale)
    if law.beta not in (1, 2):
        raise MethodError(f"moments of entries are for beta=1 (real) and beta=2 (complex), got {shown(law.beta)}")
    return law


def _admitted_pairs(pairs: Any) -> Pairs:
    refusal = f"need pairs of numbers from 1 on, such as [(1, 2), (3, 3)], got {shown(pairs)}"
    try:
        label = [tuple(domain.order(domain.size(i, "every index"), "every index") for i in pair) for pair in pairs]
    except (TypeError, DomainError):
        raise DomainError(refusal) from None
    if any(len(pair) != 2 for pair in label):
        raise DomainError(refusal)
    if len(label) > MAX_FACTORS:
        raise LimitError(f"need at most {MAX_FACTORS} entries, got {len(label)}")
    return tuple((pair[0], pair[1]) for pair in label)


def _symbolic(pairs: Pairs, law: Wishart) -> "sympy.Expr":
    """Return the moment in the symbols Sigma_ij, computed in a FLINT ring."""
    import sympy

    indices = sorted({index for pair in pairs for index in pair})
    names = {(i, j): _name(i, j) for i in indices for j in indices if law.beta == 2 or i <= j}
    ring = fmpq_mpoly_ctx.get(("n", *names.values()), "deglex")
    first, *others = ring.gens()
    entries = dict(zip(names, others, strict=True))
    scale = {i: {j: entries[(i, j) if (i, j) in entries else (j, i)] for j in indices} for i in indices}
    moment = _EntryMoments(first, scale, ring.constant(1), real=law.beta == 1)(pairs)
    variables: list[Any] = [sympy.sympify(law.n), *(sympy.Symbol(name) for name in names.values())]
    return sympy.Add(
        *(
            sympy.Mul(
                sympy.Rational(int(c.p), int(c.q)), *(x**e for x, e in zip(variables, exponents, strict=True) if e)
            )
            for exponents, c in moment.to_dict().items()
        )
    )


def _name(i: int, j: int, of: str = "Sigma") -> str:
    return f"{of}_{i}{j}" if max(i, j) < 10 else f"{of}_{i}_{j}"


def _numbers(law: Wishart) -> tuple[list[list[Any]], Any]:
    """Return Σ in the numbers that are computed with, and the function that shows a moment to users."""
    scale, n = law.given_scale, law.n
    rows = scale.rows()
    complex_floats = scale.is_float and scale.matrix.dtype.kind == "c"
    if not (scale.is_exact or scale.is_float) or (complex_floats and not domain.is_number(n)):
        import sympy as untyped

        sympy = cast(Any, untyped)

        def expanded(moment: Any) -> Any:
            return law.scaled(sympy.expand(moment), 0)

        return sympy.Matrix(rows).tolist(), expanded
    if complex_floats:
        return rows, complex
    exact = [[rational(entry) for entry in row] for row in rows]

    def finish(moment: Any) -> Any:
        if isinstance(moment, fmpq_poly):
            kind: Any = _rounded if scale.is_float else as_number
            return sum(kind(c) * n**j for j, c in enumerate(moment.coeffs()))
        return _rounded(moment) if scale.is_float or law.rounded else as_number(moment)

    return exact, finish


def _rounded(value: fmpq) -> float:
    try:
        return float(as_number(value))
    except OverflowError:
        raise DomainError(OVERFLOW) from None


def _ring(n: Any, matrix: list[list[Any]]) -> tuple[Any, Any, Any]:
    """Return n, Σ and 1 in the ring of the moments: of numbers, of polynomials in n, or of SymPy expressions."""
    if not isinstance(matrix[0][0], fmpq):
        return n, matrix, 1
    if domain.is_symbolic(n):
        return fmpq_poly([0, 1]), matrix, fmpq_poly([1])
    return rational(n), matrix, fmpq(1)
