"""The command relu: where to start, and K ReLUs in the plane of their symmetric start; `relu_measured` has the rest."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from wishart_moments.cli.application import AsJson, Force, read_order
from wishart_moments.cli.variance import read_number
from wishart_moments.errors import DomainError
from wishart_nn.cli import needs_torch, relu_measured
from wishart_nn.cli.relu_application import (
    MOST_NUMBERS,
    Columns,
    Drawn,
    Seed,
    answer,
    app,
    read_up_to,
    refuse_more,
    share_text,
    table,
)

__all__ = ["app", "relu_measured"]

Units = Annotated[
    list[str] | None, typer.Option("--k", help="ReLUs K >= 2; may be repeated; 2, 5, 10 by default.", metavar="<int>")
]


@app.command()
def start(
    d: Annotated[
        list[str] | None, typer.Option("--d", help="Inputs; may be repeated; 2 to 1000 by default.", metavar="<int>")
    ] = None,
    epsilon: Annotated[str, typer.Option(help="0 < epsilon <= 1.", metavar="<float>")] = "0.5",
    draws: Annotated[str, typer.Option(help="Starts to draw and descend from at each d.", metavar="<int>")] = "1000",
    seed: Seed = "0",
    output: Drawn = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Print where to start one ReLU, and how often it succeeds: the bound, exactly, measured.

    Example: wishart-moments relu start --d 10 --d 1000 --epsilon 0.5
    """
    needs_torch("relu needs torch")
    import torch

    from wishart_nn.relu import measure_success, nearer_probability, relu_init_radius, relu_init_std, success_bound
    from wishart_nn.relu.figures import success_figure

    share = read_number(epsilon, "epsilon")
    generator = torch.Generator().manual_seed(read_order(seed, "seed"))
    count = read_up_to(draws, "draws", MOST_NUMBERS)
    inputs = [read_up_to(text, "d", MOST_NUMBERS) for text in d or ["2", "3", "5", "10", "30", "100", "300", "1000"]]
    refuse_more("draws x d", count * max(inputs), MOST_NUMBERS)
    found = [measure_success(each, share, count, generator=generator) for each in inputs]
    bound = success_bound(share)
    records = [
        {
            **asdict(each),
            "radius": relu_init_radius(each.d, share),
            "standard_deviation": relu_init_std(each.d, share),
            "bound": bound,
            "nearer_probability": nearer_probability(each.d, share),
        }
        for each in found
    ]
    wanted: Columns = {
        "d": "{d}",
        "radius": "{radius:.5f}",
        "std": "{standard_deviation:.6f}",
        "P(nearer)": "{nearer_probability:.4f}",
        "measured, 95 %": lambda row: share_text(row["nearer"], row["draws"], row["nearer_interval"]),
        "descent converged, 95 %": lambda row: share_text(row["converged"], row["draws"], row["converged_interval"]),
    }
    text = [
        f"one ReLU, uniform in the ball of radius epsilon sqrt(2 pi/(d + 1)) |w*|, epsilon = {epsilon}",
        f"bound (1 - epsilon)/2 = {bound:.4f}; nearer: |w - w*| < |w*|; {count:,} starts each\n",
        table(records, wanted),
    ]
    answer(records, text, lambda: success_figure(found), output, force, as_json)


@app.command()
def field(k: Units = None, output: Drawn = None, force: Force = False, as_json: AsJson = False) -> None:
    """Print the saddle of K ReLUs with an orthonormal teacher and the rates there; draw the field of (x, y).

    Each w_j is x times its own teacher vector plus y times the sum of the others.

    Example: wishart-moments relu field --k 2 --k 5 --k 10 --output field.png
    """
    needs_torch("relu needs torch")
    from wishart_nn.relu import mirror, plane_flow, saddle, saddle_rates
    from wishart_nn.relu.figures import field_figure

    counts = _units(k)
    records: list[dict[str, Any]] = []
    for count in counts:
        rates = saddle_rates(count)
        end = plane_flow(1e-3, 0.0, count, [0.0, 200.0]).weights[-1, 0]
        ends = {"end": (end.round(9) + 0.0).tolist(), "mirror": mirror(count)}
        named = {"rate_along": rates.along, "rate_apart": rates.apart, "loss": rates.loss}
        records.append({"k": count, "saddle": saddle(count), **named, **ends})
    wanted: Columns = {
        "K": "{k}",
        "saddle x = y": "{saddle:.9f}",
        "rate along": "{rate_along:.6f}",
        "rate apart": "{rate_apart:+.6f}",
        "loss there": "{loss:.6f}",
        "from (0.001, 0) to": "({end[0]:.4f}, {end[1]:.4f})",
        "from x < y to": lambda row: "({:.4f}, {:.4f})".format(*(each + 0.0 for each in row["mirror"])),
    }
    answer(records, [table(records, wanted)], lambda: field_figure(counts), output, force, as_json)


@app.command()
def basins(
    k: Units = None,
    points: Annotated[str, typer.Option(help="Starts along each side of [-1, 1.5]^2.", metavar="<int>")] = "101",
    output: Drawn = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Print and draw where gradient flow from each (x, y) ends.

    Example: wishart-moments relu basins --k 2 --k 5 --points 51 --output basins.png
    """
    needs_torch("relu needs torch")
    import numpy as np

    from wishart_nn.relu import basin_map
    from wishart_nn.relu.figures import basin_figure
    from wishart_nn.relu.plane import ENDS

    counts, side = _units(k), read_up_to(points, "points", 1001)
    if side < 2:
        raise DomainError(f"need at least 2 points along a side, got {side}")
    x, y = np.meshgrid(*(np.linspace(-1, 1.5, side),) * 2)
    records: list[dict[str, Any]] = []
    for count in counts:
        ends = basin_map(x, y, count)
        shares = {name: int((ends == i).sum()) for i, name in enumerate(ENDS)}
        records.append({"k": count, **shares, "teacher_from_x_above_y": bool((ends[x > y] == 0).all())})
    wanted: Columns = {
        "K": "{k}",
        **{name: f"{{{name}}}" for name in ENDS},
        "all x > y to the teacher": lambda row: "yes" if row["teacher_from_x_above_y"] else "no",
    }
    text = [f"gradient flow from {side}^2 starts in [-1, 1.5]^2\n", table(records, wanted)]
    answer(records, text, lambda: basin_figure(counts, points=side), output, force, as_json)


def _units(k: list[str] | None) -> list[int]:
    return [read_up_to(text, "K", 100) for text in k or ["2", "5", "10"]]
