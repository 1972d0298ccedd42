"""Certificates: claims in exact numbers, with what a stranger needs to check them with `check.py` and nothing of ours.

A certificate is a JSON object (`certificate.schema.json`). By its kind it claims

- moments: the values E tr S^k, k from `first` on; checked by the residuals of the recurrence, which is a theorem;
- variance, resolvent: lower <= value <= upper, for every σ² between the two that are given; checked by polynomials
  (`witness`) whose squares, integrated against these moments, prove it;
- existence: whether E Π_i tr S^{λ_i} is finite, by the condition of `moments.inverse.existence`;
- evaluation: an enclosure that rests on ball arithmetic alone. It names the functions that an independent evaluation
  has to repeat, and no checker calls it proved.

All numbers are exact: integers and rationals as strings.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from flint import arb

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.files import write_atomically
from wishart_moments.moments.inverse.existence import existence_condition
from wishart_moments.moments.inverse.inverse_recurrence import inverse_traces_at
from wishart_moments.moments.polynomials import as_number
from wishart_moments.moments.recurrence import trace_moments_at
from wishart_moments.moments.wishart import Wishart
from wishart_moments.proofs import check as untyped
from wishart_moments.proofs.witness import witness

checker: Any = untyped

FORMAT, VERSION = "wishart-moments certificate", 1
CHECKER = Path(checker.__file__)
"""The program that checks certificates: one file, of the standard library only."""

MAX_NUMBER = 10**100
"""The largest m and n of a certificate, which lists numbers of many times their length."""

MAX_LISTED = 5000
"""The largest |k| of the moments in a certificate."""


@dataclass(frozen=True, repr=False)
class Certificate:
    """A claim and its proof, as the members of a JSON object.

    Attributes:
        document: the object.

    Raises:
        DomainError: unless the object has the members that every certificate has.

    Example:
        >>> certificate = moment_certificate(3, 4, 7)
        >>> certificate
        Certificate(moments, m = 4, n = 7, beta = 1)
        >>> certificate.check()
        'proved: E tr S^k, k = 0..3, at m = 4, n = 7, beta = 1'
    """

    document: dict[str, Any]

    def __post_init__(self) -> None:
        given: Any = self.document
        if not isinstance(given, dict) or not given.keys() >= {"format", "version", "kind", "m", "n", "beta"}:
            raise DomainError(f"need the members of a certificate's JSON object, got {domain.shown(self.document)}")

    def __repr__(self) -> str:
        """Return the kind and the sizes."""
        sizes = ", ".join(f"{name} = {domain.shown(self.document[name]).strip(chr(39))}" for name in ("m", "n", "beta"))
        return f"Certificate({self.kind}, {sizes})"

    @property
    def kind(self) -> str:
        """What is claimed: moments, variance, resolvent, existence or evaluation."""
        return self.document["kind"]

    @property
    def is_proof(self) -> bool:
        """Whether the checker proves the claim; not so for an evaluation."""
        return self.kind != "evaluation"

    def check(self) -> str:
        """Return the checker's verdict.

        Raises:
            ValueError: if it refuses the certificate.
        """
        return checker.check(json.loads(self.to_json()))

    def to_json(self) -> str:
        """Return the certificate as JSON, a list a line."""
        lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in self.document.items())
        return f"{{\n{lines}\n}}\n"

    def write(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write the certificate to a new file, as JSON.

        Args:
            path: where.
            overwrite: whether a file that is there is replaced.

        Raises:
            DomainError: where the file is there, or cannot be written.
        """
        write_atomically(Path(path), self.to_json(), overwrite=overwrite)


def _certificate(kind: str, law: tuple[int, int | Fraction, int | Fraction], **members: Any) -> Certificate:
    m, n, beta = law
    return Certificate(
        {"format": FORMAT, "version": VERSION, "kind": kind, "m": m, "n": str(n), "beta": int(beta), **members}
    )


def moment_certificate(k: Any, m: Any, n: Any, *, beta: Any = 1) -> Certificate:
    """Return a certificate of E tr S^j for j = 0..k, for k < 0 of j = k..3, at unit variance.

    Args:
        k: an integer of either sign, |k| <= 5000.
        m, n: the dimension and the degrees of freedom, numbers; n integer or a real number > m − 1.
        beta: 1, 2 or 4.

    Returns:
        A `Certificate` of exact rationals; the checker proves it by the recurrence.

    Raises:
        DomainError, LimitError, MethodError: for arguments outside their domains.
        ExistenceError: where E tr S^k is infinite.

    Example:
        >>> moment_certificate(-2, 3, 8).document["moments"]
        ['21/40', '3/4', '3', '24', '288', '4368']
    """
    order = domain.signed_order(k)
    if abs(order) > MAX_LISTED:
        raise LimitError(f"need |k| <= {MAX_LISTED:,} for a certificate, got {domain.shown(order)}")
    law = _numbers(m, n, beta)
    positive = trace_moments_at(max(order, 3 if order < 0 else 0), *law)
    negative = inverse_traces_at(-order, *law)[::-1] if order < 0 else []
    listed = [str(as_number(x)) for x in (*negative, *positive)]
    return _certificate("moments", law, first=min(order, 0), moments=listed)


