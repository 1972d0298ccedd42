"""Tables of the whole family: products of traces, inverse powers, the transition matrix of a general scale.

A row is E p_λ(S), λ of either sign, as Σ_μ N_μ/D_μ p_μ(Σ); the N_μ are polynomials, the D_μ products of c − e. Inverse
moments are written in c = n − m + 1 − 2/β, on which all denominators depend.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.notation import printers
from wishart_moments.notation.convert import (
    Terms,
    as_terms,
    degrees_left,
    existence_bound,
    linear_factors,
    mean_label,
    polynomial,
    times,
    trace_factors,
)
from wishart_moments.notation.ensembles import ensemble
from wishart_moments.notation.equations import Equation, written
from wishart_moments.notation.listing import aligned, listed
from wishart_moments.notation.tables import csv_lines
from wishart_moments.notation.tree import product, quotient, total

FORMATS = ("text", "latex", "json", "csv")
REACH = {
    ("identity", False): 20,
    ("identity", True): 10,
    ("symbolic", False): 16,
    ("symbolic", True): 12,
    ("given", False): 16,
    ("given", True): 8,
}
"""The largest degree by the kind of scale and whether the powers are negative; more than fills a screen or a disk."""

SINGLE_INVERSE_REACH = 20
"""The largest power in a table of E tr S^-k."""


@dataclass(frozen=True)
class Entry:
    """N/D, N by the exponents of the variables, D = Π (c − e)^k by {e: k}."""

    numerator: Terms
    roots: Mapping[Fraction, int]


Row = dict[Partition | None, Entry]


@dataclass(frozen=True)
class PrintedTable:
    """Means of products of traces.

    Attributes:
        quantity: what the rows are, in words.
        beta: the Dyson index.
        names: the variables of the numerators.
        rows: {λ: {μ: entry}}; μ is None where no power sums of Sigma occur.
    """

    quantity: str
    beta: Fraction
    names: tuple[str, ...]
    rows: Mapping[Partition, Row]

    def equation(self, label: Partition) -> Equation:
        """Return a row."""
        terms = (
            times(
                quotient(polynomial(entry.numerator, self.names), linear_factors(entry.roots, "c")),
                *trace_factors(mu or ()),
            )
            for mu, entry in self.rows[label].items()
        )
        return mean_label(label), total(terms)

    def render(self, format: str) -> str:
        """Return the table as text, LaTeX, JSON or CSV.

        Raises:
            MethodError: for another format.
        """
        if format not in FORMATS:
            raise MethodError(f"need a format out of {', '.join(FORMATS)}, got {format!r}")
        return {"text": self._text, "latex": self._latex, "json": self._json, "csv": self._csv}[format]()

    def _rows(self, *, latex: bool = False) -> list[tuple[str, str]]:
        return [written(self.equation(label), latex=latex) for label in self.rows]

    def _text(self) -> str:
        return listed(self.quantity, self._rows())

    def _latex(self) -> str:
        return f"% {self.quantity}\n% Needs \\usepackage{{amsmath}}.\n{aligned(self._rows(latex=True))}\n"

    def _terms(self) -> Iterator[tuple[Partition, Partition | None, Entry]]:
        for label, row in self.rows.items():
            for mu, entry in row.items():
                yield label, mu, entry

    def _json(self) -> str:
        rows: list[dict[str, Any]] = []
        for label, row in self.rows.items():
            terms: list[dict[str, Any]] = []
            for mu, entry in row.items():
                term: dict[str, Any] = {} if mu is None else {"mu": list(mu)}
                term["numerator"] = [[*exponents, str(c)] for exponents, c in sorted(entry.numerator.items())]
                if entry.roots:
                    term["denominator"] = [[str(root), multiplicity] for root, multiplicity in entry.roots.items()]
                terms.append(term)
            rows.append({"lambda": list(label), "terms": terms})
        head = {"quantity": self.quantity, "beta": str(self.beta), "variables": list(self.names)}
        lines = ",\n".join(f"  {json.dumps(row)}" for row in rows)
        return json.dumps(head)[:-1] + ', "rows": [\n' + lines + "\n]}\n"

    def _csv(self) -> str:
        scaled = any(mu is not None for _, mu, _ in self._terms())
        divided = any(entry.roots for _, _, entry in self._terms())
        header = ["beta", "lambda", *(["mu"] if scaled else []), *(f"power_of_{name}" for name in self.names)]
        lines = [[*header, "coefficient", *(["denominator"] if divided else [])]]
        for label, mu, entry in self._terms():
            key = [str(self.beta), _spaced(label), *([_spaced(mu or ())] if scaled else [])]
            below = [printers.text(product(linear_factors(entry.roots, "c")))] if divided else []
            for exponents, c in sorted(entry.numerator.items()):
                lines.append([*key, *map(str, exponents), str(c), *below])
        return csv_lines(lines) + "\n"


def _spaced(label: Partition) -> str:
    return " ".join(map(str, label))


def printed_table(
    max_k: int,
    beta: Fraction,
    *,
    products: bool,
    inverse: bool,
    scale: Any,
    symbolic: bool,
    m: int | None,
    n: int | None,
) -> PrintedTable:
    """Return the table of E p_λ(S), or E p_λ(S^{-1}).

    Args:
        max_k: the largest degree; the degree, for a symbolic scale.
        beta: a number.
        products: whether all partitions are meant, and not only single traces.
        inverse: whether the powers are those of S^{-1}.
        scale: a matrix, or None for the identity.
        symbolic: whether the scale is left open; the row then is one of the transition matrix.
        m, n: numbers, both or none; for a matrix n is needed.

    Raises:
        DomainError: where m or n is missing.
        ExistenceError: where a moment is infinite at m and n.
        LimitError: if the degree is out of reach.
    """
    kind = "symbolic" if symbolic else "identity" if scale is None else "given"
    limit = REACH[kind, inverse]
    if kind == "identity" and not products:
        limit = SINGLE_INVERSE_REACH
    if not 1 <= max_k <= limit:
        raise LimitError(f"need 1 <= max-k <= {limit} for this table, got {max_k}; `moment` reaches further")
    labels = [label for k in range(1, max_k + 1) for label in (partitions(k) if products else [(k,)])]
    if kind == "given":
        if n is None:
            raise DomainError("need --n for a table of numbers at a given scale")
        return _numbers(labels, beta, inverse, m, n, scale)
    if (m is None) != (n is None):
        raise DomainError("need both --m and --n for a table of numbers")
    if kind == "symbolic":
        table = _inverse_transition(max_k, beta) if inverse else _transition(max_k, beta)
        return table if m is None or n is None else _transition_at(table, inverse, m, n)
    if m is not None:
        return _numbers(labels, beta, inverse, m, n, None)
    return _inverse_products(labels, beta) if inverse else _products(labels, beta)


def _model(beta: Fraction, *, scaled: bool = False) -> str:
    return f"beta = {beta}, {ensemble(beta, scaled=scaled)}"


def _signed(label: Partition, inverse: bool) -> Partition:
    return tuple(-part for part in reversed(label)) if inverse else label


def _numbers(
    labels: list[Partition], beta: Fraction, inverse: bool, m: int | None, n: int | None, scale: Any
) -> PrintedTable:
    from wishart_moments.moments.expectation import trace_product_moment

    rows: dict[Partition, Row] = {}
    for label in labels:
        signed = _signed(label, inverse)
        value: Any = trace_product_moment(signed, m, n, beta=beta, scale=scale)
        if not isinstance(value, int | Fraction):
            raise DomainError("need exact numbers in --scale for a table; `moment` takes names and complex numbers")
        rows[signed] = {None: Entry({(): Fraction(value)}, {})}
    sizes = f"m = {m}, n = {n}" if m is not None else f"n = {n}, Sigma = {_written(scale)}"
    return PrintedTable(f"{sizes}, {_model(beta, scaled=scale is not None)}.", beta, (), rows)


def _written(scale: Any) -> str:
    return "[" + ", ".join("[" + ", ".join(map(str, row)) + "]" for row in scale) + "]"


def _products(labels: list[Partition], beta: Fraction) -> PrintedTable:
    from wishart_moments.moments.loop_equations import PowerSumTable

    table = PowerSumTable(sum(labels[-1]), beta)
    rows: dict[Partition, Row] = {label: {None: Entry(as_terms(table[label]), {})} for label in labels}
    return PrintedTable(f"Means of products of traces, {_model(beta)}.", beta, ("m", "n"), rows)


def _inverse_products(labels: list[Partition], beta: Fraction) -> PrintedTable:
    from wishart_moments.moments.inverse.inverse_table import expected_inverse

    rows: dict[Partition, Row] = {}
    for label in labels:
        numerator, roots = expected_inverse(label, beta)
        rows[_signed(label, True)] = {None: Entry(as_terms(numerator), roots)}
    return PrintedTable(_inverse_quantity(beta), beta, ("m", "c"), rows)


def _inverse_quantity(beta: Fraction, *, scaled: bool = False) -> str:
    c, bound = printers.text(degrees_left(beta)), printers.text(existence_bound(beta))
    return (
        f"Means of traces of S^-1{' at a general scale Sigma' * scaled}, {_model(beta, scaled=scaled)}; c = {c}."
        f" A row of degree k is finite if and only if n - m + 1 > {bound}."
    )


def _transition(k: int, beta: Fraction) -> PrintedTable:
    from wishart_moments.moments.general_scale.transition import TransitionTable

    table = TransitionTable(k, beta)
    rows: dict[Partition, Row] = {
        label: {mu: Entry(as_terms(c), {}) for mu, c in table.polynomials(label).items()} for label in table
    }
    return PrintedTable(f"Means at a general scale Sigma, {_model(beta, scaled=True)}.", beta, ("n",), rows)


def _inverse_transition(k: int, beta: Fraction) -> PrintedTable:
    from wishart_moments.moments.inverse.inverse_table import InverseTable

    rows: dict[Partition, Row] = {}
    for label, row in InverseTable(k, beta).items():
        rows[_signed(label, True)] = {_signed(mu, True): Entry(as_terms(f.numerator), f.roots) for mu, f in row.items()}
    return PrintedTable(_inverse_quantity(beta, scaled=True), beta, ("c",), rows)


def _transition_at(table: PrintedTable, inverse: bool, m: int, n: int) -> PrintedTable:
    """Return the table with numbers for n, or c."""
    from wishart_moments.moments.inverse.existence import require

    at = n - m + 1 - 2 / table.beta if inverse else Fraction(n)
    rows: dict[Partition, Row] = {}
    for label, row in table.rows.items():
        if inverse:
            require(label, m, n, table.beta)
        rows[label] = {}
        for mu, entry in row.items():
            value = sum((c * at**j for (j,), c in entry.numerator.items()), Fraction(0))
            for root, multiplicity in entry.roots.items():
                value /= (at - root) ** multiplicity
            rows[label][mu] = Entry({(): value} if value else {}, {})
    return PrintedTable(f"m = {m}, n = {n}. {table.quantity}", table.beta, (), rows)
