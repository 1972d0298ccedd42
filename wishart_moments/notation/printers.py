r"""Printers of a formula's tree: a line of text, LaTeX, a SymPy expression.

In print factors stand side by side, a quotient is what its line or its bracket holds, and n - m - 1 starts with n.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import fmpz

from wishart_moments.errors import LimitError
from wishart_moments.notation.tree import (
    Foreign,
    Identity,
    Matrix,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    Trace,
    without_sign,
)

MAX_DIGITS = 100_000
"""The longest integer that is written."""

_LONG = 60
"""A sum of more characters than that stands behind a fraction in LaTeX, where it can be broken, not above its line."""

_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega|"
    "Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega"
)


@dataclass(frozen=True)
class Style:
    """What a language writes differently: names, exponents, brackets, adjoints, traces, fractions."""

    number: Callable[[Fraction], str]
    name: Callable[[str], str]
    exponent: str
    brackets: str
    adjoint: Mapping[str, str]
    trace: str
    after_trace: str
    foreign: Callable[[Any], str]
    identity: str = "I"

    def write(self, node: Node) -> str:
        """Return a formula."""
        match node:
            case Number(value):
                return ("-" if value < 0 else "") + self.number(abs(value))
            case Symbol(name):
                return self.name(name)
            case Matrix(name, mark):
                return self.adjoint[mark].format(self.name(name)) if mark else self.name(name)
            case Identity():
                return self.identity
            case Foreign(expression):
                return self.foreign(expression)
            case Trace(of):
                return self.trace.format(self.write(of))
            case Power(base, exponent):
                return self.powered(base, exponent)
            case Sum(terms):
                return " ".join(self.signed(terms))
            case Product():
                sign, rest = without_sign(node)
                written = self.side_by_side(rest.factors) if isinstance(rest, Product) else self.factor(rest)
                return ("-" if sign < 0 else "") + written
            case Quotient():
                return self.fraction(node)

    def signed(self, terms: tuple[Node, ...]) -> list[str]:
        """Return terms with their signs, the first without a plus."""
        pieces: list[str] = []
        for term in terms:
            sign, rest = without_sign(term)
            pieces.append((("- " if sign < 0 else "+ ") if pieces else "-" * (sign < 0)) + self.factor(rest))
        return pieces

    def powered(self, base: Node, exponent: int) -> str:
        """Return a power."""
        return self.atom(base) + self.exponent.format(exponent)

    def atom(self, node: Node) -> str:
        """Return the base of a power."""
        bare = isinstance(node, Symbol | Trace) or (isinstance(node, Matrix) and not node.adjoint)
        return self.write(node) if bare else self.bracketed(self.write(node))

    def bracketed(self, text: str) -> str:
        """Return text in brackets."""
        return self.brackets.format(text)

    def factor(self, node: Node) -> str:
        """Return a node as a factor: sums in brackets."""
        is_sum = isinstance(node, Sum) or (isinstance(node, Foreign) and getattr(node.expression, "is_Add", False))
        return self.bracketed(self.write(node)) if is_sum else self.write(node)

    def side_by_side(self, factors: tuple[Node, ...]) -> str:
        """Return a product."""
        written = self.factor(factors[0])
        for before, each in pairwise(factors):
            traced = isinstance(before.base if isinstance(before, Power) else before, Trace)
            written += (self.after_trace if traced else " ") + self.factor(each)
        return written

    def fraction(self, node: Quotient) -> str:
        """Return a quotient."""
        below = self.write(node.below)
        simple = isinstance(node.below, Number | Symbol | Power | Trace)
        return f"{self.factor(node.above)}/{below if simple else self.bracketed(below)}"


class _Latex(Style):
    def bracketed(self, text: str) -> str:
        """Return text in brackets, larger ones where it holds brackets or exponents."""
        return self.brackets.format(text) if re.search(r"[\^(\\]", text) else f"({text})"

    def fraction(self, node: Quotient) -> str:
        sign, above = without_sign(node.above)
        factors = above.factors if isinstance(above, Product) else (above,)
        behind = [each for each in factors if isinstance(each, Sum) and len(self.write(each)) > _LONG]
        front = tuple(each for each in factors if each not in behind)
        over = self.write(front[0]) if len(front) == 1 else self.side_by_side(front) if front else "1"
        below = rf"\frac{{{over}}}{{{self.write(node.below)}}}"
        return "-" * (sign < 0) + " ".join([below, *map(self.factor, behind)])


def latex_name(name: str) -> str:
    r"""Return a name in LaTeX.

    Example:
        >>> print(latex_name("Sigma"), latex_name("n1"), latex_name("x_2"), latex_name("ab"))
        \Sigma n_{1} x_{2} \mathrm{ab}
    """
    match = re.fullmatch(r"(.*?)_?(\d*)", name)
    assert match is not None
    base, index = match.groups()
    if _GREEK.fullmatch(base):
        base = f"\\{base}"
    elif len(base) > 1:
        base = rf"\mathrm{{{base}}}".replace("_", r"\_")
    return base + (f"_{{{index}}}" if index else "")


def text_number(value: Fraction) -> str:
    """Return a number in full.

    Raises:
        LimitError: for more than 100,000 digits.
    """
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > 3.3219 * MAX_DIGITS:
        raise LimitError(f"need a result of at most {MAX_DIGITS:,} digits; give smaller numbers or powers")
    # FLINT writes integers of any length, Python stops at 4,300 digits.
    return "/".join(str(fmpz(part)) for part in (value.numerator, value.denominator)[: 1 + (value.denominator > 1)])


def _latex_number(value: Fraction) -> str:
    written = text_number(value).split("/")
    return written[0] if len(written) == 1 else rf"\tfrac{{{written[0]}}}{{{written[1]}}}"


def _sympy_latex(expression: Any) -> str:
    if isinstance(expression, str | float):
        mantissa, e, exponent = str(expression).partition("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else mantissa
    import sympy as untyped

    sympy: Any = untyped
    return sympy.latex(expression)


_TEXT = Style(text_number, str, "^{}", "({})", {"T": "{}^T", "*": "{}^*"}, "tr({})", " ", str)
_LATEX = _Latex(
    _latex_number,
    latex_name,
    "^{{{}}}",
    r"\bigl({}\bigr)",
    {"T": r"{}^{{\mathsf{{T}}}}", "*": r"{}^{{*}}"},
    r"\operatorname{{tr}}({})",
    r"\, ",
    _sympy_latex,
)


def text(node: Node) -> str:
    """Return a formula as a line of text.

    Example:
        >>> from wishart_moments.notation.tree import product, total
        >>> n, sigma = Symbol("n"), Matrix("Sigma")
        >>> text(total([product([n, Trace(sigma), sigma]), product([Power(n, 2), Power(sigma, 2)])]))
        'n tr(Sigma) Sigma + n^2 Sigma^2'
    """
    return _TEXT.write(node)


def latex(node: Node) -> str:
    r"""Return a formula in LaTeX.

    Example:
        >>> print(latex(Quotient(Symbol("m"), Power(Symbol("n"), 2))))
        \frac{m}{n^{2}}
    """
    return _LATEX.write(node)


def parts(node: Node, *, in_latex: bool = False) -> tuple[str, list[str]]:
    """Return the factor in front of a sum and the signed terms between which it may be broken.

    Example:
        >>> n, one = Symbol("n"), Number(Fraction(1))
        >>> parts(Product((n, Sum((n, one))))), parts(n)
        (('n', ['n', '+ 1']), ('', ['n']))
    """
    style = _LATEX if in_latex else _TEXT
    front, last = (node.factors[:-1], node.factors[-1]) if isinstance(node, Product) else ((), node)
    if not isinstance(last, Sum):
        return "", [style.write(node)]
    return style.write(Product(front)) if front else "", style.signed(last.terms)


def factors(nodes: Iterable[Node], *, in_latex: bool = False) -> list[str]:
    """Return nodes as the factors of a product, sums in brackets."""
    return [(_LATEX if in_latex else _TEXT).factor(each) for each in nodes]


def shortened(left: str, node: Node, width: int = 96) -> str:
    """Return `left = formula` in one line, of a long formula the first terms and the number of the others.

    Example:
        >>> from wishart_moments.notation.tree import Sum
        >>> shortened("f", Sum(tuple(map(Symbol, "abcdefgh"))), 32)
        'f = a + b + ... (6 more terms)'
    """
    head = f"{left} = " if left else ""
    whole = head + text(node)
    if len(whole) <= width or not isinstance(node, Sum):
        return whole if len(whole) <= width else f"{whole[: width - 4].rstrip()} ..."
    for shown in range(len(node.terms) - 1, 0, -1):
        more = len(node.terms) - shown
        line = head + text(Sum(node.terms[:shown])) + f" + ... ({more:,} more term{'s' * (more > 1)})"
        if len(line) <= width:
            return line
    return f"{head}... ({len(node.terms):,} terms)"


def as_sympy(node: Node, matrix: Callable[[Matrix], Any] | None = None) -> Any:
    """Return a formula of numbers and symbols as a SymPy expression, not simplified.

    Args:
        node: the tree.
        matrix: what stands for a matrix; otherwise a symbol that does not commute. The trace of Sigma^i is the symbol
            p_i, p_mi for −i.

    Example:
        >>> as_sympy(Quotient(Symbol("m"), Sum((Symbol("n"), Number(Fraction(-1))))))
        m/(n - 1)
    """
    import sympy as untyped

    sympy: Any = untyped

    def write(each: Node) -> Any:
        match each:
            case Number(value):
                return sympy.Rational(value.numerator, value.denominator)
            case Symbol(name):
                return sympy.Symbol(name)
            case Foreign(expression):
                return expression
            case Identity():
                return sympy.Integer(1)
            case Matrix(name):
                return matrix(each) if matrix else sympy.Symbol(name, commutative=False)
            case Trace(Power(Matrix(), exponent)) if matrix is None:
                return sympy.Symbol(f"p_{exponent}" if exponent > 0 else f"p_m{-exponent}")
            case Trace(of):
                return sympy.Symbol("p_1") if matrix is None else sympy.Trace(write(of))
            case Power(base, exponent):
                return write(base) ** exponent
            case Product(factors):
                return sympy.Mul(*map(write, factors))
            case Sum(terms):
                return sympy.Add(*map(write, terms))
            case Quotient(above, below):
                return write(above) / write(below)

    return write(node)
