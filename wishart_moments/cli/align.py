"""LaTeX formulas broken into lines that fit an article, by about how wide they are in print."""

import re
from collections.abc import Sequence

LINE = 345.0
"""The text width of the article class at 10 points, in points."""

_TOKEN = re.compile(r"\\(?P<command>[A-Za-z]+)|(?P<character>.)", re.DOTALL)
_LETTERS = {"m": 8.8, "n": 6.0, "c": 4.3, "+": 12.3, "-": 12.3, "=": 12.3, "(": 4.3, ")": 4.3, "[": 4.0, "]": 4.0}
_WIDTHS = {**_LETTERS, " ": 0.4, "{": 0.0, "}": 0.0, "&": 0.0}
_COMMANDS = {"Sigma": 7.2, "quad": 10.0, "operatorname": 1.7, "bigl": 0.4, "bigr": 0.4}


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


def broken(formula: str, width: float) -> list[str]:
    r"""Break a formula before its signs, outside of braces, into lines of at most that width where it has signs.

    Example:
        >>> broken(r"m + \frac{a + b}{c} + n", 40)
        ['m', '+ \\frac{a + b}{c}', '+ n']
    """
    pieces, depth, start = list[str](), 0, 0
    for at, character in enumerate(formula):
        depth += (character == "{") - (character == "}")
        if depth == 0 and formula[at : at + 3] in (" + ", " - "):
            pieces.append(formula[start:at])
            start = at + 1
    pieces.append(formula[start:])
    lines, used = [pieces[0]], printed_width(pieces[0])
    for piece in pieces[1:]:
        wide = printed_width(piece)
        if used + wide > width:
            lines.append(piece)
            used = 10 + wide
        else:
            lines[-1] += f" {piece}"
            used += wide
    return lines


def aligned(rows: Sequence[tuple[str, str]]) -> str:
    """Return an align* block of rows (left-hand side, right-hand side), which may run over pages."""
    width = LINE - max(printed_width(left) for left, _ in rows) - 15
    lines: list[str] = []
    for left, right in rows:
        first, *others = broken(right, width)
        lines += [f"{left} &= {first}", *(f"&\\quad{{}}{line}" for line in others)]
    return "\n".join(["{\\allowdisplaybreaks", "\\begin{align*}", " \\\\\n".join(lines), "\\end{align*}}"])
