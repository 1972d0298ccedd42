"""The languages, each a `Target`: a new one is an entry here and a template."""

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from textwrap import wrap

from wishart_moments.codegen import expressions
from wishart_moments.codegen.checked import checked, exact_ones
from wishart_moments.codegen.expressions import Expression, double_literal
from wishart_moments.codegen.family_schemes import RowScheme
from wishart_moments.codegen.programs import AT, Function
from wishart_moments.codegen.tables import AnyTable
from wishart_moments.codegen.target import TEMPLATES, Target
from wishart_moments.codegen.word_schemes import WordScheme
from wishart_moments.templates import filled

PACKAGE = "wishart_generated"


def _c_double(integer: int) -> str:
    return f"{double_literal(integer)}.0"


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _pascal(name: str) -> str:
    return "Wishart" + "".join(part.capitalize() for part in name.split("_"))


def _r_integer(integer: int, like: str) -> str:
    # Doubles hold 53 bits; `like` tells doubles from exact numbers.
    return str(integer) if abs(integer) < 2**53 else f'constant("{integer}", {like})'


def _docstring(lines: Sequence[str]) -> str:
    return '"""' + "\n".join(lines) + ('"""' if len(lines) == 1 else '\n"""')


def _contract(name: str, function: Function) -> list[str]:
    """Return what the docstring of a function of m and n says of its arguments and its value."""
    return [
        "",
        "Args:",
        "    m, n: int or Fraction, float, arrays or tensors, which broadcast.",
        "",
        "Returns:",
        "    Exact on int and Fraction, else in floating point, as accurate as said above.",
        "",
        "Raises:",
        "    ValueError: if m or n is no number.",
        "",
        "Example:",
        f"    >>> {name}({', '.join(map(str, AT))})",
        f"    {function.example}",
    ]


def _python_integer(integer: int, like: str = "s") -> str:
    # A tensor cannot meet an integer of 64 bits; `like` names the value that a constant is added to or multiplied
    # with, and that tells floats from exact numbers.
    return str(integer) if abs(integer) < 2**63 else f"constant({integer}, {like})"


def _python_row(row: RowScheme, x: str, divisor: Expression) -> str:
    """Return a row of a degree as the value of a dictionary, a long sum with one term a line."""

    def printed(expression: Expression) -> str:
        return expressions.infix(expression, lambda c: _python_integer(c, x))

    below = " * ".join([str(row.denominator)] * (row.denominator != 1) + ["d"] * (divisor != 1))
    value, end = printed(row.parts[0]), ""
    if len(row.parts) > 1:
        lines = ("\n            " + "\n            + ".join(map(printed, row.parts))).replace("+ -", "- ")
        bare = row.factor == 1 and divisor != 1
        value, end = (lines, "\n        ") if bare else (f"({lines}\n        )", "")
    value = value if row.factor == 1 else f"{printed(row.factor)} * {value}"
    if end:
        return f"quotient({value},\n            {below},{end})"
    return f"quotient({value}, {below})" if below else value


def _door() -> str:
    return files("wishart_moments.codegen").joinpath("arguments.py").read_text("utf-8")


def _door_alone() -> str:
    imports, _, functions = _door().partition("\n\n\n")
    imports = imports.rpartition('"""\n\n')[2].replace("import Any", "import Any, overload")
    return f"{imports}\n\n\n{functions}"


def _weighted(scheme: WordScheme) -> str:
    """Return the sum of a word's matrices with their scalars; exact quotients are fractions."""

    def scalar(expression: Expression) -> str:
        written = expressions.infix(expression, str)
        bare = isinstance(expression, str) or (isinstance(expression, expressions.Operation) and expression.sign == "*")
        return f"quotient({written}, d)" if scheme.inverse else written if bare else f"({written})"

    return " + ".join(f"{scalar(each)} * {matrix}" for each, matrix in scheme.terms)


def _matrix_door() -> str:
    return files("wishart_moments.codegen").joinpath("matrices.py").read_text("utf-8")


def _matrix_door_alone() -> str:
    imports, _, functions = _door_alone().replace("Any, overload", "Any").partition("\n\n\n")
    _, _, matrices = _matrix_door().partition("import is_exact, numbers, quotient\n\n")
    imports = imports.replace("from math", "from importlib import import_module\nfrom math")
    return f"{imports}\n\n{matrices}\n\n{functions}"


def _used_in(body: str) -> list[str]:
    """Return the public functions of the door that a module calls."""
    return [name for name in sorted(re.findall(r"(?m)^def ([a-z]\w*)", _door())) if f"{name}(" in body]


C = Target(
    "c",
    _c_double,
    {"c/wishart_{}.h": "header", "c/wishart_{}.c": "source"},
    words={"checked": checked, "exact_ones": exact_ones},
)
JAVASCRIPT = Target(
    "javascript",
    double_literal,
    {"javascript/{}.mjs": "alone"},
    whole="{}n".format,
    words={"camel": _camel},
)
PYTHON = Target(
    "python",
    _python_integer,
    {f"{PACKAGE}/{{}}.py": "module"},
    words={
        "docstring": _docstring,
        "contract": _contract,
        "row": _python_row,
        "used_in": _used_in,
        "door": _door_alone,
        "weighted": _weighted,
        "matrix_door": _matrix_door_alone,
    },
)

R = Target("r", _r_integer, {"r/wishart_{}.R": "alone"})
OCTAVE = Target("octave", double_literal, {"octave/wishart_{}.m": "alone"}, spelling={" * ": " .* ", " / ": " ./ "})
WOLFRAM = Target("wolfram", str, {"wolfram/{}.wl": "alone"}, spelling={"_": "$"}, words={"pascal": _pascal})

TARGETS = {each.name: each for each in (PYTHON, C, JAVASCRIPT, R, OCTAVE, WOLFRAM)}


def python_package(tables: Mapping[str, AnyTable]) -> dict[str, str]:
    """Return what the modules of the generated package share."""
    listed = {name: wrap(f"- `{name}`: {tables[name].quantity}", 96, subsequent_indent="  ") for name in sorted(tables)}
    init = filled(TEMPLATES / "package.jinja", listed=listed)
    matrices = _matrix_door().replace("wishart_moments.codegen.arguments", f"{PACKAGE}.arguments")
    shared = {"__init__.py": init, "arguments.py": _door(), "matrices.py": matrices, "py.typed": ""}
    return {f"{PACKAGE}/{name}": text for name, text in shared.items()}
