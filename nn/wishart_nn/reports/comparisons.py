"""The predicted σ against the fixed rules, and the predicted activation variance against what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, log, sqrt

import numpy as np

from wishart_nn.reports.cells import Cell
from wishart_nn.reports.records import Run
from wishart_nn.reports.statistics import SIGNIFICANT, Test, holm, paired
from wishart_nn.reports.words import signed


@dataclass(frozen=True)
class Contest:
    """The predicted σ beside the fixed ones, at one architecture, optimiser, depth and choice of the other options.

    Attributes:
        predicted: its cell.
        rival: of the fixed scales the one with the highest mean test AUC: chosen after the fact, in its own favour.
        test: predicted − rival, seeds paired.
        p: corrected for the number of contests.
        rank: of the predicted σ by mean test AUC among all scales, 1 the best.
        scales: how many there are, the predicted one included.
    """

    predicted: Cell
    rival: Cell
    test: Test
    p: float
    rank: int
    scales: int


def contests(cells: Sequence[Cell]) -> list[Contest]:
    """Return the contests of a sweep that has both the predicted σ and fixed ones."""
    found: list[tuple[Cell, Cell, Test, int, int]] = []
    for cell in cells:
        if cell.scale.label not in ("predicted", "shared") or not cell.auc:
            continue
        place = (cell.architecture, cell.optimizer, cell.depth, cell.others)
        fixed = [
            each
            for each in cells
            if each.scale.fixed
            and each.auc.keys() & cell.auc.keys()
            and (each.architecture, each.optimizer, each.depth, each.others) == place
        ]
        if fixed:
            rival = max(fixed, key=lambda each: each.interval.mean)
            better = sum(each.interval.mean > cell.interval.mean for each in fixed)
            found.append((cell, rival, paired(cell.auc, rival.auc), better + 1, len(fixed) + 1))
    adjusted = holm([test.p for _, _, test, _, _ in found])
    return [
        Contest(cell, rival, test, p, rank, scales)
        for (cell, rival, test, rank, scales), p in zip(found, adjusted, strict=True)
    ]


def contest_line(found: Sequence[Contest]) -> str:
    """Return how the predicted σ fares, in a sentence."""
    better = sum(each.p < SIGNIFICANT and each.test.effect > 0 for each in found)
    worse = sum(each.p < SIGNIFICANT and each.test.effect < 0 for each in found)
    first = sum(each.rank == 1 for each in found)
    mean = sum(each.test.effect for each in found) / len(found)
    return (
        f"first of all scales in {first} of {len(found)} places; against the best fixed scale of each place, picked "
        f"after the fact, {signed(mean)} on average, better in {better}, worse in {worse}, no difference shown in "
        f"{len(found) - better - worse} (paired t, Holm)"
    )


@dataclass(frozen=True)
class Agreement:
    """Measured over predicted mean squares before training, over all layers and runs at hand.

    Attributes:
        count: of ratios.
        middle: their geometric mean.
        spread: the geometric standard deviation, as a factor; nan for a single ratio.
        within: share of the ratios between 1/2 and 2.
    """

    count: int
    middle: float
    spread: float
    within: float


def agreement(runs: Sequence[Run]) -> Agreement | None:
    """Return how the prediction fares, None where the logs hold none."""
    logs = [
        log(measured / predicted)
        for run in runs
        if run.epochs
        for measured, predicted in zip(run.layers(0, "variance"), run.layers(0, "predicted_variance"), strict=True)
        if isfinite(measured) and isfinite(predicted) and measured > 0 and predicted > 0
    ]
    if not logs:
        return None
    array = np.array(logs)
    spread = exp(sqrt(float(array.var(ddof=1)))) if len(logs) > 1 else float("nan")
    return Agreement(len(logs), exp(float(array.mean())), spread, float(np.mean(np.abs(array) <= log(2))))
