"""Training a chain of ten 64-wide hidden layers is at least a third as fast as training the plain MLP.

Whole epochs of the trainer on 46,200 synthetic rows, 28 → 64 × 10 → 1, ReLU, AdamW, batches of 256, one thread: order
of the rows, batches, steps, schedule and the watch for divergence included. What is measured after an epoch is set
against the epoch itself. Batches are set against those of a DataLoader. The ratios are those of median times of epochs
that take turns.
"""

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

from benchmarks.measure import Candidate, Case
from wishart_nn.higgs import load
from wishart_nn.training import RunOptions
from wishart_nn.training.batches import batches, permutation
from wishart_nn.training.diagnostics import diagnose
from wishart_nn.training.trainer import Trainer

ROWS = 66_000
"""Of which seven tenths are training rows."""

TURNS = 5
ARCHITECTURES = ("chain", "independent", "mlp")


def _go_on(output: torch.Tensor, y: torch.Tensor) -> bool:  # noqa: ARG001
    return False


def _seconds(call: Callable[[], Any]) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


def cases(quick: bool) -> Iterator[Case]:
    """Yield epochs as multiples of the MLP's, then what is measured after an epoch, then batches."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield from _cases(quick)
    finally:
        torch.set_num_threads(before)


def _cases(quick: bool) -> Iterator[Case]:
    data = load(rows=2000 if quick else ROWS)
    turns = 1 if quick else TURNS
    options = {name: RunOptions(architecture=name, depth=10, epochs=1000, threads=1) for name in ARCHITECTURES}
    trainers = {name: Trainer(each, data) for name, each in options.items()}
    start = trainers["mlp"].record()["test"]["loss"]

    def epochs(name: str) -> Callable[[], tuple[bool, float]]:
        def ratio() -> tuple[bool, float]:
            times: dict[str, list[float]] = {name: [], "mlp": []}
            for _ in range(turns):
                for each, kept in times.items():
                    kept.append(_seconds(lambda each=each: trainers[each].train_epoch(_go_on)))
            return all(each.is_finite() for each in trainers.values()), median(times[name]) / median(times["mlp"])

        return ratio

    yield Case(
        "an epoch of training, multiple of the plain MLP's",
        tuple(Candidate(name, epochs(name), metered=True) for name in ("chain", "independent")),
        3.0,
        unit="times",
        expected=True,
        repeats=1,
    )

    def share(name: str, what: Callable[[Trainer], Any]) -> Callable[[], tuple[bool, float]]:
        def percent() -> tuple[bool, float]:
            trainer = trainers[name]
            looks, steps = list[float](), list[float]()
            for _ in range(turns):
                steps.append(_seconds(lambda: trainer.train_epoch(_go_on)))
                looks.append(_seconds(lambda: what(trainer)))
            return trainer.record()["test"]["loss"] < start, 100 * median(looks) / median(steps)

        return percent

    def look(trainer: Trainer) -> None:
        rows = trainer.sample_x[: trainer.options.diagnose_rows], trainer.sample_y[: trainer.options.diagnose_rows]
        diagnose(trainer.model, *rows, trainer.options.sharpness, None, certify=False)

    yield Case(
        "looking at the layers, percent of the epoch of a chain",
        (
            Candidate("layers on 2,048 rows", share("chain", look), metered=True),
            Candidate("with loss and AUC of all parts", share("chain", Trainer.record), metered=True),
        ),
        10.0,
        unit="%",
        expected=True,
        repeats=1,
    )
    x, y = data.train.x, data.train.y
    sampler = BatchSampler(RandomSampler(x), 256, False)
    rowwise: Any = DataLoader(TensorDataset(x, y), batch_size=256, shuffle=True)
    batchwise: Any = DataLoader(TensorDataset(x, y), sampler=sampler, batch_size=None)

    def total(pairs: Any) -> float:
        return float(sum(labels.sum() + 0 * rows[0, 0] for rows, labels in pairs))

    yield Case(
        f"the batches of an epoch of {len(x):,} rows",
        (
            Candidate("slices of gathered rows", lambda: total(batches(x, y, permutation(len(x), 0, 1), 256))),
            Candidate("DataLoader, a batch at a time", lambda: total(batchwise)),
            Candidate("DataLoader, a row at a time", lambda: total(rowwise)),
        ),
        unit="s",
        expected=float(y.sum()),
    )
