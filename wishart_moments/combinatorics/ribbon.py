"""Ribbon graphs: the surfaces glued by Wick contractions.

Take the 2k factors of Π_i tr (W Wᵀ)^{λ_i} as nodes and join them by three perfect matchings: R (factors that
share a row index of W), C (those that share a column index) and the contraction π. The result is a cubic
graph with properly coloured edges, a graph-encoded map (Lins 1982). Its two-coloured cycles bound the cells
of a closed surface:

    R ∪ C   the traces, discs to which the pairs of π are glued as ribbons;
    R ∪ π   the row loops, each a free sum over m row indices;
    C ∪ π   the column loops, each a free sum over n column indices.

Hence E Π_i tr (W Wᵀ)^{λ_i} = Σ_π m^V n^F for W of size m × n with independent N(0, 1) entries, V and F the
numbers of row and of column loops. The surface carries a hypermap: the row loops are its vertices, the traces
its hyperedges, the column loops its faces. The graph has 2k nodes and 3k edges; dually the surface is glued
from 2k triangles along 3k sides, with one corner for each of the ℓ + V + F cycles, so that χ = ℓ − k + V + F.
It is orientable if and only if the graph is bipartite.

References:
    S. Lins, Graph-encoded maps, J. Combin. Theory B 32 (1982) 171–181.
    P. Hanlon, R. Stanley, J. Stembridge, Some combinatorial aspects of the spectra of normally distributed
    random matrices, Contemp. Math. 138 (1992) 151–174.
    I. Goulden, D. Jackson, Maps in locally orientable surfaces, the double coset algebra, and zonal
    polynomials, Canad. J. Math. 48 (1996) 569–584.
"""

# networkx has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportMissingTypeArgument=false, reportUnknownParameterType=false

from dataclasses import dataclass
from functools import cached_property

import networkx as nx

from wishart_moments.combinatorics.matchings import Matching, TraceWord, matching
from wishart_moments.combinatorics.partitions import Partition, partition
from wishart_moments.errors import DomainError

Loop = tuple[int, ...]


