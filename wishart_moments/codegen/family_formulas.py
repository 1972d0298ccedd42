"""Entries of a family as formulas in text and in LaTeX: polynomials in one variable times power sums.

Partitions are written as in the books: p[2,1,1] in text, p_{2,1^{2}} in LaTeX. The row of λ has the largest power of
the variable in front; the inverse moments are multiplied by their denominator D_k.
"""

import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

from wishart_moments.codegen.families import FamilyTable
from wishart_moments.codegen.formulas import (
    latex_coefficient,
    latex_monomial,
    latex_parts,
    power,
    signed_parts,
    text_formula,
)
from wishart_moments.codegen.tables import Term, sorted_terms
from wishart_moments.combinatorics.partitions import Partition

Writer = Callable[[str, int], str]


def terms_in_m_and_n(table: FamilyTable, label: Partition) -> tuple[Term, ...]:
    """Return the terms (i, j, c) of an entry Σ c m^i n^j of a table at Σ = I."""
    return sorted_terms((column, j, c) for column, j, c in table.entries[label] if isinstance(column, int))


def text_power_sum(label: Partition) -> str:
    """Return p_λ as text.

    Example:
        >>> text_power_sum((2, 1, 1))
        'p[2,1,1]'
    """
    return f"p[{','.join(map(str, label))}]"


def latex_power_sum(label: Partition) -> str:
    """Return p_λ in LaTeX, repeated parts as powers.

    Example:
        >>> latex_power_sum((2, 1, 1))
        'p_{2,1^{2}}'
    """
    parts = [str(part) if count == 1 else f"{part}^{{{count}}}" for part, count in Counter(label).items()]
    return f"p_{{{','.join(parts)}}}"


def text_label(table: FamilyTable, label: Partition) -> str:
    """Return the left-hand side of an entry, as text."""
    if table.denominators:
        return f"D_{sum(label)} E {text_power_sum(label)}(S^-1)"
    return f"E {text_power_sum(label)}(S)"


def latex_label(table: FamilyTable, label: Partition) -> str:
    """Return the left-hand side of an entry, in LaTeX."""
    if table.denominators:
        return rf"D_{{{sum(label)}}}\operatorname{{E}} {latex_power_sum(label)}(S^{{-1}})"
    return rf"\operatorname{{E}} {latex_power_sum(label)}(S)"


def text_entry(table: FamilyTable, label: Partition) -> list[str]:
    """Return the right-hand side of an entry, as the pieces of text between which it may be broken."""
    if table.kind == "power_sums":
        return re.split(r" (?=[+-] )", text_formula(terms_in_m_and_n(table, label)))
    factor, parts = _row(table, label, lambda x, j: power(x, j, "{}^{}") if j else "", str, " ", text_power_sum)
    if not factor:
        return parts
    if len(parts) == 1:
        return [f"{factor} {parts[0]}"]
    return [f"{factor} ({parts[0]}", *parts[1:-1], f"{parts[-1]})"]


def latex_entry(table: FamilyTable, label: Partition) -> tuple[str, list[str]]:
    """Return the factor in front of an entry and the signed parts of its cofactor, in LaTeX."""
    if table.kind == "power_sums":
        return latex_parts(terms_in_m_and_n(table, label))
    return _row(
        table,
        label,
        lambda x, j: power(x, j, "{}^{{{}}}") if j else "",
        latex_coefficient,
        "",
        latex_power_sum,
    )


def text_denominator(table: FamilyTable, k: int) -> list[str]:
    """Return the factors of D_k, as text.

    Example:
        >>> from wishart_moments.codegen.catalogue_families import family_table
        >>> text_denominator(family_table("inverse_power_sums", 2), 2)
        ['(c + 1)', 'c', '(c - 2)']
    """
    return _factors(table, k, str, "{}^{}")


def latex_denominator(table: FamilyTable, k: int) -> list[str]:
    """Return the factors of D_k, in LaTeX."""
    return _factors(table, k, latex_coefficient, "{}^{{{}}}")


def latex_preamble(table: FamilyTable) -> str:
    """Return the sentence that says what the symbols stand for, to be printed above the formulas."""
    dagger = r"W^{\top}" if table.beta == 1 else "W^{*}"
    products = r"$p_{\lambda}(S) = \prod_{i}\operatorname{tr} S^{\lambda_{i}}$"
    if table.kind == "power_sums":
        return rf"\noindent For $S = W{dagger}$, with {products}:"
    root = rf"\noindent For $S = \Sigma^{{1/2}}W{dagger}\Sigma^{{1/2}}$, with {products}"
    if not table.denominators:
        return rf"{root} and $p_{{\mu}} = p_{{\mu}}(\Sigma)$:"
    parts = signed_parts(((1, 0, Fraction(-1)), (0, 0, table.shift)), latex_monomial, latex_coefficient, " ")
    shift = " ".join(part.replace("-m", "- m") for part in parts[: 1 + bool(table.shift)])
    a = 2 / table.beta
    bound = "k" if a == 1 else f"{latex_coefficient(a)}k"
    return (
        rf"{root}, $p_{{\mu}} = p_{{\mu}}(\Sigma^{{-1}})$ and $c = n {shift}$;"
        f"\nmoments of degree $k$ are finite if and only if $n - m + 1 > {bound}$:"
    )


def _row(
    table: FamilyTable,
    label: Partition,
    monomial: Writer,
    coefficient: Callable[[Fraction], str],
    space: str,
    power_sum: Callable[[Partition], str],
) -> tuple[str, list[str]]:
    cells = table.cells(label)
    lowest = min((j for cell in cells.values() for j, _ in cell), default=0)
    parts = list[str]()
    for column, cell in cells.items():
        sign = 1 if cell[0][1] > 0 else -1
        terms = tuple((0, j - lowest, sign * c) for j, c in cell)
        polynomial = signed_parts(terms, lambda _, j: monomial(table.variable, j), coefficient, " ")
        first = polynomial[0] if len(polynomial) == 1 else f"({' '.join(polynomial)})"
        basis = power_sum(column) if isinstance(column, tuple) else ""
        # A letter and its subscript need no space in LaTeX, and a lone 1 is left out.
        body = basis if first == "1" else f"{first}{space or ' ' * first[-1].isdigit()}{basis}"
        parts.append((("- " if parts else "-") if sign < 0 else ("+ " if parts else "")) + body)
    return monomial(table.variable, lowest), parts


def _factors(table: FamilyTable, k: int, coefficient: Callable[[Fraction], str], pattern: str) -> list[str]:
    factors = list[str]()
    for e, multiplicity in table.denominators[k].items():
        factor = f"(c {'+' if e < 0 else '-'} {coefficient(abs(e))})" if e else "c"
        factors.append(power(factor, multiplicity, pattern))
    return factors
