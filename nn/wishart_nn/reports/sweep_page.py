"""The page of a sweep: what it shows, the claims of the paper, heatmaps, curves, layers, tables to take away."""

from collections.abc import Sequence
from math import isnan
from typing import Any

from markupsafe import Markup

from wishart_moments.errors import DomainError
from wishart_nn.reports import downloads
from wishart_nn.reports.cells import AXES, NAMES, TUNED, Cell, best_of, cells_of, others_line, swept
from wishart_nn.reports.claims import PAPER, claims
from wishart_nn.reports.comparisons import Contest, agreement, contest_line, contests
from wishart_nn.reports.heatmaps import STEPS, heatmaps
from wishart_nn.reports.records import CHANCE, Sweep
from wishart_nn.reports.rendering import document, render
from wishart_nn.reports.statistics import LEVEL, SIGNIFICANT
from wishart_nn.reports.sweep_charts import Pens, auc_range, by_scale, curves, depth_legend, layer_charts
from wishart_nn.reports.verdicts import CONTRARY_SHARE, LEAST_SEEDS, MARGIN, SEEDS_FOR_NO
from wishart_nn.reports.words import data_line, options_line, plural

TOP = 10
"""Settings in the table of the best."""


def sweep_page(sweep: Sweep) -> str:
    """Return the page of a sweep, finished or not.

    Raises:
        DomainError: if no run has begun.
    """
    if not sweep.runs:
        wrong = f"; {next(iter(sweep.unreadable.values()))}" if sweep.unreadable else ""
        raise DomainError(f"need at least one run that has begun, got a sweep without any{wrong}")
    cells = cells_of(sweep)
    found, duels = claims(cells), contests(cells_of(sweep, TUNED))
    facets = _facets(cells)
    pens = Pens(sorted({cell.scale for cell in cells}))
    panes = _layer_panes(cells, pens)
    best = best_of(cells)
    first = sweep.runs[0]
    vary = (*AXES, "seed", *swept(sweep.runs))
    body = render(
        "sweep.html",
        title=f"{plural(len(sweep.runs), 'run')} of {plural(len(cells), 'setting')}",
        data_line="; ".join(dict.fromkeys(data_line(run.data, run.options) for run in sweep.runs)),
        remarks=_remarks(sweep),
        entries=_tiles(sweep, best),
        paper=PAPER,
        claims=found,
        further=_further(sweep, cells, duels),
        seeds=_seeds(cells),
        diverged=sweep.count("diverged"),
        chance=CHANCE,
        steps=STEPS,
        maps=[(name, heatmaps(group)) for name, group in facets],
        depths=depth_legend(sorted({cell.depth for cell in cells})),
        scale_charts=[(name, drawn) for name, group in facets if (drawn := _scale_charts(group, facets))],
        contests=duels,
        tuned=", ".join(name for name in swept(sweep.runs) if name in TUNED and name != "lr"),
        scales=pens.legend(),
        panes=panes,
        best=_best_rows(best),
        links=[
            ("runs.csv", downloads.run_rows(sweep), "Runs"),
            ("settings.csv", downloads.cell_rows(cells), "Settings: test AUC with intervals"),
            ("curves.csv", downloads.curve_rows(cells), "Curves"),
            ("layers.csv", downloads.layer_rows(cells), "Layers"),
            *([("rivals.csv", downloads.contest_rows(duels), "Rules against tuned rivals")] if duels else []),
            ("claims.csv", downloads.claim_rows(found), "Claims and tests"),
        ],
        runs=_run_table(sweep),
        judgement=(LEVEL, SIGNIFICANT, CONTRARY_SHARE, LEAST_SEEDS, MARGIN, SEEDS_FOR_NO, PAPER),
        chosen=", ".join(sorted({name for cell in cells for name, _ in cell.chosen})),
        common=options_line(first.options, vary),
        fingerprint=first.data.get("fingerprint", "unknown"),
        versions=options_line(first.versions),
    )
    return document(f"Sweep {sweep.name}", body, tabs=len(panes))


def _remarks(sweep: Sweep) -> list[str]:
    remarks: list[str] = []
    source = data_line(sweep.runs[0].data, sweep.runs[0].options)
    if "synthetic" in source.lower():
        remarks.append("SYNTHETIC data: a generated set with the layout of HIGGS. Nothing here is about physics.")
    if len({run.data.get("fingerprint") for run in sweep.runs}) > 1:
        remarks.append("The runs have used different data; the comparisons hold only where that is what was swept.")
    over = sum(run.counts for run in sweep.runs)
    expected = sweep.expected
    if expected is not None and over < expected:
        remarks.append(f"Unfinished: {over:,} of {expected:,} runs have ended. What follows is from these.")
    elif over < len(sweep.runs):
        remarks.append(f"Unfinished: {over:,} of {len(sweep.runs):,} runs have ended. What follows is from these.")
    if sweep.unreadable:
        first = next(iter(sweep.unreadable.values()))
        remarks.append(f"Left out: {len(sweep.unreadable)} folders that cannot be read, such as this: {first}")
    return remarks


