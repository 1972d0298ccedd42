"""LDLT layers for torch: γ-Lipschitz by construction, initialised by the exact predictor of `wishart_moments`.

- `ldlt_weight`, `ldlt_linear`: W ↦ γ W (αI + WᵀW)^{-1/2}, up to a rotation, and the layer, with their own backward;
- `LDLTLinear`, `parametrizations.ldlt`: in place of `torch.nn.Linear`, and for layers that exist;
- `LDLTConv2d`, `CircularConv2d`: in place of `torch.nn.Conv2d` on a grid, and what it folds to;
- `LDLTNetwork`, `LDLTChain`, `LDLTResidual`: independent layers, the LDLᵀ chain and the residual network, which are
  Lipschitz as a whole;
- `convert_`, `fold`: a network of your own made Lipschitz, and made plain again;
- `reference`: the definition of layer and chain in plain torch, to be read first;
- `ldlt_normal_`, `match_step_`: initialisation with the σ that the predictor chooses, and the learning rate's scale;
- `predicted_profile`, `measure_profile`, `profile_figure`: what is to be expected at each layer, and what happens;
- `lipschitz_bound`, `lipschitz_lower_bound`: a certificate, and what an attack reaches.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from wishart_moments import __version__
from wishart_moments.lazy import loader

if TYPE_CHECKING:
    from wishart_nn import parametrizations, reference
    from wishart_nn.activations import Abs, GroupSort, Householder, PiecewiseLinear, activation_module
    from wishart_nn.certificate import LipschitzBound, lipschitz_bound, lipschitz_lower_bound
    from wishart_nn.chain import LDLTChain
    from wishart_nn.conversion import convert_, fold
    from wishart_nn.convolution import LDLTConv2d
    from wishart_nn.figures import profile_figure
    from wishart_nn.initialisation import ldlt_normal_
    from wishart_nn.linear import LDLTLinear
    from wishart_nn.network import LDLTNetwork
    from wishart_nn.profiles import measure_profile, predicted_profile
    from wishart_nn.residual import LDLTResidual
    from wishart_nn.robustness import certified_accuracy, certified_radius
    from wishart_nn.spectral import CircularConv2d
    from wishart_nn.step_matching import match_step_, rescale_to_step_
    from wishart_nn.weight import ldlt_linear, ldlt_weight

# fmt: off
__all__ = [
    "Abs", "CircularConv2d", "GroupSort", "Householder", "LDLTChain", "LDLTConv2d", "LDLTLinear", "LDLTNetwork",
    "LDLTResidual", "LipschitzBound", "PiecewiseLinear", "__version__", "activation_module", "certified_accuracy",
    "certified_radius", "convert_", "fold", "ldlt_linear", "ldlt_normal_", "ldlt_weight", "lipschitz_bound",
    "lipschitz_lower_bound", "match_step_", "measure_profile", "parametrizations", "predicted_profile",
    "profile_figure", "reference", "rescale_to_step_",
]
# fmt: on

# Loaded at first use: the commands of this package need no torch to be listed.
_HOMES = {
    "activations": "Abs GroupSort Householder PiecewiseLinear activation_module",
    "certificate": "LipschitzBound lipschitz_bound lipschitz_lower_bound",
    "chain": "LDLTChain",
    "conversion": "convert_ fold",
    "convolution": "LDLTConv2d",
    "figures": "profile_figure",
    "initialisation": "ldlt_normal_",
    "linear": "LDLTLinear",
    "network": "LDLTNetwork",
    "profiles": "measure_profile predicted_profile",
    "residual": "LDLTResidual",
    "robustness": "certified_accuracy certified_radius",
    "spectral": "CircularConv2d",
    "step_matching": "match_step_ rescale_to_step_",
    "weight": "ldlt_linear ldlt_weight",
    "": "parametrizations reference",
}


def _need_torch() -> None:
    if find_spec("torch") is None:
        raise ImportError("wishart_nn needs torch: pip install 'wishart-trace-moments[nn]'")


__getattr__ = loader(__name__, {each: home for home, names in _HOMES.items() for each in names.split()}, _need_torch)


def __dir__() -> list[str]:
    return __all__
