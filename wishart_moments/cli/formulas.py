"""Formulas as the command line prints them: polynomials, rational functions, combinations of tr(Sigma^j) and Sigma^j.

A formula is a sum of terms, a term a sign, a list of factors above and one below the line; both text and LaTeX are
written from it. Other expressions, with sigma or beta in them, are written by SymPy.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd
from typing import Any

from flint import fmpq_mpoly, fmpq_poly

from wishart_moments.moments.polynomials import as_number

Terms = Mapping[tuple[int, ...], Fraction]
_LONG = 60
"""A sum of more characters than that stands behind a fraction in LaTeX, where it can be broken, not above its line."""


@dataclass(frozen=True)
class Term:
    """A signed quotient of products; `factors` and `divisors` are written already, sums in brackets."""

    sign: int
    factors: tuple[str, ...]
    divisors: tuple[str, ...] = ()

    def times(self, *factors: str) -> "Term":
        """Return the term with more factors above the line; a factor 1 is left away."""
        return replace(self, factors=(*(each for each in self.factors if each != "1"), *factors) if factors else ())

    def written(self, latex: bool) -> str:
        """Return the term without its sign."""
        above = " ".join(self.factors) or "1"
        if not self.divisors:
            return above
        if latex:
            behind = [factor for factor in self.factors if len(factor) > _LONG]
            above = " ".join(factor for factor in self.factors if factor not in behind) or "1"
            return " ".join([rf"\frac{{{above}}}{{{' '.join(self.divisors)}}}", *behind])
        below = " ".join(self.divisors)
        return f"{above}/({below})" if len(self.divisors) > 1 else f"{above}/{below}"


def total(terms: Iterable[Term], latex: bool = False) -> str:
    """Return a sum of terms.

    Example:
        >>> total([Term(1, ("n", "p_1")), Term(-1, ("1",), ("(n - 1)", "n"))])
        'n p_1 - 1/((n - 1) n)'
    """
    pieces: list[str] = []
    for term in terms:
        sign = ("- " if pieces else "-") if term.sign < 0 else ("+ " if pieces else "")
        pieces.append(sign + term.written(latex))
    return " ".join(pieces) or "0"


def power(base: str, exponent: int, latex: bool) -> str:
    """Return base^exponent, the base alone for 1."""
    if exponent == 1:
        return base
    return f"{base}^{{{exponent}}}" if latex else f"{base}^{exponent}"


def number(value: Fraction, latex: bool) -> str:
    """Return a positive number."""
    if value.denominator == 1 or not latex:
        return str(value)
    return rf"\tfrac{{{value.numerator}}}{{{value.denominator}}}"


def as_terms(polynomial: fmpq_poly | fmpq_mpoly) -> dict[tuple[int, ...], Fraction]:
    """Return {exponents: coefficient} of a FLINT polynomial."""
    if isinstance(polynomial, fmpq_poly):
        return {(i,): Fraction(as_number(c)) for i, c in enumerate(polynomial.coeffs()) if c}
    return {tuple(map(int, each)): Fraction(as_number(c)) for each, c in polynomial.to_dict().items()}


def product(terms: Terms, names: Sequence[str], latex: bool = False) -> Term:
    """Return a polynomial as one term: the number and the monomial that divide it, and the rest in brackets.

    Example:
        >>> one = Fraction(1)
        >>> total([product({(2, 1): one, (1, 2): one, (1, 1): -one / 2}, ("m", "n"))])
        'm n (m + n - 1/2)'
    """
    if not terms:
        return Term(1, ("0",))
    ordered = sorted(terms, key=lambda each: (-sum(each), *(-e for e in each)))
    sign = 1 if terms[ordered[0]] > 0 else -1
    # Of rational coefficients nothing is taken out: 1/2 stays where it is.
    integral = all(c.denominator == 1 for c in terms.values())
    content = gcd(*(c.numerator for c in terms.values())) if integral else 1
    common = tuple(map(min, zip(*ordered, strict=True)))
    front = [power(name, e, latex) for name, e in zip(names, common, strict=True) if e]
    head = [str(content)] if content != 1 else []
    rest: list[Term] = []
    for each in ordered:
        c = sign * terms[each] / content
        factors = [power(name, e - low, latex) for name, e, low in zip(names, each, common, strict=True) if e > low]
        factors = [number(abs(c), latex), *factors] if abs(c) != 1 or not factors else factors
        rest.append(Term(1 if c > 0 else -1, tuple(factors)))
    if len(rest) > 1:
        opening, closing = (r"\bigl(", r"\bigr)") if latex else ("(", ")")
        return Term(sign, (*head, *front, f"{opening}{total(rest, latex)}{closing}"))
    alone = rest[0].factors if rest[0].factors != ("1",) or not (head or front) else ()
    return Term(sign, (*head, *alone, *front))


def linear_factors(roots: Mapping[Fraction, int], name: str, latex: bool = False) -> tuple[str, ...]:
    """Return the factors (c − e)^k of a denominator {e: k}.

    Example:
        >>> linear_factors({Fraction(-1): 1, Fraction(0): 2}, "c")
        ('(c + 1)', 'c^2')
    """
    written: list[str] = []
    for root, multiplicity in roots.items():
        base = f"({name} {'-' if root > 0 else '+'} {number(abs(root), latex)})" if root else name
        written.append(power(base, multiplicity, latex))
    return tuple(written)


def coefficient(value: Any, latex: bool = False) -> Term | None:
    """Return a number, or a rational function of m and n in the factors that it has; None for other expressions."""
    if isinstance(value, int | Fraction):
        exact = Fraction(value)
        return Term(1 if exact >= 0 else -1, (number(abs(exact), latex),))
    if not hasattr(value, "free_symbols"):
        return None
    import sympy as untyped

    sympy: Any = untyped
    if not {"m", "n"}.issuperset(map(str, value.free_symbols)) or not value.is_rational_function():
        return None
    above, below = (_factors(part, latex) for part in sympy.fraction(value))
    sign = above[0] * below[0]
    return Term(sign, tuple(above[1]) or ("1",), tuple(below[1]))


def _factors(value: Any, latex: bool) -> tuple[int, list[str]]:
    """Return the sign and the factors of a product of powers of polynomials in m and n, without a factor 1."""
    import sympy as untyped

    sympy: Any = untyped
    content, sign, names, sums = Fraction(1), 1, list[str](), list[str]()
    for factor in sympy.Mul.make_args(value):
        base, exponent = factor.as_base_exp()
        if factor.is_Rational:
            content *= Fraction(int(factor.p), int(factor.q))
        elif base.is_Symbol:
            names.append(power(str(base), int(exponent), latex))
        else:
            # n − m + j is written so, whatever its sign is.
            turned = bool(base.coeff(sympy.Symbol("m")).is_negative or base.coeff(sympy.Symbol("n")).is_negative)
            order = ("n", "m") if turned else ("m", "n")
            found = sympy.Poly(base, *map(sympy.Symbol, order))
            term = product({each: Fraction(int(c.p), int(c.q)) for each, c in found.terms()}, order, latex)
            sign *= term.sign ** int(exponent)
            sums += list(term.factors) if exponent == 1 else [power(" ".join(term.factors), int(exponent), latex)]
    sign = sign if content > 0 else -sign
    head = [number(abs(content), latex)] if abs(content) != 1 else []
    return sign, [*head, *names, *sums]


def text(value: Any) -> str:
    """Return a number, a rational function of m and n, or else SymPy's own text.

    Example:
        >>> from wishart_moments import trace_moment
        >>> text(trace_moment(-1)), text(trace_moment(2))
        ('m/(n - m - 1)', 'm n (m + n + 1)')
    """
    term = coefficient(value)
    return str(value) if term is None else total([term])


def latex(value: Any) -> str:
    r"""Return the same in LaTeX; polynomials as SymPy writes them.

    Example:
        >>> from wishart_moments import trace_moment
        >>> print(latex(trace_moment(-1)))
        \frac{m}{n - m - 1}
    """
    import sympy as untyped

    sympy: Any = untyped
    term = coefficient(value, latex=True)
    if term is None or not term.divisors:
        return sympy.latex(sympy.sympify(value))
    if len(term.divisors) == 1:
        bare = re.fullmatch(r"\\bigl\((.*)\\bigr\)", term.divisors[0])
        term = replace(term, divisors=(bare[1],)) if bare else term
    return total([term], latex=True)


def trace_factors(mu: Iterable[int], latex: bool = False, of: str = "Sigma") -> list[str]:
    """Return Π tr(Sigma^i) over the parts of μ, negative ones included.

    Example:
        >>> trace_factors((2, 1, 1))
        ['tr(Sigma^2)', 'tr(Sigma)^2']
    """
    name, trace = (rf"\{of}" if len(of) > 1 else of, r"\operatorname{tr}") if latex else (of, "tr")
    return [power(f"{trace}({power(name, part, latex)})", count, latex) for part, count in Counter(mu).items()]


def combination(coefficients: Mapping[tuple[tuple[int, ...], int], Any], latex: bool = False) -> str:
    """Return Σ c p_μ(Σ) Σ^j from {(μ, j): c}.

    Example:
        >>> import sympy
        >>> n = sympy.Symbol("n")
        >>> combination({((1,), 1): n, ((), 2): n**2 + n})
        'n tr(Sigma) Sigma + n (n + 1) Sigma^2'
    """
    terms: list[Term] = []
    for (mu, j), value in coefficients.items():
        factors = trace_factors(mu, latex)
        factors += [power(r"\Sigma" if latex else "Sigma", j, latex)] if j else []
        term = coefficient(value, latex)
        if term is None:
            term = Term(1, (_in_brackets(value, latex),))
        terms.append(term.times(*factors) if factors else term)
    return total(terms, latex)


def _in_brackets(value: Any, latex: bool) -> str:
    import sympy as untyped

    sympy: Any = untyped
    written = sympy.latex(value) if latex else str(value)
    if not getattr(value, "is_Add", False):
        return written
    return rf"\bigl({written}\bigr)" if latex else f"({written})"


def matrix(rows: Sequence[Sequence[Any]], write: Callable[[Any], str], latex: bool = False) -> str:
    """Return the rows of a matrix, one a line and its columns aligned, or as a pmatrix."""
    cells = [[write(entry) for entry in row] for row in rows]
    if latex:
        lines = " \\\\\n".join("  " + " & ".join(row) for row in cells)
        return f"\\begin{{pmatrix}}\n{lines}\n\\end{{pmatrix}}"
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "[" + ", ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + "]" for row in cells
    )


def mean_label(parts: Sequence[int], latex: bool = False) -> str:
    r"""Return the left-hand side E Π tr S^{λ_i}.

    Example:
        >>> mean_label((2, 1, 1)), mean_label((-3,))
        ('E[tr(S^2) tr(S)^2]', 'E[tr(S^-3)]')
    """
    factors = " ".join(trace_factors(parts, latex, "S")) or "1"
    return rf"\operatorname{{E}}\bigl[{factors}\bigr]" if latex else f"E[{factors}]"
