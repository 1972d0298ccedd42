"""Exact moments of Wishart matrices.

S = Σ^{1/2} W W^† Σ^{1/2} with W an m×n matrix of iid centred Gaussian entries of variance σ²; Σ = I unless it is given.
The public functions:

- `Wishart`: the law of S, its arguments validated: m dimensions, n degrees of freedom, σ, β, Σ;
- `trace_moment`, `trace_product_moment`: E tr S^k and E Π_i tr S^{λ_i}, powers of either sign, as polynomials, rational
  functions or numbers; `existence_condition`: when they are finite;
- `matrix_moment`: the matrix E[Π_i tr S^{λ_i} S^r]; `entry_moment`, `kronecker_moment`: E[S_ij S_kl …], E[S ⊗ S];
- `TransitionTable`, `InverseTable`: E p_λ(S), E p_λ(S^{-1}) for all λ of a degree, in the p_μ of the scale;
- `expected_word`: E[S A S B], E[Xᵀ A X B Xᵀ C X], E tr(S₁ S₂ S₁ S₂), also not central;
- `trace_cumulant`, `trace_covariance`: joint cumulants of traces;
- `zonal_polynomial`, `zonal_expansion`, `zonal_values`: James' C_κ; `expected_zonal`, `expected_inverse_zonal`: their
  means; `hypergeometric`, `hypergeometric_partial_sum`: functions of matrix argument, with a proved error bound;
- `largest_eigenvalue_cdf`, `smallest_eigenvalue_cdf`, their quantiles, `condition_number_cdf`: at finite size, with a
  proved error; `determinant_moment`: E |S|^h;
- `manova_trace_moment`, `f_trace_moment`, `manova_largest_root_cdf`, `roy_test`, `JacobiSpectrum`: B = S₁(S₁ + S₂)^{-1}
  and F = S₁S₂^{-1} of two Wishart matrices; `gaussian_trace_moment`: GOE, GUE, GSE;
- `fractional_moment`, `half_integer_moments`: E tr S^s for real s, with a proved error, and exactly at half-integers;
- `RibbonGraph`: the surface of a Wick contraction;
- `WishartSpectrum`: the eigenvalues of S at finite size; E tr f(S) for every f;
- `moment_certificate`, `existence_certificate`: claims that `proofs/check.py`, which imports none of this, checks;
- `log_determinant_mean`, `log_determinant_variance`, `wishart_entropy`, `wishart_divergence`: log|S| and its law;
- `expected_resolvent`, `ridge_degrees_of_freedom`, `expected_log_determinant`: E(αI + S)^{-1} and more, every Σ;
- `expected_projection`, `expected_pseudoinverse`, `pseudoinverse_trace_moment`: n < m;
- `ridge_bounds`: proved ends of the same from exact moments.

The moments are exact, and every route to them is a module of `wishart_moments.moments`. What follows for an LDLT
layer y = γ W (αI + WᵀW)^{-1/2} x, in `wishart_moments.variance`:

- `output_variance`, `backward_variance`, `variance_gradient`; `certified_variance`, `certified_resolvent`: every digit
  proved, and with `certificate()` for anyone to check;
- `series_variance`, `optimal_order`, `moment_bounds`, `limit_variance`, `simulate_variance`: what the others are worth;
- `fluctuation`: the standard deviation from one draw of W to another;
- `solve_sigma`, `alpha_for`, `best_sigma`, `depth_profile`: choosing σ.
"""

from typing import TYPE_CHECKING

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
from wishart_moments.lazy import loader

