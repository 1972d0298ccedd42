"""A family as Python: all moments of a degree from n and the power sums of the scale, or from m and n."""

from wishart_moments.codegen.described import moment_lines
from wishart_moments.codegen.expressions import Expression, Operation
from wishart_moments.codegen.families import FamilyTable
from wishart_moments.codegen.family_formulas import terms_in_m_and_n, text_label
from wishart_moments.codegen.family_schemes import DegreeScheme, RowScheme, degree_scheme
from wishart_moments.codegen.python_source import assignments, docstring, indented, printed
from wishart_moments.codegen.schemes import moment_scheme
from wishart_moments.combinatorics.partitions import Partition

_ORDERS = "k: the degree, an integer from 1 to {max_k}."
_KINDS = "int or Fraction throughout for exact values, else floats, arrays or\n            tensors, which broadcast."


def family_body(table: FamilyTable) -> str:
    """Return the functions of a family."""
    if table.kind == "power_sums":
        return _at_identity(table)
    return _with_scale(table)


def _at_identity(table: FamilyTable) -> str:
    functions: list[str] = []
    for label in table.entries:
        terms = terms_in_m_and_n(table, label)
        scheme = moment_scheme(terms, table.scale)
        result = printed(scheme.result)
        code = [
            docstring(moment_lines(f"Return {text_label(table, label)}", terms, table.scale)),
            "m, n = numbers(m=m, n=n)",
            *assignments(scheme.lines),
            f"return {result}" if table.scale == 1 else f"return quotient({result}, {scheme.denominator})",
        ]
        functions.append(f"\ndef {_function(label)}(m: Any, n: Any) -> Any:\n" + indented(code))
    listed = "".join(f"    {_key(label)}: {_function(label)},\n" for label in table.entries)
    orders = _ORDERS.format(max_k=table.max_k)
    functions.append(f'''
_POWER_SUMS: dict[tuple[int, ...], Any] = {{
{listed}}}


def expected_power_sum(parts: Any, m: Any, n: Any) -> Any:
    """Return E p[lambda](S), the mean of the product of tr S^j over the parts j.

    Args:
        parts: lambda, integers >= 1 in any order, with a sum of 1 to {table.max_k}.
        m, n: {_KINDS}

    Raises:
        ValueError: if parts are no such integers, or m or n no number.
    """
    return _POWER_SUMS[checked_parts(parts, {table.max_k})](m, n)


def expected_power_sums(k: int, m: Any, n: Any) -> dict[tuple[int, ...], Any]:
    """Return {{lambda: E p[lambda](S)}} for all partitions lambda of k.

    Args:
        {orders}
        m, n: {_KINDS}

    Raises:
        ValueError: if k is no such integer, or m or n no number.
    """
    k = checked_order("k", k, 1, {table.max_k})
    return {{parts: function(m, n) for parts, function in _POWER_SUMS.items() if sum(parts) == k}}
''')
    return "\n".join(functions)


def _with_scale(table: FamilyTable) -> str:
    schemes = {k: degree_scheme(table, k) for k in range(1, table.max_k + 1)}
    functions = [_degree(table, k, scheme) for k, scheme in schemes.items()]
    listed = "".join(f"    _degree_{k},\n" for k in schemes)
    functions.append(f"\n_DEGREES = (\n{listed})\n")
    functions.append(_inverse(table) if table.denominators else _forward(table))
    return "\n".join(functions)


def _degree(table: FamilyTable, k: int, scheme: DegreeScheme) -> str:
    x = table.variable
    lines = [f"Return {{lambda: E p[lambda](S)}} for all partitions lambda of {k}."]
    if table.denominators:
        lines = [f"Return {{lambda: E p[lambda](S^-1)}} for all partitions lambda of {k}; need {table.condition(k)}."]
    lines += ["", f"{scheme.operations}."]
    roundings = scheme.roundings(x, k)
    if roundings is not None:
        plural = "s" * (roundings != 1)
        lines.append(f"Relative error in floating point, {x} and p >= 0: at most {roundings} rounding{plural}.")
    names = ", ".join(f"p_{j}" for j in range(1, k + 1))
    code = [docstring(lines), f"{names} = p" if k > 1 else f"({names},) = p"]
    code += [f"{name} = {printed(expression, x)}" for name, expression in scheme.products]
    if scheme.divisor != 1:
        code.append(f"d = {printed(scheme.divisor, x)}")
    rows = [f"    {_key(label)}: {_row(row, x, scheme.divisor)}," for label, row in scheme.rows.items()]
    signature = f"\ndef _degree_{k}({x}: Any, p: list[Any]) -> dict[tuple[int, ...], Any]:\n"
    return signature + indented([*code, "return {", *rows, "}"])


