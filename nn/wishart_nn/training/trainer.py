"""The steps of a run: everything that they depend on is in the options, the data and a checkpoint."""

from collections.abc import Callable
from math import isfinite
from time import perf_counter
from typing import Any, cast

import torch
from torch import Tensor

from wishart_moments.errors import DomainError
from wishart_nn.data.dataset import Data
from wishart_nn.step_matching import rescale_to_step_
from wishart_nn.training.batches import batches, permutation
from wishart_nn.training.checkpoint import Checkpoint
from wishart_nn.training.diagnostics import diagnose, predicted_variances
from wishart_nn.training.distributed import Processes
from wishart_nn.training.losses import cross_entropies
from wishart_nn.training.metrics import Metrics, measured
from wishart_nn.training.models import alphas_of, build_model, checked_device, outputs_for
from wishart_nn.training.optimizers import build_optimizer
from wishart_nn.training.options import RunOptions, identity, key
from wishart_nn.training.pace import EVERY, look_at_signals_, pace_biases_
from wishart_nn.training.schedule import learning_rate
from wishart_nn.training.start import match_start_

WATCHED = 64
"""Steps between two looks at whether the loss is still finite: each look waits for the device."""

TRAIN_ROWS = 16_384
"""Training rows on which the training metrics of an epoch are measured; of the last epoch, all."""

LONG_EPOCH = 1000
"""Steps of an epoch from which a proof of the Lipschitz bound costs little beside it."""

OnStep = Callable[[Tensor, Tensor], bool]
"""Called with the outputs and labels of a batch after its step; True ends the epoch there."""


class DivergedError(ArithmeticError):
    """The loss or a weight is not finite."""


