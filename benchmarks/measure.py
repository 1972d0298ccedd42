"""Timing side by side: every candidate is called once, the values are compared, then all take turns.

A wrong value is never timed. The first call of each candidate warms it up; where that call took more than ten
seconds, or is known to take about as long, it is kept as the only repeat. Turns, rather than one candidate after the
other, let a busy machine slow all candidates alike.
"""

import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any

REPEATS = 7
LONG = 10.0
"""Seconds after which one repeat must do."""


def _itself(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Candidate:
    """One way to get a value.

    Attributes:
        name: for the table.
        call: returns the value; with `metered`, the value and the amount that it measured itself.
        comparable: brings the value into the form in which the candidates are compared; not timed.
        once: one repeat must do, since the call takes some ten seconds.
        note: anything that a reader of the figure must know.
    """

    name: str
    call: Callable[[], Any]
    comparable: Callable[[Any], Any] = _itself
    metered: bool = False
    once: bool = False
    note: str = ""

    def measure(self) -> tuple[Any, float]:
        """Return the value and the seconds (or whatever the candidate meters itself)."""
        gc.collect()
        start = perf_counter()
        value = self.call()
        seconds = perf_counter() - start
        return value if self.metered else (value, seconds)


@dataclass(frozen=True)
class Case:
    """One line of the table: a value, our way to it first, then the others.

    Attributes:
        subject: what is computed.
        candidates: ours, then the peers.
        target: the most that ours may take, in `unit`; None where nothing was promised.
        unit: "s", "bytes", "ulp", "%", "count", "times" (a ratio), or "1" for a plain number.
        expected: the value in its comparable form, where it is known independently.
        repeats: how often each candidate is timed; 1 for what does not vary.
        unavailable: {peer: why it could not be run}.
    """

    subject: str
    candidates: tuple[Candidate, ...]
    target: float | None = None
    unit: str = "s"
    expected: Any = None
    repeats: int = REPEATS
    unavailable: dict[str, str] = field(default_factory=dict)


def side_by_side(case: Case, *, quick: bool = False) -> dict[str, Any]:
    """Return the record of a case: for every candidate all values, their median, least and greatest.

    Raises:
        AssertionError: if a candidate's value differs from the others' or from the expected one.
    """
    amounts: dict[str, list[float]] = {}
    long: set[str] = set()
    reference = case.expected
    for candidate in case.candidates:
        start = perf_counter()
        value, amount = candidate.measure()
        if candidate.once or perf_counter() - start > LONG:
            long.add(candidate.name)
        shown = candidate.comparable(value)
        del value
        reference = shown if reference is None else reference
        if shown != reference:
            raise AssertionError(f"{case.subject}: {candidate.name} gives a wrong value")
        amounts[candidate.name] = [amount]
    if not quick and case.repeats > 1:
        turns = [candidate for candidate in case.candidates if candidate.name not in long]
        amounts |= {candidate.name: [] for candidate in turns}
        for _ in range(case.repeats):
            for candidate in turns:
                amounts[candidate.name].append(candidate.measure()[1])
    return {
        "subject": case.subject,
        "unit": case.unit,
        "target": case.target,
        "measurements": [_record(candidate, amounts[candidate.name]) for candidate in case.candidates],
        "unavailable": case.unavailable,
    }


def _record(candidate: Candidate, values: list[float]) -> dict[str, Any]:
    return {
        "name": candidate.name,
        "median": median(values),
        "min": min(values),
        "max": max(values),
        "repeats": len(values),
        "values": values,
        "note": candidate.note,
    }
