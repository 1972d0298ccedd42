"""The alphabet of an expression: its random and deterministic letters as bytes, with their sizes."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from math import factorial, prod
from typing import NamedTuple

from wishart_moments.combinatorics.matchings import count_perfect_matchings
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.words.grammar import Expression, Letter, Word, inverse_of
from wishart_moments.moments.words.inverse_reduction import InverseReduction, Letters
from wishart_moments.moments.words.reduction import Gaussian, WickReduction
from wishart_moments.moments.words.shapes import Shapes, Sizes

IDENTITY = "I"
PLACE = bytes([254])
"""The letter E in tr(w E), which stands for the matrix w."""

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
        hidden = {name for name in names if name.endswith("^-1")}
        self.inverses = sorted(name.removesuffix("^-1")[1:] for name in hidden)
        names = (names - hidden) | {f"X{index}" for index in self.inverses}
        self.random = sorted(name for name in names if random_index(name) is not None)
        if not self.random:
            raise DomainError("need a random matrix S or X in the word; names stand apart, such as S A S for SAS")
        laws = {name: model.law(name[1:]) for name in self.random}
        of_laws = {name for law in laws.values() for name in law.names}
        names |= of_laws
        self._refuse_strangers(names, model, symmetric, shapes)
        self._refuse_inverses(words, laws)
        self.scales = of_laws - {law.mean for law in laws.values()}
        self.hermitian = {*self.scales, *symmetric, *filter(_HERMITIAN.fullmatch, names), *hidden}
        self.precisions = {law.scale for name, law in laws.items() if name[1:] in self.inverses} - {IDENTITY}
        self.hermitian |= set(map(inverse_of, self.precisions))
        self.shapes = self._fitted(words, shapes, laws)
        self.deterministic = sorted(names - set(self.random), key=lambda name: (name in of_laws, name))
        self._names = [*self.random, *self.deterministic, *sorted(map(inverse_of, self.precisions)), *sorted(hidden)]
        self.sizes = sorted({size for name in self._names for size in self.shapes[name]} | {"m"})
        if both := sorted(names & set(self.sizes)):
            raise DomainError(f"{both[0]} is a size; need another name for the matrix, and no numbers in a word")
        # The last two bytes stand for the place of a matrix-valued word, and its adjoint.
        if 2 * len(self._names) + len(self.sizes) > PLACE[0]:
            raise LimitError(f"need at most some 80 different matrices, got {len(self._names)}")
        self._code = {name: 2 * i for i, name in enumerate(self._names)}
        self._size_code = {size: bytes([2 * len(self._names) + i]) for i, size in enumerate(self.sizes)}
        self._letters = [Letter(name, adjoint) for name in self._names for adjoint in (False, True)]
        self._decoded: dict[bytes, Word] = {}
        table = bytearray(range(256))
        for name in self._names:
            if name not in self.hermitian:
                table[self._code[name]], table[self._code[name] + 1] = self._code[name] + 1, self._code[name]
        table[PLACE[0]], table[PLACE[0] + 1] = PLACE[0] + 1, PLACE[0]
        self.adjoints = bytes(table)
        self._laws = laws
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
                    raise DomainError(f"{what} is given for {shown(key)[1:-1]}, which does not occur in the word")
        for what, keys in (("symmetric", set(symmetric)), ("shapes", set(shapes))):
            for key in keys:
                if key not in names or (what == "symmetric" and key in self.random):
                    raise DomainError(
                        f"{what} is given for {shown(key)[1:-1]}; need a matrix of the word, one of {sorted(names)}"
                    )

    def _refuse_inverses(self, words: list[Word], laws: Mapping[str, Law]) -> None:
        """Refuse S^-1 of a law that is not central with independent columns, and beside X other than in S."""
        for index in self.inverses:
            law, name = laws[f"X{index}"], f"X{index}"
            if law.mean is not None or law.columns != IDENTITY:
                raise MethodError(f"S{index}^-1 needs a central S{index} with independent columns: no means or columns")
            for word in words:
                cyclic = word is not self.matrix
                for i, letter in enumerate(word):
                    partner = i + (-1 if letter.adjoint else 1)
                    inside = cyclic or 0 <= partner < len(word)
                    if letter.name == name and (
                        not inside or word[partner % len(word)] != Letter(name, not letter.adjoint)
                    ):
                        raise MethodError(f"beside S{index}^-1 there may be S{index} = X{index} X{index}^T only, not X")

    def _fitted(self, words: list[Word], given: Mapping[str, Sizes], laws: Mapping[str, Law]) -> Shapes:
        known = dict(given)
        for name in self.random:
            known.setdefault(name, ("m", f"n{name[1:]}"))
        shapes = Shapes(known, self.hermitian)
        for name, law in laws.items():
            # Σ X and X Ψ fit, and so does X^† M, closed to a cycle.
            around = (law.scale, name, law.columns)
            shapes.read(tuple(Letter(part) for part in around if part != IDENTITY), cyclic=False)
            for inverse in [inverse_of(f"S{name[1:]}"), inverse_of(law.scale)] if name[1:] in self.inverses else []:
                if inverse in self.hermitian:
                    shapes.read((Letter(inverse), Letter(name)), cyclic=False)
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

    def inverse_reduction(self, index: str, canonical: Callable[[bytes], bytes], *, real: bool) -> InverseReduction:
        """Return the elimination of S^-1 of an index."""
        law, x = self._laws[f"X{index}"], self._byte(f"X{index}")
        letters = Letters(
            self._byte(inverse_of(f"S{index}")),
            x + bytes([x[0] + 1]),
            b"" if law.scale == IDENTITY else self._byte(inverse_of(law.scale)),
            self._size_code[self.shapes[f"X{index}"][0]],
        )
        return InverseReduction(letters, lambda word: word.translate(self.adjoints)[::-1], canonical, real=real)

    def without_inverses(self, word: bytes, *, cyclic: bool) -> bytes:
        """Return the word with Sigma Sigma^-1 = I; of a trace of nothing else I."""
        pairs = [
            self._byte(left) + self._byte(right)
            for name in self.precisions
            for left, right in ((name, inverse_of(name)), (inverse_of(name), name))
        ]
        while len(word) > 1:
            for pair in pairs:
                at = (word + word[:1] if cyclic else word).find(pair)
                if at >= 0:
                    word = (word[at:] + word[:at])[2:] if cyclic else word[:at] + word[at + 2 :]
                    break
            else:
                return word
        return word or (self._size_code["m"] if cyclic else b"")

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
