"""Entries of a table as formulas, in plain text and in LaTeX, with the monomial factor in front.

No float and no power of ten occurs: every coefficient is written in full, as an integer or as p/q.
"""

from collections.abc import Callable
from fractions import Fraction
from textwrap import wrap

from wishart_moments.codegen.tables import Kind, Term

Monomial = Callable[[int, int], str]

TEXT_LABELS: dict[Kind, str] = {"moments": "E tr S^{k}", "series": "c_{k}"}
LATEX_LABELS: dict[Kind, str] = {
    "moments": r"\operatorname{{E}}\operatorname{{tr}} S^{{{k}}}",
    "series": "c_{{{k}}}",
}


def factored(terms: tuple[Term, ...]) -> tuple[int, tuple[int, int], tuple[Term, ...]]:
    """Return the sign, the largest monomial m^i n^j and the cofactor of a polynomial.

    Example:
        >>> sign, monomial, cofactor = factored(((2, 1, Fraction(-1)), (1, 2, Fraction(-1))))
        >>> sign, monomial, [(i, j, int(c)) for i, j, c in cofactor]
        (-1, (1, 1), [(1, 0, 1), (0, 1, 1)])
    """
    if not terms:
        return 1, (0, 0), ()
    sign = 1 if terms[0][2] > 0 else -1
    x, y = min(i for i, _, _ in terms), min(j for _, j, _ in terms)
    return sign, (x, y), tuple((i - x, j - y, sign * c) for i, j, c in terms)


def text_formula(terms: tuple[Term, ...]) -> str:
    """Return a polynomial as text.

    Example:
        >>> one = Fraction(1)
        >>> text_formula(((2, 1, one), (1, 2, one), (1, 1, -one / 2)))
        'm n (m + n - 1/2)'
    """
    sign, exponents, cofactor = factored(terms)
    factor, parts = text_monomial(*exponents), signed_parts(cofactor, text_monomial, str, " ")
    minus = "-" if sign < 0 else ""
    if cofactor == ((0, 0, Fraction(1)),):
        return f"{minus}{factor or '1'}"
    return f"{minus}{factor} ({' '.join(parts)})" if factor else f"{minus}({' '.join(parts)})"


def latex_parts(terms: tuple[Term, ...]) -> tuple[str, list[str]]:
    r"""Return the factor in front, with its sign, and the signed terms of the cofactor, in LaTeX.

    Example:
        >>> one = Fraction(1)
        >>> latex_parts(((2, 1, one), (1, 2, one), (1, 1, -one / 2)))
        ('mn', ['m', '+ n', '- \\tfrac{1}{2}'])
    """
    sign, exponents, cofactor = factored(terms)
    parts = signed_parts(cofactor, latex_monomial, latex_coefficient, " ")
    return ("-" if sign < 0 else "") + latex_monomial(*exponents), parts


def text_monomial(i: int, j: int) -> str:
    """Return m^i n^j as text; nothing where both exponents are 0."""
    return " ".join(power(name, exponent, "{}^{}") for name, exponent in (("m", i), ("n", j)) if exponent)


def latex_monomial(i: int, j: int) -> str:
    """Return m^i n^j in LaTeX; nothing where both exponents are 0."""
    return "".join(power(name, exponent, "{}^{{{}}}") for name, exponent in (("m", i), ("n", j)) if exponent)


def latex_coefficient(c: Fraction) -> str:
    """Return an integer, or a small fraction, in LaTeX."""
    return str(c) if c.denominator == 1 else rf"\tfrac{{{c.numerator}}}{{{c.denominator}}}"


def wrapped(text: str, width: int, indent: str) -> list[str]:
    """Break a formula before its signs, so that no line starts with half a term."""
    glued = text.replace(" + ", "\0+\1").replace(" - ", "\0-\1").replace(" ", "\1").replace("\0", " ")
    lines = wrap(glued, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [line.replace("\1", " ") for line in lines]


def power(name: str, exponent: int, pattern: str) -> str:
    """Return name^exponent after a pattern such as "{}^{}"; the name alone for the exponent 1."""
    return name if exponent == 1 else pattern.format(name, exponent)


def signed_parts(
    terms: tuple[Term, ...], monomial: Monomial, coefficient: Callable[[Fraction], str], space: str
) -> list[str]:
    """Return the terms of a polynomial with their signs, the first without a plus."""
    parts: list[str] = []
    for i, j, c in terms:
        sign = ("- " if parts else "-") if c < 0 else ("+ " if parts else "")
        number = "" if abs(c) == 1 and (i or j) else coefficient(abs(c))
        parts.append(sign + space.join(filter(None, [number, monomial(i, j)])))
    return parts
