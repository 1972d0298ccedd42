"""LDLT layers for torch: γ-Lipschitz by construction, initialised by the exact predictor of `wishart_moments`.

- `ldlt_weight`, `ldlt_linear`: W ↦ γ W (αI + WᵀW)^{-1/2}, up to a rotation, and the layer, with their own backward;
- `LDLTLinear`, `parametrizations.ldlt`: in place of `torch.nn.Linear`, and for layers that exist;
- `LDLTNetwork`, `LDLTChain`: independent layers, and the LDLᵀ chain that is Lipschitz as a whole;
- `ldlt_normal_`: initialisation with the σ that the predictor chooses;
- `predicted_profile`, `measure_profile`, `profile_figure`: what is to be expected at each layer, and what happens;
- `lipschitz_bound`, `lipschitz_lower_bound`: a certificate, and what an attack reaches.
"""

from importlib.util import find_spec

from wishart_moments import __version__

if find_spec("torch") is None:
    raise ImportError("wishart_nn needs torch: pip install 'wishart-trace-moments[nn]'")

from wishart_nn import parametrizations
from wishart_nn.activations import Abs, GroupSort, Householder, activation_module
from wishart_nn.certificate import LipschitzBound, lipschitz_bound, lipschitz_lower_bound
from wishart_nn.chain import LDLTChain
from wishart_nn.figures import profile_figure
from wishart_nn.initialisation import ldlt_normal_
from wishart_nn.linear import LDLTLinear
from wishart_nn.network import LDLTNetwork
from wishart_nn.profiles import measure_profile, predicted_profile
from wishart_nn.weight import ldlt_linear, ldlt_weight

__all__ = [
    "Abs",
    "GroupSort",
    "Householder",
    "LDLTChain",
    "LDLTLinear",
    "LDLTNetwork",
    "LipschitzBound",
    "__version__",
    "activation_module",
    "ldlt_linear",
    "ldlt_normal_",
    "ldlt_weight",
    "lipschitz_bound",
    "lipschitz_lower_bound",
    "measure_profile",
    "parametrizations",
    "predicted_profile",
    "profile_figure",
]
