"""What an option of a sweep runs over: one value, a list, or a range, read from text.

    --depth 5                     one value
    --depth 2,5,10                a list: every one of them
    --lr 1e-4..1e-1:log           a range, searched; :log for even steps of the logarithm
    --width 16..128:16            a range in steps
    --sigma 0.3..10/sqrt(n):log   a range of σ√n
    --seeds 0-4                   0, 1, 2, 3, 4
    --start "he; shared+match"    pairs of a σ and whether steps are matched

A list becomes a dimension of a grid, a range one of a search.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_moments.texts import integer, real
from wishart_nn.training.options import TRIED, Value, kinds, read_value

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

FIXED = ("data", "label", "missing", "seed", "device", "threads")
"""Options that a sweep does not run over: the seeds have their own list, device and threads change no result, and the
table of a sweep is about one source of data."""

MAX_SEEDS = 10_000

_RANGE = re.compile(r"(?P<low>[^:]+?)\.\.(?P<high>[^:]+?)(?P<suffix>/sqrt\([mn]\))?(?::(?P<step>[^:]+))?")


@dataclass(frozen=True)
class Range:
    """Numbers from low to high, both included.

    Attributes:
        low, high: the ends, low < high.
        log: uniform in the logarithm; needs low > 0.
        step: the distance of neighbouring values; None for all of them (1 between integers).
        suffix: "" or what follows the number in a formula, "/sqrt(n)".

    Raises:
        DomainError: for ends or a step out of order.

    Example:
        >>> read_axis("lr", "1e-4..1e-1:log")
        Range(low=0.0001, high=0.1, log=True, step=None, suffix='')
        >>> read_axis("width", "16..128:16")
        Range(low=16, high=128, log=False, step=16, suffix='')
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    suffix: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise DomainError(f"need a range low..high with low < high, got {self}; write such as 1e-4..1e-1:log")
        if self.log and (self.low <= 0 or self.step is not None):
            raise DomainError(f"need low > 0 and no step in a range with :log, got {self}")
        if self.step is not None and not (math.isfinite(self.step) and 0 < self.step <= self.high - self.low):
            raise DomainError(f"need a step between 0 and high - low, got {self}")

    def __str__(self) -> str:
        step = ":log" if self.log else "" if self.step is None else f":{self.step!r}"
        return f"{self.low!r}..{self.high!r}{self.suffix}{step}"

    def distribution(self) -> "BaseDistribution":
        """Return the range as Optuna has it."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if isinstance(self.low, int) and isinstance(self.high, int):
            return IntDistribution(self.low, self.high, step=1 if self.step is None else int(self.step), log=self.log)
        return FloatDistribution(self.low, self.high, step=self.step, log=self.log)

    def value(self, number: float) -> Value:
        """Return the value of the option at a number of the range."""
        return f"{number!r}{self.suffix}" if self.suffix else number


Axis = Range | list[Value]


def read_axis(name: str, text: str) -> Axis:
    """Return what the option runs over: a range, or the list of values, one for a single value.

    Args:
        name: of an option of a run.
        text: as at the top of this module.

    Raises:
        DomainError: for other text, an option that a sweep does not run over, a value that comes twice.

    Example:
        >>> read_axis("optimizer", "sgd,adamw"), read_axis("sigma", "he,10/sqrt(n),0.1")
        (['sgd', 'adamw'], ['he', '10/sqrt(n)', 0.1])
    """
    types = free_kinds(name)
    match = _RANGE.fullmatch(text.strip())
    if match is None or not types & {int, float}:
        return checked_values(name, [read_value(name, part) for part in text.split(",")])
    if match["suffix"] and str not in types:
        raise DomainError(f"need a range of numbers for {name}, got {shown(text)}")
    kind = float if float in types else int
    try:
        low, high = (_bound(match[end], kind) for end in ("low", "high"))
        step = None if match["step"] in (None, "log") else _bound(match["step"], kind)
    except DomainError:
        raise DomainError(
            f"need a range of {'integers' if kind is int else 'numbers'} for {name}, such as "
            f"{'2..20 or 16..128:16' if kind is int else '1e-4..1e-1:log'}; got {shown(text)}"
        ) from None
    return Range(low, high, log=match["step"] == "log", step=step, suffix=match["suffix"] or "")


def _bound(text: str, kind: type) -> float:
    if kind is float:
        return real(text, "a bound")
    whole = integer(text)
    if whole is None:
        raise DomainError(f"need an integer, got {shown(text)}")
    return whole


def checked_values(name: str, values: list[Value]) -> list[Value]:
    """Return the values of an axis, no two the same.

    Raises:
        DomainError: for an empty list, an option that a sweep does not run over, a value that comes twice.

    Example:
        >>> checked_values("depth", [2, 5, 2])
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need different values of depth, got 2 twice
    """
    free_kinds(name)
    if not values:
        raise DomainError(f"need at least one value of {name}")
    for i, value in enumerate(values):
        if value in values[:i]:
            raise DomainError(f"need different values of {name}, got {shown(value)} twice")
    return values


def free_kinds(name: str) -> set[type]:
    """Return the types of values of an option that a sweep may run over.

    Raises:
        DomainError: for another.
    """
    if name in FIXED:
        instead = "; give the seeds as the sweep's seeds, 0-4" if name == "seed" else ""
        raise DomainError(f"need one {name} for all runs of a sweep, got a list{instead}")
    return kinds(name)


@dataclass(frozen=True)
class Start:
    """A σ, and whether the steps are matched from it: "he", "10/sqrt(n)", "shared+match"; with "tried" they are.

    Raises:
        DomainError: for a text that has no σ.

    Example:
        >>> Start.read(" shared+match ").options, str(Start("he", False))
        ({'sigma': 'shared', 'match_step': True}, 'he')
        >>> Start.read("tried").match_step
        True
    """

    sigma: float | str
    match_step: bool

    def __str__(self) -> str:
        return f"{self.sigma}{'+match' if self.match_step and self.sigma != TRIED else ''}"

    @classmethod
    def read(cls, text: str) -> "Start":
        """Return the start of a text."""
        sigma = text.strip().removesuffix("+match").strip()
        found = read_value("sigma", sigma) if sigma else None
        if not isinstance(found, float | str):
            raise DomainError(f"need starts such as he; 10/sqrt(n); shared+match, got {shown(text)}")
        return cls(found, text.strip().endswith("+match") or found == TRIED)

    @property
    def options(self) -> dict[str, Value]:
        """The options of a run that it stands for."""
        return {"sigma": self.sigma, "match_step": self.match_step}


def axis_to_json(axis: Axis) -> Any:
    """Return a document of an axis: a list, or the attributes of a range."""
    return asdict(axis) if isinstance(axis, Range) else axis


def axis_from_json(name: str, document: Any) -> Axis:
    """Return the axis of a document.

    Raises:
        DomainError: for anything that is no axis.

    Example:
        >>> axis_from_json("lr", axis_to_json(Range(0.1, 1.0)))
        Range(low=0.1, high=1.0, log=False, step=None, suffix='')
    """
    try:
        if isinstance(document, Mapping):
            return Range(**cast("dict[str, Any]", document))
        return checked_values(name, list(document))
    except TypeError as error:
        raise DomainError(f"need {name} to run over a list or a range, got {shown(cast(object, document))}") from error


def read_seeds(text: str) -> list[int]:
    """Return the seeds: "0-4" is 0, 1, 2, 3, 4; "1,5-6" is 1, 5, 6.

    Raises:
        DomainError: for anything else, a seed that comes twice, more than 10,000 of them.

    Example:
        >>> read_seeds("0-2,7")
        [0, 1, 2, 7]
    """
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,9})(?:-([0-9]{1,9}))?\s*", part)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise DomainError(f"need seeds as integers >= 0 such as 0-4 or 1,5,7; got {shown(text)}")
        first, last = int(match[1]), int(match[2] or match[1])
        if last - first >= MAX_SEEDS:
            raise DomainError(f"need at most {MAX_SEEDS:,} seeds, got {shown(text)}")
        seeds += range(first, last + 1)
    return checked_seeds(seeds)


def checked_seeds(seeds: list[int]) -> list[int]:
    """Return the seeds, no two the same.

    Raises:
        DomainError: for none, a negative one, or one that comes twice.
    """
    if not seeds or any(isinstance(seed, bool) or seed < 0 for seed in seeds) or len(set(seeds)) < len(seeds):
        raise DomainError(f"need different seeds >= 0, at least one; got {shown(seeds)}")
    return seeds
