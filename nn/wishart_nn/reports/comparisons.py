"""The rules for σ against tuned rivals, and the predicted activation variance against what was measured."""

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
    """A rule for σ beside a rival, at one optimiser, depth and choice of the other options; both tuned by validation.

    Attributes:
        rule: its cell: a predicted σ, or one with matched steps.
        rival: a fixed σ without matched steps, or a plain network.
        best: whether the rival has the greatest validation AUC of all that the rule meets here.
        test: test AUC of the rule − that of the rival, seeds paired.
        p: corrected for the number of contests.
    """

    rule: Cell
    rival: Cell
    best: bool
    test: Test
    p: float


def contests(cells: Sequence[Cell]) -> list[Contest]:
    """Return what every rule and every rival of its place come to.

    Args:
        cells: of `cells_of` with `TUNED` chosen.
    """
    found: list[tuple[Cell, Cell, bool, Test]] = []
    for place in dict.fromkeys(map(_place, cells)):
        here = [cell for cell in cells if _place(cell) == place and cell.auc]
        for rule in filter(_is_rule, here):
            kinds = (rule.architecture, "mlp")
            rivals = [
                each
                for each in here
                if each.architecture in kinds and not _is_rule(each) and each.auc.keys() & rule.auc.keys()
            ]
            best = max((each.validation.mean for each in rivals), default=0.0)
            found += [(rule, each, each.validation.mean == best, paired(rule.auc, each.auc)) for each in rivals]
    adjusted = holm([test.p for *_, test in found])
    return [Contest(*each, p=p) for each, p in zip(found, adjusted, strict=True)]


def _is_rule(cell: Cell) -> bool:
    return cell.architecture != "mlp" and not cell.scale.fixed


def _place(cell: Cell) -> tuple[object, ...]:
    return (cell.optimizer, cell.depth, cell.others)


def contest_line(found: Sequence[Contest]) -> str:
    """Return how the rules fare against the best rivals, in a sentence."""
    best = [each for each in found if each.best]
    better = sum(each.p < SIGNIFICANT and each.test.effect > 0 for each in best)
    worse = sum(each.p < SIGNIFICANT and each.test.effect < 0 for each in best)
    mean = sum(each.test.effect for each in best) / len(best)
    return (
        f"against the rival of each place that is best by validation, {signed(mean)} on average, better in {better}, "
        f"worse in {worse}, no difference shown in {len(best) - better - worse} of {len(best)} (paired t, Holm)"
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
