"""The grammar of words in random and deterministic matrices: text to letters.

    expression := factor+                                (factors stand side by side, spaces between names)
    factor     := (name | "tr(" expression ")" | "(" expression ")") suffix*
    suffix     := "^T" (real) | "^*" (complex) | "^" integer >= 1 | "^-" integer >= 1 (of S, S1, … alone)

S, S1, S2, … and X, X1, X2, … are random, I is the identity, every other name (a letter, then letters, digits, _) is a
deterministic matrix. What stands outside all traces is one matrix-valued word; without it the expression is a number.
A name with a bracket right after it is a function, and tr is the only one.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, LimitError

MAX_LETTERS = 240
"""The most letters of an expression, powers written out."""

MAX_TEXT = 10_000
"""The most characters of a text."""

MAX_DEPTH = 50
"""The most brackets inside one another."""

_TOKEN = re.compile(
    r"(?P<trace>tr\s*\()|(?P<name>[^\W\d_]\w*)|(?P<suffix>\^(?:-?\d+|T\b|\*))|(?P<bracket>[()])|(?P<bad>\S)"
)
_LETTERS = {"Σ": "Sigma", "Ψ": "Psi"}
_FUNCTIONS = (
    "abs",
    "adj",
    "conj",
    "cov",
    "det",
    "diag",
    "exp",
    "inv",
    "ln",
    "log",
    "mean",
    "norm",
    "rank",
    "sqrt",
    "var",
)


class Letter(NamedTuple):
    """A matrix or, with `adjoint`, its transpose (real) or conjugate transpose (complex)."""

    name: str
    adjoint: bool = False


Word = tuple[Letter, ...]


class Product(NamedTuple):
    """Π tr(traces) · matrix, the matrix None where there are traces only."""

    matrix: Word | None
    traces: tuple[Word, ...]


class Expression(NamedTuple):
    """A product of traces and, unless it is None, a matrix-valued word."""

    matrix: Word | None
    traces: tuple[Word, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """All words, the matrix-valued one first."""
        return self.traces if self.matrix is None else (self.matrix, *self.traces)


def parse(text: str, beta: int = 1) -> Expression:
    """Return the words of a text.

    Args:
        text: an expression of the grammar above.
        beta: 1, where adjoints are written ^T, or 2, where they are written ^*.

    Raises:
        DomainError: if the text does not follow the grammar; the message says where.
        LimitError: for more than 240 letters, 10,000 characters, or 50 brackets inside one another.

    Example:
        >>> parse("S A^T tr(B)")
        Expression(matrix=(Letter(name='S', adjoint=False), Letter(name='A', adjoint=True)), \
traces=((Letter(name='B', adjoint=False),),))
    """
    if type(text) is not str:
        raise DomainError(f"need a text such as 'S A S B' or 'tr(S A) S', got {shown(text)}")
    if len(text) > MAX_TEXT:
        raise LimitError(f"need at most {MAX_TEXT:,} characters, got {len(text):,}")
    return _Parser(text, beta).expression


class _Parser:
    """A recursive descent over the tokens of one text."""

    def __init__(self, text: str, beta: int) -> None:
        self.text, self.beta = text, beta
        self.tokens = list(_TOKEN.finditer(text))
        self.at = 0
        self.depth = 0
        for token in self.tokens:
            if token.lastgroup == "bad":
                raise self._refusal(token)
        for name, bracket in pairwise(self.tokens):
            self._refuse_function(name, bracket)
        self.expression = self._product(inside=False)
        if self.at < len(self.tokens):
            raise DomainError(f"a bracket closes that was not opened, in {shown(text)}")

    def _refusal(self, token: "re.Match[str]") -> DomainError:
        rest = self.text[token.start() :]
        where = f"in {shown(self.text)}"
        if re.match(r"\^\s*\(?-", rest):
            return DomainError(f"negative powers are written S^-1, {where}")
        if rest[0] == "^":
            adjoint = "X^T" if self.beta == 1 else "X^*"
            return DomainError(f"after ^ there is T, * or a power, such as {adjoint} or S^3, {where}")
        if rest[0] == "*":
            return DomainError(f"factors stand side by side without a sign, such as S A S B, {where}")
        if rest[0].isdigit() or rest[0] in "+-":
            return DomainError(f"a word has no numbers and sums; take the mean of every term, {where}")
        return DomainError(f"unknown sign {rest[0]!r} {where}; write words such as S A S B or tr(S1 S2) S1")

    def _refuse_function(self, name: "re.Match[str]", bracket: "re.Match[str]") -> None:
        """Refuse a function that is none here; with a space before the bracket a name may be a matrix."""
        word = name.group().casefold()
        known = word in ("tr", "trace", "inv", "inverse", *_FUNCTIONS)
        touching = name.end() == bracket.start()
        if name.lastgroup != "name" or bracket.group() != "(" or name.group() == "tr" or not (touching or known):
            return
        if word.startswith("tr"):
            near = "write tr(...)"
        elif word.startswith("inv"):
            near = "write S^-1 for that of S, and give the inverse of A as a letter, such as Ai"
        else:
            near = "" if known else "a product has a space before its bracket, such as A (S B)"
        where = f"{shown(name.group())} in {shown(self.text)} is no function of words; there is tr, such as tr(S A)"
        raise DomainError("; ".join(filter(None, (where, near))))

    def _product(self, *, inside: bool) -> Expression:
        """Read factors up to the closing bracket or the end."""
        self.depth += inside
        if self.depth > MAX_DEPTH:
            raise LimitError(f"need at most {MAX_DEPTH} brackets inside one another, in {shown(self.text)}")
        matrix: Word | None = None
        traces: tuple[Word, ...] = ()
        start = self.at
        while self.at < len(self.tokens) and self.tokens[self.at].group() != ")":
            factor = self._suffixed(self._factor())
            traces += factor.traces
            if factor.matrix is not None:
                matrix = (matrix or ()) + factor.matrix
            self._admit((matrix or (), *traces))
        if self.at == start:
            raise DomainError(f"need a word such as 'S A S B', got {shown(self.text)}")
        if inside:
            if self.at == len(self.tokens):
                raise DomainError(f"a bracket is not closed, in {shown(self.text)}")
            self.at += 1
            self.depth -= 1
        return Expression(matrix, traces)

    def _admit(self, words: Sequence[Word]) -> None:
        if sum(map(len, words)) > MAX_LETTERS:
            raise LimitError(f"need at most {MAX_LETTERS} letters, powers written out, in {shown(self.text)}")

    def _factor(self) -> Expression:
        token = self.tokens[self.at]
        self.at += 1
        if token.lastgroup == "name":
            name = token.group()
            if name == "tr":
                raise DomainError(f"need brackets after tr, such as tr(S A), in {shown(self.text)}")
            if name.casefold() in ("tr", "trace", "inv", "inverse", *_FUNCTIONS):
                raise DomainError(
                    f"{name} in {shown(self.text)} reads as a function, of which there is tr(...) and S^-1; "
                    "need another name for a matrix"
                )
            return Expression((Letter(_LETTERS.get(name, name)),), ())
        if token.lastgroup == "trace":
            inner = self._product(inside=True)
            if inner.matrix is None:
                raise DomainError(f"a trace of traces only, in {shown(self.text)}; leave the outer tr away")
            return Expression(None, (*inner.traces, inner.matrix))
        if token.group() == "(":
            return self._product(inside=True)
        raise DomainError(f"{token.group()!r} follows no letter, in {shown(self.text)}")

    def _inverse(self, factor: Expression, digits: str) -> Expression:
        """Return S^-k as k letters S^-1."""
        word = factor.matrix or ()
        if factor.traces or len(word) != 1 or not re.fullmatch(r"S\d*", word[0].name):
            raise DomainError(
                f"negative powers are those of S, S1, … alone, in {shown(self.text)}; "
                "give the inverse of A as a letter, such as Ai"
            )
        power = int(digits) if len(digits) <= 4 else MAX_LETTERS + 1
        if power < 1:
            raise DomainError(f"need powers >= 1 or <= -1, in {shown(self.text)}")
        self._admit([word * power])
        return Expression((Letter(inverse_of(word[0].name)),) * power, ())

    def _suffixed(self, factor: Expression) -> Expression:
        while self.at < len(self.tokens) and self.tokens[self.at].lastgroup == "suffix":
            suffix = self.tokens[self.at].group()[1:]
            self.at += 1
            if suffix in ("T", "*"):
                if (suffix == "T") != (self.beta == 1):
                    right = "^T with beta=1" if self.beta == 1 else "^* with beta=2"
                    raise DomainError(f"adjoints are written {right}, in {shown(self.text)}")
                if factor.matrix is None or factor.traces:
                    raise DomainError(f"a trace has no ^{suffix}, in {shown(self.text)}")
                factor = Expression(adjoint(factor.matrix), ())
            elif suffix[0] == "-":
                factor = self._inverse(factor, suffix[1:])
            else:
                # More digits than the limit has are not converted.
                power = int(suffix) if len(suffix) <= 4 else MAX_LETTERS + 1
                if power < 1:
                    raise DomainError(f"need powers >= 1, in {shown(self.text)}")
                self._admit(factor.words * min(power, MAX_LETTERS + 1))
                factor = Expression(None if factor.matrix is None else factor.matrix * power, factor.traces * power)
        return factor


def inverse_of(name: str) -> str:
    """Return the name of the inverse of a matrix, or the name of what it is the inverse of.

    Example:
        >>> inverse_of("Sigma"), inverse_of("Sigma^-1")
        ('Sigma^-1', 'Sigma')
    """
    return name.removesuffix("^-1") if name.endswith("^-1") else f"{name}^-1"


def adjoint(word: Word) -> Word:
    """Return the letters of the adjoint of a word: in reverse, each adjoint."""
    return tuple(Letter(name, not adjoint) for name, adjoint in reversed(word))
