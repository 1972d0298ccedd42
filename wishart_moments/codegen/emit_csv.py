"""A table as comma-separated values, one term a row; coefficients are integers or p/q, in full."""

from wishart_moments.codegen.tables import Table


def csv(table: Table) -> str:
    """Return the rows beta, k, i, j, coefficient: the coefficient of m^i n^j in entry k."""
    rows = [f"{table.beta},{k},{i},{j},{c}" for k, terms in table.entries.items() for i, j, c in terms]
    return "\n".join(["beta,k,i,j,coefficient", *rows]) + "\n"
