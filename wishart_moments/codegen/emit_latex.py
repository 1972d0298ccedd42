"""A table in LaTeX: an align* block to be pasted, for standard LaTeX with amsmath."""

import re

from wishart_moments.codegen.families import FamilyTable
from wishart_moments.codegen.family_formulas import latex_denominator, latex_entry, latex_label, latex_preamble
from wishart_moments.codegen.formulas import LATEX_LABELS, tree
from wishart_moments.codegen.tables import AnyTable
from wishart_moments.notation import printers, tables

# Points, in Computer Modern at 10 points: what an article's line leaves beside the widest label.
_LINE = 270.0
_INVERSE_LINE = 252.0  # their labels are wider
_LETTERS = {"m": 8.8, "n": 6.0, "+": 12.3, "-": 12.3, "(": 3.9, ")": 3.9}
_DIGIT, _SMALL_DIGIT = 5.0, 4.1
_SUBSCRIPT = re.compile(r"_\{((?:[^{}]|\{[^{}]*\})*)\}")


def latex(table: AnyTable) -> str:
    r"""Return the block; \allowdisplaybreaks inside its own group lets long tables run over pages."""
    lines = [
        f"% {table.quantity}",
        f"% {table.formula}",
        "% Needs \\usepackage{amsmath}.",
        "{\\allowdisplaybreaks",
    ]
    rows = list[str]()
    if isinstance(table, FamilyTable):
        lines.append(latex_preamble(table))
        rows += _family_rows(table)
    else:
        for k, terms in table.entries.items():
            rows += _rows(LATEX_LABELS[table.kind].format(k=k), *printers.parts(tree(terms), in_latex=True))
    lines.append("\\begin{align*}")
    return "\n".join([*lines, " \\\\\n".join(rows), "\\end{align*}}"]) + "\n"


def _family_rows(table: FamilyTable) -> list[str]:
    rows = list[str]()
    line = _INVERSE_LINE if table.denominators else _LINE
    for k in range(1, table.max_k + 1):
        if table.denominators:
            condition = f"n - m + 1 > {tables.latex(table.bound(k))}"
            *factors, last = latex_denominator(table, k)
            rows += _rows(f"D_{{{k}}}", "", [*factors, f"{last},", f"\\quad {condition}"], line)
        for label in table.labels(k):
            rows += _rows(latex_label(table, label), *latex_entry(table, label), line)
    return rows


def _rows(label: str, factor: str, parts: list[str], line: float = _LINE) -> list[str]:
    if parts == ["1"]:
        return [f"{label} &= {factor or '1'}"]
    if len(parts) == 1 and not (factor and parts[0][0].isdigit()):
        return [f"{label} &= {factor}{parts[0]}"]
    left, right = ("\\bigl(", "\\bigr)") if factor else ("", "")
    rows = [f"{label} &= {factor}{left}{parts[0]}"]
    width = _printed_width(factor) + _printed_width(parts[0])
    for part in parts[1:]:
        width += _printed_width(part)
        if width > line:
            rows.append(f"&\\quad{{}}{part}")
            width = _printed_width(part) + 10
        else:
            rows[-1] += f" {part}"
    return [*rows[:-1], rows[-1] + right]


def _printed_width(part: str) -> float:
    """Return about how wide a term is in print, in points."""
    part = re.sub(r"\\big[lr]", "", part)
    bare = re.sub(r"\\tfrac\{(\d+)\}\{\d+\}", r"^{\1}", part)  # its numerator is the longer half, in small digits
    bare = _SUBSCRIPT.sub(lambda found: f"^{{{re.sub(r'[^0-9]', '', found[1])}}}", bare)
    small = "".join(re.findall(r"\^\{(\d+)\}", bare))
    rest = re.sub(r"\^\{\d+\}|[ {}]", "", bare)
    return _SMALL_DIGIT * len(small) + sum(_LETTERS.get(character, _DIGIT) for character in rest)