@dataclass(frozen=True, repr=False)
class RibbonGraph:
    """The surface glued from a trace word along a perfect matching of its factors.

    Args:
        parts: the partition λ of the word Π_i tr (W Wᵀ)^{λ_i}, in weakly decreasing order.
        matching: pairs of factors; factors are numbered 0..2k−1 along the traces in turn, W even and Wᵀ odd.

    Raises:
        DomainError: if parts is not a partition, or matching does not match the 2k factors perfectly.

    Example:
        The three contractions of E tr (W Wᵀ)² = m²n + mn² + mn: two spheres and a projective plane.

        >>> from wishart_moments.combinatorics.matchings import perfect_matchings
        >>> for pairs in perfect_matchings(4):
        ...     surface = RibbonGraph((2,), pairs)
        ...     print(pairs, surface.weight, surface.euler_characteristic, surface.is_orientable)
        ((0, 1), (2, 3)) (1, 2) 2 True
        ((0, 2), (1, 3)) (1, 1) 1 False
        ((0, 3), (1, 2)) (2, 1) 2 True
    """

    parts: Partition
    matching: Matching

    def __post_init__(self) -> None:
        ordered = partition(self.parts)
        if ordered != tuple(self.parts):
            # Sorting the traces would renumber the factors that the matching speaks of.
            raise DomainError(f"need parts in weakly decreasing order, {ordered}, got {tuple(self.parts)}")
        pairs = matching(self.matching)
        if len(pairs) != sum(ordered):
            raise DomainError(
                f"need {sum(ordered)} pairs for the {2 * sum(ordered)} factors of {ordered}, got {len(pairs)}"
            )
        object.__setattr__(self, "parts", ordered)
        object.__setattr__(self, "matching", pairs)

    def __repr__(self) -> str:
        """Return one line: the parts, and of the matching as much as fits."""
        pairs = " ".join(f"{i}-{j}" for i, j in self.matching)
        shown = pairs if len(pairs) <= 60 else f"{pairs[:57].rsplit(' ', 1)[0]} ..."
        return f"RibbonGraph({self.parts}: {shown})" if len(self.parts) <= 8 else f"RibbonGraph({shown})"

    def __getstate__(self) -> dict[str, object]:
        return {"parts": self.parts, "matching": self.matching}

    def __str__(self) -> str:
        """Return the surface in words, and its weight."""
        rows, columns = self.weight
        kind = f"{'orientable' if self.is_orientable else 'not orientable'}, genus {self.genus}"
        return f"{self!r}: {kind}, weight m^{rows} n^{columns}"

    def _repr_latex_(self) -> str:
        """Return what a notebook shows."""
        return f"${self._latex(None)}$"

    def _latex(self, printer: object) -> str:
        """Return the weight, as `sympy.latex` gives it."""
        del printer
        rows, columns = self.weight
        return f"m^{{{rows}}} n^{{{columns}}}"

    @property
    def word(self) -> TraceWord:
        """The trace word, with the matchings R (`row_pairs`) and C (`column_pairs`)."""
        return TraceWord(self.parts)

    def graph(self) -> nx.MultiGraph:
        """Return the 3-edge-coloured cubic graph R ∪ C ∪ π on the factors.

        Nodes carry `trace` (its index), `position` (in the trace) and `transposed` (True for Wᵀ); edges carry
        `kind`: "row", "column" or "pair".

        Example:
            >>> gem = RibbonGraph((1,), ((0, 1),)).graph()
            >>> sorted(kind for _, _, kind in gem.edges(data="kind"))
            ['column', 'pair', 'row']
            >>> gem.nodes[1]
            {'trace': 0, 'position': 1, 'transposed': True}
        """
        gem = nx.MultiGraph()
        for index, trace in enumerate(self.word.traces):
            for position, factor in enumerate(trace):
                gem.add_node(factor, trace=index, position=position, transposed=factor % 2 == 1)
        gem.add_edges_from(self.word.row_pairs, kind="row")
        gem.add_edges_from(self.word.column_pairs, kind="column")
        gem.add_edges_from(self.matching, kind="pair")
        return gem

    @cached_property
    def row_loops(self) -> tuple[Loop, ...]:
        """The cycles of R ∪ π, by least factor: from there round the cycle, along a row edge first.

        Example:
            >>> RibbonGraph((3,), ((0, 5), (1, 4), (2, 3))).row_loops
            ((0, 5), (1, 2, 3, 4))
        """
        return _cycles(self.word.row_pairs, self.matching)

    @cached_property
    def column_loops(self) -> tuple[Loop, ...]:
        """The cycles of C ∪ π, by least factor: from there round the cycle, along a column edge first.

        Example:
            >>> RibbonGraph((3,), ((0, 5), (1, 4), (2, 3))).column_loops
            ((0, 1, 4, 5), (2, 3))
        """
        return _cycles(self.word.column_pairs, self.matching)

    @property
    def weight(self) -> tuple[int, int]:
        """The exponents (V, F) of the weight m^V n^F: the numbers of row loops and of column loops."""
        return len(self.row_loops), len(self.column_loops)

    @cached_property
    def connected_components(self) -> tuple[tuple[int, ...], ...]:
        """The sets of traces that the contraction connects, as increasing indices, ordered by the least.

        Example:
            >>> RibbonGraph((1, 1, 1), ((0, 4), (1, 5), (2, 3))).connected_components
            ((0, 2), (1,))
        """
        trace_of = self._trace_of_factor
        components = nx.connected_components(self.graph())
        return tuple(sorted(tuple(sorted({trace_of[x] for x in component})) for component in components))

    @cached_property
    def component_characteristics(self) -> tuple[int, ...]:
        """The Euler characteristics of the connected components, in the order of `connected_components`.

        Example:
            >>> RibbonGraph((2, 1), ((0, 2), (1, 3), (4, 5))).component_characteristics
            (1, 2)
        """
        loops = [self._trace_of_factor[loop[0]] for loop in self.row_loops + self.column_loops]
        return tuple(
            sum(1 - self.parts[trace] for trace in component) + sum(trace in component for trace in loops)
            for component in self.connected_components
        )

    @property
    def euler_characteristic(self) -> int:
        """χ = ℓ − k + V + F, added over the connected components; each contributes at most 2."""
        return len(self.parts) - sum(self.parts) + sum(self.weight)

    @cached_property
    def is_orientable(self) -> bool:
        """Whether the surface is orientable: the graph is bipartite.

        For a single trace: whether every pair joins a W with a Wᵀ; there are k! such contractions.

        Example:
            >>> RibbonGraph((1, 1), ((0, 2), (1, 3))).is_orientable  # transpose one of the traces
            True
        """
        return nx.is_bipartite(self.graph())

    @property
    def genus(self) -> int:
        """The number of handles (2c − χ)/2 if orientable, else of crosscaps 2c − χ, for c components.

        Of a surface with several components it is the sum of their numbers; next to a non-orientable
        component a handle counts as two crosscaps.

        Example:
            >>> torus = RibbonGraph((3,), ((0, 3), (1, 4), (2, 5)))
            >>> klein_bottle = RibbonGraph((3,), ((0, 2), (1, 4), (3, 5)))
            >>> (torus.genus, torus.is_orientable), (klein_bottle.genus, klein_bottle.is_orientable)
            ((1, True), (2, False))
        """
        defect = 2 * len(self.connected_components) - self.euler_characteristic
        return defect // 2 if self.is_orientable else defect

    @property
    def is_planar(self) -> bool:
        """Whether every component is a sphere; for one trace: whether V + F = k + 1, the top degree."""
        return self.genus == 0

    @property
    def _trace_of_factor(self) -> list[int]:
        return [index for index, trace in enumerate(self.word.traces) for _ in trace]


def _cycles(edges: Matching, pairs: Matching) -> tuple[Loop, ...]:
    union = nx.MultiGraph()
    union.add_nodes_from(range(2 * len(pairs)))
    union.add_edges_from(edges)  # first, so that a depth-first walk leaves its source along them
    union.add_edges_from(pairs)
    starts = sorted(min(component) for component in nx.connected_components(union))
    return tuple(tuple(nx.dfs_preorder_nodes(union, start)) for start in starts)
