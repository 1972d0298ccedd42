"""The claims of arXiv 2601.08253 on its HIGGS sweep, each held against the runs at hand: reproduced, not, or undecided.

Every claim is a mean effect over settings, with its sign such that the claim says "positive", and the same effect in
each setting. Seeds are paired. The settings' p-values are corrected for their number by Holm's procedure.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from math import log10
from typing import Any

from wishart_nn.reports.cells import NAMES, Cell
from wishart_nn.reports.scales import HE, VARIANCE_PRESERVING, Scale
from wishart_nn.reports.stability import decades
from wishart_nn.reports.statistics import Test, dependence, mean_over_cells, one_sample, slope
from wishart_nn.reports.verdicts import LEAST_SEEDS, MARGIN, Claim, Part, corrected, dependence_verdict, verdict_of

PAPER = "arXiv 2601.08253"


def claims(cells: Sequence[Cell]) -> list[Claim]:
    """Return the paper's four claims with their verdicts, from all LDLT networks of a sweep.

    Args:
        cells: of `cells_of`; plain networks are left aside, and matched steps, of which the paper knows nothing.
    """
    ours = [cell for cell in cells if cell.architecture != "mlp" and not cell.matched]
    return [
        _claim("Smaller scales give better AUC", ours, [_smaller_is_better]),
        _claim(
            "AdamW beats SGD, most in deep networks and at large scales",
            ours,
            [_adamw_beats_sgd, _most_when_deep, _most_at_large_scales],
        ),
        _claim("Activation stability depends on scale and optimiser", ours, [_stability_by_scale, _stability_by_rule]),
        _claim("Variance preservation (10/√n) does not beat He (1/√n)", ours, [_ten_does_not_beat_he]),
    ]


Maker = Callable[[Sequence[Cell], str], Part]


def _claim(statement: str, cells: Sequence[Cell], makers: Sequence[Maker]) -> Claim:
    kinds = sorted({cell.architecture for cell in cells}, key=lambda name: name == "chain")
    separate = [
        make([cell for cell in cells if cell.architecture == kind], NAMES.get(kind, kind))
        for kind in kinds
        for make in makers
    ]
    where = "all networks" if len(kinds) != 1 else NAMES.get(kinds[0], kinds[0])
    together = tuple(make(cells, where) for make in makers)
    return Claim(statement, together, tuple(separate) if len(kinds) > 1 else ())


def _directed(
    statement: str, where: str, unit: str, found: Sequence[tuple[str, dict[int, float]]], missing: str, detail: str = ""
) -> Part:
    named = [(name, values) for name, values in found if values]
    effects = corrected([(name, one_sample(values.values())) for name, values in named])
    mean = mean_over_cells([values for _, values in named])
    return Part(statement, where, unit, mean, effects, verdict_of(mean, effects), detail if named else missing)


Key = tuple[object, ...]


def _grouped(cells: Sequence[Cell], key: Callable[[Cell], Key]) -> list[tuple[Key, list[Cell]]]:
    ordered = sorted(cells, key=lambda cell: repr(key(cell)))
    return [(name, list(group)) for name, group in groupby(ordered, key=key)]


def _row(cell: Cell) -> Key:
    return (cell.architecture, cell.others, cell.optimizer, cell.depth)


def _words(cell: Cell, *names: str) -> str:
    parts = {
        "architecture": "independent" if cell.architecture == "independent" else cell.architecture,
        "optimizer": NAMES.get(cell.optimizer, cell.optimizer),
        "depth": f"depth {cell.depth}",
        "scale": cell.scale.words,
    }
    return ", ".join([parts[name] for name in names] + [f"{name} {value}" for name, value in cell.others])


def _fixed(cells: Sequence[Cell]) -> list[Cell]:
    return sorted((cell for cell in cells if cell.scale.fixed), key=lambda cell: cell.scale)


def _by_scale(cells: Sequence[Cell]) -> str:
    """Return the mean AUC at each scale, over the settings and seeds at hand."""
    values: dict[Scale, list[float]] = {}
    for cell in _fixed(cells):
        values.setdefault(cell.scale, []).extend(cell.auc.values())
    shown = [f"{scale.label}: {sum(found) / len(found):.3f}" for scale, found in values.items() if found]
    return "Mean AUC by σ√n – " + ", ".join(shown) + "." if shown else ""


def _smaller_is_better(cells: Sequence[Cell], where: str) -> Part:
    found: list[tuple[str, dict[int, float]]] = []
    for _, group in _grouped(cells, _row):
        row = _fixed(group)
        if len(row) < 2:
            continue
        scores = [cell.auc for cell in row]
        seeds = set[int].intersection(*(set(each) for each in scores))
        logs = [log10(cell.scale.unit) for cell in row]
        effect = {seed: -slope(logs, [each[seed] for each in scores]) for seed in sorted(seeds)}
        found.append((_words(row[0], "architecture", "optimizer", "depth"), effect))
    return _directed(
        "AUC falls with σ: least-squares slope over log₁₀ σ",
        where,
        "AUC per decade of smaller σ",
        found,
        "Needs two fixed scales for the same setting.",
        _by_scale(cells),
    )


Effects = list[tuple[Cell, dict[int, float]]]


def _advantages(cells: Sequence[Cell], measure: Callable[[Cell], dict[int, float]] = lambda cell: cell.auc) -> Effects:
    """Return AdamW − SGD seed by seed, with the cell of AdamW."""
    found: Effects = []
    for _, group in _grouped(cells, lambda cell: (cell.architecture, cell.others, cell.depth, cell.scale)):
        kinds = {cell.optimizer: cell for cell in group}
        if {"adamw", "sgd"} <= kinds.keys():
            found.append((kinds["adamw"], _difference(measure(kinds["adamw"]), measure(kinds["sgd"]))))
    return found


_NO_PAIR = "Needs runs with both AdamW and SGD."


def _adamw_beats_sgd(cells: Sequence[Cell], where: str) -> Part:
    found = [(_words(cell, "architecture", "depth", "scale"), effect) for cell, effect in _advantages(cells)]
    return _directed("AdamW beats SGD", where, "AUC, AdamW − SGD", found, _NO_PAIR)


def _most_when_deep(cells: Sequence[Cell], where: str) -> Part:
    found = _ends(_advantages(cells), lambda cell: cell.depth, "architecture", "scale")
    missing = "Needs AdamW and SGD at two depths."
    return _directed("… most in deep networks: deepest − shallowest", where, "AUC, gain of AdamW", found, missing)


def _most_at_large_scales(cells: Sequence[Cell], where: str) -> Part:
    found = _ends(_advantages(_fixed(cells)), lambda cell: cell.scale, "architecture", "depth")
    missing = "Needs AdamW and SGD at two fixed scales."
    return _directed("… most at large scales: largest − smallest", where, "AUC, gain of AdamW", found, missing)


def _ends(pairs: Effects, along: Callable[[Cell], Any], *names: str) -> list[tuple[str, dict[int, float]]]:
    """Return the last effect along a quantity minus the first, for all that is alike in the names and other options."""
    rows: dict[str, Effects] = {}
    for pair in sorted(pairs, key=lambda pair: along(pair[0])):
        rows.setdefault(_words(pair[0], *names), []).append(pair)
    return [(name, _difference(row[-1][1], row[0][1])) for name, row in rows.items() if len(row) > 1]


def _ten_does_not_beat_he(cells: Sequence[Cell], where: str) -> Part:
    found: list[tuple[str, dict[int, float]]] = []
    for _, group in _grouped(cells, _row):
        he = [cell for cell in group if cell.scale.near(HE)]
        ten = [cell for cell in group if cell.scale.near(VARIANCE_PRESERVING)]
        if he and ten:
            found.append((_words(he[0], "architecture", "optimizer", "depth"), _difference(he[0].auc, ten[0].auc)))
    part = _directed(
        "10/√n does not beat 1/√n", where, "AUC, 1/√n − 10/√n", found, "Needs runs at σ√n = 1 and at σ√n = 10."
    )
    # "Does not beat" also holds where the two are alike.
    if part.verdict == "undecided" and part.mean.interval.n >= LEAST_SEEDS and part.mean.interval.low > -MARGIN:
        return replace(part, verdict="reproduced", detail=f"Alike, to within {MARGIN:g}.")
    return part


def _stability_by_scale(cells: Sequence[Cell], where: str) -> Part:
    named: list[tuple[str, Test]] = []
    rows: list[list[Cell]] = []
    for _, group in _grouped(cells, _row):
        row = _fixed(group)
        if len(row) >= 2 and all(decades(cell) for cell in row):
            rows.append(row)
            named.append((_words(row[0], "architecture", "optimizer", "depth"), _spread([decades(x) for x in row])))
    effects = corrected(named)
    shown = [f"{scale.label}: {value:.2f}" for scale, value in _mean_decades(rows)]
    detail = "Mean change by σ√n – " + ", ".join(shown) + "." if shown else "Needs logs of layers at two fixed scales."
    mean = mean_over_cells([_difference(decades(row[-1]), decades(row[0])) for row in rows])
    verdict = dependence_verdict(mean, effects)
    unit = "decades, largest − smallest σ"
    return Part("The change of activation variance depends on σ", where, unit, mean, effects, verdict, detail, False)


def _mean_decades(rows: Sequence[Sequence[Cell]]) -> list[tuple[Scale, float]]:
    values: dict[Scale, list[float]] = {}
    for row in rows:
        for cell in row:
            values.setdefault(cell.scale, []).extend(decades(cell).values())
    return [(scale, sum(found) / len(found)) for scale, found in sorted(values.items())]


def _spread(settings: Sequence[dict[int, float]]) -> Test:
    """Return the test of whether settings differ: largest minus smallest scale as effect, Friedman's p if 3 or more."""
    ends = one_sample(_difference(settings[-1], settings[0]).values())
    if len(settings) == 2:
        return ends
    ranks = dependence(settings)
    return Test(ends.interval, ranks.p, ranks.concordance)


def _difference(first: dict[int, float], second: dict[int, float]) -> dict[int, float]:
    return {seed: first[seed] - second[seed] for seed in sorted(first.keys() & second.keys())}


def _stability_by_rule(cells: Sequence[Cell], where: str) -> Part:
    pairs = _advantages(cells, decades)
    found = [(_words(cell, "architecture", "depth", "scale"), effect) for cell, effect in pairs if effect]
    effects = corrected([(name, one_sample(effect.values())) for name, effect in found])
    mean = mean_over_cells([effect for _, effect in found])
    verdict = dependence_verdict(mean, effects)
    detail = "" if found else _NO_PAIR
    unit = "decades, AdamW − SGD"
    return Part("… and on the optimiser", where, unit, mean, effects, verdict, detail, False)
