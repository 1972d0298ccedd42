"""Equations E p_λ(S) = Σ_μ c p_μ(Σ), and tables of them: in a terminal, in LaTeX, in a notebook, as CSV."""

from collections.abc import Hashable, Mapping
from typing import Any

from wishart_moments.notation import printers, tables
from wishart_moments.notation.convert import combination, mean_label
from wishart_moments.notation.shown import Typeset
from wishart_moments.notation.tree import Node

Equation = tuple[Node, Node]
"""What the mean is of, and the mean."""


def power_sum_equation(label: tuple[int, ...], row: Mapping[tuple[int, ...], Any], *, sign: int = 1) -> Equation:
    """Return E p_λ(S^±1) = Σ c p_μ(Σ^±1); with sign −1 all powers are negative.

    Example:
        >>> written(power_sum_equation((2,), {(2,): 3, (1, 1): 1}, sign=-1))
        ('E[tr(S^-2)]', '3 tr(Sigma^-2) + tr(Sigma^-1)^2')
    """
    turned = {(tuple(sign * part for part in mu), 0): c for mu, c in row.items()}
    return mean_label([sign * part for part in label]), combination(turned)


def written(equation: Equation, *, latex: bool = False) -> tuple[str, str]:
    """Return both sides as text or LaTeX."""
    inside, value = equation
    if latex:
        return rf"\operatorname{{E}}\bigl[{printers.latex(inside)}\bigr]", printers.latex(value)
    return f"E[{printers.text(inside)}]", printers.text(value)


class ShownTable(Typeset):
    """Tables of one degree k at one beta: `equations` are their rows."""

    k: int
    beta: Any

    def equations(self) -> Mapping[Any, Equation]:
        """Return the rows."""
        raise NotImplementedError

    def __repr__(self) -> str:
        """Return the call that makes the table."""
        return f"{type(self).__name__}({self.k}, beta={self.beta})"

    def __str__(self) -> str:
        """Return one equation a line."""
        return "\n".join(" = ".join(written(each)) for each in self.equations().values())

    def __reduce__(self) -> Any:
        """Return the call that makes the table: it is computed again."""
        return type(self), (self.k, self.beta)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.k, _hashable(self.beta)))

    def latex(self) -> str:
        """Return the rows as an aligned block of LaTeX."""
        rows = (" &= ".join(written(each, latex=True)) for each in self.equations().values())
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    _repr_latex_: Any = None

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return tables.html(map(written, self.equations().values()), repr(self))


def _hashable(value: Any) -> Hashable:
    return str(value)
