"""Entries of a table as formulas, in plain text and in LaTeX, with the monomial factor in front.

No float and no power of ten occurs: every coefficient is written in full, as an integer or as p/q.
"""

from textwrap import wrap

from wishart_moments.codegen.tables import Kind, Term
from wishart_moments.notation import printers
from wishart_moments.notation.convert import polynomial
from wishart_moments.notation.tree import Node

TEXT_LABELS: dict[Kind, str] = {"moments": "E tr S^{k}", "series": "c_{k}"}
LATEX_LABELS: dict[Kind, str] = {
    "moments": r"\operatorname{{E}}\operatorname{{tr}} S^{{{k}}}",
    "series": "c_{{{k}}}",
}


def tree(terms: tuple[Term, ...]) -> Node:
    """Return a polynomial in m and n as a tree of the notation."""
    return polynomial({(i, j): c for i, j, c in terms}, ("m", "n"))


def text_formula(terms: tuple[Term, ...]) -> str:
    """Return a polynomial as text.

    Example:
        >>> from fractions import Fraction
        >>> one = Fraction(1)
        >>> text_formula(((2, 1, one), (1, 2, one), (1, 1, -one / 2)))
        'm n (m + n - 1/2)'
    """
    return printers.text(tree(terms))


def wrapped(text: str, width: int, indent: str) -> list[str]:
    """Break a formula before its signs, so that no line starts with half a term."""
    glued = text.replace(" + ", "\0+\1").replace(" - ", "\0-\1").replace(" ", "\1").replace("\0", " ")
    lines = wrap(glued, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [line.replace("\1", " ") for line in lines]
