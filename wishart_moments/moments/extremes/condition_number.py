"""The law of the condition number of a 2×2 matrix S, in closed form."""

from typing import Any

from flint import arb, fmpq

from wishart_moments import domain
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.moments.extremes.proved_value import ProvedValue
from wishart_moments.moments.wishart import Wishart
from wishart_moments.precision import working_precision


def condition_number_cdf(t: Any, m: Any, n: Any, *, beta: Any = 1) -> ProvedValue:
    """Return P(λ_max/λ_min <= t) for S = WW^†, W of 2 rows, at Σ = cI: with a proved error.

    The density of the eigenvalues, ∝ (λ_1 λ_2)^{β(n−1)/2 − 1} |λ_1 − λ_2|^β e^{−β(λ_1+λ_2)/2}, makes
    v = 4λ_1λ_2/(λ_1 + λ_2)² independent of the trace, with the law Beta(β(n − 1)/2, (β + 1)/2), and v falls with the
    condition number t: v = 4t/(1 + t)². For β = 1 the probability is 1 − (2√t/(1 + t))^{n−1}.

    Args:
        t: a number >= 1.
        m: 2; no closed form is known to us beyond.
        n: the degrees of freedom, a number > 1.
        beta: any positive rational.

    Returns:
        The probability, a float, and a proved bound of its error, by ball arithmetic of 192 bits.

    Raises:
        DomainError: for n <= 1, where S is singular, and other arguments outside their domain.
        MethodError: for m > 2 and for symbols.

    References:
        Edelman, SIAM J. Matrix Anal. Appl. 9 (1988) 543.

    Example:
        >>> round(float(condition_number_cdf(4, 2, 3)), 12)  # 1 − 16/25
        0.36
    """
    if domain.size(m, "m") != 2:
        raise MethodError(f"need m = 2 for the law of the condition number, got {domain.shown(m)}")
    law = Wishart(2, n, beta=beta)
    if not law.numeric:
        raise MethodError("need numbers for n and beta")
    if not law.n > 1:
        raise DomainError(f"need n > 1, got {domain.shown(n)}: S is singular")
    ratio = domain.number(t, "t", ">= 1")
    if not 1 <= ratio < float("inf"):
        raise DomainError(f"need t >= 1 and finite, got {domain.shown(t)}")
    with working_precision(192):
        point, freedom, dyson = (_ball(each) for each in (ratio, law.n, law.beta))
        share = (point - 1) / (point + 1)
        found: Any = (share * share).beta_lower((dyson + 1) / 2, dyson * (freedom - 1) / 2, regularized=True)
        value = float(found.mid())
        return ProvedValue(value, float((found - arb(value)).abs_upper()) * (1 + 2**-50))


def _ball(number: Any) -> Any:
    return arb(fmpq(*number.as_integer_ratio()))
