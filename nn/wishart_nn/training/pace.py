"""How fast biases learn: a full step of a bias is 1/D of the signal that it is added to, as one of W is ‖W‖/D.

W and √α of an LDLT layer may be scaled together and no output changes, so that their scale can be matched to the steps
of an optimiser (`wishart_nn.step_matching`). A bias has no such freedom: a step of size η is much for the 20th layer of
a fresh network, whose signal is 10⁻⁶, and little once that has grown to 1. Biases at the bare learning rate drown the
signal; biases that stay where they are leave a network that is homogeneous in x, which cannot learn a threshold. So
their steps are matched to the root mean square √v of C_l x_{l−1}, as it is now: Adam's, whose steps have the length of
the rate, learn at √v/(Dη) times the rate, η being the one to which the start is matched; SGD's at √v(1 − μ)/(Dη‖g‖),
‖g‖ being the greatest root mean square of the bias's gradient so far. benchmarks/puzzle.md, "Biases in step", tests it.
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


def look_at_signals_(optimizer: torch.optim.Optimizer, model: nn.Module, x: Tensor) -> None:
    """Note the mean square of what it is added to, for the rows x, in the group of every bias."""
    squares = mean_squares(model, x)
    for group in optimizer.param_groups:
        if "layer" in group:
            group["square"] = squares[group["layer"]]


def pace_biases_(optimizer: torch.optim.Optimizer, options: RunOptions) -> None:
    """Set the "pace" of the group of every bias (see `wishart_nn.training.optimizers`); SGD needs its gradient."""
    groups = [group for group in optimizer.param_groups if "layer" in group]
    for group in groups:
        step = options.learning_rate * len(groups)
        if options.optimizer == "sgd":
            size = group["params"][0].grad.square().mean().sqrt().item() / (1 - options.momentum)
            group["steepest"] = max(size, group.get("steepest", 0.0))
            step *= group["steepest"]
        group["pace"] = group["square"] ** 0.5 / step if step else 0.0
