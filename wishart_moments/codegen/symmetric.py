"""Symmetric polynomials in m and n, written in s = m + n and p = m n."""

from collections.abc import Mapping
from fractions import Fraction
from math import comb

from wishart_moments.errors import DomainError

Polynomial = Mapping[tuple[int, int], Fraction]
"""{(i, j): c} for Σ c m^i n^j, or for Σ c s^i p^j."""


def in_elementary_symmetric(polynomial: Polynomial) -> dict[tuple[int, int], Fraction]:
    """Return {(i, j): c} with Σ c s^i p^j equal to a symmetric polynomial in m and n.

    Waring's formula, m^d + n^d = Σ_r (−1)^r d/(d−r) C(d−r, r) s^{d−2r} p^r, term by term.

    Raises:
        DomainError: if the polynomial is not symmetric.

    Example:
        >>> one = Fraction(1)
        >>> for exponents, c in in_elementary_symmetric({(2, 0): one, (0, 2): one, (1, 1): 3 * one}).items():
        ...     print(exponents, c)
        (0, 1) 1
        (2, 0) 1
    """
    if any(polynomial.get((j, i)) != c for (i, j), c in polynomial.items()):
        raise DomainError("need a polynomial that is symmetric in m and n")
    result: dict[tuple[int, int], Fraction] = {}
    for (i, j), c in polynomial.items():
        d = i - j
        if d < 0:
            continue  # its mirror image brings it in
        for r in range(d // 2 + 1):
            weight = Fraction(1) if d == 0 else Fraction((-1) ** r * d * comb(d - r, r), d - r)
            key = (d - 2 * r, j + r)
            result[key] = result.get(key, Fraction(0)) + c * weight
    return {key: result[key] for key in sorted(result) if result[key]}


def substituted(polynomial: Polynomial, scale: int, shift: int) -> dict[tuple[int, int], Fraction]:
    """Return the polynomial in a = scale (m − shift) and b = scale (n − shift).

    Example:
        >>> for exponents, c in substituted({(1, 1): Fraction(1)}, scale=2, shift=1).items():
        ...     print(exponents, c)
        (0, 0) 1
        (0, 1) 1/2
        (1, 0) 1/2
        (1, 1) 1/4
    """
    result: dict[tuple[int, int], Fraction] = {}
    for (i, j), c in polynomial.items():
        for x in range(i + 1) if shift else [i]:
            for y in range(j + 1) if shift else [j]:
                weight = c * comb(i, x) * comb(j, y) * shift ** (i - x + j - y) / scale ** (x + y)
                result[x, y] = result.get((x, y), Fraction(0)) + weight
    return {key: result[key] for key in sorted(result) if result[key]}
