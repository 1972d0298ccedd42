"""Every E p_λ of degree k as one would write it with sympy: networkx counts the loops of every matching."""

from collections.abc import Iterator

import networkx as nx
import sympy

from benchmarks.peers.recurrences import Label, partitions

M, N = sympy.symbols("m n")


def matchings(points: list[int]) -> Iterator[list[tuple[int, int]]]:
    """Yield the perfect matchings of the points."""
    if not points:
        yield []
        return
    first, *others = points
    for i, partner in enumerate(others):
        for rest in matchings(others[:i] + others[i + 1 :]):
            yield [(first, partner), *rest]


def expected_power_sum(parts: Label) -> sympy.Expr:
    """Return E p_λ as a sum over all matchings of the factors of its traces."""
    rows, columns, at = [], [], 0
    for part in parts:
        cycle = list(range(at, at + 2 * part))
        columns += [(cycle[2 * i], cycle[2 * i + 1]) for i in range(part)]
        rows += [(cycle[2 * i - 1], cycle[2 * i]) for i in range(part)]
        at += 2 * part
    total = sympy.Integer(0)
    for chords in matchings(list(range(at))):
        loops = [nx.number_connected_components(nx.Graph(fixed + chords)) for fixed in (rows, columns)]
        total += M ** loops[0] * N ** loops[1]
    return sympy.expand(total)


def expected_power_sums(k: int) -> dict[Label, sympy.Expr]:
    """Return {λ: E p_λ} for |λ| = k."""
    return {label: expected_power_sum(label) for label in partitions(k)}
