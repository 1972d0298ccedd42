"""How numbers, data and options are written on the pages: plain text."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from wishart_nn.reports.statistics import Test
from wishart_nn.reports.verdicts import Part


def data_line(data: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """Return which data a run used, in words."""
    described: dict[str, Any] = {**data, **(data.get("describe") or {})}
    source = str(described.get("source") or options.get("data") or "unknown")
    rows = [
        f"{described[name]:,} {name}"
        for name in ("train", "validation", "test")
        if isinstance(described.get(name), int)
    ]
    parts = [source, *([", ".join(rows) + " rows"] if rows else [])]
    if options.get("features"):
        parts.append(f"{options['features']} features")
    return "; ".join(parts)


def options_line(options: Mapping[str, Any], leave_out: Sequence[str] = ()) -> str:
    """Return options as "depth 5, width 64, …"."""
    shown = (f"{name} {value}" for name, value in options.items() if name not in leave_out and value is not None)
    return ", ".join(shown)


def plural(count: int, name: str) -> str:
    """Return a number of things.

    Example:
        >>> plural(1, "seed"), plural(1200, "run")
        ('1 seed', '1,200 runs')
    """
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def fixed(value: Any, digits: int) -> str:
    """Return a number with so many decimals, a dash for what is none.

    Example:
        >>> fixed(1234.5, 1), fixed(None, 4), fixed(float("nan"), 4)
        ('1,234.5', '–', '–')
    """
    return f"{value:,.{digits}f}" if isinstance(value, int | float) and not isnan(value) else "–"


def general(value: Any) -> str:
    """Return a number in four digits, a dash for what is none.

    Example:
        >>> general(0.00012345), general(None)
        ('0.0001234', '–')
    """
    return f"{value:.4g}" if isinstance(value, int | float) and not isnan(value) else "–"


def signed(value: float, digits: int = 4) -> str:
    """Return a number with its sign, a true minus.

    Example:
        >>> signed(-0.01), signed(0.25, 2)
        ('−0.0100', '+0.25')
    """
    return f"{value:+.{digits}f}".replace("-", "−")


def unbroken(text: str) -> str:
    """Return text in which 1/√n stays on one line.

    Example:
        >>> ascii(unbroken("1/√n < 1")).count("u2060")
        1
    """
    return text.replace("/√", "/\u2060√")


def p_text(p: float) -> str:
    """Return a p-value as it is written.

    Example:
        >>> p_text(0.0312), p_text(1e-7), p_text(float("nan"))
        ('0.031', '< 0.0001', '–')
    """
    if p != p:
        return "–"
    return "< 0.0001" if p < 1e-4 else f"{p:.2g}"


def p_equals(p: float) -> str:
    """Return a p-value as part of a sentence.

    Example:
        >>> p_equals(0.0312), p_equals(1e-7)
        ('p = 0.031', 'p < 0.0001')
    """
    return f"p {p_text(p)}" if p < 1e-4 else f"p = {p_text(p)}"


def effect(test: Test) -> str:
    """Return an effect with its interval.

    Example:
        >>> from wishart_nn.reports.statistics import one_sample
        >>> effect(one_sample([0.02, 0.03, 0.04])), effect(one_sample([0.02])), effect(one_sample([]))
        ('+0.0300 [+0.0052, +0.0548]', '+0.0200', '–')
    """
    if isnan(test.effect):
        return "–"
    low, high = test.interval.low, test.interval.high
    return signed(test.effect) + ("" if isnan(low) else f" [{signed(low)}, {signed(high)}]")


def size(test: Test) -> str:
    """Return the size of an effect in standard deviations."""
    return "–" if isnan(test.size) else signed(test.size, 1) if abs(test.size) < 1000 else "∞"


def tally(part: Part) -> str:
    """Return in how many settings the statement shows."""
    opposite = f", the opposite in {part.contrary}" if part.directed and part.contrary else ""
    return f"shown in {part.supporting}{opposite} of {len(part.effects)}"
