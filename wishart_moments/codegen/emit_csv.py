"""A table as comma-separated values, one term a row; coefficients are integers or p/q, in full."""

from wishart_moments.codegen.tables import AnyTable, Column, FamilyTable
from wishart_moments.codegen.word_tables import WordTable


def csv(table: AnyTable) -> str:
    """Return the rows beta, k, i, j, coefficient: the coefficient of m^i n^j in entry k.

    A family has the columns lambda, and i or mu, for the coefficient of m^i n^j or of n^j p_mu; the inverse moments
    also have the roots of their denominator, as often as they occur, and the condition of existence. Words have the
    columns word, traces and matrix, words between semicolons: the coefficient of x^j times the traces and the matrix.
    """
    if isinstance(table, WordTable):
        return _words(table)
    if isinstance(table, FamilyTable):
        return _family(table)
    rows = [f"{table.beta},{k},{i},{j},{c}" for k, terms in table.entries.items() for i, j, c in terms]
    return "\n".join(["beta,k,i,j,coefficient", *rows]) + "\n"


def _family(table: FamilyTable) -> str:
    head = f"beta,lambda,{'i' if table.kind == 'power_sums' else 'mu'},j,coefficient"
    rows = [head + ",roots,condition" * bool(table.denominators)]
    for label, terms in table.entries.items():
        k = sum(label)
        tail = ""
        if table.denominators:
            roots = [str(e) for e, multiplicity in table.denominators[k].items() for _ in range(multiplicity)]
            tail = f",{' '.join(roots)},{table.condition(k)}"
        rows += [f"{table.beta},{_quoted(label)},{_quoted(column)},{j},{c}{tail}" for column, j, c in terms]
    return "\n".join(rows) + "\n"


def _words(table: WordTable) -> str:
    rows = ["beta,word,traces,matrix,j,coefficient,roots,condition"]
    for word, terms in table.entries.items():
        roots = [str(e) for e, count in table.denominators.get(word, {}).items() for _ in range(count)]
        for (traces, letters), j, c in terms:
            basis = f"{'; '.join(map(' '.join, traces))},{' '.join(letters)}"
            rows.append(f"{table.beta},{word},{basis},{j},{c},{' '.join(roots)},{table.condition(word)}")
    return "\n".join(rows) + "\n"


def _quoted(column: Column) -> str:
    return str(column) if isinstance(column, int) else f'"{",".join(map(str, column))}"'
