"""The output variance of large layers: Marchenko–Pastur with the corrections of the first two orders in 1/N."""

from typing import Any

import numpy as np

from wishart_moments import domain
from wishart_moments.errors import LimitError
from wishart_moments.spectrum.marchenko_pastur import large_size_terms
from wishart_moments.variance.arguments import layer, unwrapped

MAX_ORDER = 2


def limit_variance(m: Any, n: Any, sigma: Any, *, alpha: Any = 1.0, gamma: Any = 1.0, order: Any = 2) -> Any:
    """(γ²/m) (T_0 + T_1 + T_2): the output variance of a layer, expanded in the inverse of its size.

    For a square layer order 0 is γ² (1 − α (√(1 + 4t/α) − 1)/(2t)), t = nσ². The sum is kept within
    [0, γ² n/(α/σ² + max(m, n))], where the variance lies by Jensen's inequality.

    Args:
        m, n: the number of outputs and of inputs, integers from 1 to 1e100.
        sigma: the standard deviation of the entries of W, >= 0.
        alpha, gamma: the regularisation and the gain, > 0; they broadcast against sigma.
        order: 0, 1 or 2, the number of corrections.

    Returns:
        A float, or an array of the broadcast shape. At fixed m/n and nσ²/α the error of order 0, 1, 2 falls like
        1/N, 1/N², 1/N³. Measured, at α = γ = 1:

            m × n         nσ²    order 0   order 1   order 2
            10 × 10       1      7e-3      -6e-4     4e-5
            1000 × 1000   1      8e-5      -6e-8     5e-11
            64 × 128      1      8e-4      -5e-6     3e-8
            64 × 128      100    3e-4      3e-6      6e-9
            10 × 10       100    2e-2      -6e-3     3e-3
            1000 × 1000   100    2e-4      -9e-7     6e-9
            10 × 10       10^4   4e-3      -2e-2     1e-2
            1000 × 1000   10^6   2e-4      -6e-5     3e-5
            1000 × 1000   10^8   5e-5      -2e-4     2e-4

        The corrections fail at the hard edge, m = n (or nearly) with α/σ² of order 1/n or less: the smallest eigenvalue
        is of that size, and the expansion does not resolve it. There order 2 is cut off by Jensen's bound, and order 0
        has the smallest error of the three.

    Raises:
        DomainError: for arguments outside these domains.
        LimitError: for order > 2 or m, n > 1e100.

    References:
        Marchenko, Pastur, Mat. Sb. 72 (1967) 507; arXiv 2601.08253 (the limit for square layers).

    Example:
        >>> [round(limit_variance(10, 12, 12**-0.5, order=order), 6) for order in (0, 1, 2)]  # exact: 0.393363
        [0.4, 0.392899, 0.393392]
    """
    shape = layer(m, n, sigma, alpha, gamma, max_size=None)
    last = domain.order(order, "order")
    if last > MAX_ORDER:
        raise LimitError(f"need order <= {MAX_ORDER} for the limit, got {last}; method 'exact' has every order")
    ratio = shape.ratio
    # float() of a size beyond 1e308 would overflow: the terms come first, and refuse it.
    total = large_size_terms(ratio, shape.m, shape.n).up_to(last)
    most = float(shape.n) / (ratio + float(max(shape.m, shape.n)))
    with np.errstate(over="ignore", under="ignore"):
        value = shape.gamma * (shape.gamma * np.clip(total / float(shape.m), 0.0, most))
    return unwrapped(value)
