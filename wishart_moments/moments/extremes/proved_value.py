"""A number in floats with a proved bound of its error."""

from dataclasses import dataclass

from wishart_moments.notation import tables
from wishart_moments.notation.shown import Typeset


@dataclass(frozen=True, repr=False)
class ProvedValue(Typeset):
    """A number and a proved bound of its error.

    Attributes:
        value: the number, rounded.
        error: |value − true value| is at most this.

    Example:
        >>> ProvedValue(0.25, 1e-17)
        ProvedValue(0.25 +- 1.0e-17)
        >>> float(ProvedValue(0.25, 1e-17))
        0.25
    """

    value: float
    error: float

    def __float__(self) -> float:
        """Return the value."""
        return self.value

    def __str__(self) -> str:
        """Return the value and its error."""
        return f"{self.value:.15g} +- {self.error:.1e}"

    def __repr__(self) -> str:
        """Return one line."""
        return f"ProvedValue({self})"

    def latex(self) -> str:
        """Return the value and how far it may be off, in LaTeX."""
        return rf"{tables.latex(self.value, 15)} \pm {tables.latex(self.error, 2)}"
