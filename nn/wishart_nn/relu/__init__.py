"""Population gradients of two-layer ReLU networks: a second closed Gaussian expectation that chooses an initialisation.

- `population_gating`, `population_loss`, `population_gradient`, `arc_cosine_kernel`: closed forms, numpy and torch;
- `sample_gradient`, `gating_relative_error`: the same by samples, and how far those are off;
- `relu_init_radius`, `relu_init_std`, `ball_uniform_`, `nearer_probability`, `measure_success`: where to start;
- `gradient_flow`, `gradient_descent`, `match_units`: where it leads;
- `plane_field`, `saddle`, `basin_map`: K ReLUs with an orthonormal teacher, in two numbers;
- `cone_function`, `cone_region`, `find_critical_point`, `orbit_dimension`: where critical points are, and are not;
- `measure_convergence`, `measure_gating_errors`, `figures`: simulations like the paper's.

References: Tian, An analytical formula of population gradient for two-layered ReLU network and its applications in
convergence and critical point analysis, arXiv:1703.00560.
"""

from typing import TYPE_CHECKING

from wishart_moments.lazy import loader

if TYPE_CHECKING:
    from wishart_nn.relu.angles import angle
    from wishart_nn.relu.cones import cone_function, cone_region
    from wishart_nn.relu.critical import (
        CriticalPoint,
        find_critical_point,
        orbit_dimension,
        population_hessian,
        search_critical_points,
    )
    from wishart_nn.relu.dynamics import (
        Descent,
        Flow,
        Success,
        gradient_descent,
        gradient_flow,
        match_units,
        measure_success,
    )
    from wishart_nn.relu.experiments import Convergence, GatingErrors, measure_convergence, measure_gating_errors
    from wishart_nn.relu.initialisation import (
        ball_uniform_,
        nearer_probability,
        relu_init_radius,
        relu_init_std,
        success_bound,
        wilson_interval,
    )
    from wishart_nn.relu.plane import (
        basin_map,
        mirror,
        negative_saddle,
        plane_field,
        plane_flow,
        plane_weights,
        saddle,
        saddle_rates,
    )
    from wishart_nn.relu.population import arc_cosine_kernel, population_gating, population_gradient, population_loss
    from wishart_nn.relu.sampling import SampledGradient, gating_relative_error, measure_gating_error, sample_gradient

__all__ = [
    "Convergence",
    "CriticalPoint",
    "Descent",
    "Flow",
    "GatingErrors",
    "SampledGradient",
    "Success",
    "angle",
    "arc_cosine_kernel",
    "ball_uniform_",
    "basin_map",
    "cone_function",
    "cone_region",
    "find_critical_point",
    "gating_relative_error",
    "gradient_descent",
    "gradient_flow",
    "match_units",
    "measure_convergence",
    "measure_gating_error",
    "measure_gating_errors",
    "measure_success",
    "mirror",
    "nearer_probability",
    "negative_saddle",
    "orbit_dimension",
    "plane_field",
    "plane_flow",
    "plane_weights",
    "population_gating",
    "population_gradient",
    "population_hessian",
    "population_loss",
    "relu_init_radius",
    "relu_init_std",
    "saddle",
    "saddle_rates",
    "sample_gradient",
    "search_critical_points",
    "success_bound",
    "wilson_interval",
]

# Loaded at first use: what needs no torch is there without it.
_HOMES = {
    "angles": "angle",
    "cones": "cone_function cone_region",
    "critical": "CriticalPoint find_critical_point orbit_dimension population_hessian search_critical_points",
    "dynamics": "Descent Flow Success gradient_descent gradient_flow match_units measure_success",
    "experiments": "Convergence GatingErrors measure_convergence measure_gating_errors",
    "initialisation": "ball_uniform_ nearer_probability relu_init_radius relu_init_std success_bound wilson_interval",
    "plane": "basin_map mirror negative_saddle plane_field plane_flow plane_weights saddle saddle_rates",
    "population": "arc_cosine_kernel population_gating population_gradient population_loss",
    "sampling": "SampledGradient gating_relative_error measure_gating_error sample_gradient",
}

__getattr__ = loader(__name__, {name: home for home, names in _HOMES.items() for name in names.split()})


def __dir__() -> list[str]:
    return __all__
