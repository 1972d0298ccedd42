"""The entries of a table as equations, in text and in LaTeX, and both as a table of formulas to be read.

No float and no power of ten occurs: every coefficient is written in full, as an integer or as p/q. The inverse moments
of a family are multiplied by their denominator D_k.
"""

from collections.abc import Iterator

from wishart_moments.codegen.heads import Head
from wishart_moments.codegen.tables import AnyTable, FamilyTable, Table, Term, sorted_terms
from wishart_moments.codegen.word_tables import WordTable, word_divisor, word_label, word_value
from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.notation import printers
from wishart_moments.notation.convert import (
    degrees_left,
    existence_bound,
    linear_factors,
    mean_label,
    polynomial,
    times,
    trace_factors,
)
from wishart_moments.notation.equations import Equation, written
from wishart_moments.notation.listing import aligned, listed, unbroken
from wishart_moments.notation.tree import Node, product, total

_LABELS = {
    "moments": ("E tr S^{k}", r"\operatorname{{E}}\operatorname{{tr}} S^{{{k}}}"),
    "series": ("c_{k}", "c_{{{k}}}"),
}


def tree(terms: tuple[Term, ...]) -> Node:
    """Return a polynomial in m and n as a tree of the notation."""
    return polynomial({(i, j): c for i, j, c in terms}, ("m", "n"))


def terms_in_m_and_n(table: FamilyTable, label: Partition) -> tuple[Term, ...]:
    """Return the terms (i, j, c) of an entry Σ c m^i n^j of a table at Σ = I."""
    return sorted_terms((column, j, c) for column, j, c in table.entries[label] if isinstance(column, int))


def entry(table: FamilyTable, label: Partition) -> Equation:
    """Return what an entry of a family is the mean of, and its value: of inverse moments, D_k times the mean."""
    left = mean_label(table.powers(label))
    if table.kind == "power_sums":
        return left, tree(terms_in_m_and_n(table, label))
    cells = table.cells(label).items()
    polynomials = ((mu, polynomial({(j,): c for j, c in cell}, (table.variable,))) for mu, cell in cells)
    return left, total(
        times(each, *trace_factors(table.powers(mu))) for mu, each in polynomials if isinstance(mu, tuple)
    )


def sides(table: FamilyTable, label: Partition, *, latex: bool = False) -> tuple[str, str]:
    """Return both sides of an entry of a family as text or LaTeX: E[…] or, of covariances, Cov(…, …) or Var(…)."""
    left, right = written(entry(table, label), latex=latex)
    if table.covariances:
        show = printers.latex if latex else printers.text
        traces = dict.fromkeys(show(mean_label((part,))) for part in table.powers(label))
        name, inside = "Var" if len(traces) == 1 else "Cov", ", ".join(traces)
        left = rf"\operatorname{{{name}}}\bigl({inside}\bigr)" if latex else f"{name}({inside})"
    return left, right


def equations(table: AnyTable, *, latex: bool = False) -> Iterator[tuple[str, str]]:
    """Yield both sides of every entry, in LaTeX or text; before those of a degree of inverse moments D_k."""
    show = printers.latex if latex else printers.text
    if isinstance(table, WordTable):
        yield from _words(table, latex=latex)
        return
    if isinstance(table, Table):
        for k, terms in table.entries.items():
            yield _LABELS[table.kind][latex].format(k=k), show(tree(terms))
        return
    for k in table.degrees:
        above = ""
        if table.denominators:
            above, condition = f"D_{{{k}}}" if latex else f"D_{k}", table.condition(k)
            finite = rf", \quad {{{condition}}}" if latex else f"; finite if and only if {unbroken(condition)}"
            yield above, show(product(linear_factors(table.denominators[k], "c"))) + finite
        for label in table.labels(k):
            left, right = sides(table, label, latex=latex)
            yield f"{above} {left}".lstrip(), right


def _words(table: WordTable, *, latex: bool) -> Iterator[tuple[str, str]]:
    """Yield both sides of the mean of every word, after its denominator D where it has one."""
    show = printers.latex if latex else printers.text
    for word in table.entries:
        inside, divisor = show(word_label(word)), ""
        mean = rf"\operatorname{{E}}\bigl[{inside}\bigr]" if latex else f"E[{inside}]"
        if condition := table.condition(word):
            finite = rf", \quad {{{condition}}}" if latex else f"; finite if and only if {unbroken(condition)}"
            divisor = rf"D\bigl[{inside}\bigr]" if latex else f"D[{inside}]"
            yield divisor, show(word_divisor(table, word)) + finite
        yield f"{divisor} {mean}".lstrip(), show(word_value(table, word))


def text(table: AnyTable) -> str:
    """Return the table as text for reading: its formulas, and the routes that confirmed them."""
    # The moments are written out; a series and a family need to say what their symbols are.
    intro = [table.formula] if table.kind == "series" else []
    if "c" in table.symbols:
        intro = [f"  c: {table.symbols['c']}"]
    return "\n".join([listed(table.quantity, equations(table), intro=intro), *confirmations(table)]) + "\n"


def latex(table: AnyTable) -> str:
    """Return an align* block to be pasted, for standard LaTeX with amsmath."""
    lines = [f"% {table.quantity}", f"% {table.formula}", "% Needs \\usepackage{amsmath}."]
    if not isinstance(table, Table):
        lines.append(_preamble(table))
    return "\n".join([*lines, aligned(list(equations(table, latex=True)))]) + "\n"


def _preamble(table: FamilyTable | WordTable) -> str:
    """Return the sentence that says what the symbols stand for, to be printed above the formulas."""
    product = r"W W^{\top}" if table.beta == 1 else "W W^{*}"
    if table.kind == "power_sums":
        return rf"\noindent For $S = {product}$:"
    root = rf"\noindent For $S = \Sigma^{{1/2}} {product} \Sigma^{{1/2}}$"
    if not table.denominators:
        return f"{root}:"
    return (
        f"{root} and $c = {printers.latex(degrees_left(table.beta))}$;\nmoments of degree $k$ are finite if and only if"
        f" $n - m + 1 > {printers.latex(existence_bound(table.beta))}$:"
    )


def confirmations(table: Head) -> list[str]:
    """Return one line for every run of orders that the same routes confirmed."""
    runs: list[tuple[int, int, tuple[str, ...]]] = []
    for k in sorted(table.routes):
        if runs and runs[-1][2] == table.routes[k]:
            runs[-1] = (runs[-1][0], k, table.routes[k])
        else:
            runs.append((k, k, table.routes[k]))
    return [
        f"k = {first}{f'..{last}' * (last > first)}: confirmed by {', '.join(routes) or 'no second route'}"
        for first, last, routes in runs
    ]
