"""A run from its options to its result, in memory or in a folder from which it can go on after anything."""

import os
import platform
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import nn

from wishart_moments import __version__
from wishart_nn.data.dataset import Data
from wishart_nn.starts import MatchedStart
from wishart_nn.training.checkpoint import Checkpoint
from wishart_nn.training.display import Display
from wishart_nn.training.distributed import joined
from wishart_nn.training.export import plain_network, write_best, write_network
from wishart_nn.training.interruption import Interruption, interruption
from wishart_nn.training.models import build_model, checked_device, outputs_for
from wishart_nn.training.options import TRIED, RunOptions, key
from wishart_nn.training.run_folder import RunFolder, check_usable, opened
from wishart_nn.training.sources import load_data
from wishart_nn.training.tracking import Tracker, tracker
from wishart_nn.training.trainer import DivergedError, Trainer
from wishart_nn.training.tries import first_of, started, tried

FORMAT = 1

NOTHING = {"loss": None, "auc": None, "accuracy": None}
"""The metrics of a network that diverged."""


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    Attributes:
        status: "finished", "diverged" (the loss or a weight is not finite) or "stopped" (Ctrl-C or SIGTERM; it can be
            resumed).
        result: what result.json holds.
        records: of the epochs, as the log has them.
        model: as it is at the end; None for a run that had ended before.
        best: the folded network (`plain_network`) after the epoch with the best validation AUC; None where that was
            before the run was resumed: `read_network(folder, "best")` has it.
    """

    status: str
    result: dict[str, Any]
    records: list[dict[str, Any]]
    model: nn.Module | None
    best: nn.Module | None = None


def train(
    options: RunOptions,
    folder: str | os.PathLike[str] | None = None,
    *,
    resume: bool = False,
    data: Data | None = None,
    progress: bool = True,
    on_epoch: Callable[[dict[str, Any]], None] | None = None,
    tracking_uri: str | None = None,
    checkpoint_every: float = 60.0,
) -> RunResult:
    """Train a network and return how that ended.

    The result depends on the options and the data alone, bit for bit on the same machine with the same number of
    threads: a run that was killed at any moment and resumed ends with the weights of one that was not.

    Args:
        options: of the run.
        folder: of the run, made if it is not there (see `wishart_nn.training.run_folder`); None keeps all in memory.
        resume: go on with the run in the folder, where there is one; a run that has ended is returned as it is, unless
            it is given more epochs or another patience: then it goes on, at the new schedule.
        data: as `wishart_nn.higgs.load` or `wishart_nn.data.load_table` gives it; None loads what the options name.
        progress: show a bar with the AUC of the last batches and the time left, where stderr is a terminal, and a line
            every minute where it is none.
        on_epoch: called with each epoch's record after its checkpoint; what it raises ends the run as a kill would.
        tracking_uri: of an MLflow server or folder, to which the metrics of each epoch go as well.
        checkpoint_every: seconds between two checkpoints within an epoch; 0 for one after every step.

    Returns:
        A RunResult. Of a run that diverged the final metrics are None.

    Raises:
        DomainError: before anything is written: for a device that is not there, a folder that holds another run, other
            files or a damaged checkpoint, or is in use, data that cannot be read.

    Example:
        >>> from wishart_nn.training import RunOptions, train
        >>> options = RunOptions(rows=2000, depth=2, width=16, epochs=1)
        >>> run = train(options, progress=False)
        >>> run.status, len(run.records), 0.4 < run.result["final"]["test"]["auc"] < 1
        ('finished', 2, True)
    """
    checked_device(options.device)
    with joined(options.device) as processes, _threads(options.threads), ExitStack() as stack:
        if folder is not None and processes.is_first:
            check_usable(Path(folder), options, resume=resume)
        if data is None:
            data = load_data(options, device=options.device)
        # What is refused is refused before there is a folder.
        build_model(first_of(options, data), data.train.x.shape[1], outputs_for(data.classes))
        place = None
        if folder is not None and processes.is_first:
            place = stack.enter_context(opened(folder, options, resume=resume))
            place.check_data(data.fingerprint)
        ended = processes.told_by_first(lambda: _ended(place, options))
        if ended is not None:
            return ended
        path = None if place is None else place.path
        stop = stack.enter_context(interruption())
        tracked = stack.enter_context(tracker(tracking_uri if processes.is_first else None, options, path))
        start, chosen = None, options
        if options.sigma == TRIED:
            again = partial(train, resume=True, progress=progress, checkpoint_every=checkpoint_every)
            start, last = processes.told_by_first(lambda: _pinned(place, options, data)), None
            if start is None:
                start, last = tried(options, data, path, again)
            if start is None:
                return _stopped(place, options, tracked, last)
            chosen = started(options, MatchedStart(start["share"], start["step_length"]))
        trainer = Trainer(chosen, data)
        run = _Run(options, start, trainer, place, checkpoint_every, on_epoch if processes.is_first else None)
        run.open()
        return run.go(stop, tracked, Display(progress and processes.is_first, trainer))


def _ended(place: RunFolder | None, options: RunOptions) -> RunResult | None:
    """Return how the folder's run ended, if it has and is not to go on."""
    result = None if place is None else place.result
    if place is None or result is None or result["status"] == "stopped" or place.is_extended(options):
        return None
    return RunResult(result["status"], result, place.records(), None)


