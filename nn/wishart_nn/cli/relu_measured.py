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
    Drawn,
    Inputs,
    Seed,
    Trials,
    app,
    print_document,
    print_table,
    read_up_to,
    refuse_more,
    save,
    share_text,
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
    drawn = convergence_figure(found) if output is not None else None
    count = found.errors.shape[1]
    if as_json:
        document = {
            "k": found.k,
            "d": found.d,
            "top": found.top,
            "trials": count,
            "noise": found.noise,
            "recovered": found.recovered,
            "arrival": _finite(found.arrival),
            "rate": _finite(found.rates),
            "loss": found.losses.tolist(),
        }
        print_document(document, drawn, output, force)
        return
    typer.echo(f"K = {found.k}, d = {found.d}, top weights {found.top}: W = 0.001 (W* + noise N(0, I)), {count} trials")
    typer.echo("recovered: error < 0.01 up to the order of units, with the 95 % interval\n")
    rows = [
        [
            f"{level:g}",
            share_text(found.recovered[i], count, found.recovery[i]),
            _or_dash(found.arrival[i], ".1f"),
            _or_dash(found.rates[i], ".4f"),
            f"{found.losses[i].max():.2e}",
        ]
        for i, level in enumerate(found.noise)
    ]
    print_table(["noise", "recovered", "time to 0.01", "rate then", "greatest loss"], rows)
    save(drawn, output, force)


def _finite(values: Any) -> list[float | None]:
    return [None if value != value else float(value) for value in values]


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
    drawn = error_figure(found) if output is not None else None
    tables = (
        ("theta", [f"{each:.4f}" for each in found.angles], found.by_angle, found.exact_by_angle),
        ("N", [str(each) for each in found.numbers], found.by_number, found.exact_by_number),
    )
    if as_json:
        document = {
            name: [
                {name: float(place), "exact": float(exact[i]), **{kind: float(v[i]) for kind, v in values.items()}}
                for i, place in enumerate(places)
            ]
            for name, places, values, exact in tables
        }
        print_document({"d": found.d, "draws": found.draws, "trials": found.trials, **document}, drawn, output, force)
        return
    typer.echo(f"relative RMS error of F/N against E F/N, d = {found.d}, {found.trials} trials\n")
    for name, places, values, exact in tables:
        rows = [
            [place, *(f"{numbers[i]:.5f}" for numbers in (exact, values["gaussian"], values["uniform"]))]
            for i, place in enumerate(places)
        ]
        print_table([name, "exact (Gaussian)", "Gaussian", "uniform"], rows)
        typer.echo("")
    save(drawn, output, force)


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
    drawn = critical_figure(found) if output is not None else None
    document = [
        {
            "loss": each.loss,
            "gradient": each.gradient,
            "orbit": each.orbit,
            "null_directions": each.null_directions,
            "falling_directions": each.falling_directions,
            "weights": each.weights.tolist(),
        }
        for each in found
    ]
    if as_json:
        print_document(document, drawn, output, force)
        return
    typer.echo(f"critical points with K = {count}, d = {width}, orthonormal teacher, from {starts} random starts\n")
    rows = [
        [
            f"{abs(each.loss):.7f}",
            f"{each.gradient:.1e}",
            str(each.orbit),
            str(each.null_directions),
            str(each.falling_directions),
        ]
        for each in found
    ]
    print_table(["loss", "|gradient|", "orbit", "null", "falling"], rows)
    save(drawn, output, force)
