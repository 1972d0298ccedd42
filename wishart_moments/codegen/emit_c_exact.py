"""The exact half of the C target: every sum and product of uint64_t is checked.

No coefficient is negative, so that for m, n >= 1 the intermediate values do not exceed the result: overflow
is reported exactly when the result itself does not fit.
"""

from wishart_moments.codegen.expressions import Expression, Operation
from wishart_moments.codegen.schemes import Scheme

_LIMIT = 2**64

ARITHMETIC = """// The flag stays set once a value has not fitted.
static inline uint64_t add(uint64_t a, uint64_t b, int *overflow)
{
    if (a > UINT64_MAX - b) {
        *overflow = 1;
    }
    return a + b;
}

static inline uint64_t mul(uint64_t a, uint64_t b, int *overflow)
{
    if (b != 0 && a > UINT64_MAX / b) {
        *overflow = 1;
    }
    return a * b;
}

static inline uint64_t step(uint64_t a, uint64_t x, uint64_t c, int *overflow)
{
    return add(mul(a, x, overflow), c, overflow);
}
"""

_NOTHING_FITS = """    // A coefficient does not fit, and so does no value.
    (void)m;
    (void)n;
    *overflow = 1;
    return 0;
}
"""

_DENOMINATOR = """    *denominator = 1;
    for (int i = 1; i < k && i < {last}; i++) {{
        *denominator *= {scale};
    }}
"""


def exact_function(name: str, scheme: Scheme) -> str:
    """Return the static function that evaluates the numerator of a scheme without negative coefficients."""
    signature = f"static uint64_t {name}(uint64_t m, uint64_t n, int *overflow)\n{{\n"
    constants = [c for _, expression in scheme.lines for c in _integers(expression)] + _integers(scheme.result)
    if max(constants, default=0) >= _LIMIT or scheme.denominator >= _LIMIT:
        return signature + _NOTHING_FITS
    code = list[str]()
    for line, expression in [*scheme.lines, ("result", scheme.result)]:
        statements = _statements(line, expression)
        code += [f"uint64_t {statements[0]}", *statements[1:]]
    return signature + "".join(f"    {line}\n" for line in [*code, "return result;"]) + "}\n"


def exact_dispatcher(name: str, orders: list[int], scale: int) -> tuple[str, str]:
    """Return the declaration, with its comment, and the definition of the exact function of k, m and n."""
    largest = orders[-1] if orders else 0
    outputs = "uint64_t *result" if scale == 1 else "uint64_t *numerator, uint64_t *denominator"
    value = outputs.removeprefix("uint64_t *").partition(",")[0]
    signature = f"int {name}_exact(int k, uint64_t m, uint64_t n, {outputs})"
    meaning = (
        "*result = E tr S^k" if scale == 1 else f"E tr S^k = *numerator / *denominator, not reduced: {scale}^(k-1)"
    )
    comment = (
        f"// {meaning}, exactly, for k = 0..{largest}.\n"
        f"// Returns 0; or 1 if it does not fit, 2 if k is out of range: then *{value} is 0.\n"
    )
    cases = "".join(f"    case {k}: value = exact_{k}(m, n, &overflow); break;\n" for k in orders)
    denominator = "" if scale == 1 else _DENOMINATOR.format(last=max(largest, 1), scale=scale)
    definition = f"""{signature}
{{
    int overflow = 0;
    uint64_t value = 0;
    *{value} = 0;
{denominator}    if (k < 0 || k > {largest}) {{
        return 2;
    }}
    if (k == 0) {{
        *{value} = m;
        return 0;
    }}
    if (m == 0 || n == 0) {{
        return 0;
    }}
    switch (k) {{
{cases}    default: return 2;
    }}
    if (overflow) {{
        return 1;
    }}
    *{value} = value;
    return 0;
}}
"""
    return f"{comment}{signature};\n", definition


def _statements(name: str, expression: Expression) -> list[str]:
    """Return the statements that leave an expression in `name`: one checked operation each."""
    if not isinstance(expression, Operation):
        return [f"{name} = {_atom(expression)};"]
    left, right = expression.left, expression.right
    if isinstance(right, Operation):
        if isinstance(left, Operation):
            if expression.sign == left.sign == "*":
                inner = Operation("*", left.left, Operation("*", left.right, right))
                return _statements(name, inner)
            raise ValueError("an operation on two operations has no straight line here")
        left, right = right, left  # sums and products commute; no difference has an operation on its right
    if (
        expression.sign == "+"
        and isinstance(left, Operation)
        and left.sign == "*"
        and not isinstance(left.right, Operation)
    ):
        first = _statements(name, left.left) if isinstance(left.left, Operation) else []
        start = name if first else _atom(left.left)
        return [*first, f"{name} = step({start}, {_atom(left.right)}, {_atom(right)}, overflow);"]
    first = _statements(name, left) if isinstance(left, Operation) else []
    start = name if first else _atom(left)
    if expression.sign == "-":
        return [*first, f"{name} = {start} - {_atom(right)};"]
    function = {"+": "add", "*": "mul"}[expression.sign]
    return [*first, f"{name} = {function}({start}, {_atom(right)}, overflow);"]


def _atom(expression: Expression) -> str:
    return f"UINT64_C({expression})" if isinstance(expression, int) else str(expression)


def _integers(expression: Expression) -> list[int]:
    if isinstance(expression, Operation):
        return _integers(expression.left) + _integers(expression.right)
    return [abs(expression)] if isinstance(expression, int) else []
