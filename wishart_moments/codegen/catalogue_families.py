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
    covariance_rows,
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


_CONFIRMED = (
    "every entry is equal on all the routes named for its degree",
    "differences E[tr tr] - E[tr] E[tr], every mean equal on all the routes named for its degree",
)


def family_table(
    kind: FamilyKind, max_k: int, beta: int | Fraction = 1, progress: Progress | None = None
) -> FamilyTable:
    """Derive and confirm the table of all products of traces of degree 1..max_k, or of all covariances of two.

    Args:
        kind: "power_sums" (Σ = I), "scaled_power_sums" (every Σ) or "inverse_power_sums" (every Σ);
            "scaled_trace_covariances", "inverse_trace_covariances" (every Σ).
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
    if max_k < (smallest := 1 + kind.endswith("covariances")):
        raise DomainError(f"need a table of at least one order, k >= {smallest}")
    denominators: Mapping[int, Roots] = {}
    if kind == "power_sums":
        polynomials, routes = confirmed_power_sums(max_k, number, progress)
        terms = {
            label: [(i, j, c) for (i, j), c in as_terms(polynomial).items()]
            for label, polynomial in polynomials.items()
        }
    else:
        confirm = confirmed_scaled_power_sums if kind.startswith("scaled_") else confirmed_inverse_power_sums
        confirmed = confirm(max_k, number, progress)
        rows, denominators, routes = covariance_rows(confirmed) if kind.endswith("covariances") else confirmed
        terms = {
            label: [(mu, j, c) for mu, polynomial in row.items() for (j,), c in as_terms(polynomial).items()]
            for label, row in rows.items()
        }
    origin = kind.replace("trace_covariances", "power_sums")
    quantity, formula, symbols = _meaning(kind, max_k, number)
    return FamilyTable(
        name=f"{kind}_{FIELDS[number]}",
        kind=kind,
        quantity=quantity,
        formula=formula,
        beta=number,
        symbols=symbols,
        derivation=f"{_DERIVATIONS[origin]}; {_CONFIRMED[origin != kind]}",
        sources=_SOURCES[origin],
        routes=routes,
        entries={label: sorted_terms(found) for label, found in terms.items()},
        denominators=denominators,
    )


def _meaning(kind: FamilyKind, max_k: int, beta: Fraction) -> tuple[str, str, dict[str, str]]:
    """Return the quantity, the formula and the symbols."""
    model = ensemble(beta, scaled=kind != "power_sums")
    pairs, inverse = kind.endswith("covariances"), kind.startswith("inverse_")
    what, each, k = "a partition of k, the powers in the product of traces", "partitions lambda", 1
    if pairs:
        what, each, k = "a pair (i, j) of k = i + j, the powers of the two traces", "pairs lambda = (i, j)", 2
    every = f"for all {each} of k = {k}..{max_k}, beta = {beta}"
    s = "S^-1" if inverse else "S"
    mean = f"Cov[lambda]({s})" if pairs else f"E p[lambda]({s})"
    symbols = {"lambda": what, "p[lambda](S)": "the product of tr S^j over the parts j of lambda"}
    if pairs:
        symbols = {"lambda": what, "Cov[lambda](S)": "the covariance of tr S^i and tr S^j, the variance for i = j"}
    symbols |= {"m": "the number of rows of W: outputs", "n": "the number of columns of W: fan-in"}
    if kind == "power_sums":
        return (
            f"{mean} {every}: {model}.",
            f"{mean} = sum of c m^i n^j over the terms [i, j, c] of entry lambda",
            symbols,
        )
    symbols["Sigma"] = "a positive definite m x m matrix"
    if not inverse:
        symbols |= {"mu": "a partition of k", "p[mu]": "p[mu](Sigma), the product of tr Sigma^j over the parts j of mu"}
        quantity = f"{mean} {every}, as a combination of power sums of Sigma: {model}."
        return quantity, f"{mean} = sum of c n^j p[mu] over the terms [mu, j, c] of entry lambda", symbols
    quantity = (
        f"{mean} {every}, as a combination of power sums of Sigma^-1: {model}."
        f" It is finite if and only if n - m + 1 > {printers.text(existence_bound(beta))}."
    )
    symbols["c"] = printers.text(degrees_left(beta))
    symbols["mu"] = "a partition of k"
    symbols["p[mu]"] = "p[mu](Sigma^-1), the product of tr Sigma^-j over the parts j of mu"
    symbols["D_k(c)"] = "the product of (c - e)^power over the roots [e, power] of the denominator of k"
    return quantity, f"D_k(c) {mean} = sum of x c^j p[mu] over the terms [mu, j, x] of entry lambda", symbols
