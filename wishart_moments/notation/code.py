"""Printers of a formula's tree in R, Octave (and MATLAB) and the Wolfram Language: what can be pasted and evaluated.

Symbols and matrices are variables of their names. Wolfram's numbers are exact; those of
R and Octave are doubles.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wishart_moments.errors import MethodError
from wishart_moments.notation.printers import Style, text_number
from wishart_moments.notation.tree import Identity, Matrix, Node, Number, Power, Product, Quotient, Sum


@dataclass(frozen=True)
class _Code(Style):
    """A language: its product and powers of matrices, a matrix (rows, a row, what stands between), a comment."""

    dot: str = " * "
    power: Callable[[str, int], str] = "{}^({})".format
    rows: tuple[str, str, str] = ("[{}]", "{}", "; ")
    comment: str = "% {}"

    def powered(self, base: Node, exponent: int) -> str:
        if _is_matrix(base):
            return self.power(self.atom(base), exponent)
        return f"{self.atom(base)}^{exponent if exponent >= 0 else f'({exponent})'}"

    def side_by_side(self, factors: tuple[Node, ...]) -> str:
        scalars = [self.factor(each) for each in factors if not _is_matrix(each)]
        matrices = [self.factor(each) for each in factors if _is_matrix(each)]
        return " * ".join([*scalars, *([self.dot.join(matrices)] if matrices else [])])

    def fraction(self, node: Quotient) -> str:
        whole = isinstance(node.below, Number) and node.below.value.denominator == 1
        return f"{self.factor(node.above)}/{self.write(node.below) if whole else self.atom(node.below)}"


def _is_matrix(node: Node) -> bool:
    match node:
        case Matrix() | Identity():
            return True
        case Power(of, _) | Quotient(of, _):
            return _is_matrix(of)
        case Product(parts) | Sum(parts):
            return any(map(_is_matrix, parts))
        case _:
            return False


def _r_power(base: str, exponent: int) -> str:
    return " %*% ".join([base if exponent > 0 else f"solve({base})"] * abs(exponent))


def _foreign(printer: str, unit: str = "i", exponent: str = "e") -> Callable[[Any], str]:
    """Return how decimals, complex numbers and what is no rational function are written, by SymPy's printer."""

    def write(expression: Any) -> str:
        if isinstance(expression, complex):
            return f"({expression.real} + {expression.imag}{unit})"
        if isinstance(expression, str | float):
            return str(expression).replace("e+", "e").replace("e", exponent)
        import sympy

        return f"({getattr(sympy, printer)(expression)})"

    return write


def _wolfram_name(name: str) -> str:
    if name in _TAKEN:
        raise MethodError(f"need names other than {', '.join(_TAKEN)} in the Wolfram Language, got {name}")
    return name.replace("_", "$")


_TAKEN = ("C", "D", "E", "I", "K", "N", "O", "Pi")

_OCTAVE = _Code(
    text_number, str, "", "({})", {"T": "{}.'", "*": "{}'"}, "trace({})", "", _foreign("octave_code"), "eye({})"
)
_R = replace(
    _OCTAVE,
    adjoint={"T": "t({})", "*": "Conj(t({}))"},
    trace="sum(diag({}))",
    foreign=_foreign("rcode"),
    identity="diag({})",
    dot=" %*% ",
    power=_r_power,
    rows=("rbind({})", "c({})", ", "),
    comment="# {}",
)
_WOLFRAM = replace(
    _OCTAVE,
    name=_wolfram_name,
    adjoint={"T": "Transpose[{}]", "*": "ConjugateTranspose[{}]"},
    trace="Tr[{}]",
    foreign=_foreign("mathematica_code", " I", "*^"),
    identity="IdentityMatrix[{}]",
    dot=" . ",
    power="MatrixPower[{}, {}]".format,
    rows=("{{{}}}", "{{{}}}", ", "),
    comment="(* {} *)",
)

LANGUAGES = {"r": _R, "octave": _OCTAVE, "wolfram": _WOLFRAM}


def code(node: Node, language: str, size: str = "m") -> str:
    """Return a formula in a language; size is the dimension of an identity.

    Raises:
        MethodError: for a name that means something else there.

    Example:
        >>> from wishart_moments.notation.convert import combination
        >>> node = combination({((2,), 1): 3, ((), -2): -1}, matrix=True)
        >>> for language in LANGUAGES:
        ...     print(code(node, language))
        3 * sum(diag(Sigma %*% Sigma)) * Sigma - solve(Sigma) %*% solve(Sigma)
        3 * trace(Sigma^(2)) * Sigma - Sigma^(-2)
        3 * Tr[MatrixPower[Sigma, 2]] * Sigma - MatrixPower[Sigma, -2]
    """
    style = LANGUAGES[language]
    return replace(style, identity=style.identity.format(size)).write(node)


def matrix_code(rows: Sequence[Sequence[Node]], language: str) -> str:
    """Return a matrix in a language.

    Example:
        >>> from wishart_moments.notation.tree import ONE, ZERO
        >>> [matrix_code([[ONE, ZERO], [ZERO, ONE]], language) for language in LANGUAGES]
        ['rbind(c(1, 0), c(0, 1))', '[1, 0; 0, 1]', '{{1, 0}, {0, 1}}']
    """
    style = LANGUAGES[language]
    outer, inner, between = style.rows
    return outer.format(between.join(inner.format(", ".join(map(style.write, row))) for row in rows))


def comment(text: str, language: str) -> str:
    """Return a line of comment."""
    return LANGUAGES[language].comment.format(text)
