"""The output variance of a layer whose weights have correlated rows: W = Σ^{1/2} G, exactly, for every Σ."""

from typing import Any

import numpy as np

from wishart_moments import domain
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.spectrum.ridge import ridge_degrees_of_freedom
from wishart_moments.variance.arguments import Layer


def structured_trace(shape: Layer, scale: Any, method: str) -> Any:
    """Return E tr S(rI + S)^{-1}, S = Σ^{1/2} G Gᵀ Σ^{1/2}, in the shape of the layers' r = α/σ².

    Raises:
        DomainError: unless Σ is m×m and positive semidefinite.
        MethodError: for a method other than "exact".
    """
    if method != "exact":
        raise MethodError(f"a scale needs method 'exact', got {method!r}")
    if not hasattr(scale, "__len__") and not getattr(scale, "shape", ()):
        raise DomainError(f"need a matrix as scale, such as [[2, 1], [1, 2]], got {domain.shown(scale)}")
    rows = len(scale) if hasattr(scale, "__len__") else scale.shape[0]
    if rows is not None and rows != shape.m:
        raise DomainError(f"need a scale of m = {shape.m} rows, got {domain.shown(rows)}")
    return np.array(
        [
            ridge_degrees_of_freedom(r, shape.n, scale).first if np.isfinite(r) else 0.0
            for r in shape.ratio.ravel().tolist()
        ]
    ).reshape(shape.ratio.shape)
