"""The commands on the variance of LDLT layers: variance, sigma, depth."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wishart_moments import domain
from wishart_moments.cli.application import AsJson, Force, app, read_integer, read_order, read_size
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.texts import exact, real

if TYPE_CHECKING:
    from wishart_moments.proofs.certificates import Certificate
    from wishart_moments.variance.best_sigma import BestSigma
    from wishart_moments.variance.depth import DepthProfile

Outputs = Annotated[str, typer.Option("--m", help="Outputs of the layer, an integer >= 1.", metavar="<int>")]
Inputs = Annotated[str, typer.Option("--n", help="Inputs of the layer (fan-in), an integer >= 1.", metavar="<int>")]
Alpha = Annotated[str, typer.Option(help="The regularisation, > 0: 1, 1/7, 0.1.", metavar="<float>")]
Gamma = Annotated[str, typer.Option(help="The gain, > 0.", metavar="<float>")]
Sigma = Annotated[
    str,
    typer.Option(
        help="Standard deviation of an entry of W: he = lecun = 1/sqrt(n), kaiming = sqrt(2/n), xavier, a "
        "number or a formula in m and n such as 10/sqrt(n).",
        metavar="<sigma>",
    ),
]
Draws = Annotated[str, typer.Option(help="Draws of W for Monte Carlo.", metavar="<int>")]
Seed = Annotated[str, typer.Option(help="Seed of Monte Carlo, an integer >= 0.", metavar="<int>")]
Widths = Annotated[
    str,
    typer.Option(help="Input, hidden and output widths: 28,64x5,1 has five hidden layers of 64.", metavar="<int,...>"),
]
Architecture = Annotated[str, typer.Option(help="chain or independent.", metavar="<text>")]
Activation = Annotated[
    str,
    typer.Option(help="identity, relu, leaky_relu:0.2, abs, groupsort, householder, tanh or elu.", metavar="<text>"),
]

MAX_LAYERS = 1000


@app.command()
def variance(
    m: Outputs,
    n: Inputs,
    sigma: Sigma = "he",
    alpha: Alpha = "1",
    gamma: Gamma = "1",
    method: Annotated[
        str, typer.Option(help="exact, series, bounds, limit, monte-carlo or all.", metavar="<text>")
    ] = "exact",
    order: Annotated[
        str | None, typer.Option(help="Last order of the series, the bounds or the limit.", metavar="<int>")
    ] = None,
    digits: Annotated[
        str | None, typer.Option(help="Certified digits, 1 to 1000; 0 for no certificate.", metavar="<int>")
    ] = None,
    draws: Draws = "100000",
    seed: Seed = "0",
    as_json: AsJson = False,
) -> None:
    """Print the output variance of a layer y = gamma W (alpha I + W^T W)^(-1/2) x, exactly and by other methods.

    The value is for inputs of unit variance. The error of a method is its value minus the exact one.

    Example: wishart-moments variance --m 64 --n 128 --sigma he --method all --digits 30
    """
    from wishart_moments.reports.report import variance_report
    from wishart_moments.reports.report_text import report_document, report_text

    report = variance_report(
        read_size(m, "m"),
        read_size(n, "n"),
        sigma,
        alpha=exact(alpha, "alpha", "> 0"),
        gamma=exact(gamma, "gamma", "> 0"),
        method=method,
        order=None if order is None else read_order(order, "order"),
        digits=None if digits is None else read_order(digits, "digits"),
        draws=read_order(draws, "draws"),
        seed=read_order(seed, "seed"),
    )
    if as_json:
        typer.echo(json.dumps(report_document(report), indent=1))
    else:
        typer.echo(report_text(report), nl=False)


@app.command()
def certify(
    shapes: Annotated[list[str], typer.Argument(help="Shapes m x n of layers: 10x10 64x128.")],
    sigma: Annotated[
        list[str] | None,
        typer.Option(help="A sigma, may be repeated; he and 10/sqrt(n) by default.", metavar="<sigma>"),
    ] = None,
    alpha: Alpha = "1",
    gamma: Gamma = "1",
    digits: Annotated[str, typer.Option(help="Digits, 1 to 1000.", metavar="<int>")] = "20",
    resolvent: Annotated[bool, typer.Option("--resolvent", help="Of E tr (alpha I + S)^-1 instead.")] = False,
    proof: Annotated[
        Path | None,
        typer.Option("--proof", help="For one shape and one sigma: a new file, the certificate that check.py checks."),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Print a table of output variances of layers, every digit proved.

    Example: wishart-moments certify 10x10 64x128 --sigma he --sigma 10/sqrt(n) --digits 30

    Example: wishart-moments certify 64x128 --sigma he --digits 25 --proof variance.json
    """
    from wishart_moments.variance.certified import certified_resolvent, certified_variance
    from wishart_moments.variance.sigma import HE_NOTE, parse_sigma

    count = read_order(digits, "digits")
    sigmas = sigma or ["he", "10/sqrt(n)"]
    rules = [parse_sigma(text) for text in sigmas]
    given: dict[str, Any] = {"alpha": exact(alpha, "alpha", "> 0"), "gamma": exact(gamma, "gamma", "> 0")}
    if resolvent and given.pop("gamma") != 1:
        raise DomainError(f"need no --gamma with --resolvent, got {domain.shown(gamma)}")
    if proof is not None and (len(shapes), len(sigmas)) != (1, 1):
        raise DomainError(f"need one shape and one --sigma with --proof, got {len(shapes)} and {len(sigmas)}")
    rows: list[list[str]] = []
    made: Certificate | None = None
    for shape in shapes:
        match = re.fullmatch(r"([0-9]+)[x×]([0-9]+)", shape)
        if match is None:
            raise DomainError(f"need shapes as m x n such as 64x128, got {domain.shown(shape)}")
        m, n = read_size(match[1], "m"), read_size(match[2], "n")
        compute = certified_resolvent if resolvent else certified_variance
        values = [compute(m, n, each, **given, digits=count) for each in rules]
        if proof is not None:
            made = values[0].certificate()
            made.write(proof, overwrite=force)
        rows.append([f"{m} x {n}", *(value.decimal(count) for value in values)])
    names = ["m x n", *(f"sigma = {text}" for text in sigmas)]
    if as_json:
        typer.echo(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=1))
        return
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    what = "E tr (alpha I + S)^-1" if resolvent else "output variance of an LDLT layer"
    law = f"alpha = {alpha}" if resolvent else f"alpha = {alpha}, gamma = {gamma}"
    typer.echo(f"{what}, {law}: {count} certified digits\n")
    for row in (names, *rows):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if any(rule.says_he for rule in rules):
        typer.echo(f"\n{HE_NOTE}")
    if made is not None:
        typer.echo(f"\n{proof}: {made.check()}")


