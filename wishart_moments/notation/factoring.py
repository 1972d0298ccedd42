"""Rational functions of SymPy in irreducible factors, by FLINT: SymPy takes minutes where numbers are long."""

from typing import Any

from flint import fmpq, fmpq_mpoly_ctx


def factored(value: Any) -> Any:
    """Return an expression as sympy.factor does: a number times powers of polynomials that are irreducible over ℚ.

    What is no expression with symbols stays as it is; what is no rational function over ℚ is left to SymPy.

    Example:
        >>> from sympy.abc import m, n
        >>> factored((n**2 - m**2) / (3 * n - 3 * m) - m), factored(n / (2 * m + 2) - n / 2)
        (-(2*m - n)/3, -m*n/(2*(m + 1)))
        >>> factored(0.5 * n), factored(7)
        (0.5*n, 7)
    """
    if not getattr(value, "free_symbols", None):
        return value
    import sympy as untyped

    sympy: Any = untyped
    parts: Any = ()
    if value.is_commutative and value.is_rational_function():
        names = sympy.Poly(sympy.Add(*value.free_symbols)).gens
        parts, _ = sympy.parallel_poly_from_expr(sympy.fraction(sympy.together(value)), *names)
    if not parts or not all(part.domain.is_ZZ or part.domain.is_QQ for part in parts):
        return sympy.factor(value)
    ring = fmpq_mpoly_ctx.get([f"x{i}" for i, _ in enumerate(parts[0].gens)], "lex")
    above, below = (
        ring.from_dict({tuple(map(int, each)): fmpq(int(c.p), int(c.q)) for each, c in part.terms()}) for part in parts
    )
    common = above.gcd(below)
    number, powers = fmpq(1), list[Any]()
    for polynomial, sign in ((above / common, 1), (below / common, -1)):
        content, factors = polynomial.factor()
        number *= content**sign
        for factor, multiplicity in factors:
            terms = {tuple(map(int, each)): int(c) for each, c in factor.to_dict().items()}
            powers.append(sympy.Poly(terms, *parts[0].gens).as_expr() ** (sign * int(multiplicity)))
    coefficient, rest = sympy.Rational(int(number.p), int(number.q)), sympy.Mul(*powers)
    # A number is not multiplied into a single sum; a sign is.
    return sympy.Mul(coefficient, rest, evaluate=not rest.is_Add or abs(coefficient) == 1)