class Trainer:
    """A network on its way.

    Args:
        options: of the run.
        data: its rows.

    Attributes:
        model, optimizer: as they are now.
        step: steps taken, of `steps`.
        seconds_of_epoch: of the steps of the epoch that was begun.
    """

    def __init__(self, options: RunOptions, data: Data) -> None:
        self.options, self.data = options, data
        self.device = checked_device(options.device)
        self.x, self.y = data.train.x.to(self.device), data.train.y.to(self.device)
        rows = len(self.x)
        self.steps_per_epoch = -(-rows // options.batch_size)
        self.steps = self.steps_per_epoch * options.epochs
        self.step, self.seconds_of_epoch = 0, 0.0
        # Which rows is a matter of the split's seed, so that all runs on a data set are looked at on the same rows.
        chosen = permutation(rows, options.split_seed, 0)[: max(TRAIN_ROWS, options.diagnose_rows)].to(self.device)
        self.sample_x, self.sample_y = self.x[chosen], self.y[chosen]
        x, y = self.sample_x[: options.diagnose_rows], self.sample_y[: options.diagnose_rows]
        self.model = build_model(options, x.shape[1], outputs_for(data.classes)).to(self.device)
        self.predicted = predicted_variances(self.model, options.sigma, x.double().square().mean().item())
        if options.match_step:
            match_start_(self.model, options, x, y)
        self.processes = Processes()
        self.called = self.processes.wrapped(self.model)
        self.optimizer = build_optimizer(options, self.model)

    @property
    def epoch(self) -> int:
        """Epochs completed."""
        return self.step // self.steps_per_epoch

    def rate(self) -> float:
        """Return the learning rate of the next step (of the last one at the end)."""
        step = min(self.step, self.steps - 1)
        greatest = self.options.learning_rate * self.options.step_length
        return learning_rate(self.options.schedule, step, self.steps, greatest)

    def train_epoch(self, on_step: OnStep) -> bool:
        """Take the steps that are left of the epoch; return whether it was completed.

        Raises:
            DivergedError: once the loss or a weight is seen not to be finite.
        """
        if self.step % self.steps_per_epoch == 0:
            self.seconds_of_epoch = 0.0
        order = permutation(len(self.x), self.options.seed, self.epoch + 1, self.device)
        start = self.step % self.steps_per_epoch
        self.model.train()
        clock = perf_counter() - self.seconds_of_epoch
        try:
            total = torch.zeros((), device=self.device)
            for x, y in batches(self.x, self.y, order, self.options.batch_size, start):
                loss, output = self._take_step(x, y)
                total = total + loss
                self.seconds_of_epoch = perf_counter() - clock
                if self.step % WATCHED == 0:
                    self._watch(total)
                if self._agreed(on_step(output, self.processes.share(y))) and self.step % self.steps_per_epoch:
                    self._watch(total)
                    return False
            self._watch(total)  # waits for the device, too
            self.seconds_of_epoch = perf_counter() - clock
        except DomainError as error:  # the layers refuse weights and alphas that are not finite
            if self.is_finite():
                raise
            raise DivergedError(str(error)) from error
        if not self.is_finite():
            raise DivergedError("a weight or an alpha is not finite")
        return True

    def _take_step(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        rate = self.rate()
        if self.options.match_step and self.step % EVERY == 0:
            look_at_signals_(self.optimizer, self.model, x)
        share, labels = self.processes.share(x), self.processes.share(y)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.options.amp == "bf16"):
            output = self.called(share).squeeze(-1)
        loss = self.processes.mean(cross_entropies(self.options.sharpness * output.float(), labels), len(y))
        cast(Any, loss).backward()
        if self.options.clip is not None:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.options.clip)
        if self.options.match_step and self.options.optimizer == "sgd":
            self._hold_back()
        if self.options.match_step:
            self._pace_biases()
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["pace"]
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        return loss.detach(), output.detach()

    def _hold_back(self) -> None:
        model, options = cast(Any, self.model), self.options
        rescale_to_step_(model, self.optimizer, lr=options.learning_rate, momentum=options.momentum)

    def _pace_biases(self) -> None:
        pace_biases_(self.optimizer, self.options)

    def _agreed(self, stop: bool) -> bool:
        """Return whether a process wants to stop; several ask one another when they look at the loss."""
        together = self.processes.count > 1
        return self.step % WATCHED == 0 and self.processes.any(stop) if together else stop

    def _watch(self, total: Tensor) -> None:
        if not self.processes.total(total).isfinite().item():
            raise DivergedError("the loss is not finite")

    def is_finite(self) -> bool:
        """Return whether all weights are, and every α, which may overflow before the parameter behind it does."""
        weights = all(bool(each.isfinite().all()) for each in self.model.parameters())
        return weights and all(map(isfinite, alphas_of(self.model)))

    def record(self, is_last: Callable[[float], bool] | None = None) -> dict[str, Any]:
        """Return what the log says of the network as it is at the end of an epoch, or before the first.

        Args:
            is_last: of a validation AUC, whether the run ends with this epoch before its last step.

        Raises:
            DivergedError: if its outputs are not finite.
        """
        clock = perf_counter()
        count = self.options.diagnose_rows
        validation, test = (self.measured(part.x, part.y) for part in (self.data.validation, self.data.test))
        last = self.step == self.steps or (is_last is not None and is_last(validation.auc))
        train = (self.x, self.y) if last else (self.sample_x[:TRAIN_ROWS], self.sample_y[:TRAIN_ROWS])
        metrics = {"train": self.measured(*train), "validation": validation, "test": test}
        if any(each.loss != each.loss for each in metrics.values()):
            raise DivergedError("the outputs are not finite")
        diagnosis = diagnose(
            self.model,
            self.sample_x[:count],
            self.sample_y[:count],
            self.options.sharpness,
            self.predicted,
            certify=last or self.steps_per_epoch >= LONG_EPOCH,
        )
        seconds = self.seconds_of_epoch if self.step else 0.0
        return {
            "event": "epoch",
            "epoch": self.epoch,
            "step": self.step,
            "seconds": seconds,
            "samples_per_second": len(self.x) / seconds if seconds else None,
            "measuring_seconds": perf_counter() - clock,
            "lr": self.rate(),
            **{name: each._asdict() for name, each in metrics.items()},
            **diagnosis._asdict(),
        }

    def measured(self, x: Tensor, y: Tensor) -> Metrics:
        """Return the metrics on rows and labels, wherever they lie."""
        return measured(self.model, x.to(self.device), y.to(self.device), self.options.sharpness)

    def checkpoint(self, seconds: float, log_bytes: int) -> Checkpoint:
        """Return the state."""
        return Checkpoint(
            identity(self.options),
            self.data.fingerprint,
            self.step,
            seconds,
            self.seconds_of_epoch,
            log_bytes,
            self.model.state_dict(),
            self.optimizer.state_dict(),
        )

    def restore(self, checkpoint: Checkpoint, path: Any) -> None:
        """Go back to a state; refused where it belongs to another run (see `Checkpoint.restore`)."""
        known = checkpoint.key in (identity(self.options), key(self.options))
        if not known or checkpoint.fingerprint != self.data.fingerprint:
            raise DomainError(f"need a checkpoint of this run, got one of another in {str(path)!r}")
        checkpoint.restore(self.model, self.optimizer, path)
        self.step, self.seconds_of_epoch = checkpoint.step, checkpoint.epoch_seconds
