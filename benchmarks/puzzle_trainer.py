"""A run of the study of puzzle.md: the package's trainer, whose matched start can be had in parts."""

from dataclasses import replace
from typing import Any, cast

from benchmarks.puzzle_study import Place, Setting
from wishart_nn.data.dataset import Data
from wishart_nn.step_matching import rescale_to_step_
from wishart_nn.training import RunOptions
from wishart_nn.training.optimizers import build_optimizer
from wishart_nn.training.trainer import DivergedError, Trainer

DIALS = ("steps", "biases", "eps")
"""What matching consists of: the length of W beside a step, the pace of the biases, Adam's ε."""

IN_STEP = "in-step"
"""Beside "biases": a full step of a bias is 1/D of the signal that it is added to, as a full one of W is ‖W‖/D."""

EPS = 1e-8
"""Adam's ε without."""


class Parts(Trainer):
    """A trainer with some of the dials of matching; with all of them, and turn 1, the package's own."""

    def __init__(self, options: RunOptions, data: Data, dials: tuple[str, ...], turn: float) -> None:
        super().__init__(replace(options, match_step="steps" in dials), data)
        self.dials, self.turn = dials, turn
        self.greatest: dict[int, float] = {}
        if dials and (set(dials) != set(DIALS) or turn != 1):
            self.options = replace(options, match_step=True, lr=turn * options.learning_rate)
            self.optimizer = build_optimizer(self.options, self.model)
            for group in self.optimizer.param_groups:
                if "eps" not in dials and "eps" in group:
                    group["eps"] = EPS
                if "biases" not in dials:
                    group.pop("layer", None)
            if IN_STEP in dials:
                self.optimizer.register_step_pre_hook(self._put_biases_in_step)

    def _put_biases_in_step(self, *_: Any) -> None:
        """Multiply the rates of the biases by 1/D over what a full step is, in units of the signal √v.

        That is η of Adam, whose step is η√v, and η√v ‖g‖/(1 − μ) of SGD, whose step is η v times the gradient g, ‖g‖
        being the root mean square of its entries, the greatest so far.
        """
        options = self.options
        full = options.learning_rate / self.turn * self._layers()
        for group in self.optimizer.param_groups:
            if "layer" not in group:
                continue
            factor = 1 / full
            if options.optimizer == "sgd":
                (bias,) = group["params"]
                size = float(bias.grad.square().mean().sqrt()) / (1 - options.momentum)
                size = self.greatest[group["layer"]] = max(size, self.greatest.get(group["layer"], 0.0))
                factor = factor / (size * group["pace"] ** 0.5) if size and group["pace"] else 0.0
            group["lr"] *= factor

    def _layers(self) -> int:
        return sum("layer" in group for group in self.optimizer.param_groups)

    def _hold_back(self) -> None:
        if "steps" in self.dials:
            options, model = self.options, cast(Any, self.model)
            lr = options.learning_rate / self.turn  # to which the start is matched
            rescale_to_step_(model, self.optimizer, lr=lr, momentum=options.momentum)


def areas(place: Place, setting: Setting, seed: int, data: Data) -> tuple[float, float]:
    """Return validation and test AUC at the end of a run, 0.5 both if it diverged."""
    import torch

    torch.set_num_threads(1)
    options = RunOptions(
        depth=place.depth,
        width=place.width,
        architecture=place.architecture,
        activation=place.activation,
        optimizer=setting.optimizer or place.optimizer,
        epochs=place.epochs,
        sigma=setting.sigma,
        lr=setting.lr,
        seed=seed,
        diagnose_rows=256,
    )
    named = tuple(setting.dials.split("+")) if setting.dials else DIALS
    trainer = Parts(options, data, named if setting.matched else (), setting.turn)
    try:
        while trainer.epoch < place.epochs:
            trainer.train_epoch(lambda _output, _labels: False)
    except DivergedError:
        return 0.5, 0.5
    measured = [trainer.measured(part.x, part.y) for part in (data.validation, data.test)]
    if any(each.loss != each.loss for each in measured):
        return 0.5, 0.5
    return measured[0].auc, measured[1].auc
