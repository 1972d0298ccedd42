"""A table as C99: functions of doubles, and exact ones of uint64_t that report overflow."""

from wishart_moments.codegen.described import moment_lines, series_lines, table_lines
from wishart_moments.codegen.emit_c_exact import ARITHMETIC, exact_dispatcher, exact_function
from wishart_moments.codegen.expressions import Expression, double_literal, infix
from wishart_moments.codegen.schemes import Scheme, kernel_lines, moment_scheme, series_kernels
from wishart_moments.codegen.tables import Table

_SERIES_ARGUMENTS = "int order, double m, double n, double sigma2, double alpha, double gamma"


def c_files(table: Table) -> dict[str, str]:
    """Return the header and the source of a table."""
    name = f"wishart_{table.name}"
    guard = f"{name.upper()}_H"
    linkage = '#ifdef __cplusplus\nextern "C" {\n#endif\n\n', "\n#ifdef __cplusplus\n}\n#endif\n"
    header = (
        f"{_comment(table_lines(table))}\n\n#ifndef {guard}\n#define {guard}\n\n#include <stdint.h>\n\n"
        f"{linkage[0]}{_declarations(table)}{linkage[1]}\n#endif\n"
    )
    source = f'#include "{name}.h"\n\n#include <math.h>\n\n{_definitions(table)}'
    return {f"c/{name}.h": header, f"c/{name}.c": source}


def c(table: Table) -> str:
    """Return one source that stands alone."""
    includes = "#include <math.h>\n#include <stdint.h>\n"
    return f"{_comment(table_lines(table))}\n\n{includes}\n{_declarations(table)}\n{_definitions(table)}"


def _declarations(table: Table) -> str:
    name = f"wishart_{table.name}"
    if table.kind == "series":
        kernels = series_kernels(table)
        lines = [
            "Var_K for K = order, and its derivative in sigma2; NAN if order is out of range.",
            *series_lines(kernels),
        ]
        functions = [name, f"{name}_derivative"]
        return f"{_comment(lines)}\n" + "".join(f"double {f}({_SERIES_ARGUMENTS});\n" for f in functions)
    blocks = [
        f"{_comment(moment_lines(f'E tr S^{k}', terms, table.scale))}\ndouble {name}_{k}(double m, double n);\n"
        for k, terms in table.entries.items()
    ]
    blocks.append(
        f"// E tr S^k for k = 0..{table.max_k}; NAN for any other k.\ndouble {name}(int k, double m, double n);\n"
    )
    blocks.append(exact_dispatcher(name, _exact_orders(table), table.scale)[0])
    return "\n".join(blocks)


def _definitions(table: Table) -> str:
    return _series(table) if table.kind == "series" else _moments(table)


def _moments(table: Table) -> str:
    name = f"wishart_{table.name}"
    schemes = _schemes(table)
    exact = _exact_orders(table)
    blocks = [_function(f"double {name}_{k}(double m, double n)", scheme) for k, scheme in schemes.items()]
    cases = [(f"{k}", f"{name}_{k}(m, n)") for k in schemes]
    blocks.append(_switch(f"double {name}(int k, double m, double n)", "k", [("0", "m"), *cases]))
    if exact:
        blocks.append(ARITHMETIC)
        blocks += [exact_function(f"exact_{k}", schemes[k]) for k in exact]
    blocks.append(exact_dispatcher(name, exact, table.scale)[1])
    return "\n".join(blocks)


def _schemes(table: Table) -> dict[int, Scheme]:
    return {k: moment_scheme(terms, table.scale) for k, terms in table.entries.items()}


def _exact_orders(table: Table) -> list[int]:
    """Return the orders without negative coefficients, up to the first that has one."""
    orders = list[int]()
    for k, scheme in _schemes(table).items():
        if not scheme.positive:
            break
        orders.append(k)
    return orders


def _function(signature: str, scheme: Scheme) -> str:
    lines = [f"    const double {name} = {_printed(expression)};" for name, expression in scheme.lines]
    return "\n".join([signature, "{", *lines, f"    return {_printed(scheme.value)};", "}", ""])


def _switch(signature: str, variable: str, cases: list[tuple[str, str]]) -> str:
    listed = [f"    case {case}: return {value};" for case, value in cases]
    return "\n".join(
        [signature, "{", f"    switch ({variable}) {{", *listed, "    default: return NAN;", "    }", "}", ""]
    )


def _series(table: Table) -> str:
    name = f"wishart_{table.name}"
    kernels = series_kernels(table)
    blocks: list[str] = []
    for k, kernel in kernels.items():
        lines, value = kernel_lines(kernel)
        code = [f"    const double {line} = {_printed(expression)};" for line, expression in lines]
        unused = [f"    (void){x};" for x in "sp" if f"{x} " not in "".join(code) + _printed(value) + " "]
        blocks.append(
            "\n".join(
                [
                    f"// q_{k}(m + n, m n) = E tr S^{k} / (m n)",
                    f"static double q_{k}(double s, double p)",
                    "{",
                    *unused,
                    *code,
                    f"    return {_printed(value)};",
                    "}",
                    "",
                ]
            )
        )
    listed = ", ".join(f"q_{k}" for k in kernels)
    blocks.append(f"static double (*const reduced[])(double, double) = {{\n    {listed},\n}};\n")
    blocks.append(_series_function(name, table.max_k, "", "gamma * gamma * n * t * value"))
    blocks.append(_series_function(f"{name}_derivative", table.max_k, "k * ", "gamma * gamma * n * value / alpha"))
    return "\n".join(blocks)


def _series_function(name: str, largest: int, weight: str, result: str) -> str:
    first = weight.replace("k", "order")
    return f"""double {name}({_SERIES_ARGUMENTS})
{{
    if (order < 1 || order > {largest}) {{
        return NAN;
    }}
    const double t = sigma2 / alpha;
    const double s = m + n;
    const double p = m * n;
    double value = {first}reduced[order - 1](s, p);
    for (int k = order - 1; k > 0; k--) {{
        value = {weight}reduced[k - 1](s, p) - t * value;
    }}
    return {result};
}}
"""


def _printed(expression: Expression) -> str:
    return infix(expression, lambda integer: f"{double_literal(integer)}.0")


def _comment(lines: list[str]) -> str:
    return "\n".join(f"// {line}".rstrip() for line in lines)