def _config(options: RunOptions, data: Data, start: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "key": key(options),
        "options": options.to_json(),
        **({} if start is None else {"start": start}),
        "data": {**data.describe(), "fingerprint": data.fingerprint},
        "versions": _versions(),
    }


def _pinned(place: RunFolder | None, options: RunOptions, data: Data) -> dict[str, Any] | None:
    """Return the start that the folder's tries led to; without one, the folder is begun."""
    if place is None:
        return None
    config = place.config
    if config is None:
        place.write("config.json", _config(options, data, None))
    place.forget_result()
    return None if config is None else config.get("start")


def _stopped(place: RunFolder | None, options: RunOptions, tracked: Tracker, last: Any) -> RunResult:
    """Return the result of a run that was stopped in a try: that of the try, as the run's own."""
    result = {**last.result, "key": key(options)}
    tracked.end("stopped")
    if place is not None:
        place.write("result.json", result)
    return RunResult("stopped", result, [], None)


class _Run:
    def __init__(
        self,
        options: RunOptions,
        start: dict[str, Any] | None,
        trainer: Trainer,
        folder: RunFolder | None,
        checkpoint_every: float,
        on_epoch: Callable[[dict[str, Any]], None] | None,
    ) -> None:
        self.trainer, self.folder = trainer, folder
        self.options, self.start, self.data = options, start, trainer.data
        self.checkpoint_every, self.on_epoch = checkpoint_every, on_epoch
        self.records: list[dict[str, Any]] = []
        self.best: nn.Module | None = None
        self.started = self.saved = perf_counter()

    def open(self) -> None:
        """Start the folder, or go back to its checkpoint."""
        checkpoint, self.records = self.trainer.processes.told_by_first(self._opened)
        if checkpoint is not None and not self.trainer.processes.is_first:
            self.trainer.restore(checkpoint, "the folder")

    def _opened(self) -> tuple[Checkpoint | None, list[dict[str, Any]]]:
        folder = self.folder
        if folder is None:
            return None, []
        checkpoint = folder.checkpoint(self.trainer.device)
        if checkpoint is not None:
            self.trainer.restore(checkpoint, folder.checkpoint_path)
            self.started -= checkpoint.seconds
        if folder.config is None:
            folder.write("config.json", _config(self.options, self.data, self.start))
        before = folder.rewind(checkpoint)
        folder.forget_result()
        if folder.is_extended(self.options) or (folder.config or {}).get("start") != self.start:
            folder.write("config.json", _config(self.options, self.data, self.start))
        if checkpoint is None:
            start = {"event": "start", "rows": len(self.trainer.x), "steps": self.trainer.steps}
        else:
            start = {"event": "resume", "epoch": self.trainer.epoch, "step": self.trainer.step}
        count = self.trainer.processes.count
        folder.append({**start, "threads": torch.get_num_threads(), **_versions(), "processes": count})
        return checkpoint, [each for each in before if each["event"] == "epoch"]

    def go(self, stop: Interruption, tracked: Tracker, display: Display) -> RunResult:
        trainer = self.trainer
        status, reason = "finished", None

        def on_step(output: torch.Tensor, y: torch.Tensor) -> bool:
            display.step(output, y)
            if self.folder is not None and perf_counter() - self.saved >= self.checkpoint_every:
                self._save()
            return stop.wanted

        try:
            while True:
                if trainer.step == len(self.records) * trainer.steps_per_epoch:  # also where that was all that was left
                    self._end_epoch(tracked, display)
                if trainer.step == trainer.steps or self._is_stale():
                    break
                with display.epoch():
                    completed = not trainer.processes.any(stop.wanted) and trainer.train_epoch(on_step)
                if not completed:
                    status, reason = "stopped", "interrupted"
                    self._save()
                    break
        except DivergedError as error:
            status, reason = "diverged", str(error)
        if status == "finished" and trainer.step < trainer.steps:
            reason = f"the validation AUC has not risen for {self.options.patience} epochs"
        tracked.end(status)
        return self._end(status, reason)

    @property
    def _scores(self) -> list[float]:
        return [each["validation"]["auc"] for each in self.records[1:]]

    def _is_stale(self, *latest: float) -> bool:
        """Return whether the validation AUC has not risen for as many epochs as patience lasts."""
        scores = [*self._scores, *latest]
        patience = self.options.patience
        return patience is not None and bool(scores) and len(scores) - scores.index(max(scores)) > patience

    def _end_epoch(self, tracked: Tracker, display: Display) -> None:
        is_last = self._is_stale if self.records else None
        record = self.trainer.processes.told_by_first(lambda: self.trainer.record(is_last))
        if self.records and record["validation"]["auc"] > max(self._scores, default=-1.0):
            self.best = plain_network(self.trainer.model)
            if self.folder is not None:
                write_best(self.folder.path, self.best, self.trainer.model, self.options, self.data)
        self.records.append(record)
        self._append(record)
        self._save()
        display.ended(record)
        trouble = tracked.epoch(record)
        if trouble is not None:
            self._append({"event": "tracking", "trouble": trouble})
        if self.on_epoch is not None:
            self.on_epoch(record)

    def _append(self, record: dict[str, Any]) -> None:
        if self.folder is not None:
            self.folder.append(record)

    def _save(self) -> None:
        if self.folder is not None:
            seconds = perf_counter() - self.started
            self.trainer.checkpoint(seconds, self.folder.log_bytes).save(self.folder.checkpoint_path)
            self.saved = perf_counter()

    def _end(self, status: str, reason: str | None) -> RunResult:
        trainer = self.trainer
        end = {"event": "end", "status": status, "reason": reason, "epoch": trainer.epoch, "step": trainer.step}
        self._append(end)
        result = self._result(status, reason)
        if self.folder is not None:
            if status == "finished":
                write_network(self.folder.path, trainer.model, self.options, self.data)
            self.folder.write("result.json", result)
        return RunResult(status, result, self.records, trainer.model, self.best)

    def _result(self, status: str, reason: str | None) -> dict[str, Any]:
        trained = self.records[1:] or self.records
        best = max(trained, key=lambda each: each["validation"]["auc"], default=None)
        last = self.records[-1] if self.records and status != "diverged" else None
        rates = [each["samples_per_second"] for each in trained if each["samples_per_second"]]
        return {
            "format": FORMAT,
            "status": status,
            "reason": reason,
            "epochs": len(self.records[1:]),
            "steps": self.trainer.step,
            "best_epoch": None if best is None else best["epoch"],
            "best": {name: dict(NOTHING) if best is None else best[name] for name in ("validation", "test")},
            "final": {n: dict(NOTHING) if last is None else last[n] for n in ("train", "validation", "test")},
            "lipschitz_bound": None if last is None else last["lipschitz_bound"],
            "lipschitz_certified": last is not None and last["lipschitz_certified"],
            "seconds": perf_counter() - self.started,
            "samples_per_second": len(rates) / sum(1 / rate for rate in rates) if rates else None,
            "key": key(self.options),
            "data_source": self.data.source,
            **({} if self.start is None else {"start": self.start}),
        }


def _versions() -> dict[str, str]:
    import numpy as np

    return {
        "wishart-trace-moments": __version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


@contextmanager
def _threads(count: int | None) -> Generator[None, None, None]:
    before = torch.get_num_threads()
    if count is not None:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
