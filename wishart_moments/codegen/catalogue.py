"""The catalogue: the only list of what is generated, and how each table is derived.

A new entry is a `CatalogueEntry` here; a new kind of quantity is also a `Kind` of table, or a `FamilyKind`, and a
case in the emitters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from flint import fmpq_mpoly

from wishart_moments.codegen.catalogue_families import family_table
from wishart_moments.codegen.catalogue_words import word_table
from wishart_moments.codegen.tables import AnyTable, Entries, FamilyKind, Kind, Table, sorted_terms
from wishart_moments.codegen.word_tables import WordKind
from wishart_moments.errors import DomainError
from wishart_moments.moments.confirmation import Progress, confirmed_trace_moments
from wishart_moments.notation.convert import as_terms
from wishart_moments.notation.ensembles import FIELDS, ensemble


@dataclass(frozen=True)
class CatalogueEntry:
    """A table to be generated: its name, its Dyson index, its largest order and what it is."""

    name: str
    kind: Kind | FamilyKind | WordKind
    beta: Fraction
    max_k: int


CATALOGUE = (
    CatalogueEntry("trace_moments_real", "moments", Fraction(1), 10),
    CatalogueEntry("trace_moments_complex", "moments", Fraction(2), 10),
    CatalogueEntry("trace_moments_quaternion", "moments", Fraction(4), 10),
    CatalogueEntry("variance_series", "series", Fraction(1), 10),
    CatalogueEntry("power_sums_real", "power_sums", Fraction(1), 6),
    CatalogueEntry("power_sums_complex", "power_sums", Fraction(2), 6),
    CatalogueEntry("scaled_power_sums_real", "scaled_power_sums", Fraction(1), 6),
    CatalogueEntry("scaled_power_sums_complex", "scaled_power_sums", Fraction(2), 6),
    CatalogueEntry("inverse_power_sums_real", "inverse_power_sums", Fraction(1), 4),
    CatalogueEntry("inverse_power_sums_complex", "inverse_power_sums", Fraction(2), 4),
    CatalogueEntry("words_real", "words", Fraction(1), 2),
    CatalogueEntry("words_complex", "words", Fraction(2), 2),
    CatalogueEntry("scaled_trace_covariances_real", "scaled_trace_covariances", Fraction(1), 6),
    CatalogueEntry("scaled_trace_covariances_complex", "scaled_trace_covariances", Fraction(2), 6),
    CatalogueEntry("inverse_trace_covariances_real", "inverse_trace_covariances", Fraction(1), 4),
    CatalogueEntry("inverse_trace_covariances_complex", "inverse_trace_covariances", Fraction(2), 4),
)

_SYMBOLS = {
    "m": "the number of rows of W: outputs",
    "n": "the number of columns of W: fan-in",
    "k": "the order",
}

_SOURCES = {
    Fraction(1): (
        "Hanlon, Stanley, Stembridge, Contemp. Math. 138 (1992) 151",
        "Goulden, Jackson, Canad. J. Math. 48 (1996) 569",
        "Letac, Massam, Scand. J. Statist. 31 (2004) 295",
    ),
    Fraction(2): (
        "Hanlon, Stanley, Stembridge, Contemp. Math. 138 (1992) 151",
        "Haagerup, Thorbjornsen, Expo. Math. 21 (2003) 293",
    ),
    Fraction(4): (
        "Bryc, Pierce, Electron. J. Probab. 14 (2009) 452",
        "Cunden, Mezzadri, O'Connell, Simm, Comm. Math. Phys. 369 (2019) 1091",
    ),
}


def derive_catalogue(progress: Progress | None = None) -> dict[str, AnyTable]:
    """Derive and confirm every table of the catalogue, each moment once."""
    moments: dict[tuple[Fraction, int], Table] = {}
    tables: dict[str, AnyTable] = {}
    for entry in CATALOGUE:
        if entry.kind == "words":
            tables[entry.name] = word_table(entry.beta, progress)
            continue
        if entry.kind != "moments" and entry.kind != "series":
            tables[entry.name] = family_table(entry.kind, entry.max_k, entry.beta, progress)
            continue
        key = (entry.beta, entry.max_k)
        if key not in moments:
            moments[key] = trace_moment_table(entry.max_k, entry.beta, progress)
        tables[entry.name] = (
            moments[key] if entry.kind == "moments" else variance_series_table(moments[key], entry.name)
        )
    return tables


def trace_moment_table(
    max_k: int, beta: int | Fraction = 1, progress: Progress | None = None, *, literal: bool = True
) -> Table:
    """Derive and confirm the table of E tr S^k for k = 1..max_k.

    Args:
        max_k: the largest order, at least 1.
        beta: the Dyson index: 1, 2, 4 or any other positive rational number.
        progress: called with a line about what the derivation does.
        literal: whether the routes include the literal Wick sum (k <= 10; seconds at k = 10).

    Raises:
        DisagreementError: if two routes differ.
    """
    confirmed = confirmed_trace_moments(max_k, beta, literal=literal, progress=progress)
    return moments_table(Fraction(beta), confirmed.polynomials, confirmed.routes)


def moments_table(
    beta: Fraction, polynomials: Mapping[int, fmpq_mpoly], routes: Mapping[int, tuple[str, ...]]
) -> Table:
    """Return polynomials E tr S^k in QQ[m, n] as a table; the entry k = 0, which is m, is left out."""
    orders = [k for k in sorted(polynomials) if k > 0]
    if not orders:
        raise DomainError("need a table of at least one order, k >= 1")
    return Table(
        name=f"trace_moments_{FIELDS.get(beta) or 'beta_' + str(beta).replace('/', '_')}",
        kind="moments",
        quantity=f"E tr S^k for k = 1..{orders[-1]}, beta = {beta}: {ensemble(beta)}.",
        formula="E tr S^k = sum of c m^i n^j over the terms [i, j, c] of entry k",
        beta=beta,
        symbols=_SYMBOLS,
        derivation="exact arithmetic in QQ[m, n]; every entry is equal on all the routes named for it",
        sources=_SOURCES.get(beta, ("Dumitriu, Edelman, J. Math. Phys. 43 (2002) 5830",)),
        routes={k: tuple(routes.get(k, ())) for k in orders},
        entries={k: polynomial_terms(polynomials[k]) for k in orders},
    )


def variance_series_table(moments: Table, name: str = "variance_series") -> Table:
    """Return the coefficients (−1)^{k+1} E tr S^k / m of the truncated output variance of an LDLT layer."""
    entries: Entries = {
        k: sorted_terms((i - 1, j, (-1) ** (k + 1) * c) for i, j, c in terms) for k, terms in moments.entries.items()
    }
    return Table(
        name=name,
        kind="series",
        quantity=(
            f"Var_K(m, n, sigma2, alpha, gamma) for K = 1..{moments.max_k}: the Taylor polynomial of order K"
            " in sigma2 of the variance of an output coordinate of y = gamma W (alpha I + W^T W)^(-1/2) x,"
            " where W is an m x n matrix of independent N(0, sigma2) entries and x has the covariance I."
            " The series is asymptotic."
        ),
        formula="Var_K = gamma^2 * sum of c_k (sigma2/alpha)^k over k = 1..K, c_k = (-1)^(k+1) E tr S^k / m",
        beta=moments.beta,
        symbols={
            **_SYMBOLS,
            "K": "the order of truncation",
            "sigma2": "the variance of an entry of W",
            "alpha": "the regularisation of the layer",
            "gamma": "the gain of the layer",
            "S": "W W^T at sigma2 = 1",
        },
        derivation=f"E tr S^k from the table {moments.name}, divided by m, with alternating signs",
        sources=("arXiv 2601.08253", *moments.sources),
        routes=moments.routes,
        entries=entries,
    )


def polynomial_terms(polynomial: fmpq_mpoly) -> tuple[tuple[int, int, Fraction], ...]:
    """Return the terms of a polynomial in QQ[m, n].

    Example:
        >>> from wishart_moments.moments.polynomials import polynomial
        >>> [(i, j, str(c)) for i, j, c in polynomial_terms(polynomial({(1, 1): 2, (2, 1): 1}))]
        [(2, 1, '1'), (1, 1, '2')]
    """
    return sorted_terms((i, j, c) for (i, j), c in as_terms(polynomial).items())
