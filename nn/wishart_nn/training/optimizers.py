"""The optimiser of a run, in the form that takes one pass over all parameters where there is one."""

from typing import Any

import torch
from torch import Tensor, nn

from wishart_nn.training.models import layers_of
from wishart_nn.training.options import RunOptions

MATCHED_EPS = 1e-20
"""What Adam adds to the root of the mean square gradient, with `match_step`: the usual 1e-8 is a scale of its own,
above every gradient of a deep faint network, which would stand still."""


def build_optimizer(options: RunOptions, model: nn.Module) -> Any:
    """Return the optimiser of the model's parameters; only matrices decay.

    Each group's learning rate is the run's times its "pace", which is 1. With `match_step` the bias of each "layer" has
    a group of its own, whose pace is set by `wishart_nn.training.pace`. Of muon the matrices are Muon's, their steps
    scaled to the mean square of Adam's (0.2 η), and all else is AdamW's.

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
    if options.optimizer == "lamb":
        return Lamb(groups, lr=options.learning_rate)
    if options.optimizer == "muon":
        kind: Any = torch.optim.Muon
        muon = kind(groups[:1], lr=options.learning_rate, momentum=options.momentum, adjust_lr_fn="match_rms_adamw")
        return Together(muon, torch.optim.AdamW(groups[1:], **given))
    kind = torch.optim.AdamW if options.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, eps=MATCHED_EPS if options.match_step else 1e-8, **given)


class Together:
    """Two optimisers of one model as one."""

    def __init__(self, *optimizers: torch.optim.Optimizer) -> None:
        self.optimizers = optimizers

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of all."""
        return [group for each in self.optimizers for group in each.param_groups]

    def step(self) -> None:
        """Take a step of each."""
        for each in self.optimizers:
            each.step()

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for each in self.optimizers:
            each.zero_grad()

    def state_dict(self) -> dict[str, Any]:
        """Return the states."""
        return {str(i): each.state_dict() for i, each in enumerate(self.optimizers)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put the states back."""
        for i, each in enumerate(self.optimizers):
            each.load_state_dict(state[str(i)])


class Lamb(torch.optim.Optimizer):
    """LAMB: Adam's direction u = m̂/(√v̂ + ε) + λW, every tensor moved by η ‖W‖ u/‖u‖; by η u where W or u is 0.

    Args:
        params: parameters or groups.
        lr: η.
        betas, eps: of Adam's averages.
        weight_decay: λ.

    References: You et al., Large batch optimization for deep learning, arXiv:1904.00962, algorithm 2.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:  # noqa: ARG002
        """Take a step."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(self._move(p, p.grad, group))

    def _move(self, p: Tensor, gradient: Tensor, group: dict[str, Any]) -> Tensor:
        state: dict[str, Tensor] = self.state[p]
        if not state:
            state |= {"step": torch.zeros(()), "mean": torch.zeros_like(p), "square": torch.zeros_like(p)}
        (first, second), mean, square = group["betas"], state["mean"], state["square"]
        state["step"] += 1
        count = int(state["step"].item())
        mean.lerp_(gradient, 1 - first)
        square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        root = (square / (1 - second**count)).sqrt() + group["eps"]
        move = mean / (1 - first**count) / root + group["weight_decay"] * p
        length, own = move.square().sum().sqrt(), p.square().sum().sqrt()
        trust = torch.where((length > 0) & (own > 0), own / length, 1.0)
        return group["lr"] * trust * move
