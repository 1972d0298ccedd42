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

from wishart_moments.lazy import exports

if TYPE_CHECKING:
    from wishart_nn.relu.angles import angle as angle
    from wishart_nn.relu.cones import cone_function as cone_function
    from wishart_nn.relu.cones import cone_region as cone_region
    from wishart_nn.relu.critical import CriticalPoint as CriticalPoint
    from wishart_nn.relu.critical import find_critical_point as find_critical_point
    from wishart_nn.relu.critical import orbit_dimension as orbit_dimension
    from wishart_nn.relu.critical import population_hessian as population_hessian
    from wishart_nn.relu.critical import search_critical_points as search_critical_points
    from wishart_nn.relu.dynamics import Descent as Descent
    from wishart_nn.relu.dynamics import Flow as Flow
    from wishart_nn.relu.dynamics import Success as Success
    from wishart_nn.relu.dynamics import gradient_descent as gradient_descent
    from wishart_nn.relu.dynamics import gradient_flow as gradient_flow
    from wishart_nn.relu.dynamics import match_units as match_units
    from wishart_nn.relu.dynamics import measure_success as measure_success
    from wishart_nn.relu.experiments import Convergence as Convergence
    from wishart_nn.relu.experiments import GatingErrors as GatingErrors
    from wishart_nn.relu.experiments import measure_convergence as measure_convergence
    from wishart_nn.relu.experiments import measure_gating_errors as measure_gating_errors
    from wishart_nn.relu.initialisation import ball_uniform_ as ball_uniform_
    from wishart_nn.relu.initialisation import nearer_probability as nearer_probability
    from wishart_nn.relu.initialisation import relu_init_radius as relu_init_radius
    from wishart_nn.relu.initialisation import relu_init_std as relu_init_std
    from wishart_nn.relu.initialisation import success_bound as success_bound
    from wishart_nn.relu.initialisation import wilson_interval as wilson_interval
    from wishart_nn.relu.plane import basin_map as basin_map
    from wishart_nn.relu.plane import mirror as mirror
    from wishart_nn.relu.plane import negative_saddle as negative_saddle
    from wishart_nn.relu.plane import plane_field as plane_field
    from wishart_nn.relu.plane import plane_flow as plane_flow
    from wishart_nn.relu.plane import plane_weights as plane_weights
    from wishart_nn.relu.plane import saddle as saddle
    from wishart_nn.relu.plane import saddle_rates as saddle_rates
    from wishart_nn.relu.population import arc_cosine_kernel as arc_cosine_kernel
    from wishart_nn.relu.population import population_gating as population_gating
    from wishart_nn.relu.population import population_gradient as population_gradient
    from wishart_nn.relu.population import population_loss as population_loss
    from wishart_nn.relu.sampling import SampledGradient as SampledGradient
    from wishart_nn.relu.sampling import gating_relative_error as gating_relative_error
    from wishart_nn.relu.sampling import measure_gating_error as measure_gating_error
    from wishart_nn.relu.sampling import sample_gradient as sample_gradient

# Loaded at first use: what needs no torch is there without it.
__getattr__ = exports(__name__)