if TYPE_CHECKING:
    from wishart_moments.combinatorics.ribbon import RibbonGraph
    from wishart_moments.moments.cumulants import trace_covariance, trace_cumulant
    from wishart_moments.moments.entries import entry_moment, kronecker_moment
    from wishart_moments.moments.expectation import trace_moment, trace_product_moment
    from wishart_moments.moments.extremes.condition_number import condition_number_cdf
    from wishart_moments.moments.extremes.largest_root import manova_largest_root_cdf, roy_test
    from wishart_moments.moments.extremes.proved_value import ProvedValue
    from wishart_moments.moments.extremes.quantiles import (
        largest_eigenvalue_quantile,
        manova_largest_root_quantile,
        smallest_eigenvalue_quantile,
    )
    from wishart_moments.moments.extremes.smallest_eigenvalue import smallest_eigenvalue_cdf
    from wishart_moments.moments.gaussian_ensemble import gaussian_trace_moment
    from wishart_moments.moments.general_scale.matrix_moment import MatrixMoment
    from wishart_moments.moments.general_scale.transition import TransitionTable
    from wishart_moments.moments.inverse.existence import existence_condition
    from wishart_moments.moments.inverse.inverse_table import InverseTable
    from wishart_moments.moments.inverse.pseudoinverse import expected_pseudoinverse, pseudoinverse_trace_moment
    from wishart_moments.moments.jack.determinant import determinant_moment
    from wishart_moments.moments.jack.hypergeometric import hypergeometric
    from wishart_moments.moments.jack.hypergeometric_exact import hypergeometric_partial_sum
    from wishart_moments.moments.jack.hypergeometric_value import HypergeometricValue
    from wishart_moments.moments.jack.jack_evaluation import zonal_values
    from wishart_moments.moments.jack.largest_eigenvalue import largest_eigenvalue_cdf
    from wishart_moments.moments.jack.log_determinant import (
        log_determinant_mean,
        log_determinant_variance,
        wishart_divergence,
        wishart_entropy,
    )
    from wishart_moments.moments.jack.zonal_inverse import expected_inverse_zonal
    from wishart_moments.moments.jack.zonal_mean import expected_zonal
    from wishart_moments.moments.jack.zonal_polynomial import (
        ZonalPolynomial,
        zonal_expansion,
        zonal_polynomial,
    )
    from wishart_moments.moments.manova.traces import (
        f_trace_moment,
        f_trace_product_moment,
        manova_trace_moment,
        manova_trace_product_moment,
    )
    from wishart_moments.moments.matrix_expectation import matrix_moment
    from wishart_moments.moments.wishart import Wishart
    from wishart_moments.moments.words.word_moment import WordMoment, expected_word
    from wishart_moments.proofs.certificates import Certificate, existence_certificate, moment_certificate
    from wishart_moments.proofs.enclosure import Enclosure
    from wishart_moments.proofs.fractional import fractional_moment, half_integer_moments
    from wishart_moments.spectrum.jacobi_spectrum import JacobiSpectrum
    from wishart_moments.spectrum.ridge import (
        expected_log_determinant,
        expected_projection,
        expected_resolvent,
        ridge_degrees_of_freedom,
    )
    from wishart_moments.spectrum.ridge_bounds import ridge_bounds
    from wishart_moments.spectrum.wishart_spectrum import WishartSpectrum
    from wishart_moments.variance.best_sigma import best_sigma
    from wishart_moments.variance.certified import certified_resolvent, certified_variance
    from wishart_moments.variance.choosing import alpha_for, solve_sigma
    from wishart_moments.variance.depth import depth_profile
    from wishart_moments.variance.fluctuation import fluctuation
    from wishart_moments.variance.limit import limit_variance
    from wishart_moments.variance.moment_bounds import moment_bounds
    from wishart_moments.variance.predictor import backward_variance, output_variance, variance_gradient
    from wishart_moments.variance.series import optimal_order, series_variance
    from wishart_moments.variance.simulate import simulate_variance

__all__ = [
    "Certificate",
    "DisagreementError",
    "DomainError",
    "Enclosure",
    "ExistenceError",
    "HypergeometricValue",
    "InverseTable",
    "JacobiSpectrum",
    "LimitError",
    "MatrixMoment",
    "MethodError",
    "MissingExtraError",
    "ProvedValue",
    "RibbonGraph",
    "TransitionTable",
    "Wishart",
    "WishartError",
    "WishartSpectrum",
    "WordMoment",
    "ZonalPolynomial",
    "__version__",
    "alpha_for",
    "backward_variance",
    "best_sigma",
    "certified_resolvent",
    "certified_variance",
    "condition_number_cdf",
    "depth_profile",
    "determinant_moment",
    "entry_moment",
    "existence_certificate",
    "existence_condition",
    "expected_inverse_zonal",
    "expected_log_determinant",
    "expected_projection",
    "expected_pseudoinverse",
    "expected_resolvent",
    "expected_word",
    "expected_zonal",
    "f_trace_moment",
    "f_trace_product_moment",
    "fluctuation",
    "fractional_moment",
    "gaussian_trace_moment",
    "half_integer_moments",
    "hypergeometric",
    "hypergeometric_partial_sum",
    "kronecker_moment",
    "largest_eigenvalue_cdf",
    "largest_eigenvalue_quantile",
    "limit_variance",
    "log_determinant_mean",
    "log_determinant_variance",
    "manova_largest_root_cdf",
    "manova_largest_root_quantile",
    "manova_trace_moment",
    "manova_trace_product_moment",
    "matrix_moment",
    "moment_bounds",
    "moment_certificate",
    "optimal_order",
    "output_variance",
    "pseudoinverse_trace_moment",
    "ridge_bounds",
    "ridge_degrees_of_freedom",
    "roy_test",
    "series_variance",
    "simulate_variance",
    "smallest_eigenvalue_cdf",
    "smallest_eigenvalue_quantile",
    "solve_sigma",
    "trace_covariance",
    "trace_cumulant",
    "trace_moment",
    "trace_product_moment",
    "variance_gradient",
    "wishart_divergence",
    "wishart_entropy",
    "zonal_expansion",
    "zonal_polynomial",
    "zonal_values",
]

