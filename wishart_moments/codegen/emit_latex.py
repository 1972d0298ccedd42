"""A table in LaTeX: an align* block to be pasted, for standard LaTeX with amsmath."""

import re

from wishart_moments.codegen.formulas import LATEX_LABELS, latex_parts
from wishart_moments.codegen.tables import Table

# Points, in Computer Modern at 10 points: what an article's line leaves beside the widest label.
_LINE = 270.0
_LETTERS = {"m": 8.8, "n": 6.0, "+": 12.3, "-": 12.3}
_DIGIT, _SMALL_DIGIT = 5.0, 4.1


def latex(table: Table) -> str:
    r"""Return the block; \allowdisplaybreaks inside its own group lets long tables run over pages."""
    lines = [
        f"% {table.quantity}",
        f"% {table.formula}",
        "% Needs \\usepackage{amsmath}.",
        "{\\allowdisplaybreaks",
    ]
    lines.append("\\begin{align*}")
    rows = list[str]()
    for k, terms in table.entries.items():
        rows += _rows(LATEX_LABELS[table.kind].format(k=k), *latex_parts(terms))
    return "\n".join([*lines, " \\\\\n".join(rows), "\\end{align*}}"]) + "\n"


def _rows(label: str, factor: str, parts: list[str]) -> list[str]:
    if parts == ["1"]:
        return [f"{label} &= {factor or '1'}"]
    rows = [f"{label} &= {factor}\\bigl({parts[0]}"]
    width = _printed_width(factor) + _printed_width(parts[0])
    for part in parts[1:]:
        width += _printed_width(part)
        if width > _LINE:
            rows.append(f"&\\quad{{}}{part}")
            width = _printed_width(part) + 10
        else:
            rows[-1] += f" {part}"
    return [*rows[:-1], rows[-1] + "\\bigr)"]


def _printed_width(part: str) -> float:
    """Return about how wide a term is in print, in points."""
    bare = re.sub(r"\\tfrac\{(\d+)\}\{\d+\}", r"^{\1}", part)  # its numerator is the longer half, in small digits
    small = "".join(re.findall(r"\^\{(\d+)\}", bare))
    rest = re.sub(r"\^\{\d+\}|[ {}]", "", bare)
    return _SMALL_DIGIT * len(small) + sum(_LETTERS.get(character, _DIGIT) for character in rest)
