"""The command plot: pictures of the variance, of the singular values, of networks."""

from typing import Annotated

import typer

from wishart_moments.cli.application import Drawing, Force, group, read_order, read_size
from wishart_moments.cli.variance import (
    Activation,
    Alpha,
    Architecture,
    Gamma,
    Inputs,
    Outputs,
    Seed,
    Widths,
    read_number,
    read_widths,
)

plot = group("Draw to a new .png, .svg or .pdf file.", "plot")

OptionalDraws = Annotated[str, typer.Option(help="Draws of W to show beside; 0 for none.", metavar="<int>")]


@plot.command("variance")
def plot_variance(
    m: Outputs,
    n: Inputs,
    output: Drawing,
    alpha: Alpha = "1",
    gamma: Gamma = "1",
    order: Annotated[str, typer.Option(help="Of the series and the bounds, 1 to 10.", metavar="<int>")] = "10",
    draws: OptionalDraws = "0",
    seed: Seed = "0",
    force: Force = False,
) -> None:
    """Draw the output variance over sigma: exact, series, bounds, limit and, with --draws, Monte Carlo.

    Example: wishart-moments plot variance --m 64 --n 128 --draws 100000 --output variance.png
    """
    from wishart_moments.combinatorics.drawing import save_drawing
    from wishart_moments.reports.figures import variance_figure

    figure = variance_figure(
        read_size(m, "m"),
        read_size(n, "n"),
        alpha=read_number(alpha, "alpha"),
        gamma=read_number(gamma, "gamma"),
        order=read_order(order, "order"),
        draws=read_order(draws, "draws"),
        seed=read_order(seed, "seed"),
    )
    save_drawing(figure, output, overwrite=force)


@plot.command("density")
def plot_density(
    m: Outputs,
    n: Inputs,
    output: Drawing,
    draws: OptionalDraws = "0",
    seed: Seed = "0",
    force: Force = False,
) -> None:
    """Draw the density of the singular values of W, exact at this size and in the limit.

    Example: wishart-moments plot density --m 10 --n 12 --draws 20000 --output density.svg
    """
    from wishart_moments.combinatorics.drawing import save_drawing
    from wishart_moments.reports.figures import density_figure

    figure = density_figure(
        read_size(m, "m"), read_size(n, "n"), draws=read_order(draws, "draws"), seed=read_order(seed, "seed")
    )
    save_drawing(figure, output, overwrite=force)


@plot.command("depth")
def plot_depth(
    widths: Widths,
    output: Drawing,
    sigma: Annotated[
        list[str] | None,
        typer.Option(
            help="A sigma; may be repeated. he, kaiming, 4/sqrt(n), 10/sqrt(n) by default.", metavar="<sigma>"
        ),
    ] = None,
    alpha: Alpha = "1",
    gamma: Gamma = "1",
    architecture: Architecture = "chain",
    activation: Activation = "relu",
    force: Force = False,
) -> None:
    """Draw the mean squares after every layer of a network, forward and backward, for several sigmas.

    Example: wishart-moments plot depth --widths 28,64x5,1 --sigma he --sigma 10/sqrt(n) --output depth.png
    """
    from wishart_moments.combinatorics.drawing import save_drawing
    from wishart_moments.reports.depth_figures import depth_figure

    ends = read_widths(widths)
    figure = depth_figure(
        ends,
        {text: text for text in sigma or ("he", "kaiming", "4/sqrt(n)", "10/sqrt(n)")},
        alpha=read_number(alpha, "alpha"),
        gamma=read_number(gamma, "gamma"),
        architecture=architecture,
        activation=activation,
    )
    save_drawing(figure, output, overwrite=force)
