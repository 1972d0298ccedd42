"""Entries of a family as formulas in text and in LaTeX: polynomials in one variable times products of traces.

In LaTeX the products of traces are p_{2,1^{2}}, as in the books. The inverse moments are multiplied by their
denominator D_k.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction

from wishart_moments.codegen.families import FamilyTable
from wishart_moments.codegen.formulas import tree
from wishart_moments.codegen.tables import Term, sorted_terms
from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.notation import printers
from wishart_moments.notation.convert import linear_factors, mean_label, polynomial, times, trace_factors
from wishart_moments.notation.tree import Foreign, Node, Number, Symbol, total


def terms_in_m_and_n(table: FamilyTable, label: Partition) -> tuple[Term, ...]:
    """Return the terms (i, j, c) of an entry Σ c m^i n^j of a table at Σ = I."""
    return sorted_terms((column, j, c) for column, j, c in table.entries[label] if isinstance(column, int))


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
        return f"D_{sum(label)} E[{printers.text(mean_label([-part for part in label]))}]"
    return f"E[{printers.text(mean_label(label))}]"


def latex_label(table: FamilyTable, label: Partition) -> str:
    """Return the left-hand side of an entry, in LaTeX."""
    if table.denominators:
        return rf"D_{{{sum(label)}}}\operatorname{{E}} {latex_power_sum(label)}(S^{{-1}})"
    return rf"\operatorname{{E}} {latex_power_sum(label)}(S)"


def text_entry(table: FamilyTable, label: Partition) -> list[str]:
    """Return the right-hand side of an entry, as the pieces of text between which it may be broken."""
    sign = -1 if table.denominators else 1
    front, pieces = printers.parts(_entry(table, label, lambda mu: trace_factors([sign * part for part in mu])))
    return [f"{front} ({pieces[0]}", *pieces[1:-1], f"{pieces[-1]})"] if front else pieces


def latex_entry(table: FamilyTable, label: Partition) -> tuple[str, list[str]]:
    """Return the factor in front of an entry and the signed parts of its cofactor, in LaTeX."""
    return printers.parts(_entry(table, label, lambda mu: [Foreign(latex_power_sum(mu))]), in_latex=True)


def _entry(table: FamilyTable, label: Partition, basis: Callable[[Partition], Iterable[Node]]) -> Node:
    if table.kind == "power_sums":
        return tree(terms_in_m_and_n(table, label))
    cells = table.cells(label).items()
    polynomials = ((mu, polynomial({(j,): c for j, c in cell}, (table.variable,))) for mu, cell in cells)
    return total(times(each, *basis(mu)) for mu, each in polynomials if isinstance(mu, tuple))


def text_denominator(table: FamilyTable, k: int) -> list[str]:
    """Return the factors of D_k, as text.

    Example:
        >>> from wishart_moments.codegen.catalogue_families import family_table
        >>> text_denominator(family_table("inverse_power_sums", 2), 2)
        ['(c + 1)', 'c', '(c - 2)']
    """
    return printers.factors(linear_factors(table.denominators[k], "c"))


def latex_denominator(table: FamilyTable, k: int) -> list[str]:
    """Return the factors of D_k, in LaTeX."""
    return printers.factors(linear_factors(table.denominators[k], "c"), in_latex=True)


def latex_preamble(table: FamilyTable) -> str:
    """Return the sentence that says what the symbols stand for, to be printed above the formulas."""
    dagger = r"W^{\top}" if table.beta == 1 else "W^{*}"
    products = r"$p_{\lambda}(S) = \prod_{i}\operatorname{tr} S^{\lambda_{i}}$"
    if table.kind == "power_sums":
        return rf"\noindent For $S = W{dagger}$, with {products}:"
    root = rf"\noindent For $S = \Sigma^{{1/2}}W{dagger}\Sigma^{{1/2}}$, with {products}"
    if not table.denominators:
        return rf"{root} and $p_{{\mu}} = p_{{\mu}}(\Sigma)$:"
    one = Fraction(1)
    c = polynomial({(1, 0): -one, (0, 1): one} | ({(0, 0): table.shift} if table.shift else {}), ("m", "n"))
    bound = times(Number(2 / table.beta), Symbol("k"))
    return (
        rf"{root}, $p_{{\mu}} = p_{{\mu}}(\Sigma^{{-1}})$ and $c = {printers.latex(c)}$;"
        f"\nmoments of degree $k$ are finite if and only if $n - m + 1 > {printers.latex(bound)}$:"
    )
