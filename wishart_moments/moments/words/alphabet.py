"""The alphabet of an expression: its random and deterministic letters as bytes, with their sizes."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import factorial, prod
from typing import NamedTuple

from wishart_moments.combinatorics.matchings import count_perfect_matchings
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments.words.grammar import Expression, Letter, Word
from wishart_moments.moments.words.reduction import Gaussian, WickReduction
from wishart_moments.moments.words.shapes import Shapes, Sizes

IDENTITY = "I"
MAX_FACTORS = 100
"""The most Gaussian factors of an expression."""

_RANDOM = re.compile(r"([SX])(\d*)")
_HERMITIAN = re.compile(r"(Sigma|Psi)\d*")


class Law(NamedTuple):
    """The names of Σ, Ψ and M of one random matrix X = M + Σ^{1/2} W Ψ^{1/2}; I where they are none, M None."""

    scale: str
    columns: str
    mean: str | None

    @property
    def names(self) -> set[str]:
        """The deterministic matrices among them."""
        return {name for name in self if name is not None and name != IDENTITY}


class Model(NamedTuple):
    """The names of Σ, Ψ and M by the names of the random matrices, S or X.

    A scale is one name for all, None for Sigma, Sigma1, … after the index of X, or a mapping; "I" is the identity.
    """

    scale: str | Mapping[str, str] | None
    columns: Mapping[str, str]
    means: Mapping[str, str]

    def law(self, index: str) -> Law:
        """Return the law of X of an index, "" or "1", "2", …

        Raises:
            DomainError: for names that are none of deterministic matrices.
        """
        scale = self.scale if isinstance(self.scale, str) else _of(self.scale, index) or f"Sigma{index}"
        law = Law(scale, _of(self.columns, index) or IDENTITY, _of(self.means, index))
        for name in filter(None, law):
            if not name.isidentifier() or random_index(name) is not None or law.mean == IDENTITY:
                raise DomainError(f"need names of deterministic matrices for scale, columns, means, got {shown(name)}")
        return law


def _of(names: Mapping[str, str] | None, index: str) -> str | None:
    """Return what is said of X or S of an index."""
    return next((names[key + index] for key in "XS" if key + index in names), None) if names else None


def random_index(name: str) -> str | None:
    """Return the index of a random letter S or X, "" where it has none, or None for a deterministic one.

    Example:
        >>> random_index("S2"), random_index("X"), random_index("A")
        ('2', '', None)
    """
    match = _RANDOM.fullmatch(name)
    return match[2] if match else None


def in_factors(word: Word) -> Word:
    """Return the word with X X^† for S and without I."""
    letters: list[Letter] = []
    for letter in word:
        index = random_index(letter.name)
        if index is not None and letter.name[0] == "S":
            letters += [Letter(f"X{index}"), Letter(f"X{index}", True)]
        elif letter.name != IDENTITY:
            letters.append(letter)
    return tuple(letters)


class Alphabet:
    """The letters of one expression under a model, their sizes, and their bytes.

    Args:
        expression: the parsed text.
        model: the law of its random letters.
        symmetric: names of deterministic letters that are their own adjoints.
        shapes: {name: (rows, columns)} where they are not as by default.

    Raises:
        DomainError: if the matrices do not fit, or there is no random one.
    """

    def __init__(self, expression: Expression, model: Model, symmetric: Iterable[str], shapes: Mapping[str, Sizes]):
        self.matrix = None if expression.matrix is None else in_factors(expression.matrix)
        self.traces = tuple(in_factors(word) or (Letter(IDENTITY),) for word in expression.traces)
        words = [*([] if self.matrix is None else [self.matrix]), *self.traces]
        names = {letter.name for word in words for letter in word} - {IDENTITY}
        self.random = sorted(name for name in names if random_index(name) is not None)
        if not self.random:
            raise DomainError("need a random matrix S or X in the word; names stand apart, such as S A S for SAS")
        laws = {name: model.law(name[1:]) for name in self.random}
        of_laws = {name for law in laws.values() for name in law.names}
        names |= of_laws
        self._refuse_strangers(names, model, symmetric, shapes)
        self.scales = of_laws - {law.mean for law in laws.values()}
        self.hermitian = {*self.scales, *symmetric, *filter(_HERMITIAN.fullmatch, names)}
        self.shapes = self._fitted(words, shapes, laws)
        self.deterministic = sorted(names - set(self.random), key=lambda name: (name in of_laws, name))
        self._names = [*self.random, *self.deterministic]
        self.sizes = sorted({size for name in self._names for size in self.shapes[name]} | {"m"})
        if both := sorted(names & set(self.sizes)):
            raise DomainError(f"{both[0]} is a size; need another name for the matrix, and no numbers in a word")
        if 2 * len(names) + len(self.sizes) > 256:
            raise LimitError(f"need at most some 80 different matrices, got {len(names)}")
        self._code = {name: 2 * i for i, name in enumerate(self._names)}
        self._size_code = {size: bytes([2 * len(names) + i]) for i, size in enumerate(self.sizes)}
        self._letters = [Letter(name, adjoint) for name in self._names for adjoint in (False, True)]
        self._decoded: dict[bytes, Word] = {}
        table = bytearray(range(256))
        for name in self._names:
            if name not in self.hermitian:
                table[self._code[name]], table[self._code[name] + 1] = self._code[name] + 1, self._code[name]
        self.adjoints = bytes(table)
        self.gaussians = [
            Gaussian(
                self._byte(law.scale),
                self._byte(law.columns),
                self._byte(law.mean) if law.mean else None,
                *(self._size_code[size] for size in self.shapes[name]),
            )
            for name, law in laws.items()
        ]

    def _refuse_strangers(
        self, names: set[str], model: Model, symmetric: Iterable[str], shapes: Mapping[str, Sizes]
    ) -> None:
        """Refuse what is said of letters that do not occur: it would be a slip of the pen."""
        scale: Mapping[str, str] = {} if model.scale is None or isinstance(model.scale, str) else model.scale
        for what, keys in (("scale", scale), ("columns", model.columns), ("means", model.means)):
            for key in keys:
                if f"X{random_index(key)}" not in names:
                    raise DomainError(f"{what} is given for {key}, which does not occur in the word")
        for what, keys in (("symmetric", set(symmetric)), ("shapes", set(shapes))):
            for key in keys:
                if key not in names or (what == "symmetric" and key in self.random):
                    raise DomainError(f"{what} is given for {key}; need a matrix of the word, one of {sorted(names)}")

    def _fitted(self, words: list[Word], given: Mapping[str, Sizes], laws: Mapping[str, Law]) -> Shapes:
        known = dict(given)
        for name in self.random:
            known.setdefault(name, ("m", f"n{name[1:]}"))
        shapes = Shapes(known, self.hermitian)
        for name, law in laws.items():
            # Σ X and X Ψ fit, and so does X^† M, closed to a cycle.
            around = (law.scale, name, law.columns)
            shapes.read(tuple(Letter(part) for part in around if part != IDENTITY), cyclic=False)
            if law.mean:
                shapes.read((Letter(name, True), Letter(law.mean)), cyclic=True)
        for word in words:
            if word and word != (Letter(IDENTITY),):
                shapes.read(word, cyclic=word is not self.matrix)
        self.outer = shapes.sizes(self.matrix) if self.matrix else ("m", "m")
        return shapes

    def _byte(self, name: str) -> bytes:
        return b"" if name == IDENTITY else bytes([self._code[name]])

    def encode(self, word: Word) -> bytes:
        """Return the letters as bytes; a trace of I alone is that of I_m."""
        if word == (Letter(IDENTITY),):
            return self._size_code["m"]
        return bytes(self._code[name] + (adjoint and name not in self.hermitian) for name, adjoint in word)

    def decode(self, word: bytes) -> Word:
        """Return the bytes as letters."""
        if word not in self._decoded:
            self._decoded[word] = tuple(map(self._letters.__getitem__, word))
        return self._decoded[word]

    def split(self, traces: tuple[bytes, ...]) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
        """Return the exponents of the sizes, and the traces that are left."""
        first = 2 * len(self._names)
        exponents = [0] * len(self.sizes)
        rest: list[bytes] = []
        for word in traces:
            if word[0] >= first:
                exponents[word[0] - first] += 1
            else:
                rest.append(word)
        return tuple(exponents), tuple(rest)

    def freedom(self, expression: Expression) -> dict[str, str]:
        """Return {n: m} of the central S whose X occurs neither itself nor beside a matrix of n rows or columns."""
        in_x = {letter.name for word in expression.words for letter in word if letter.name.startswith("X")}
        taken = {size for name in self.deterministic for size in self.shapes[name]}
        rows = {self.shapes[name][0] for name in self.random}
        pairs = [self.shapes[name] for name in self.random]
        whole = taken | rows | {n for name in self.random if name in in_x for n in self.shapes[name]}
        return {n: m for m, n in pairs if n not in whole and sum(n == other for _, other in pairs) == 1}

    def reduction(self, beta: int) -> WickReduction:
        """Return the Wick reduction over this alphabet."""
        factors = [
            letter for word in (self.matrix or (), *self.traces) for letter in word if letter.name in self.random
        ]
        if len(factors) > MAX_FACTORS:
            raise LimitError(f"need at most {MAX_FACTORS} factors X (S is two), got {len(factors)}")
        totals = Counter(name for name, _ in factors)
        unbarred = Counter(name for name, adjoint in factors if not adjoint)
        if beta == 1:
            pairings = prod(count_perfect_matchings(count + count % 2) for count in totals.values())
        else:
            pairings = prod(factorial(unbarred[name]) for name in totals)
        digits = f"{pairings:,}" if pairings < 10**15 else f"some 10^{len(str(pairings)) - 1}"
        return WickReduction(self.gaussians, self.adjoints, real=beta == 1, pairings=digits)
