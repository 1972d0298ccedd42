"""How fast biases learn: as fast as the signal that they are added to.

W and √α of an LDLT layer may be scaled together and no output changes, so that their scale can be matched to the steps
of an optimiser (`wishart_nn.step_matching`). A bias has no such freedom: a step of size η is much for the 20th layer of
a fresh network, whose signal is 10⁻⁶, and little once that has grown to 1. Biases at the bare learning rate drown the
signal, biases in units of the signal at the start stay where they are, and the network without biases, which is
homogeneous in x. So they are counted in units of the root mean square √v of C_l x_{l−1}, as it is now: Adam's step is
η√v, that of SGD η v times the gradient, as if the bias were √v times a parameter.
"""

import torch
from torch import Tensor, nn

from wishart_nn.training.models import passes
from wishart_nn.training.options import RunOptions

EVERY = 16
"""Steps from one look at the signal to the next; a look costs a third of a step."""


def mean_squares(model: nn.Module, x: Tensor) -> list[float]:
    """Return the mean square of C_l x_{l−1}, to which the bias is added, for each layer.

    Args:
        model: of `build_model`.
        x: (rows, features).

    Example:
        >>> from wishart_nn.training import build_model
        >>> model = build_model(RunOptions(depth=1, width=4, architecture="mlp"), 3)
        >>> mean_squares(model, torch.zeros(2, 3))
        [0.0, 0.0]
    """
    with torch.no_grad():
        return [each.signal.square().mean().item() for each in passes(model, x)]


def pace_biases_(optimizer: torch.optim.Optimizer, options: RunOptions, model: nn.Module, x: Tensor) -> None:
    """Set the "pace" of the group of every bias (see `wishart_nn.training.optimizers`) by the signal of the rows x."""
    power = 1.0 if options.optimizer == "sgd" else 0.5
    squares = mean_squares(model, x)
    for group in optimizer.param_groups:
        if "layer" in group:
            group["pace"] = squares[group["layer"]] ** power