@app.command()
def sigma(
    m: Outputs,
    n: Inputs,
    target: Annotated[
        str, typer.Option(help="The output variance wanted, below gamma^2 min(1, n/m).", metavar="<float>")
    ],
    alpha: Alpha = "1",
    gamma: Gamma = "1",
    as_json: AsJson = False,
) -> None:
    """Print the sigma that gives a layer this output variance.

    Example: wishart-moments sigma --m 64 --n 64 --target 0.9
    """
    from wishart_moments.variance.choosing import solve_sigma
    from wishart_moments.variance.predictor import output_variance
    from wishart_moments.variance.sigma import HE_NOTE

    rows, columns = read_size(m, "m"), read_size(n, "n")
    law: dict[str, Any] = {"alpha": read_number(alpha, "alpha"), "gamma": read_number(gamma, "gamma")}
    found = solve_sigma(rows, columns, real(target, "target", ">= 0"), **law)
    unit = found * columns**0.5
    check = float(output_variance(rows, columns, found, **law))
    if as_json:
        given = {"m": rows, "n": columns, "target": target, "alpha": alpha, "gamma": gamma}
        typer.echo(json.dumps({**given, "sigma": found, "sigma_sqrt_n": unit, "variance": check}, indent=1))
        return
    typer.echo(f"sigma     {found!r}")
    typer.echo(f"          {unit:.10g} / sqrt(n); {HE_NOTE}")
    typer.echo(f"variance  {check:.16g} there, at m = {rows}, n = {columns}, alpha = {alpha}, gamma = {gamma}")


