"""What a run looks like while it trains: a bar on a terminal, elsewhere a line a minute; how good, how long still."""

import sys
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from wishart_moments.progress import Report, progress
from wishart_nn.training.metrics import mean_auc
from wishart_nn.training.trainer import Trainer

RECENT = 16
"""Batches whose outputs the live AUC is of."""

EVERY, MINUTE = 0.5, 60.0
"""Seconds between two looks at it on a terminal, and between two lines elsewhere."""


class Display:
    """A bar on stderr for each epoch where that is a terminal; elsewhere a line every minute.

    Args:
        wanted: whether there may be one.
        trainer: whose steps are shown.
    """

    def __init__(self, wanted: bool, trainer: Trainer) -> None:
        self._wanted, self._trainer = wanted, trainer
        self._terminal = sys.stderr.isatty()
        self._report: Report | None = None
        self._recent: deque[tuple[Tensor, Tensor]] = deque(maxlen=RECENT)
        self._begun, self._first = perf_counter(), trainer.step
        self._shown, self._last = self._begun, ""

    @contextmanager
    def epoch(self) -> Generator[None, None, None]:
        """Show the bar of the steps that are left of the epoch; it is gone when others may print."""
        if not (self._wanted and self._terminal):
            yield
            return
        trainer = self._trainer
        left = trainer.steps_per_epoch - trainer.step % trainer.steps_per_epoch
        name = f"epoch {trainer.epoch + 1}/{trainer.options.epochs} on {trainer.data.source.split(':')[0]}"
        with progress(name, left) as self._report:
            yield
        self._report = None
        self._recent.clear()

    def step(self, output: Tensor, y: Tensor) -> None:
        """Count a step, and twice a second, or once a minute, show the AUC of the last batches and the time left."""
        if not self._wanted:
            return
        if self._report is not None:
            self._report.advance()
        self._recent.append((output, y))
        now = perf_counter()
        if now - self._shown <= (EVERY if self._terminal else MINUTE):
            return
        self._shown = now
        outputs, labels = (torch.cat(each) for each in zip(*self._recent, strict=True))
        text = (
            f"AUC of the last batches {mean_auc(outputs.nan_to_num(), labels):.4f}{self._last}, {self.left(now)} left"
        )
        if self._report is not None:
            self._report(text)
        elif not self._terminal:
            trainer = self._trainer
            where = f"epoch {min(trainer.epoch + 1, trainer.options.epochs)}/{trainer.options.epochs}"
            print(f"{where}, step {trainer.step:,}/{trainer.steps:,}: {text}", file=sys.stderr, flush=True)

    def left(self, now: float) -> timedelta:
        """Return the time that the steps to come will take at the pace so far, in whole seconds."""
        trainer = self._trainer
        pace = (now - self._begun) / max(trainer.step - self._first, 1)
        return timedelta(seconds=round(pace * (trainer.steps - trainer.step)))

    def ended(self, record: dict[str, Any]) -> None:
        """Keep what an epoch ended with, to be shown beside the next one."""
        self._last = f", validation {record['validation']['auc']:.4f}"
