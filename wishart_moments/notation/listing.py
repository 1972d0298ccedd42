"""Formulas one below the other: in text broken at a column, in LaTeX into lines that fit an article by their print."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from textwrap import wrap

COLUMNS = 100
"""The width of text."""

LINE = 345.0
"""The text width of the article class at 10 points, in points."""

_TOKEN = re.compile(r"\\(?P<command>[A-Za-z]+)|(?P<character>.)", re.DOTALL)
_LETTERS = {"m": 8.8, "n": 6.0, "c": 4.3, "+": 12.3, "-": 12.3, "=": 12.3, "(": 4.3, ")": 4.3, "[": 4.0, "]": 4.0}
_WIDTHS = {**_LETTERS, " ": 0.4, "{": 0.0, "}": 0.0, "&": 0.0}
_COMMANDS = {"Sigma": 7.2, "quad": 10.0, "operatorname": 1.7, "bigl": 0.4, "bigr": 0.4}


_DEEPEST = 3
"""Within so many brackets a term is broken."""

_HARD_SPACE = "\u00a0"


def unbroken(text: str) -> str:
    """Return text that `listed` keeps in one line."""
    return text.replace(" ", _HARD_SPACE)


def wrapped(text: str, width: int = COLUMNS, indent: str = "    ") -> list[str]:
    """Break a formula before its signs, so that no line starts with half a term; within brackets only where it must be.

    Example:
        >>> wrapped("E = n (m + n) - 1", 14), wrapped("E = n (m + n) - 1", 10)
        (['E = n (m + n)', '    - 1'], ['E = n (m', '    + n)', '    - 1'])
    """
    first, *others = broken(text, width, len, hang=len(indent))
    return [first, *(indent + line for line in others)]


def listed(heading: str, rows: Iterable[tuple[str, str]], *, intro: Iterable[str] = ()) -> str:
    """Return equations (left-hand side, right-hand side) below a heading, which is broken between words."""
    # No line ends between the terms of n - m - 1.
    head = wrap(heading.replace(" - ", unbroken(" - ")), COLUMNS)
    lines = [*head, *intro, "", *(line for row in rows for line in wrapped(" = ".join(row)))]
    return "\n".join(lines).replace(_HARD_SPACE, " ") + "\n"


def printed_width(formula: str) -> float:
    r"""Return about how wide a formula is in print, in points of Computer Modern at 10 points.

    Example:
        >>> round(printed_width("m + n")), round(printed_width(r"\frac{1}{m + n}"))
        (28, 30)
    """
    width, at = 0.0, 0
    while at < len(formula):
        token = _TOKEN.match(formula, at)
        assert token is not None
        at = token.end()
        command = token["command"]
        if command in ("frac", "tfrac"):
            above, at = _group(formula, at)
            below, at = _group(formula, at)
            wide = max(printed_width(above), printed_width(below))
            width += (wide if command == "frac" else 0.75 * wide) + 2.4
        elif command is not None:
            width += _COMMANDS.get(command, 5.0)
        elif token["character"] == "^":
            exponent, at = _group(formula, at)
            width += 0.75 * printed_width(exponent)
        else:
            width += _WIDTHS.get(token["character"], 5.0)
    return width


def _group(formula: str, at: int) -> tuple[str, int]:
    """Return what stands in the braces that open here, or the one character, and the place behind it."""
    if formula[at] != "{":
        return formula[at], at + 1
    depth = 0
    for end in range(at, len(formula)):
        depth += (formula[end] == "{") - (formula[end] == "}")
        if depth == 0:
            return formula[at + 1 : end], end + 1
    return formula[at + 1 :], len(formula)


def broken(
    formula: str, width: float, measure: Callable[[str], float] = printed_width, *, hang: float = 10
) -> list[str]:
    r"""Break a formula before its signs into lines of at most that width where it has signs.

    A term that fits a line stays whole; one that does not is broken within its brackets, never within braces.

    Args:
        formula: in text or LaTeX.
        width: of a line.
        measure: how wide a piece is.
        hang: by how much the others are set in.

    Example:
        >>> broken(r"m + \frac{a + b}{c} + n", 40)
        ['m', '+ \\frac{a + b}{c}', '+ n']
        >>> broken("a + (b + c) + (d + e + f)", 9, len, hang=0)
        ['a', '+ (b + c)', '+ (d + e', '+ f)']
    """
    lines, used = [""], 0.0

    def place(text: str, depth: int) -> None:
        nonlocal used
        for piece in _pieces(text, depth):
            wide, gap = measure(piece), measure(" ") if lines[-1] else 0
            full = used + gap + wide > width
            if full and hang + wide > width and depth < _DEEPEST:
                place(piece, depth + 1)
                continue
            if full and lines[-1]:
                lines.append("")
                used, gap = hang, 0
            lines[-1] += f" {piece}" if gap else piece
            used += gap + wide

    place(formula, 0)
    return lines


def _pieces(formula: str, deepest: int) -> Iterator[str]:
    """Yield the parts between the signs that stand within so many brackets and no braces."""
    braces = brackets = start = 0
    for at, character in enumerate(formula):
        braces += (character == "{") - (character == "}")
        brackets += (character in "([") - (character in ")]")
        if braces == 0 and brackets <= deepest and formula[at : at + 3] in (" + ", " - "):
            yield formula[start:at]
            start = at + 1
    yield formula[start:]


def aligned(rows: Sequence[tuple[str, str]]) -> str:
    """Return an align* block of rows (left-hand side, right-hand side), which may run over pages."""
    width = LINE - max(printed_width(left) for left, _ in rows) - 15
    lines: list[str] = []
    for left, right in rows:
        first, *others = broken(right, width)
        lines += [f"{left} &= {first}", *(f"&\\quad{{}}{line}" for line in others)]
    return "\n".join(["{\\allowdisplaybreaks", "\\begin{align*}", " \\\\\n".join(lines), "\\end{align*}}"])
