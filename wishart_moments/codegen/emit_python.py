"""A table as Python: exact on integers and fractions, elementwise on arrays and tensors."""

from collections.abc import Mapping
from importlib.resources import files
from textwrap import indent, wrap

from wishart_moments.codegen.described import moment_lines, series_lines, table_lines
from wishart_moments.codegen.emit_family_python import family_body
from wishart_moments.codegen.expressions import Operation
from wishart_moments.codegen.families import FamilyTable
from wishart_moments.codegen.python_source import assignments, docstring, indented, printed
from wishart_moments.codegen.schemes import kernel_lines, moment_scheme, series_kernels
from wishart_moments.codegen.tables import AnyTable, Table

PACKAGE = "wishart_generated"
_DOOR = (
    "checked_order",
    "checked_parts",
    "checked_power_sums",
    "constant",
    "need_finite",
    "need_sign",
    "numbers",
    "quotient",
    "sums_of_powers",
)


def python_files(table: AnyTable) -> dict[str, str]:
    """Return the module of a table in the generated package."""
    body = _body(table)
    door = ", ".join(name for name in _DOOR if f"{name}(" in body)
    if isinstance(table, FamilyTable):
        imports = "from typing import Any\n"
    else:
        imports = "from fractions import Fraction\nfrom typing import Any, overload\n"
    imports += f"\nfrom {PACKAGE}.arguments import {door}\n"
    return {f"{PACKAGE}/{table.name}.py": f"{docstring(table_lines(table))}\n\n{imports}\n{body}"}


def python_package(tables: Mapping[str, AnyTable]) -> dict[str, str]:
    """Return what the modules of the generated package share."""
    listed = [f"- `{name}`: {tables[name].quantity}" for name in sorted(tables)]
    lines = [
        "Exact moments of Wishart matrices as functions of m and n, written out by wishart_moments.codegen.",
        "",
    ]
    lines += [line for item in listed for line in wrap(item, 96, subsequent_indent="  ")]
    names = "".join(f"    {name},\n" for name in sorted(tables))
    quoted = "".join(f'    "{name}",\n' for name in sorted(tables))
    init = f'''{docstring(lines)}

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from {PACKAGE} import (
{indent(names, "    ")}    )

__all__ = [
{quoted}]


def __getattr__(name: str) -> Any:
    if name in __all__:  # a table is loaded when it is asked for
        return import_module(f"{PACKAGE}.{{name}}")
    raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")


def __dir__() -> list[str]:
    return __all__
'''
    return {f"{PACKAGE}/__init__.py": init, f"{PACKAGE}/arguments.py": _door(), f"{PACKAGE}/py.typed": ""}


def python(table: AnyTable) -> str:
    """Return a module that stands alone."""
    imports, _, functions = _door().partition("\n\n\n")
    imports = imports.rpartition('"""\n\n')[2].replace("import Any", "import Any, overload")
    return f"{docstring(table_lines(table))}\n\n{imports}\n\n\n{functions}\n{_body(table)}"


def _door() -> str:
    return files("wishart_moments.codegen").joinpath("arguments.py").read_text("utf-8")


def _body(table: AnyTable) -> str:
    if isinstance(table, FamilyTable):
        return family_body(table)
    return _moments(table) if table.kind == "moments" else _series(table)


def _moments(table: Table) -> str:
    functions = [_moment(table, k) for k in table.entries]
    names = "".join(f"    trace_moment_{k},\n" for k in table.entries)
    of_integers = "\n@overload\ndef trace_moment(k: int, m: int, n: int) -> int: ..." if table.scale == 1 else ""
    rational = "int | Fraction" if table.scale == 1 else "Fraction"
    zeroth = "m + 0 * n" if table.scale == 1 else "quotient(m + 0 * n, 1)"
    dispatcher = f'''

_MOMENTS = (
{names})

{of_integers}
@overload
def trace_moment(k: int, m: int | Fraction, n: int | Fraction) -> {rational}: ...
@overload
def trace_moment(k: int, m: float, n: float) -> float: ...
@overload
def trace_moment(k: int, m: Any, n: Any) -> Any: ...
def trace_moment(k: int, m: Any, n: Any) -> Any:
    """Return E tr S^k.

    Args:
        k: the order, an integer from 0 to {table.max_k}; E tr S^0 = m.
        m, n: int or Fraction for an exact {rational}, float, arrays or tensors.

    Raises:
        ValueError: if k is no such integer, or m or n no number.
    """
    k = checked_order("k", k, 0, {table.max_k})
    if k == 0:
        m, n = numbers(m=m, n=n)
        return {zeroth}
    return _MOMENTS[k - 1](m, n)
'''
    return "\n".join([*functions, dispatcher.removeprefix("\n")])