def _row(row: RowScheme, x: str, divisor: Expression) -> str:
    parts = [printed(part, x) for part in row.parts]
    value = parts[0] if len(parts) == 1 else "(\n        " + "\n        + ".join(parts) + "\n    )"
    value = value.replace("+ -", "- ")
    if row.factor != 1:
        factor = printed(row.factor, x)
        value = f"{factor} * ({value})" if len(parts) == 1 and _is_sum(row.parts[0]) else f"{factor} * {value}"
    elif len(parts) > 1 and divisor != 1:
        value = value.removeprefix("(").removesuffix("\n    )")
    if divisor == 1 and row.denominator == 1:
        return value
    below = [*(["d"] if divisor != 1 else []), *([str(row.denominator)] if row.denominator != 1 else [])]
    if value.startswith("\n"):
        return f"quotient({value},\n        {' * '.join(reversed(below))},\n    )"
    return f"quotient({value}, {' * '.join(reversed(below))})"


def _is_sum(expression: Expression) -> bool:
    return isinstance(expression, Operation) and expression.sign in "+-"


def _forward(table: FamilyTable) -> str:
    orders = _ORDERS.format(max_k=table.max_k)
    return f'''
def expected_power_sums(k: int, n: Any, p: Any) -> dict[tuple[int, ...], Any]:
    """Return {{lambda: E p[lambda](S)}} for all partitions lambda of k.

    Args:
        {orders}
        n: {_KINDS}
        p: [tr Sigma, tr Sigma^2, ..., tr Sigma^k] or more of them, of the same kinds; `power_sums` gives
            them from the eigenvalues.

    Raises:
        ValueError: if k is no such integer, p too short, or an argument no number.
    """
    k = checked_order("k", k, 1, {table.max_k})
    n, *sums = numbers(n=n, **checked_power_sums(p, k))
    return _DEGREES[k - 1](n, sums)


def power_sums(k: int, eigenvalues: Any) -> list[Any]:
    """Return [tr Sigma, tr Sigma^2, ..., tr Sigma^k] from the eigenvalues of Sigma, all >= 0.

    Raises:
        ValueError: if k is no integer from 1 to {table.max_k}, or an eigenvalue no number, or a scalar < 0.
    """
    return sums_of_powers(eigenvalues, checked_order("k", k, 1, {table.max_k}), inverse=False)
'''


def _inverse(table: FamilyTable) -> str:
    orders = _ORDERS.format(max_k=table.max_k)
    a, y = 2 / table.beta, table.scale
    shift = a.denominator - a.numerator
    moved = "n - m" if y == 1 else f"{y} * (n - m)"
    c = f"{moved} {'+' if shift > 0 else '-'} {abs(shift)}" if shift else moved
    bound = "k" if a == 1 else f"{a} k"
    return f'''
def expected_inverse_power_sums(k: int, m: Any, n: Any, p: Any) -> dict[tuple[int, ...], Any]:
    """Return {{lambda: E p[lambda](S^-1)}} for all partitions lambda of k, finite if and only if n - m + 1 > {bound}.

    Args:
        {orders}
        m, n: {_KINDS}
        p: [tr Sigma^-1, tr Sigma^-2, ..., tr Sigma^-k] or more of them, of the same kinds; `power_sums`
            gives them from the eigenvalues; [m] * k for Sigma = I.

    Raises:
        ValueError: if the moments do not exist, and then with the condition; if k is no such integer, p too
            short, or an argument no number.
    """
    k = checked_order("k", k, 1, {table.max_k})
    m, n, *sums = numbers(m=m, n=n, **checked_power_sums(p, k))
    need_finite(k, m, n, {a.numerator}, {a.denominator})
    return _DEGREES[k - 1]({c}, sums)


def power_sums(k: int, eigenvalues: Any) -> list[Any]:
    """Return [tr Sigma^-1, tr Sigma^-2, ..., tr Sigma^-k] from the eigenvalues of Sigma, all > 0.

    Raises:
        ValueError: if k is no integer from 1 to {table.max_k}, or an eigenvalue no number, or a scalar <= 0.
    """
    return sums_of_powers(eigenvalues, checked_order("k", k, 1, {table.max_k}), inverse=True)
'''


def _function(label: Partition) -> str:
    return "power_sum_" + "_".join(map(str, label))


def _key(label: Partition) -> str:
    return f"({', '.join(map(str, label))}{',' * (len(label) == 1)})"
