"""The scales of a sweep in units of 1/√n: how they are called, and in which order they stand."""

from functools import lru_cache
from math import inf, isclose, sqrt
from typing import Any, NamedTuple

from wishart_moments.errors import DomainError
from wishart_moments.variance.sigma import parse_sigma

HE, VARIANCE_PRESERVING = 1.0, 10.0
"""σ√n of He's rule as arXiv 2601.08253 has it, and of what nearly preserves the variance there."""

_SIZES = (64, 144)
_NAMES = {1.0: "1", sqrt(2): "√2", 1 / sqrt(2): "1/√2", sqrt(3): "√3", 1 / sqrt(3): "1/√3"}


class Scale(NamedTuple):
    """A choice of σ.

    Attributes:
        unit: σ√n where that is one number; infinity for a rule that chooses by itself.
        label: as it is shown.
    """

    unit: float
    label: str

    @property
    def fixed(self) -> bool:
        """Whether σ√n is one number, layer for layer."""
        return self.unit < inf

    @property
    def words(self) -> str:
        """The scale as part of a sentence.

        Example:
            >>> scale_of("kaiming").words, scale_of("predicted").words, scale_of("0.1").words
            ('σ√n = √2', 'σ: predicted', 'σ = 0.1')
        """
        if self.label.startswith("σ"):
            return self.label
        return f"σ√n = {self.label}" if self.fixed else f"σ: {self.label}"

    @property
    def matched(self) -> "Scale":
        """The same with W and √α scaled to the steps of the optimiser, which makes a rule of any σ."""
        return Scale(inf, f"{self.label}+match")

    def near(self, unit: float) -> bool:
        """Whether σ√n is this number."""
        return isclose(self.unit, unit, rel_tol=1e-3)


@lru_cache(maxsize=4096)
def scale_of(sigma: Any, architecture: str = "chain", width: int = 64) -> Scale:
    """Return the scale that the option sigma means.

    Args:
        sigma: "predicted", a name, an expression in m and n, or a number.
        architecture: of a plain "mlp" the prediction is Kaiming's rule.
        width: of the hidden layers, which is n for a σ that is the same for every layer.

    Example:
        >>> scale_of("he").label, scale_of("10/sqrt(n)").label, scale_of("sqrt(1/(3*n))").label, scale_of("0.1").label
        ('1', '10', '1/√3', 'σ = 0.1')
        >>> scale_of("predicted"), scale_of("predicted", "mlp").label
        (Scale(unit=inf, label='predicted'), 'Kaiming')
    """
    text = str(sigma)
    if text == "predicted":
        return Scale(inf, "Kaiming" if architecture == "mlp" else "predicted")
    try:
        units = [parse_sigma(text).at(n, n).sigma * sqrt(n) for n in _SIZES]
        halves = [parse_sigma(text).at(n // 2, n).sigma * sqrt(n) for n in _SIZES]
    except DomainError:
        return Scale(inf, text)
    if not all(isclose(unit, units[0], rel_tol=1e-9) for unit in (*units, *halves)):
        try:
            sigma_there = parse_sigma(text).at(width, width).sigma
        except DomainError:
            return Scale(inf, text)
        return Scale(sigma_there * sqrt(width), _shown(text))
    # An expression such as 0.577/sqrt(n) is meant to be 1/√3.
    for unit, name in _NAMES.items():
        if isclose(unit, units[0], rel_tol=1e-3):
            return Scale(unit, name)
    return Scale(units[0], f"{units[0]:.4g}")


def _shown(text: str) -> str:
    try:
        return f"σ = {float(text):g}"
    except ValueError:
        return text