# Loaded at first use: importing the package stays cheap.
_HOMES = {
    "Certificate": "proofs.certificates",
    "Enclosure": "proofs.enclosure",
    "HypergeometricValue": "moments.jack.hypergeometric_value",
    "InverseTable": "moments.inverse.inverse_table",
    "JacobiSpectrum": "spectrum.jacobi_spectrum",
    "MatrixMoment": "moments.general_scale.matrix_moment",
    "ProvedValue": "moments.extremes.proved_value",
    "RibbonGraph": "combinatorics.ribbon",
    "TransitionTable": "moments.general_scale.transition",
    "Wishart": "moments.wishart",
    "WishartSpectrum": "spectrum.wishart_spectrum",
    "WordMoment": "moments.words.word_moment",
    "ZonalPolynomial": "moments.jack.zonal_polynomial",
    "alpha_for": "variance.choosing",
    "backward_variance": "variance.predictor",
    "best_sigma": "variance.best_sigma",
    "certified_resolvent": "variance.certified",
    "certified_variance": "variance.certified",
    "depth_profile": "variance.depth",
    "determinant_moment": "moments.jack.determinant",
    "entry_moment": "moments.entries",
    "existence_certificate": "proofs.certificates",
    "existence_condition": "moments.inverse.existence",
    "expected_inverse_zonal": "moments.jack.zonal_inverse",
    "expected_log_determinant": "spectrum.ridge",
    "expected_projection": "spectrum.ridge",
    "expected_pseudoinverse": "moments.inverse.pseudoinverse",
    "expected_resolvent": "spectrum.ridge",
    "expected_word": "moments.words.word_moment",
    "expected_zonal": "moments.jack.zonal_mean",
    "f_trace_moment": "moments.manova.traces",
    "f_trace_product_moment": "moments.manova.traces",
    "fluctuation": "variance.fluctuation",
    "fractional_moment": "proofs.fractional",
    "half_integer_moments": "proofs.fractional",
    "gaussian_trace_moment": "moments.gaussian_ensemble",
    "hypergeometric": "moments.jack.hypergeometric",
    "hypergeometric_partial_sum": "moments.jack.hypergeometric_exact",
    "kronecker_moment": "moments.entries",
    "largest_eigenvalue_cdf": "moments.jack.largest_eigenvalue",
    "largest_eigenvalue_quantile": "moments.extremes.quantiles",
    "limit_variance": "variance.limit",
    "manova_largest_root_cdf": "moments.extremes.largest_root",
    "manova_largest_root_quantile": "moments.extremes.quantiles",
    "manova_trace_moment": "moments.manova.traces",
    "manova_trace_product_moment": "moments.manova.traces",
    "log_determinant_mean": "moments.jack.log_determinant",
    "log_determinant_variance": "moments.jack.log_determinant",
    "matrix_moment": "moments.matrix_expectation",
    "moment_bounds": "variance.moment_bounds",
    "moment_certificate": "proofs.certificates",
    "optimal_order": "variance.series",
    "output_variance": "variance.predictor",
    "roy_test": "moments.extremes.largest_root",
    "pseudoinverse_trace_moment": "moments.inverse.pseudoinverse",
    "ridge_bounds": "spectrum.ridge_bounds",
    "ridge_degrees_of_freedom": "spectrum.ridge",
    "series_variance": "variance.series",
    "simulate_variance": "variance.simulate",
    "condition_number_cdf": "moments.extremes.condition_number",
    "smallest_eigenvalue_cdf": "moments.extremes.smallest_eigenvalue",
    "smallest_eigenvalue_quantile": "moments.extremes.quantiles",
    "solve_sigma": "variance.choosing",
    "trace_covariance": "moments.cumulants",
    "trace_cumulant": "moments.cumulants",
    "trace_moment": "moments.expectation",
    "trace_product_moment": "moments.expectation",
    "variance_gradient": "variance.predictor",
    "wishart_divergence": "moments.jack.log_determinant",
    "wishart_entropy": "moments.jack.log_determinant",
    "zonal_expansion": "moments.jack.zonal_polynomial",
    "zonal_polynomial": "moments.jack.zonal_polynomial",
    "zonal_values": "moments.jack.jack_evaluation",
}


__getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
