"""A table as an ES module: functions of Numbers, and exact ones of BigInts."""

from wishart_moments.codegen.described import moment_lines, series_lines, table_lines
from wishart_moments.codegen.expressions import Expression, double_literal, infix
from wishart_moments.codegen.schemes import kernel_lines, moment_scheme, series_kernels
from wishart_moments.codegen.tables import Table

_NUMBERS = """function needNumbers(values) {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== "number" || Number.isNaN(value)) {
      throw new TypeError(`need a Number ${name}, got ${String(value)} of type ${typeof value}`);
    }
  }
}
"""

_BIGINTS = """function needBigInts(values) {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== "bigint") {
      throw new TypeError(`need a BigInt ${name}, such as 4n, got ${String(value)} of type ${typeof value}`);
    }
  }
}
"""

_ORDERS = """function needOrder(name, value, smallest, largest) {
  if (!Number.isInteger(value) || value < smallest || value > largest) {
    throw new RangeError(`need an integer ${name} from ${smallest} to ${largest}, got ${String(value)}`);
  }
}
"""

_FRACTIONS = """function fraction(numerator, denominator) {
  let [a, b] = [numerator < 0n ? -numerator : numerator, denominator];
  while (b !== 0n) {
    [a, b] = [b, a % b];
  }
  return { numerator: numerator / a, denominator: denominator / a };
}
"""


def javascript_files(table: Table) -> dict[str, str]:
    """Return the module of a table."""
    return {f"javascript/{table.name}.mjs": javascript(table)}


def javascript(table: Table) -> str:
    """Return the module; it stands alone."""
    body = _moments(table) if table.kind == "moments" else _series(table)
    return "\n".join([_comment(table_lines(table)), "", *body])


def _moments(table: Table) -> list[str]:
    blocks = [_NUMBERS, _BIGINTS, _ORDERS] + ([] if table.scale == 1 else [_FRACTIONS])
    for k, terms in table.entries.items():
        scheme = moment_scheme(terms, table.scale)
        blocks.append(
            f"{_comment(moment_lines(f'E tr S^{k}', terms, table.scale))}\n"
            f"export function traceMoment{k}(m, n) {{\n  needNumbers({{ m, n }});\n"
            f"{_assignments(scheme.lines, bigint=False)}"
            f"  return {_printed(scheme.value, bigint=False)};\n}}\n"
        )
        result = _printed(scheme.result, bigint=True)
        result = result if table.scale == 1 else f"fraction({result}, {scheme.denominator}n)"
        blocks.append(f"function exact{k}(m, n) {{\n{_assignments(scheme.lines, bigint=True)}  return {result};\n}}\n")
    names = ", ".join(f"traceMoment{k}" for k in table.entries)
    exact = ", ".join(f"exact{k}" for k in table.entries)
    zeroth = "m" if table.scale == 1 else "{ numerator: m, denominator: 1n }"
    returned = "a BigInt" if table.scale == 1 else "{ numerator, denominator }, two BigInts in lowest terms"
    blocks.append(
        f"const moments = [{names}];\n\nconst exactMoments = [{exact}];\n\n"
        f"// E tr S^k for k = 0..{table.max_k} and Numbers m, n.\n"
        f'export function traceMoment(k, m, n) {{\n  needOrder("k", k, 0, {table.max_k});\n'
        "  needNumbers({ m, n });\n"
        "  return k === 0 ? m : moments[k - 1](m, n);\n}\n\n"
        f"// E tr S^k for k = 0..{table.max_k} and BigInts m, n, exactly: {returned}.\n"
        f'export function traceMomentExact(k, m, n) {{\n  needOrder("k", k, 0, {table.max_k});\n'
        f"  needBigInts({{ m, n }});\n  return k === 0 ? {zeroth} : exactMoments[k - 1](m, n);\n}}\n"
    )
    return blocks


def _series(table: Table) -> list[str]:
    kernels = series_kernels(table)
    blocks = [_NUMBERS, _ORDERS]
    for k, kernel in kernels.items():
        lines, value = kernel_lines(kernel)
        blocks.append(
            f"// q_{k}(m + n, m n) = E tr S^{k} / (m n)\nfunction q{k}(s, p) {{\n"
            f"{_assignments(lines, bigint=False)}  return {_printed(value, bigint=False)};\n}}\n"
        )
    blocks.append(f"const reduced = [{', '.join(f'q{k}' for k in kernels)}];\n")
    name = "".join(part.capitalize() if i else part for i, part in enumerate(table.name.split("_")))
    counts = _comment(["Var_K for K = order.", *series_lines(kernels)])
    blocks.append(_series_function(counts, name, table.max_k, "", "gamma * gamma * n * t * value"))
    blocks.append(
        _series_function(
            "// d Var_K / d sigma2 for K = order.",
            f"{name}Derivative",
            table.max_k,
            "k * ",
            "gamma * gamma * n * value / alpha",
        )
    )
    return blocks


def _series_function(comment: str, name: str, largest: int, weight: str, result: str) -> str:
    return f"""{comment}
export function {name}(order, m, n, sigma2, alpha = 1, gamma = 1) {{
  needOrder("order", order, 1, {largest});
  needNumbers({{ m, n, sigma2, alpha, gamma }});
  const t = sigma2 / alpha;
  const s = m + n;
  const p = m * n;
  let value = {weight.replace("k", "order")}reduced[order - 1](s, p);
  for (let k = order - 1; k > 0; k--) {{
    value = {weight}reduced[k - 1](s, p) - t * value;
  }}
  return {result};
}}
"""


def _assignments(lines: list[tuple[str, Expression]] | tuple[tuple[str, Expression], ...], *, bigint: bool) -> str:
    return "".join(f"  const {name} = {_printed(expression, bigint=bigint)};\n" for name, expression in lines)


def _printed(expression: Expression, *, bigint: bool) -> str:
    return infix(expression, "{}n".format if bigint else double_literal)


def _comment(lines: list[str]) -> str:
    return "\n".join(f"// {line}".rstrip() for line in lines)
