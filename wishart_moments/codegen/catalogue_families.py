"""The families of the catalogue: what each is called, what it says about itself, and how it is derived."""

from collections.abc import Mapping
from fractions import Fraction

from wishart_moments.codegen.tables import FamilyKind, FamilyTable, Roots, sorted_terms
from wishart_moments.domain import dyson_index
from wishart_moments.errors import DomainError
from wishart_moments.moments.confirmation import Progress
from wishart_moments.moments.family_confirmation import (
    confirmed_inverse_power_sums,
    confirmed_power_sums,
    confirmed_scaled_power_sums,
)
from wishart_moments.notation import printers
from wishart_moments.notation.convert import as_terms, degrees_left, existence_bound
from wishart_moments.notation.ensembles import FIELDS, ensemble

_SOURCES = {
    "power_sums": (
        "Hanlon, Stanley, Stembridge, Contemp. Math. 138 (1992) 151",
        "Letac, Massam, Scand. J. Statist. 31 (2004) 295",
    ),
    "scaled_power_sums": (
        "Letac, Massam, Scand. J. Statist. 31 (2004) 295",
        "Graczyk, Letac, Massam, Ann. Statist. 31 (2003) 287",
        "Hillier, Kan, J. Multivariate Anal. 185 (2021) 104778",
    ),
    "inverse_power_sums": (
        "von Rosen, Scand. J. Statist. 15 (1988) 97",
        "Letac, Massam, Scand. J. Statist. 31 (2004) 295",
        "Graczyk, Letac, Massam, Ann. Statist. 31 (2003) 287",
        "Hillier, Kan, Scand. J. Statist. 51 (2024) 697",
    ),
}

_DERIVATIONS = {
    "power_sums": "exact arithmetic in QQ[m, n]",
    "scaled_power_sums": "exact arithmetic in QQ[n]",
    "inverse_power_sums": "exact arithmetic in QQ[c]",
}


def family_table(
    kind: FamilyKind, max_k: int, beta: int | Fraction = 1, progress: Progress | None = None
) -> FamilyTable:
    """Derive and confirm the table of all products of traces of degree 1..max_k.

    Args:
        kind: "power_sums" (Σ = I), "scaled_power_sums" (every Σ) or "inverse_power_sums" (every Σ).
        max_k: the largest degree, at least 1.
        beta: the Dyson index: 1, 2 or 4.
        progress: called with a line about what the derivation does.

    Raises:
        DisagreementError: if two routes differ.
        DomainError: for any other beta, or max_k < 1.

    Example:
        >>> family_table("power_sums", 2).entries[1, 1]
        ((2, 2, Fraction(1, 1)), (1, 1, Fraction(2, 1)))
    """
    number = dyson_index(beta)
    if not isinstance(number, Fraction) or number not in FIELDS:
        raise DomainError(f"need beta 1, 2 or 4 for a table of products of traces, got {beta}")
    if max_k < 1:
        raise DomainError("need a table of at least one order, k >= 1")
    denominators: Mapping[int, Roots] = {}
    if kind == "power_sums":
        polynomials, routes = confirmed_power_sums(max_k, number, progress)
        terms = {
            label: [(i, j, c) for (i, j), c in as_terms(polynomial).items()]
            for label, polynomial in polynomials.items()
        }
    else:
        confirm = confirmed_scaled_power_sums if kind == "scaled_power_sums" else confirmed_inverse_power_sums
        rows, denominators, routes = confirm(max_k, number, progress)
        terms = {
            label: [(mu, j, c) for mu, polynomial in row.items() for (j,), c in as_terms(polynomial).items()]
            for label, row in rows.items()
        }
    quantity, formula, symbols = _meaning(kind, max_k, number)
    return FamilyTable(
        name=f"{kind}_{FIELDS[number]}",
        kind=kind,
        quantity=quantity,
        formula=formula,
        beta=number,
        symbols=symbols,
        derivation=f"{_DERIVATIONS[kind]}; every entry is equal on all the routes named for its degree",
        sources=_SOURCES[kind],
        routes=routes,
        entries={label: sorted_terms(found) for label, found in terms.items()},
        denominators=denominators,
    )


def _meaning(kind: FamilyKind, max_k: int, beta: Fraction) -> tuple[str, str, dict[str, str]]:
    """Return the quantity, the formula and the symbols."""
    model = ensemble(beta, scaled=kind != "power_sums")
    every = f"for all partitions lambda of k = 1..{max_k}, beta = {beta}"
    symbols = {
        "lambda": "a partition of k, the powers in the product of traces",
        "p[lambda](S)": "the product of tr S^j over the parts j of lambda",
        "m": "the number of rows of W: outputs",
        "n": "the number of columns of W: fan-in",
    }
    if kind == "power_sums":
        quantity = f"E p[lambda](S) {every}: {model}."
        return quantity, "E p[lambda](S) = sum of c m^i n^j over the terms [i, j, c] of entry lambda", symbols
    symbols["Sigma"] = "a positive definite m x m matrix"
    if kind == "scaled_power_sums":
        quantity = f"E p[lambda](S) {every}, as a combination of power sums of Sigma: {model}."
        symbols["mu"] = "a partition of k"
        symbols["p[mu]"] = "p[mu](Sigma), the product of tr Sigma^j over the parts j of mu"
        return quantity, "E p[lambda](S) = sum of c n^j p[mu] over the terms [mu, j, c] of entry lambda", symbols
    quantity = (
        f"E p[lambda](S^-1) {every}, as a combination of power sums of Sigma^-1: {model}."
        f" It is finite if and only if n - m + 1 > {printers.text(existence_bound(beta))}."
    )
    symbols["c"] = printers.text(degrees_left(beta))
    symbols["mu"] = "a partition of k"
    symbols["p[mu]"] = "p[mu](Sigma^-1), the product of tr Sigma^-j over the parts j of mu"
    symbols["D_k(c)"] = "the product of (c - e)^power over the roots [e, power] of the denominator of k"
    formula = "D_k(c) E p[lambda](S^-1) = sum of x c^j p[mu] over the terms [mu, j, x] of entry lambda"
    return quantity, formula, symbols
