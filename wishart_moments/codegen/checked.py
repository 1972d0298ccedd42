"""C's exact half: every sum and product of uint64_t is checked, one operation a statement.

No coefficient is negative, so that for m, n >= 1 the intermediate values do not exceed the result: overflow
is reported exactly when the result itself does not fit.
"""

from collections.abc import Iterable
from itertools import takewhile

from wishart_moments.codegen.expressions import Expression, Operation
from wishart_moments.codegen.programs import Function
from wishart_moments.codegen.schemes import Scheme

_LIMIT = 2**64


def exact_ones(functions: Iterable[Function]) -> list[Function]:
    """Return the functions without negative coefficients, up to the first that has one."""
    return list(takewhile(lambda each: each.scheme.positive, functions))


def checked(scheme: Scheme) -> list[str]:
    """Return the statements of a function of uint64_t for the numerator; none where a coefficient does not fit."""
    steps = [*scheme.lines, ("result", scheme.result)]
    if max((c for _, each in steps for c in _integers(each)), default=0) >= _LIMIT or scheme.denominator >= _LIMIT:
        return []
    code = list[str]()
    for line, expression in steps:
        first, *others = _statements(line, expression)
        code += [f"uint64_t {first}", *others]
    return [*code, "return result;"]


def _statements(name: str, expression: Expression) -> list[str]:
    """Return the statements that leave an expression in `name`."""
    if not isinstance(expression, Operation):
        return [f"{name} = {_atom(expression)};"]
    left, right = expression.left, expression.right
    if isinstance(right, Operation):
        if isinstance(left, Operation):
            if expression.sign == left.sign == "*":
                return _statements(name, Operation("*", left.left, Operation("*", left.right, right)))
            raise ValueError("an operation on two operations has no straight line here")
        left, right = right, left  # sums and products commute; no difference has an operation on its right
    last = [_atom(right)]
    function = {"+": "add", "*": "mul", "-": ""}[expression.sign]
    if function == "add" and isinstance(left, Operation) and left.sign == "*" and not isinstance(left.right, Operation):
        function, left, last = "step", left.left, [_atom(left.right), *last]
    first = _statements(name, left) if isinstance(left, Operation) else []
    start = name if first else _atom(left)
    value = f"{function}({', '.join([start, *last])}, overflow)" if function else f"{start} - {last[0]}"
    return [*first, f"{name} = {value};"]


def _atom(expression: Expression) -> str:
    return f"UINT64_C({expression})" if isinstance(expression, int) else str(expression)


def _integers(expression: Expression) -> list[int]:
    if isinstance(expression, Operation):
        return _integers(expression.left) + _integers(expression.right)
    return [abs(expression)] if isinstance(expression, int) else []
