"""Trees of polynomials, rational functions and combinations of traces: from FLINT, from SymPy, from {exponents: c}.

A polynomial is written with the number and the monomial that divide it in front; its terms by falling degree, in the
order of the names. A linear factor with a negative coefficient is written the other way round: n - m - 1.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import gcd
from typing import Any

from flint import fmpq, fmpq_mpoly, fmpq_poly, fmpz

from wishart_moments.notation.factoring import factored
from wishart_moments.notation.tree import (
    ZERO,
    Foreign,
    Identity,
    Matrix,
    Node,
    Number,
    Product,
    Quotient,
    Symbol,
    Trace,
    power,
    product,
    quotient,
    total,
    without_sign,
)

Terms = Mapping[tuple[int, ...], Fraction]
"""{exponents: coefficient}."""


def fraction(value: Any) -> Fraction:
    """Return an int, Fraction, or number of FLINT or SymPy as a Fraction."""
    if isinstance(value, fmpz):
        return Fraction(int(value))
    return value if isinstance(value, Fraction) else Fraction(int(value)) if isinstance(value, int) else _ratio(value)


def _ratio(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def as_terms(polynomial: fmpq_poly | fmpq_mpoly) -> dict[tuple[int, ...], Fraction]:
    """Return {exponents: coefficient} of a FLINT polynomial."""
    if isinstance(polynomial, fmpq_poly):
        return {(i,): fraction(c) for i, c in enumerate(polynomial.coeffs()) if c}
    return {tuple(map(int, each)): fraction(c) for each, c in polynomial.to_dict().items()}


def polynomial(terms: Terms, names: Sequence[str]) -> Node:
    """Return a polynomial: the number and the monomial that divide it, and the rest in brackets.

    Example:
        >>> from wishart_moments.notation.printers import text
        >>> one = Fraction(1)
        >>> text(polynomial({(2, 1): one, (1, 2): one, (1, 1): -one / 2}, ("m", "n")))
        'm n (m + n - 1/2)'
        >>> text(polynomial({(1, 0): -one, (0, 1): one, (0, 0): -one}, ("m", "n")))
        'n - m - 1'
    """
    if not terms:
        return ZERO
    slopes = [c for each, c in terms.items() if any(each)]
    if all(sum(each) <= 1 for each in terms) and slopes and min(slopes) < 0 < max(slopes):
        terms, names = {each[::-1]: c for each, c in terms.items()}, tuple(reversed(names))
    ordered = sorted(terms, key=lambda each: (-sum(each), *(-e for e in each)))
    sign = 1 if terms[ordered[0]] > 0 else -1
    # Of rational coefficients nothing is taken out: 1/2 stays where it is.
    integral = all(c.denominator == 1 for c in terms.values())
    content = sign * gcd(*(c.numerator for c in terms.values())) if integral else sign
    common = tuple(map(min, zip(*ordered, strict=True)))
    front = _monomial(common, names)
    rest: list[Node] = []
    for each in ordered:
        left = [e - low for e, low in zip(each, common, strict=True)]
        rest.append(product([Number(terms[each] / content), *_monomial(left, names)]))
    return product([Number(Fraction(content)), *front, total(rest)])


def _monomial(exponents: Iterable[int], names: Sequence[str]) -> list[Node]:
    return [power(Symbol(name), e) for name, e in zip(names, exponents, strict=True) if e]


def linear_factors(roots: Mapping[Fraction, int], name: str) -> list[Node]:
    """Return the factors (c − e)^k of a denominator {e: k}.

    Example:
        >>> from wishart_moments.notation.printers import text
        >>> [text(each) for each in linear_factors({Fraction(-1): 1, Fraction(0): 2}, "c")]
        ['c + 1', 'c^2']
    """
    return [power(total([Symbol(name), Number(-root)]), multiplicity) for root, multiplicity in roots.items()]


def coefficient(value: Any) -> Node:
    """Return a number, a FLINT polynomial, or an expression of SymPy: a rational function in the factors that it has.

    Example:
        >>> from wishart_moments import trace_moment
        >>> from wishart_moments.notation.printers import text
        >>> text(coefficient(trace_moment(-1))), text(coefficient(trace_moment(2)))
        ('m/(n - m - 1)', 'm n (m + n + 1)')
    """
    if isinstance(value, Node):
        return value
    if isinstance(value, int | Fraction | fmpq | fmpz):
        return Number(fraction(value))
    if isinstance(value, fmpq_poly):
        return polynomial(as_terms(value), ("n",))
    if isinstance(value, fmpq_mpoly):
        return polynomial(as_terms(value), [str(name) for name in value.context().names()])
    if hasattr(value, "notation"):
        return value.notation()
    if not hasattr(value, "free_symbols"):
        return Foreign(value)
    import sympy as untyped

    sympy: Any = untyped
    if value.is_Rational:
        return Number(_ratio(value))
    if not value.is_rational_function() or not value.is_commutative:
        return Foreign(value)
    above, below = (_factors(part) for part in sympy.fraction(value))
    if above is None or below is None:
        above, below = (_factors(part) for part in sympy.fraction(factored(value)))
    if above is None or below is None:
        return Foreign(value)
    (left, over), (right, under) = above, below
    head = left / right
    if not under:
        return product([Number(head), *over])
    return quotient(product([Number(Fraction(head.numerator)), *over]), [Number(Fraction(head.denominator)), *under])


def _factors(value: Any) -> tuple[Fraction, list[Node]] | None:
    """Return the number and the factors of a product of powers of polynomials over ℚ; None for anything else."""
    import sympy as untyped

    sympy: Any = untyped
    content, names, sums = Fraction(1), list[Node](), list[Node]()
    for factor in sympy.Mul.make_args(value):
        base, exponent = factor.as_base_exp()
        if factor.is_Rational:
            content *= _ratio(factor)
        elif base.is_Symbol and exponent.is_Integer and exponent > 0:
            names.append(power(Symbol(str(base)), int(exponent)))
        elif not base.free_symbols or not base.is_polynomial() or not exponent.is_Integer or exponent < 0:
            return None
        else:
            symbols = sorted(base.free_symbols, key=str)
            found = sympy.Poly(base, *symbols)
            if not (found.domain.is_ZZ or found.domain.is_QQ):
                return None
            terms = {tuple(map(int, each)): _ratio(c) for each, c in found.terms()}
            node = polynomial(terms, [str(each) for each in symbols])
            # A number in front goes to the others, with its sign; other factors take the power with them.
            for each in node.factors if isinstance(node, Product) else (node,):
                if isinstance(each, Number):
                    content *= each.value ** int(exponent)
                else:
                    sums.append(power(each, int(exponent)))
    return content, sorted(names, key=lambda each: str(getattr(each, "base", each))) + sums


def degrees_left(beta: Fraction) -> Node:
    """Return c = n − m + 1 − 2/β, on which the denominators of all inverse moments depend.

    Example:
        >>> from wishart_moments.notation.printers import text
        >>> [text(degrees_left(Fraction(beta))) for beta in (1, 2, 4)]
        ['n - m - 1', 'n - m', 'n - m + 1/2']
    """
    one, shift = Fraction(1), 1 - 2 / beta
    return polynomial({(1, 0): -one, (0, 1): one} | ({(0, 0): shift} if shift else {}), ("m", "n"))


def existence_bound(beta: Fraction) -> Node:
    """Return 2k/β, which n − m + 1 must exceed for inverse moments of degree k.

    Example:
        >>> from wishart_moments.notation.printers import text
        >>> [text(existence_bound(Fraction(beta))) for beta in (1, 2, 4)]
        ['2 k', 'k', '1/2 k']
    """
    return times(Number(2 / beta), Symbol("k"))


def trace_factors(parts: Iterable[int], of: str = "Sigma") -> list[Node]:
    """Return Π tr(Sigma^i) over the parts, of any sign.

    Example:
        >>> from wishart_moments.notation.printers import text
        >>> [text(each) for each in trace_factors((2, 1, -1))]
        ['tr(Sigma^2)', 'tr(Sigma)', 'tr(Sigma^-1)']
    """
    return [power(Trace(power(Matrix(of), part) if part else Identity()), n) for part, n in Counter(parts).items()]


def combination(coefficients: Mapping[tuple[tuple[int, ...], int], Any], *, matrix: bool = False) -> Node:
    """Return Σ c p_μ(Σ) Σ^j from {(μ, j): c}; of a matrix, a term without Σ has the identity I.

    Example:
        >>> from wishart_moments.notation.printers import text
        >>> text(combination({((1,), 0): 3, ((), 1): Fraction(-1, 2)}, matrix=True))
        '3 tr(Sigma) I - 1/2 Sigma'
    """
    terms: list[Node] = []
    for (mu, j), value in coefficients.items():
        behind: list[Node] = [power(Matrix("Sigma"), j)] if j else [Identity()] if matrix else []
        terms.append(times(coefficient(value), *trace_factors(mu), *behind))
    return total(terms)


def times(scalar: Node, *factors: Node) -> Node:
    """Return a coefficient in front of factors; the sign of a quotient goes to the front."""
    sign, bare = without_sign(scalar)
    if isinstance(bare, Quotient) and factors and sign < 0:
        return product([bare, *factors], -1)
    return product([scalar, *factors])


def mean_label(parts: Sequence[int], r: int = 0, *, matrix: bool = False) -> Node:
    """Return the product Π tr S^{λ_i} S^r that stands in E[…], with I for S^0 in a matrix.

    Example:
        >>> from wishart_moments.notation.printers import text
        >>> text(mean_label((2, 1, 1))), text(mean_label((-3,), 2))
        ('tr(S^2) tr(S)^2', 'tr(S^-3) S^2')
    """
    return product([*trace_factors(parts, "S"), *([power(Matrix("S"), r)] if r else [Identity()] if matrix else [])])
