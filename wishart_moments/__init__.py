"""Exact moments of Wishart matrices.

S = W W^† with W an m×n matrix of iid centred Gaussian entries of variance σ². The public functions:

- `trace_moment`: E tr S^k, a polynomial in m and n, or a number;
- `trace_product_moment`: E Π_i tr S^{λ_i}, for any scale matrix Σ;
- `zonal_polynomial`, `expected_zonal`: James' C_κ and E C_κ(S);
- `RibbonGraph`: the surface of a Wick contraction;
- `WishartSpectrum`: the eigenvalues of S at finite size; E tr f(S) for every f.

The moments are exact, and every route to them is a module of `wishart_moments.moments`. What follows for an LDLT
layer y = γ W (αI + WᵀW)^{-1/2} x, in `wishart_moments.variance`:

- `output_variance`, `backward_variance`, `variance_gradient`; `certified_variance`: every digit proved;
- `series_variance`, `optimal_order`, `moment_bounds`, `limit_variance`, `simulate_variance`: what the others are worth;
- `fluctuation`: the standard deviation from one draw of W to another;
- `solve_sigma`, `alpha_for`, `best_sigma`, `depth_profile`: choosing σ.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wishart_moments._version import __version__
from wishart_moments.errors import (
    DisagreementError,
    DomainError,
    ExistenceError,
    LimitError,
    MethodError,
    MissingExtraError,
    WishartError,
)

if TYPE_CHECKING:
    from wishart_moments.combinatorics.ribbon import RibbonGraph
    from wishart_moments.moments.expectation import trace_moment, trace_product_moment
    from wishart_moments.moments.zonal_polynomial import ZonalPolynomial, expected_zonal, zonal_polynomial
    from wishart_moments.spectrum.wishart_spectrum import WishartSpectrum
    from wishart_moments.variance.best_sigma import best_sigma
    from wishart_moments.variance.certified import Enclosure, certified_variance
    from wishart_moments.variance.choosing import alpha_for, solve_sigma
    from wishart_moments.variance.depth import depth_profile
    from wishart_moments.variance.fluctuation import fluctuation
    from wishart_moments.variance.limit import limit_variance
    from wishart_moments.variance.moment_bounds import moment_bounds
    from wishart_moments.variance.predictor import backward_variance, output_variance, variance_gradient
    from wishart_moments.variance.series import optimal_order, series_variance
    from wishart_moments.variance.simulate import simulate_variance

__all__ = [
    "DisagreementError",
    "DomainError",
    "Enclosure",
    "ExistenceError",
    "LimitError",
    "MethodError",
    "MissingExtraError",
    "RibbonGraph",
    "WishartError",
    "WishartSpectrum",
    "ZonalPolynomial",
    "__version__",
    "alpha_for",
    "backward_variance",
    "best_sigma",
    "certified_variance",
    "depth_profile",
    "expected_zonal",
    "fluctuation",
    "limit_variance",
    "moment_bounds",
    "optimal_order",
    "output_variance",
    "series_variance",
    "simulate_variance",
    "solve_sigma",
    "trace_moment",
    "trace_product_moment",
    "variance_gradient",
    "zonal_polynomial",
]

# Loaded at first use: importing the package stays cheap.
_HOMES = {
    "Enclosure": "variance.certified",
    "RibbonGraph": "combinatorics.ribbon",
    "WishartSpectrum": "spectrum.wishart_spectrum",
    "ZonalPolynomial": "moments.zonal_polynomial",
    "alpha_for": "variance.choosing",
    "backward_variance": "variance.predictor",
    "best_sigma": "variance.best_sigma",
    "certified_variance": "variance.certified",
    "depth_profile": "variance.depth",
    "expected_zonal": "moments.zonal_polynomial",
    "fluctuation": "variance.fluctuation",
    "limit_variance": "variance.limit",
    "moment_bounds": "variance.moment_bounds",
    "optimal_order": "variance.series",
    "output_variance": "variance.predictor",
    "series_variance": "variance.series",
    "simulate_variance": "variance.simulate",
    "solve_sigma": "variance.choosing",
    "trace_moment": "moments.expectation",
    "trace_product_moment": "moments.expectation",
    "variance_gradient": "variance.predictor",
    "zonal_polynomial": "moments.zonal_polynomial",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
