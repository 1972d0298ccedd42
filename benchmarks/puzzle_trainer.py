"""A run of the study of puzzle.md: the package's trainer, whose matched start can be had in parts."""

from dataclasses import replace

from benchmarks.puzzle_study import Place, Setting
from wishart_nn.data.dataset import Data
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
    """A trainer with some of the dials of matching; with all of them and IN_STEP the package's own."""

    def __init__(self, options: RunOptions, data: Data, dials: tuple[str, ...], turn: float) -> None:
        super().__init__(replace(options, match_step="steps" in dials), data)
        self.dials = dials
        if dials:
            self.options = replace(options, match_step=True, step_length=turn)
            self.optimizer = build_optimizer(self.options, self.model)
            for group in self.optimizer.param_groups:
                if "eps" not in dials and "eps" in group:
                    group["eps"] = EPS
                if "biases" not in dials:
                    group.pop("layer", None)

    def _pace_biases(self) -> None:
        """In step, or as before: Adam's step of a bias is η√v, that of SGD η v times the gradient."""
        if IN_STEP in self.dials:
            super()._pace_biases()
            return
        power = 1.0 if self.options.optimizer == "sgd" else 0.5
        for group in self.optimizer.param_groups:
            if "layer" in group:
                group["pace"] = group["square"] ** power

    def _hold_back(self) -> None:
        if "steps" in self.dials:
            super()._hold_back()


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