@app.command()
def depth(
    widths: Widths,
    sigma: Sigma = "he",
    alpha: Alpha = "1",
    gamma: Gamma = "1",
    architecture: Architecture = "chain",
    activation: Activation = "relu",
    as_json: AsJson = False,
) -> None:
    """Print the mean squares after every layer of a network, forward and backward; for a chain also the best sigma.

    For an input and an output gradient of mean square 1.

    Example: wishart-moments depth --widths 28,64x5,1 --sigma he --architecture chain --activation relu
    """
    from dataclasses import asdict

    from wishart_moments.variance.best_sigma import best_sigma
    from wishart_moments.variance.depth import depth_profile

    ends = read_widths(widths)
    profile = depth_profile(
        ends,
        sigma,
        alpha=read_number(alpha, "alpha"),
        gamma=read_number(gamma, "gamma"),
        architecture=architecture,
        activation=activation,
    )
    best: BestSigma | None = None
    why = ""
    if architecture == "chain" and len(ends) > 2:
        try:
            best = best_sigma(ends, activation=activation, alpha=read_number(alpha, "alpha"))
        except (DomainError, LimitError) as error:  # a chain without a maximum: the profile stands all the same
            why = str(error)
    if as_json:
        document = {**asdict(profile), "output": profile.output, "exact": profile.exact}
        typer.echo(json.dumps({**document, "best_sigma": None if best is None else asdict(best)}, indent=1))
        return
    typer.echo(_profile_text(profile, sigma), nl=False)
    if best is not None:
        typer.echo(
            f"\nbest sigma of this chain: sigma = {best.scale:.4g}/sqrt(n), output {_number(best.mean_square)}"
            f" (here {_number(profile.output)})"
        )
    elif why:
        typer.echo(f"\nbest sigma of this chain: none; {why}")


def read_number(text: str, name: str) -> float:
    """Return a number as a float; the functions check its sign."""
    return real(text, name, "> 0")


def _profile_text(profile: "DepthProfile", sigma: str) -> str:
    names = ["layer", "n -> m", "sigma", "variance", "after act.", "handed on", "grad at y", "grad at x"]
    rows = [
        [
            str(i),
            f"{each.n} -> {each.m}",
            _number(each.sigma),
            *map(_number, (each.before, each.after, each.handed_on, each.gradient_before, each.gradient_after)),
        ]
        for i, each in enumerate(profile.layers, start=1)
    ]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    lines = [f"{profile.architecture}, {profile.activation}, sigma = {sigma}", _note(sigma)]
    lines += ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in (names, *rows)]
    kinds = {text for each in profile.layers for text in each.exactness.values()} | {profile.gradient_input_exactness}
    lines += ["", f"output {_number(profile.output)}; gradient at the input {_number(profile.gradient_input)}"]
    return "\n".join([*lines, "all entries exact" if profile.exact else max(kinds, key=len)]) + "\n"


def _note(sigma: str) -> str:
    from wishart_moments.variance.sigma import HE_NOTE, parse_sigma

    return f"{HE_NOTE}\n" if parse_sigma(sigma).says_he else ""


def _number(value: float) -> str:
    return f"{value:.6f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.4e}"


def read_widths(text: str) -> tuple[int, ...]:
    """Return the widths of a network: 28,64x5,1 is 28, five times 64, 1."""
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\S+?)(?:x([0-9]{1,6}))?\s*", part)
        width = read_integer(match[1]) if match else part
        count = int(match[2] or 1) if match else 1
        if not isinstance(width, int) or width < 1 or count < 1:
            raise DomainError(f"need --widths as integers >= 1 such as 28,64x5,1; got {domain.shown(text)}")
        if len(found) + count > MAX_LAYERS + 1:
            raise DomainError(f"need at most {MAX_LAYERS} layers, got {len(found) + count - 1:,}")
        found += [width] * count
    return tuple(found)
