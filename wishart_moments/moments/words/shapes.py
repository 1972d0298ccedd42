"""The sizes of the matrices in a word: what fits beside what.

A random X_i has the rows and columns that it is given, m×n_i by default; a deterministic letter takes the sizes of its
neighbours, everywhere the same. Sizes that meet are joined (union–find); two different names that meet do not fit.
"""

from collections.abc import Hashable, Iterable, Mapping
from itertools import count, pairwise
from typing import Any, cast

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_moments.moments.words.grammar import Letter, Word

Sizes = tuple[str, str]
"""The names of the numbers of rows and of columns of a matrix, such as ("m", "n")."""


class Shapes:
    """The sizes of all letters of some words, which fit.

    Args:
        known: {name: (rows, columns)} for the letters whose sizes are known.
        square: names of matrices that are square.

    Example:
        >>> shapes = Shapes({"X": ("m", "n")}, ())
        >>> shapes.read((Letter("X"), Letter("A"), Letter("X", True)), cyclic=True)
        >>> shapes["A"]
        ('n', 'n')
    """

    def __init__(self, known: Mapping[str, Sizes], square: Iterable[str]) -> None:
        self._parent: dict[Hashable, Hashable] = {}
        self._known = known
        self._free: dict[Hashable, str] = {}
        for name in square:
            self._join(self._side(Letter(name), 0), self._side(Letter(name), 1), f"{name} is square")

    def _side(self, letter: Letter, side: int) -> Hashable:
        """Return the node of the rows (0) or the columns (1) of a letter: a size, or a place that takes one."""
        if letter.adjoint:
            side = 1 - side
        known = self._known.get(letter.name)
        return known[side] if known else (letter.name, side)

    def _root(self, node: Hashable) -> Hashable:
        while node in self._parent:
            node = self._parent[node]
        return node

    def _join(self, left: Hashable, right: Hashable, what: str) -> None:
        first, second = self._root(left), self._root(right)
        if first == second:
            return
        if isinstance(first, str) and isinstance(second, str):
            raise DomainError(
                f"{what}, but {first} meets {second}; another letter between them makes them fit, or sizes such as "
                'shapes={"X": ("m", "m")}'
            )
        if isinstance(first, str):
            first, second = second, first
        self._parent[first] = second

    def read(self, word: Word, *, cyclic: bool) -> None:
        """Take in a word, without letters I.

        Raises:
            DomainError: if it does not fit.
        """
        for left, right in pairwise(word):
            what = f"{_shown(left)} and {_shown(right)} stand side by side"
            self._join(self._side(left, 1), self._side(right, 0), what)
        if cyclic:
            what = f"{_shown(word[-1])} and {_shown(word[0])} are the ends of a trace"
            self._join(self._side(word[-1], 1), self._side(word[0], 0), what)

    def sizes(self, word: Word) -> Sizes:
        """Return the sizes of a product that is not empty."""
        return self._label(self._side(word[0], 0)), self._label(self._side(word[-1], 1))

    def __getitem__(self, name: str) -> Sizes:
        return self.sizes((Letter(name),))

    def _label(self, node: Hashable) -> str:
        root = self._root(node)
        if isinstance(root, str):
            return root
        if root not in self._free:
            taken = {size for pair in self._known.values() for size in pair} | set(self._free.values())
            self._free[root] = next(size for size in map("d{}".format, count(1)) if size not in taken)
        return self._free[root]


def _shown(letter: Letter) -> str:
    return f"the adjoint of {letter.name}" if letter.adjoint else letter.name


def admitted(shapes: Mapping[str, Iterable[str]] | None) -> dict[str, Sizes]:
    """Return the sizes that a user gives.

    Raises:
        DomainError: unless they are pairs of names.

    Example:
        >>> admitted({"X2": ("n1", "n2")})
        {'X2': ('n1', 'n2')}
    """
    if shapes is None:
        return {}
    refusal = DomainError(f'need shapes such as {{"X": ("m", "n")}}, got {shown(shapes)}')
    given: Any = shapes
    if not isinstance(given, Mapping):
        raise refusal
    result: dict[str, Sizes] = {}
    for name, sizes in cast(Mapping[Any, Any], given).items():
        if type(name) is not str or not isinstance(sizes, list | tuple):
            raise refusal
        pair = tuple(map(str, cast(Iterable[Any], sizes)))
        if len(pair) != 2 or not all(size.isidentifier() for size in pair):
            raise refusal
        result[name] = (pair[0], pair[1])
    return result
