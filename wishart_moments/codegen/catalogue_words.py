"""The words of the catalogue: E[S], E[S²], E[S A S] and the same of S^{-1}, at every Σ."""

from fractions import Fraction

from wishart_moments.codegen.word_tables import WordTable, degree_of, place
from wishart_moments.domain import dyson_index
from wishart_moments.errors import DomainError
from wishart_moments.moments.confirmation import Progress
from wishart_moments.moments.words.word_confirmation import WORDS, confirmed_word
from wishart_moments.notation import printers
from wishart_moments.notation.convert import as_terms, degrees_left, existence_bound
from wishart_moments.notation.ensembles import FIELDS, ensemble

_SOURCES = (
    "Haff, J. Multivariate Anal. 9 (1979) 531",
    "von Rosen, Scand. J. Statist. 15 (1988) 97",
    "Letac, Massam, Scand. J. Statist. 31 (2004) 295",
)


def word_table(beta: int | Fraction = 1, progress: Progress | None = None) -> WordTable:
    """Derive and confirm the table of means of words.

    Args:
        beta: the Dyson index, 1 or 2.
        progress: called with a line about what the derivation does.

    Raises:
        DisagreementError: if two routes differ.
        DomainError: for any other beta.

    Example:
        >>> word_table().entries["S"]
        ((((), ('Sigma',)), 1, Fraction(1, 1)),)
    """
    number = dyson_index(beta)
    if number not in (1, 2):
        raise DomainError(f"need beta 1 or 2 for a table of words, got {beta}")
    field = Fraction(int(number))
    found = {word: confirmed_word(word, int(number), progress) for word in WORDS}
    routes = {degree_of(word): confirmed.routes for word, confirmed in found.items()}
    transposed = " or its transpose A^T" * (field == 1)
    return WordTable(
        name=f"words_{FIELDS[field]}",
        kind="words",
        quantity=(
            f"E[word] for the words {', '.join(WORDS)}, beta = {field}, as a combination of words in Sigma or Sigma^-1:"
            f" {ensemble(field, scaled=True, root='R')}."
            f" With k factors S^-1 it is finite if and only if n - m + 1 > {printers.text(existence_bound(field))}."
        ),
        formula="D E[word] = sum of x c^j b over the terms [b, j, x] of entry word; for words in S n^j for c^j, D = 1",
        beta=field,
        symbols={
            "m": "the number of rows of W: outputs",
            "n": "the number of columns of W: fan-in",
            "Sigma": "a positive definite m x m matrix",
            "A": "any m x m matrix",
            "b": f"the product of the traces of words and a word, in Sigma or Sigma^-1 and A{transposed}",
            "c": printers.text(degrees_left(field)),
            "D": "the product of (c - e)^power over the roots [e, power] of the denominator of the word",
        },
        derivation="exact arithmetic in QQ[n] and QQ[c]; every entry is equal on all the routes named for its degree",
        sources=_SOURCES,
        routes=routes,
        entries={
            word: tuple(
                sorted(
                    ((basis, j, c) for basis, terms in each.terms.items() for (j,), c in as_terms(terms).items()),
                    key=place,
                )
            )
            for word, each in found.items()
        },
        denominators={word: each.denominator for word, each in found.items() if each.denominator},
    )
