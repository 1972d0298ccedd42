"""The command relu: what is measured, convergence, errors of sampled gradients and critical points."""

from typing import Annotated, Any

import typer

from wishart_moments.cli.application import AsJson, Force, read_order
from wishart_moments.cli.variance import read_number
from wishart_moments.errors import DomainError
from wishart_moments.texts import real
from wishart_nn.cli import needs_torch
from wishart_nn.cli.relu_application import (
    MOST_NUMBERS,
    Columns,
    Drawn,
    Inputs,
    Seed,
    Trials,
    answer,
    app,
    read_up_to,
    refuse_more,
    share_text,
    table,
)


@app.command()
def convergence(
    k: Annotated[str, typer.Option("--k", help="ReLUs, an integer >= 1.", metavar="<int>")] = "5",
    d: Inputs = None,
    noise: Annotated[
        str, typer.Option(help="Levels of noise in the start, relative to the teacher.", metavar="<float,...>")
    ] = "0,0.5,1,2,4",
    top: Annotated[str, typer.Option(help="Top-layer weights: ones, positive or mixed.", metavar="<text>")] = "ones",
    trials: Trials = "10",
    time: Annotated[str, typer.Option(help="Of descent, in units of gradient flow.", metavar="<float>")] = "200",
    seed: Seed = "0",
    output: Drawn = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Print and draw how networks that start near zero come to the teacher, by the noise in the start.

    Example: wishart-moments relu convergence --k 5 --noise 0,0.5,1,2,4 --output convergence.png
    """
    needs_torch("relu needs torch")
    from wishart_nn.relu import measure_convergence
    from wishart_nn.relu.figures import convergence_figure

    units, repeats = read_up_to(k, "K", 1000), read_up_to(trials, "trials", 10**6)
    width = None if d is None else read_up_to(d, "d", 10**4)
    refuse_more("K x d x trials", units * (width or units) * repeats, 10**7)
    found = measure_convergence(
        units,
        d=width,
        noise=[real(text, "noise", ">= 0") for text in noise.split(",")],
        trials=repeats,
        top=top,
        time=read_number(time, "time"),
        seed=read_order(seed, "seed"),
    )
    count = found.errors.shape[1]
    named = {"k": found.k, "d": found.d, "top": found.top, "trials": count, "noise": found.noise}
    measured = {"recovered": found.recovered, "arrival": found.arrival.tolist(), "rate": found.rates.tolist()}
    document = {**named, **measured, "loss": found.losses.tolist()}
    records = [
        {"noise": level, "arrival": found.arrival[i], "rate": found.rates[i], "loss": found.losses[i].max()}
        | {"share": share_text(found.recovered[i], count, found.recovery[i])}
        for i, level in enumerate(found.noise)
    ]
    wanted: Columns = {
        "noise": "{noise:g}",
        "recovered": "{share}",
        "time to 0.01": lambda row: _or_dash(row["arrival"], ".1f"),
        "rate then": lambda row: _or_dash(row["rate"], ".4f"),
        "greatest loss": "{loss:.2e}",
    }
    text = [
        f"K = {found.k}, d = {found.d}, top weights {found.top}: W = 0.001 (W* + noise N(0, I)), {count} trials",
        "recovered: error < 0.01 up to the order of units, with the 95 % interval\n",
        table(records, wanted),
    ]
    answer(document, text, lambda: convergence_figure(found), output, force, as_json)


def _or_dash(value: float, form: str) -> str:
    return "-" if value != value else format(value, form)


@app.command()
def errors(
    d: Inputs = None,
    draws: Annotated[str, typer.Option(help="Inputs N of the errors by angle.", metavar="<int>")] = "1000",
    trials: Trials = "50",
    seed: Seed = "0",
    output: Drawn = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Print and draw how far sampled gradients are from the closed form, by angle and by N.

    Example: wishart-moments relu errors --d 100 --draws 1000 --output errors.png
    """
    needs_torch("relu needs torch")
    from wishart_nn.relu import measure_gating_errors
    from wishart_nn.relu.figures import error_figure

    width, count = 100 if d is None else read_up_to(d, "d", 10**5), read_up_to(draws, "draws", MOST_NUMBERS)
    refuse_more("draws x d", count * width, MOST_NUMBERS)
    found = measure_gating_errors(
        width,
        draws=count,
        trials=read_up_to(trials, "trials", 10**6),
        seed=read_order(seed, "seed"),
    )
    document: dict[str, Any] = {"d": found.d, "draws": found.draws, "trials": found.trials}
    text = [f"relative RMS error of F/N against E F/N, d = {found.d}, {found.trials} trials\n"]
    for name, form, places, values, exact in (
        ("theta", "{theta:.4f}", found.angles, found.by_angle, found.exact_by_angle),
        ("N", "{N:.0f}", found.numbers, found.by_number, found.exact_by_number),
    ):
        kinds = {name: places, "exact": exact, **values}
        document[name] = [dict(zip(kinds, map(float, row), strict=True)) for row in zip(*kinds.values(), strict=True)]
        errors = {"exact (Gaussian)": "{exact:.5f}", "Gaussian": "{gaussian:.5f}", "uniform": "{uniform:.5f}"}
        text += [table(document[name], {name: form, **errors}), ""]
    answer(document, text, lambda: error_figure(found), output, force, as_json)


@app.command()
def critical(
    k: Annotated[str, typer.Option("--k", help="ReLUs, an integer >= 1.", metavar="<int>")] = "2",
    d: Inputs = None,
    starts: Annotated[str, typer.Option(help="Random starts of the search.", metavar="<int>")] = "20",
    seed: Seed = "0",
    output: Drawn = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Print critical points that random starts lead to, with the null directions of the Hessian there.

    For d >= K + 2 none outside the span of the (orthonormal) teacher is isolated: orbit >= 1.

    Example: wishart-moments relu critical --k 2 --d 4
    """
    needs_torch("relu needs torch")
    import numpy as np

    from wishart_nn.relu import search_critical_points
    from wishart_nn.relu.figures import critical_figure

    count = read_up_to(k, "K", 100)
    width = count + 2 if d is None else read_up_to(d, "d", 10**4)
    refuse_more("K x d", count * width, 400)
    if width < count:
        raise DomainError(f"need d >= K for an orthonormal teacher, got d = {width}, K = {count}")
    rng = np.random.default_rng(read_order(seed, "seed"))
    found = search_critical_points(np.eye(count, width), read_up_to(starts, "starts", 10**5), generator=rng)
    names = ("loss", "gradient", "orbit", "null_directions", "falling_directions")
    document = [{**{name: getattr(each, name) for name in names}, "weights": each.weights.tolist()} for each in found]
    wanted: Columns = {
        "loss": lambda row: f"{abs(row['loss']):.7f}",
        "|gradient|": "{gradient:.1e}",
        "orbit": "{orbit}",
        "null": "{null_directions}",
        "falling": "{falling_directions}",
    }
    title = f"critical points with K = {count}, d = {width}, orthonormal teacher, from {starts} random starts\n"
    answer(document, [title, table(document, wanted)], lambda: critical_figure(found), output, force, as_json)
