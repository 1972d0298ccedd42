"""What every formula of this package shows: a line, LaTeX, a notebook's cell, an expression of SymPy."""

from typing import Any

from wishart_moments.notation import printers, tables
from wishart_moments.notation.tree import Node


class Typeset:
    """What `latex` writes, for SymPy and for a notebook."""

    def latex(self) -> str:
        """Return LaTeX."""
        raise NotImplementedError

    def _latex(self, printer: Any) -> str:
        """Return what `sympy.latex` gives."""
        del printer
        return self.latex()

    def _repr_latex_(self) -> str:
        """Return what a notebook shows."""
        return rf"$\displaystyle {self.latex()}$"


class ShownCells(Typeset):
    """Objects that are shown as a table of `cells`, the first row its heading."""

    def cells(self) -> list[list[str]]:
        """Return the rows of the table."""
        raise NotImplementedError

    def __str__(self) -> str:
        """Return one line a row, below what `repr` says."""
        return f"{self!r}\n{tables.columns(self.cells())}"

    def latex(self) -> str:
        """Return an array in LaTeX."""
        return tables.array(self.cells())

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return tables.html(self.cells(), repr(self))

    _repr_latex_: Any = None


class Shown(Typeset):
    """Formulas: `notation` is the tree, `label` what it is the value of, or nothing."""

    def notation(self) -> Node:
        """Return the formula's tree."""
        raise NotImplementedError

    def label(self, latex: bool = False) -> str:
        """Return the left-hand side, in text or LaTeX.

        Args:
            latex: whether as LaTeX.
        """
        del latex
        return ""

    def __str__(self) -> str:
        """Return the right-hand side, in full."""
        return printers.text(self.notation())

    def __repr__(self) -> str:
        """Return one line, of a long formula the first terms."""
        return printers.shortened(self.label(), self.notation())

    def latex(self) -> str:
        """Return the right-hand side in LaTeX."""
        return printers.latex(self.notation())

    def as_expr(self) -> Any:
        """Return the formula as a SymPy expression."""
        return printers.as_sympy(self.notation())

    def _repr_latex_(self) -> str:
        """Return what a notebook shows."""
        left = self.label(latex=True)
        return rf"$\displaystyle {f'{left} = ' if left else ''}{self.latex()}$"

    def _sympy_(self) -> Any:
        """Return what `sympy.sympify` gives."""
        return self.as_expr()
