"""The page of a sweep: what it shows, the claims of the paper, heatmaps, curves, layers, tables to take away."""

from collections.abc import Sequence

from markupsafe import Markup

from wishart_moments.errors import DomainError
from wishart_nn.reports import downloads
from wishart_nn.reports.cells import AXES, NAMES, TUNED, Cell, best_of, cells_of, others_line, swept
from wishart_nn.reports.claims import PAPER, claims
from wishart_nn.reports.comparisons import agreement, contest_line, contests
from wishart_nn.reports.heatmaps import STEPS, heatmaps
from wishart_nn.reports.records import CHANCE, Sweep
from wishart_nn.reports.rendering import document, render
from wishart_nn.reports.statistics import LEVEL, SIGNIFICANT
from wishart_nn.reports.sweep_charts import Pens, auc_range, by_scale, curves, depth_legend, layer_charts
from wishart_nn.reports.verdicts import CONTRARY_SHARE, LEAST_SEEDS, MARGIN, SEEDS_FOR_NO
from wishart_nn.reports.words import data_line, options_line

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
    first, varied = sweep.runs[0], swept(sweep.runs)
    body = render(
        "sweep.html",
        sweep=sweep,
        cells=cells,
        data_line="; ".join(dict.fromkeys(data_line(run.data, run.options) for run in sweep.runs)),
        mixed=len({run.data.get("fingerprint") for run in sweep.runs}) > 1,
        over=sum(run.counts for run in sweep.runs),
        best=best_of(cells)[:TOP],
        fit=agreement(sweep.runs),
        paper=PAPER,
        claims=found,
        duels=contest_line(duels) if duels else "",
        lost=sorted((cell for cell in cells if cell.diverged), key=lambda cell: -cell.diverged),
        seeds=sorted({cell.interval.n for cell in cells if cell.interval.n}),
        chance=CHANCE,
        steps=STEPS,
        maps=[(name, heatmaps(group)) for name, group in facets],
        depths=depth_legend(sorted({cell.depth for cell in cells})),
        scale_charts=[(name, drawn) for name, group in facets if (drawn := _scale_charts(group, facets))],
        contests=duels,
        tuned=", ".join(name for name in varied if name in TUNED and name != "lr"),
        scales=pens.legend(),
        panes=panes,
        links=[
            ("runs.csv", downloads.run_rows(sweep), "Runs"),
            ("settings.csv", downloads.cell_rows(cells), "Settings: test AUC with intervals"),
            ("curves.csv", downloads.curve_rows(cells), "Curves"),
            ("layers.csv", downloads.layer_rows(cells), "Layers"),
            *([("rivals.csv", downloads.contest_rows(duels), "Rules against tuned rivals")] if duels else []),
            ("claims.csv", downloads.claim_rows(found), "Claims and tests"),
        ],
        names=[name for name in AXES if name in first.options] + [name for name in varied if name not in AXES],
        judgement=(LEVEL, SIGNIFICANT, CONTRARY_SHARE, LEAST_SEEDS, MARGIN, SEEDS_FOR_NO, PAPER),
        chosen=", ".join(sorted({name for cell in cells for name, _ in cell.chosen})),
        common=options_line(first.options, (*AXES, "seed", *varied)),
        fingerprint=first.data.get("fingerprint", "unknown"),
        versions=options_line(first.versions),
    )
    return document(f"Sweep {sweep.name}", body, tabs=len(panes))


def _named(*parts: str) -> str:
    """Return a heading, the first letter great; architectures and optimisers by their names."""
    name = ", ".join(NAMES.get(part, part) for part in parts)
    return name[:1].upper() + name[1:]


def _facets(cells: Sequence[Cell]) -> list[tuple[str, list[Cell]]]:
    """Return (architecture and other options, cells) in the order of the cells."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(_named(cell.architecture) + others_line(cell.others), []).append(cell)
    return list(found.items())


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
    panes: dict[str, dict[str, list[Cell]]] = {}
    for others in dict.fromkeys(others_line(cell.others) for cell in cells):
        for cell in sorted(cells, key=lambda each: each.depth):
            if others_line(cell.others) == others:
                here = panes.setdefault(f"depth {cell.depth}{others}", {})
                name = _named(cell.architecture, cell.optimizer, f"depth {cell.depth}") + others
                here.setdefault(name, []).append(cell)
    shown = {"test AUC": ("test", "auc"), "training loss": ("train", "loss"), "validation AUC": ("validation", "auc")}

    def drawn(group: Sequence[Cell]) -> list[Markup]:
        return [*(curves(group, pens, title, which) for title, which in shown.items()), *layer_charts(group, pens)]

    return [(pane, [(name, drawn(group)) for name, group in groups.items()]) for pane, groups in panes.items()]