def _tiles(sweep: Sweep, best: Sequence[Cell]) -> list[tuple[str, str, str]]:
    states = [f"{sweep.count(name)} {name}" for name in ("diverged", "stopped", "unfinished") if sweep.count(name)]
    over = sum(run.counts for run in sweep.runs)
    entries = [("Runs that have ended", f"{over:,}", ", ".join(states) or "all of them finished")]
    if best:
        top = best[0]
        spread = "" if top.interval.n < 2 else f"± {top.interval.half:.4f}, "
        remark = f"{spread}{plural(top.interval.n, 'seed')}"
        entries.append(("Test AUC of the best setting", f"{top.interval.mean:.4f}", remark))
        entries.append(
            ("The best setting", f"σ√n = {top.scale.label}" if top.scale.fixed else top.scale.label, top.label)
        )
    fit = agreement(sweep.runs)
    if fit:
        spread = "" if isnan(fit.spread) else f"× or ÷ {fit.spread:.2f} from layer to layer; "
        entries.append(
            ("Measured / predicted variance", f"{fit.middle:.3f}", f"{spread}{fit.count:,} layers before training")
        )
    return entries


def _further(sweep: Sweep, cells: Sequence[Cell], duels: Sequence[Contest]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if duels:
        found.append(("The rules for σ", f"{contest_line(duels)}."))
    lost = [cell for cell in cells if cell.diverged]
    if lost:
        worst = max(lost, key=lambda cell: cell.diverged)
        text = f"{plural(sweep.count('diverged'), 'run')} in {plural(len(lost), 'setting')}"
        found.append(("Divergence", f"{text}; most, {worst.diverged}, with {worst.label}."))
    return found


def _seeds(cells: Sequence[Cell]) -> str:
    counts = sorted({cell.interval.n for cell in cells if cell.interval.n})
    if not counts:
        return "no seed yet"
    if len(counts) == 1:
        return f"n = {plural(counts[0], 'seed')}"
    return f"n = {counts[0]} to {counts[-1]} seeds"


def _facets(cells: Sequence[Cell]) -> list[tuple[str, list[Cell]]]:
    """Return (architecture and other options, cells) in the order of the cells."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        name = NAMES.get(cell.architecture, cell.architecture)
        found.setdefault(name[:1].upper() + name[1:] + _others(cell), []).append(cell)
    return list(found.items())


def _others(cell: Cell) -> str:
    return others_line(cell.others)


def _scale_charts(group: Sequence[Cell], facets: Sequence[tuple[str, list[Cell]]]) -> list[Markup]:
    if len({cell.scale for cell in group}) < 2:
        return []
    depths = sorted({cell.depth for _, cells in facets for cell in cells})
    scales, span = sorted({cell.scale for cell in group}), auc_range(group)
    return [
        by_scale([cell for cell in group if cell.optimizer == optimizer], scales, depths, span)
        for optimizer in dict.fromkeys(cell.optimizer for cell in group)
    ]


def _layer_panes(cells: Sequence[Cell], pens: Pens) -> list[tuple[str, list[tuple[str, list[Markup]]]]]:
    """Return, for each depth, (heading, curves and layers) of each architecture and optimiser."""
    panes: list[tuple[str, list[tuple[str, list[Markup]]]]] = []
    for others in dict.fromkeys(_others(cell) for cell in cells):
        for depth in sorted({cell.depth for cell in cells if _others(cell) == others}):
            groups: list[tuple[str, list[Markup]]] = []
            here = [cell for cell in cells if cell.depth == depth and _others(cell) == others]
            for architecture, optimizer in dict.fromkeys((cell.architecture, cell.optimizer) for cell in here):
                group = [cell for cell in here if (cell.architecture, cell.optimizer) == (architecture, optimizer)]
                name = f"{NAMES.get(architecture, architecture)}, {NAMES.get(optimizer, optimizer)}, depth {depth}"
                drawn = [
                    curves(group, pens, "test AUC", ("test", "auc")),
                    curves(group, pens, "training loss", ("train", "loss")),
                    curves(group, pens, "validation AUC", ("validation", "auc")),
                ]
                groups.append((name[:1].upper() + name[1:] + others, [*drawn, *layer_charts(group, pens)]))
            panes.append((f"depth {depth}{others}", groups))
    return panes


def _best_rows(best: Sequence[Cell]) -> list[list[str]]:
    return [
        [
            cell.label,
            f"{cell.validation.mean:.4f}",
            f"{cell.interval.mean:.4f}" + ("" if isnan(cell.interval.half) else f" ± {cell.interval.half:.4f}"),
            str(cell.interval.n),
        ]
        for cell in best[:TOP]
    ]


def _run_table(sweep: Sweep) -> dict[str, Any]:
    names = [name for name in AXES if name in sweep.runs[0].options]
    names += [name for name in swept(sweep.runs) if name not in names]
    rows = [
        [
            run.name,
            *(str(run.options.get(name)) for name in names),
            str(run.seed),
            run.status,
            "–" if run.auc is None or run.status == "diverged" else f"{run.auc:.4f}",
            str(run.epochs[-1].get("epoch")) if run.epochs else "–",
        ]
        for run in sweep.runs
    ]
    heads = ["run", *names, "seed", "state", "test AUC", "epochs"]
    return {"heads": heads, "rows": rows}
