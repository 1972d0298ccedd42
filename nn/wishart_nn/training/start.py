"""Matching a drawn network to the steps that its run will take."""

import torch
from torch import Tensor, nn

from wishart_nn.protocol import LDLTModule
from wishart_nn.step_matching import match_step_
from wishart_nn.training.losses import cross_entropies
from wishart_nn.training.models import layers_of
from wishart_nn.training.options import RunOptions


def match_start_(model: nn.Module, options: RunOptions, x: Tensor, y: Tensor) -> None:
    """Scale the weights and √α of every layer until a full step of the optimiser turns all by as much as they are.

    Args:
        model: of `build_model`; no output changes. A network without α is left alone.
        options: of the run.
        x, y: standardised training rows and their labels: of SGD the step is the gradient there times η/(1 − μ).

    Example:
        >>> from wishart_nn.training import build_model
        >>> options = RunOptions(depth=1, width=64, match_step=True)
        >>> model = build_model(options, 64)
        >>> match_start_(model, options, torch.zeros(2, 64), torch.zeros(2))
        >>> round(model.raw[0].std().item(), 4)  # 2 layers · 3e-3
        0.006
    """
    if not isinstance(model, LDLTModule):
        return
    if options.optimizer != "sgd":
        match_step_(model, lr=options.learning_rate)
        return
    loss = cross_entropies(options.sharpness * model(x).squeeze(-1), y).mean()
    gradients = torch.autograd.grad(loss, layers_of(model).weights)
    match_step_(model, lr=options.learning_rate, gradients=gradients, momentum=options.momentum)
