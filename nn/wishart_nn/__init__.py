"""LDLT layers for torch: γ-Lipschitz by construction, initialised by the exact predictor of `wishart_moments`.

- `ldlt_weight`, `ldlt_linear`: W ↦ γ W (αI + WᵀW)^{-1/2}, up to a rotation, and the layer, with their own backward;
- `LDLTLinear`, `parametrizations.ldlt`: in place of `torch.nn.Linear`, and for layers that exist;
- `LDLTConv2d`, `CircularConv2d`: in place of `torch.nn.Conv2d` on a grid, and what it folds to;
- `LDLTNetwork`, `LDLTChain`, `LDLTResidual`: independent layers, the LDLᵀ chain and the residual network, which are
  Lipschitz as a whole;
- `convert_`, `fold`: a network of your own made Lipschitz, and made plain again;
- `reference`: the definition of layer and chain in plain torch, to be read first;
- `ldlt_normal_`, `match_step_`: initialisation with the σ that the predictor chooses, and the learning rate's scale;
- `try_starts`, `MatchedStart`: which share of its range a layer's draw should fill, tried in short trainings;
- `predicted_profile`, `measure_profile`, `profile_figure`: what is to be expected at each layer, and what happens;
- `lipschitz_bound`, `lipschitz_lower_bound`: a certificate, and what an attack reaches.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from wishart_moments import __version__ as __version__
from wishart_moments.lazy import exports

if TYPE_CHECKING:
    from wishart_nn import parametrizations as parametrizations
    from wishart_nn import reference as reference
    from wishart_nn.activations import Abs as Abs
    from wishart_nn.activations import GroupSort as GroupSort
    from wishart_nn.activations import Householder as Householder
    from wishart_nn.activations import PiecewiseLinear as PiecewiseLinear
    from wishart_nn.activations import activation_module as activation_module
    from wishart_nn.certificate import LipschitzBound as LipschitzBound
    from wishart_nn.certificate import lipschitz_bound as lipschitz_bound
    from wishart_nn.certificate import lipschitz_lower_bound as lipschitz_lower_bound
    from wishart_nn.chain import LDLTChain as LDLTChain
    from wishart_nn.conversion import convert_ as convert_
    from wishart_nn.conversion import fold as fold
    from wishart_nn.convolution import LDLTConv2d as LDLTConv2d
    from wishart_nn.figures import profile_figure as profile_figure
    from wishart_nn.initialisation import ldlt_normal_ as ldlt_normal_
    from wishart_nn.linear import LDLTLinear as LDLTLinear
    from wishart_nn.network import LDLTNetwork as LDLTNetwork
    from wishart_nn.profiles import measure_profile as measure_profile
    from wishart_nn.profiles import predicted_profile as predicted_profile
    from wishart_nn.residual import LDLTResidual as LDLTResidual
    from wishart_nn.robustness import certified_accuracy as certified_accuracy
    from wishart_nn.robustness import certified_radius as certified_radius
    from wishart_nn.spectral import CircularConv2d as CircularConv2d
    from wishart_nn.starts import MatchedStart as MatchedStart
    from wishart_nn.starts import try_starts as try_starts
    from wishart_nn.step_matching import match_step_ as match_step_
    from wishart_nn.step_matching import rescale_to_step_ as rescale_to_step_
    from wishart_nn.weight import ldlt_linear as ldlt_linear
    from wishart_nn.weight import ldlt_weight as ldlt_weight


def _need_torch() -> None:
    if find_spec("torch") is None:
        raise ImportError("wishart_nn needs torch: pip install 'wishart-trace-moments[nn]'")


# Loaded at first use: the commands of this package need no torch to be listed.
__getattr__ = exports(__name__, _need_torch)