def existence_certificate(parts: Sequence[int], m: Any, n: Any, *, beta: Any = 1) -> Certificate:
    """Return a certificate that E Π_i tr S^{λ_i} is finite, or infinite, at numbers m and n.

    Its member `excess` is n − m + 1 − 2k/β, k the sum of the negative powers without their sign: more than 0 if and
    only if the moment is finite.

    Args:
        parts: λ, integers of either sign.
        m, n: the dimension and the degrees of freedom, numbers.
        beta: 1, 2 or 4.

    Returns:
        A `Certificate`; the condition is sharp and decided exactly.

    Raises:
        DomainError: for arguments outside their domains.

    Example:
        >>> existence_certificate([-2, 1], 3, 6).check()
        'proved: E prod tr S^k, k in [-2, 1], is infinite'
    """
    law = _numbers(m, n, beta)
    condition = existence_condition(parts, law[2])
    excess = law[1] - law[0] + 1 - condition.bound(law[0])
    listed, finite = domain.signed_orders(parts), condition.holds(*law[:2])
    return _certificate("existence", law, parts=listed, finite=finite, excess=str(excess))


def _numbers(m: Any, n: Any, beta: Any) -> tuple[int, int | Fraction, int | Fraction]:
    law = Wishart(m, n, beta=beta)
    if not law.numeric or law.beta not in (1, 2, 4):
        raise DomainError("need m and n as numbers, and beta 1, 2 or 4, for a certificate")
    if max(law.m, law.n.numerator, law.n.denominator) > MAX_NUMBER:
        raise LimitError("need m and n of at most 100 digits for a certificate")
    return law.m, law.n, law.beta


def bound_certificate(
    kind: str,
    m: int,
    n: int,
    squares: tuple[Fraction, Fraction],
    fraction: Sequence[arb],
    bits: int,
    *,
    alpha: Fraction,
    gamma: Fraction = Fraction(1),
    beta: int = 1,
) -> Certificate:
    """Return a certificate of bounds on the variance or the resolvent, for integers m and n.

    Args:
        kind: "variance", (γ²/m) E tr σ²S (α + σ²S)^{-1}, or "resolvent", E tr (α + σ²S)^{-1}.
        m, n: the shape of W.
        squares: the least and the largest σ², > 0.
        fraction: c_0..c_K of the continued fraction of the moments (`spectrum.gauss_radau`), K >= 2: as balls, since
            what is proved does not depend on them.
        bits: of the bounds that are to be right, relative to their size.
        alpha, gamma: > 0.
        beta: 1, 2 or 4.
    """
    order, ranks = len(fraction) - 1, min(m, n)
    moments = [int(x) if beta != 4 else as_number(x) for x in trace_moments_at(order, m, n, beta)]
    edge = 2.0 ** (_log2(moments[-1], ranks) / order)
    near, far = alpha / squares[1], alpha / squares[0]
    lower = witness(fraction, far, weighted=True, edge=edge, bits=bits)
    upper = witness(fraction, near, weighted=False, edge=edge, bits=bits)
    found = dict(enumerate([ranks, *moments[1:]]))
    trace = (
        checker.below(found, lower.document(), far, 1),
        ranks - near * checker.below(found, upper.document(), near, 0),
    )
    ends = [gamma**2 / m * t for t in trace] if kind == "variance" else [(m - t) / alpha for t in reversed(trace)]
    places = _places(ends[0], ends[1])
    unit = 10**places
    decimals = [Fraction(ends[0] * unit // 1, unit), Fraction(-(-ends[1] * unit // 1), unit)]
    given = {"sigma2": [str(x) for x in squares], "alpha": str(alpha)}
    if kind == "variance":
        given["gamma"] = str(gamma)
    return _certificate(
        kind,
        (m, n, beta),
        **given,
        order=order,
        places=places,
        decimals=[_decimal(x, places) for x in decimals],
        lower=str(ends[0]),
        upper=str(ends[1]),
        first=0,
        moments=[str(x) for x in moments],
        witness={"lower": lower.document(), "upper": upper.document()},
    )


def evaluation_certificate(
    m: int, n: int, ends: tuple[Fraction, Fraction], functions: Sequence[str], **given: str | list[str]
) -> Certificate:
    """Return the record of an enclosure that rests on ball arithmetic alone: no proof that `check.py` can check.

    Args:
        m, n: the shape of W.
        ends: of the enclosure.
        functions: what an independent evaluation has to repeat, by name.
        given: the other inputs.
    """
    return _certificate(
        "evaluation", (m, n, 1), **given, lower=str(ends[0]), upper=str(ends[1]), functions=[*functions]
    )


def _log2(moment: int | Fraction, ranks: int) -> float:
    value = Fraction(moment) / ranks
    return float(value.numerator.bit_length() - value.denominator.bit_length() + 1)


def _places(lower: Fraction, upper: Fraction) -> int:
    """Return decimals that show the width to two digits."""
    width = upper - lower
    exponent = len(str(width.denominator)) - len(str(max(width.numerator, 1)))
    return max(exponent + 1, 1)


def _decimal(value: Fraction, places: int) -> str:
    scaled = int(value * 10**places)
    digits = str(abs(scaled)).rjust(places + 1, "0")
    return f"{'-' if scaled < 0 else ''}{digits[:-places]}.{digits[-places:]}"
