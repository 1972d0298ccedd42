"""The optimiser of a run, in the form that takes one pass over all parameters."""

from typing import Any

import torch
from torch import nn

from wishart_nn.training.models import layers_of
from wishart_nn.training.options import RunOptions

MATCHED_EPS = 1e-20
"""What Adam adds to the root of the mean square gradient, with `match_step`: the usual 1e-8 is a scale of its own,
above every gradient of a deep faint network, which would stand still."""


def build_optimizer(options: RunOptions, model: nn.Module) -> torch.optim.Optimizer:
    """Return the optimiser of the model's parameters; only matrices decay.

    Each group's learning rate is the run's times its "pace", which is 1. With `match_step` the bias of each "layer" has
    a group of its own, whose pace is set by `wishart_nn.training.pace`.

    Args:
        options: of the run.
        model: of `build_model`.

    Example:
        >>> from wishart_nn.training import build_model
        >>> options = RunOptions(optimizer="sgd", depth=1, width=4)
        >>> type(build_optimizer(options, build_model(options, 3))).__name__
        'SGD'
    """
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    biases = layers_of(model).biases
    kept = {id(p) for p in (*matrices, *biases)}
    others = [p for p in model.parameters() if id(p) not in kept]
    groups: list[dict[str, Any]] = [{"params": matrices, "weight_decay": options.weight_decay, "pace": 1.0}]
    if options.match_step:
        groups += [{"params": [b], "pace": 1.0, "layer": i} for i, b in enumerate(biases)]
        groups += [{"params": others, "pace": 1.0}] if others else []
    else:
        groups += [{"params": [*biases, *others], "pace": 1.0}]
    # Without weight decay AdamW is Adam. Fused: one call for all parameters.
    given: dict[str, Any] = {"lr": options.learning_rate, "weight_decay": 0.0, "fused": True}
    if options.optimizer == "sgd":
        return torch.optim.SGD(groups, momentum=options.momentum, **given)
    kind = torch.optim.AdamW if options.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, eps=MATCHED_EPS if options.match_step else 1e-8, **given)
