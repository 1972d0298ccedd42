"""What is written beside a drawing of Wick contractions, in TeX as matplotlib reads it."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.combinatorics.ribbon import RibbonGraph

Weight = tuple[int, int]


def factor(*, transposed: bool) -> str:
    """Return the label of a factor."""
    return r"W^{\!\top}" if transposed else "W"


def traces(parts: Partition) -> str:
    r"""Return Π_i tr (W Wᵀ)^{λ_i}, equal traces as a power.

    Example:
        >>> print(traces((3, 1)))
        \mathrm{tr}\,(W W^{\!\top}\!)^{3}\,\mathrm{tr}\,(W W^{\!\top}\!)
        >>> print(traces((1, 1)))
        [\mathrm{tr}\,(W W^{\!\top}\!)]^{2}
    """
    powers: list[str] = []
    for part, equal in groupby(parts):
        trace = rf"\mathrm{{tr}}\,(W {factor(transposed=True)}\!)" + (f"^{{{part}}}" if part > 1 else "")
        count = len(list(equal))
        powers.append(rf"[{trace}]^{{{count}}}" if count > 1 else trace)
    return r"\,".join(powers)


def term(weight: Weight, coefficient: int = 1) -> str:
    r"""Return a coefficient times m^V n^F.

    Example:
        >>> print(term((2, 1)), term((1, 1), 4))
        m^{2}n 4\,mn
    """
    powers = (f"{name}^{{{power}}}" if power > 1 else name for name, power in zip("mn", weight, strict=True))
    return (rf"{coefficient}\," if coefficient > 1 else "") + "".join(powers)


def descending(weight: Weight) -> tuple[int, int]:
    """Return a key that puts higher degrees first, and within a degree higher powers of m."""
    return -sum(weight), -weight[0]


def polynomial(surfaces: Iterable[RibbonGraph]) -> str:
    """Return the sum of the weights m^V n^F of contractions."""
    coefficients = Counter(surface.weight for surface in surfaces)
    return " + ".join(term(weight, coefficients[weight]) for weight in sorted(coefficients, key=descending))


def topology(surface: RibbonGraph) -> str:
    """Return the Euler characteristic and the orientability of a contraction."""
    orientable = "orientable" if surface.is_orientable else "not orientable"
    return rf"$\chi = {surface.euler_characteristic}$, {orientable}"
