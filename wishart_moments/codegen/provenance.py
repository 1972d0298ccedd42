"""What is known of a table: whom it holds for, by which routes it was found, what is proved, and its permanent name."""

from wishart_moments.codegen.equations import confirmations
from wishart_moments.codegen.tables import AnyTable, FamilyTable
from wishart_moments.codegen.word_tables import WordTable
from wishart_moments.notation import printers
from wishart_moments.notation.convert import coefficient
from wishart_moments.proofs.theorems import THEOREMS

_FIRST = {1: "E tr S, E tr S^2 and E tr S^3", 2: "E tr S", 4: "E tr S, E tr S^2 and E tr S^3"}


def provenance(table: AnyTable) -> dict[str, str]:
    """Return what is known of a table, by what it is called in headers.

    Example:
        >>> from wishart_moments.codegen import trace_moment_table
        >>> for name, text in provenance(trace_moment_table(3, literal=False)).items():
        ...     print(f"{name}: {text}")
        table: wishart-moments:trace_moments_real:3:a293ba77e91df820
        holds for: m >= 1 an integer; n >= 1 an integer, or n > m - 1 real
        routes: k = 1..3: confirmed by loop-equations, recurrence, zonal
        status: proved from E tr S, E tr S^2 and E tr S^3 by the theorem of `wishart-moments prove real`
    """
    return {
        "table": f"wishart-moments:{table.name}:{max(table.routes)}:{table.digest[:16]}",
        "holds for": "; ".join(_assumptions(table)),
        "routes": "; ".join(confirmations(table)),
        "status": _status(table),
    }


def _assumptions(table: AnyTable) -> list[str]:
    sizes = ["m >= 1 an integer", "n >= 1 an integer, or n > m - 1 real"]
    if isinstance(table, WordTable):
        bound = printers.text(coefficient(2 / table.beta))
        condition = f"n - m + 1 > {'' if bound == '1' else f'{bound} '}k for k factors S^-1, infinite otherwise"
        return [*sizes, condition, "Sigma positive definite"]
    if isinstance(table, FamilyTable):
        if table.denominators:
            bound = printers.text(coefficient(2 / table.beta))
            sizes[1:] = [f"n - m + 1 > {'' if bound == '1' else f'{bound} '}k", "the moment is infinite otherwise"]
        if table.kind != "power_sums":
            sizes.append("Sigma positive definite")
        return sizes
    return [*sizes, "sigma2/alpha near 0: an asymptotic series"] if table.kind == "series" else sizes


def _status(table: AnyTable) -> str:
    theorem = next((each.name for each in THEOREMS if each.beta == table.beta), None)
    if theorem is None or isinstance(table, FamilyTable | WordTable):
        return f"confirmed to k = {max(table.routes)} by the routes named, each of them exact"
    return f"proved from {_FIRST[int(table.beta)]} by the theorem of `wishart-moments prove {theorem}`"
