"""Moments of the entries of S^{-1}: sums over pairings of products of entries of K = Σ^{−1}.

E[V_{i₁j₁} ⋯ V_{i_q j_q}], V = S^{-1}, is the mean of the word tr(V A_1) ⋯ tr(V A_q) at A_t = e_{j_t} e_{i_t}ᵀ, where
every trace of K's and A's is a product of entries of K. Two entries, c = n − m − 1 (real):

    E[V_ij V_kl] = ((c − 1) K_ij K_kl + K_ik K_jl + K_il K_jk)/(c (c+1) (c−2)).

References: von Rosen, Scand. J. Statist. 15 (1988) 97; Press, Applied Multivariate Analysis (1982), 5.2 (variances).
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from wishart_moments import domain
from wishart_moments.domain import is_number
from wishart_moments.errors import LimitError
from wishart_moments.moments.polynomials import as_number, rational
from wishart_moments.moments.wishart import Wishart
from wishart_moments.moments.words import quotients
from wishart_moments.moments.words.word_moment import WordMoment, expected_word
from wishart_moments.notation.printers import as_sympy

MAX_FACTORS = 5
"""The most entries of S^{-1} in one product: 945 pairings."""

Pairs = Sequence[tuple[int, int]]


class _Term(NamedTuple):
    """A coefficient and the pairs of ends ((t, which), (t, which)) that K joins; which is 0 for i_t, 1 for j_t."""

    coefficient: Any
    joined: tuple[tuple[tuple[int, int], tuple[int, int]], ...]


@lru_cache(maxsize=16)
def _word(count: int, beta: int) -> WordMoment:
    return expected_word(" ".join(f"tr(S^-1 A{t})" for t in range(1, count + 1)), beta=beta)


class InverseEntries:
    """E Π V_{i_t j_t} for products of so many entries of V = S^{-1}, S of a law.

    Args:
        count: the number of entries, at most 5.
        law: its m and n are numbers or symbols.

    Raises:
        ExistenceError: unless n − m + 1 > 2 count/β.
        LimitError: for more than five entries.

    Example:
        >>> law = Wishart(n=9, scale=[[2, 1], [1, 3]])
        >>> InverseEntries(2, law)([(0, 0), (1, 1)], law.given_scale.inverse.rows())
        Fraction(4, 525)
    """

    def __init__(self, count: int, law: Wishart) -> None:
        if count > MAX_FACTORS:
            raise LimitError(f"need at most {MAX_FACTORS} entries of S^-1, got {domain.shown(count)}")
        law.require([-1] * count)
        self._terms: list[_Term] = []
        if count == 0:
            self._terms.append(_Term(1, ()))
            return
        word = _word(count, int(law.beta))
        for product, numerator in word.terms.items():
            below = word.below.get(product, {})
            joined = [pair for letters in product.traces for pair in _ends(letters)]
            self._terms.append(_Term(_at(numerator, below, law), tuple(joined)))

    def __call__(self, pairs: Pairs, precision: Any) -> Any:
        """Return the moment for index pairs and K, anything that K[i][j] reads."""
        total: Any = 0
        for coefficient, joined in self._terms:
            value = coefficient
            for (s, left), (t, right) in joined:
                value = value * precision[pairs[s][left]][pairs[t][right]]
            total = total + value
        return total


def _at(numerator: Any, below: quotients.Below, law: Wishart) -> Any:
    """Return a rational function of m and n at the sizes of the law."""
    if is_number(law.m) and is_number(law.n):
        sizes: dict[str, int | Fraction] = {"m": law.m, "n": law.n}
        above = numerator(*(rational(sizes[str(name)]) for name in numerator.context().names()))
        return Fraction(as_number(above)) / quotients.value(below, sizes)
    import sympy as untyped

    sympy: Any = untyped
    expression: Any = as_sympy(quotients.notation(numerator, below))
    return expression.subs({sympy.Symbol("m"): law.m, sympy.Symbol("n"): law.n}, simultaneous=True)


def _ends(letters: Any) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return what the K's of tr(K A_s K A_tᵀ …) join: A_t = e_j e_iᵀ has its j on the left, A_tᵀ its i."""
    ends = [(int(name[1:]) - 1, (0, 1) if adjoint else (1, 0)) for name, adjoint in letters if not name.endswith("^-1")]
    return [((s, of_s[1]), (t, of_t[0])) for (s, of_s), (t, of_t) in zip(ends[-1:] + ends[:-1], ends, strict=True)]