def _moment(table: Table, k: int) -> str:
    scheme = moment_scheme(table.entries[k], table.scale)
    lines = ["m, n = numbers(m=m, n=n)", *assignments(scheme.lines)]
    result = printed(scheme.result)
    lines.append(f"return {result}" if table.scale == 1 else f"return quotient({result}, {scheme.denominator})")
    documentation = docstring(moment_lines(f"Return E tr S^{k}", table.entries[k], table.scale))
    return f"\ndef trace_moment_{k}(m: Any, n: Any) -> Any:\n" + indented([documentation, *lines])


def _series(table: Table) -> str:
    kernels = series_kernels(table)
    functions = list[str]()
    for k, kernel in kernels.items():
        lines, value = kernel_lines(kernel)
        # A constant has to take the shape of its argument, or the series of order 1 would not broadcast over
        # m.
        result = printed(value) if isinstance(value, Operation | str) else "s**0" if value == 1 else f"{value} * s**0"
        code = [
            f'"""Return q_{k}(m + n, m n) = E tr S^{k} / (m n)."""',
            *assignments(lines),
            f"return {result}",
        ]
        functions.append(f"\ndef _q{k}(s: Any, p: Any) -> Any:\n" + indented(code))
    names = "".join(f"    _q{k},\n" for k in kernels)
    return "\n".join(
        [
            *functions,
            f"\n_REDUCED = (\n{names})\n",
            _series_function(
                table.name,
                "Return Var_K = gamma^2 n t (q_1 - t (q_2 - t (q_3 - ...))), t = sigma2 / alpha, K = order.",
                table.max_k,
                series_lines(kernels),
                "value = _REDUCED[last - 1](s, p)\n"
                "for reduced in reversed(_REDUCED[: last - 1]):\n"
                "    value = reduced(s, p) - t * value\n"
                "return gamma * gamma * n * t * value",
            ),
            _series_function(
                f"{table.name}_derivative",
                "Return d Var_K / d sigma2 = (gamma^2 n / alpha) (q_1 - t (2 q_2 - t (3 q_3 - ...))).",
                table.max_k,
                [],
                "value = last * _REDUCED[last - 1](s, p)\n"
                "for k in range(last - 1, 0, -1):\n"
                "    value = k * _REDUCED[k - 1](s, p) - t * value\n"
                "if last == 1:\n"
                "    value = value * t**0  # a constant in t: in the shape of t\n"
                "return quotient(gamma * gamma * n * value, alpha)",
            ),
        ]
    )


def _series_function(name: str, formula: str, largest: int, counts: list[str], code: str) -> str:
    def signature(kind: str, default: str) -> str:
        arguments = ", ".join(f"{argument}: {kind}" for argument in ("m", "n", "sigma2"))
        options = ", ".join(f"{argument}: {kind} = {default}" for argument in ("alpha", "gamma"))
        return f"def {name}(\n    order: int, {arguments}, {options}\n)"

    counted = "".join(f"\n        {line}" for line in counts)
    operations = f"\n\n    Operations in floating point:{counted}" if counts else ""
    return f'''
@overload
{signature("int | Fraction", "...")} -> Fraction: ...
@overload
{signature("float", "...")} -> float: ...
@overload
{signature("Any", "...")} -> Any: ...
{signature("Any", "1")} -> Any:
    """{formula}

    Args:
        order: the order of truncation, an integer from 1 to {largest}.
        m, n, sigma2, alpha, gamma: int or Fraction throughout for an exact Fraction, else floats, arrays or
            tensors, which broadcast.

    Raises:
        ValueError: if order is no such integer, an argument no number, or a scalar sigma2 < 0 or alpha <=
        0.{operations}
    """
    last = checked_order("order", order, 1, {largest})
    m, n, sigma2, alpha, gamma = numbers(m=m, n=n, sigma2=sigma2, alpha=alpha, gamma=gamma)
    need_sign(False, sigma2=sigma2)
    need_sign(True, alpha=alpha)
    t = quotient(sigma2, alpha)
    s = m + n
    p = m * n
{indent(code, "    ")}
'''
