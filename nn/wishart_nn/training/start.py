"""Matching a drawn network to the steps that its run will take.

The gradient of SGD grows with the signal: where logits of size f come to matter at size 1, the gradient of one of D
layers has grown by g = f^{−(D−1)/D} till then, and steps that fit the first gradient would be g times too long. Steps
that fit the last one take about g full steps to get there (the relative growth D·(f/f₀)/(D g) a step blows up then). So
the weights are matched to the gradient times g, but no more than the warm-up has full steps.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from wishart_nn.chain import LDLTChain
from wishart_nn.network import LDLTNetwork
from wishart_nn.step_matching import match_step_
from wishart_nn.training.models import layers_of
from wishart_nn.training.options import RunOptions
from wishart_nn.training.schedule import WARM_UP, learning_rate


def match_start_(model: nn.Module, options: RunOptions, x: Tensor, y: Tensor, steps: int) -> None:
    """Scale the weights and √α of every layer until a full step of the optimiser turns all by as much as they are.

    Args:
        model: of `build_model`; no output changes. A network without α is left alone.
        options: of the run.
        x, y: standardised training rows and their labels: of SGD the step is the gradient there times η/(1 − μ).
        steps: of the run.

    Example:
        >>> from wishart_nn.training import build_model
        >>> options = RunOptions(depth=1, width=64, match_step=True)
        >>> model = build_model(options, 64)
        >>> match_start_(model, options, torch.zeros(2, 64), torch.zeros(2), steps=100)
        >>> round(model.weights[0].std().item(), 4)  # 2 layers · 3e-3
        0.006
    """
    if not isinstance(model, LDLTChain | LDLTNetwork):
        return
    if options.optimizer != "sgd":
        match_step_(model, lr=options.learning_rate)
        return
    logits = options.temperature * model(x).squeeze(-1)
    gradients = torch.autograd.grad(binary_cross_entropy_with_logits(logits, y), layers_of(model).weights)
    growth = gradient_growth(logits.detach().square().mean().sqrt().item(), len(gradients), options, steps)
    gradients = [growth * each for each in gradients]
    match_step_(model, lr=options.learning_rate, gradients=gradients, momentum=options.momentum)


def gradient_growth(logit: float, layers: int, options: RunOptions, steps: int) -> float:
    """Return by how much the gradient of a layer grows until logits are of size 1, as far as the warm-up can raise it.

    Args:
        logit: the root mean square of the logits at the start.
        layers: D.
        options: of the run, whose schedule says how many full steps the first 0.3 of the steps amount to.
        steps: of the run.

    Example:
        >>> options = RunOptions(schedule="constant")
        >>> gradient_growth(2.0, 3, options, 1000), round(gradient_growth(0.001, 3, options, 1000), 6)
        (1.0, 100.0)
        >>> gradient_growth(1e-9, 3, options, 1000)
        300.0
    """
    if not logit:
        return 1.0
    full = sum(learning_rate(options.schedule, step, steps, 1.0) for step in range(int(WARM_UP * steps)))
    return max(1.0, min(full, logit ** -((layers - 1) / layers)))
