"""Exact moments of Wishart matrices.

S = W W^† with W an m×n matrix of iid centred Gaussian entries of variance σ². The public functions:

- `trace_moment`: E tr S^k, a polynomial in m and n, or a number;
- `trace_product_moment`: E Π_i tr S^{λ_i}, for any scale matrix Σ;
- `zonal_polynomial`, `expected_zonal`: James' C_κ and E C_κ(S);
- `RibbonGraph`: the surface of a Wick contraction.

Every number is exact; every route to it is a module of `wishart_moments.moments`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wishart_moments._version import __version__
from wishart_moments.errors import (
    DisagreementError,
    DomainError,
    LimitError,
    MethodError,
    MissingExtraError,
    WishartError,
)

if TYPE_CHECKING:
    from wishart_moments.combinatorics.ribbon import RibbonGraph
    from wishart_moments.moments.expectation import trace_moment, trace_product_moment
    from wishart_moments.moments.zonal_polynomial import ZonalPolynomial, expected_zonal, zonal_polynomial

__all__ = [
    "DisagreementError",
    "DomainError",
    "LimitError",
    "MethodError",
    "MissingExtraError",
    "RibbonGraph",
    "WishartError",
    "ZonalPolynomial",
    "__version__",
    "expected_zonal",
    "trace_moment",
    "trace_product_moment",
    "zonal_polynomial",
]

# Loaded at first use: importing the package stays cheap.
_HOMES = {
    "RibbonGraph": "combinatorics.ribbon",
    "ZonalPolynomial": "moments.zonal_polynomial",
    "expected_zonal": "moments.zonal_polynomial",
    "trace_moment": "moments.expectation",
    "trace_product_moment": "moments.expectation",
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
