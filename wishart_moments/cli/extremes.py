"""The commands extreme and condition-number: laws of the extreme eigenvalues and of their ratio, quantiles."""

import json
from typing import Annotated, Any

import typer

from wishart_moments.cli.application import AsJson, app, read_size
from wishart_moments.cli.reading import Beta, Scale, exact_beta, read_degrees, read_scale
from wishart_moments.errors import DomainError
from wishart_moments.texts import exact


@app.command()
def extreme(
    at: Annotated[str, typer.Argument(help="The point x; with --quantile a probability.")],
    m: Annotated[str, typer.Option("--m", help="The dimension, an integer >= 1.", metavar="<int>")],
    n: Annotated[str, typer.Option("--n", "--df", help="The degrees of freedom.", metavar="<number>")],
    smallest: Annotated[bool, typer.Option("--smallest", help="Of the smallest eigenvalue, not the largest.")] = False,
    survival: Annotated[bool, typer.Option("--survival", help="P(lambda > x) instead of P(lambda <= x).")] = False,
    quantile: Annotated[bool, typer.Option("--quantile", help="The x of this probability.")] = False,
    scale: Scale = None,
    beta: Beta = "1",
    as_json: AsJson = False,
) -> None:
    """Print P(lambda <= x) for the largest or smallest eigenvalue of S, or a quantile, with a proved error.

    Example: wishart-moments extreme 50 --m 10 --n 20

    Example: wishart-moments extreme 0.95 --quantile --m 10 --n 20
    """
    from wishart_moments.moments.extremes import quantiles, smallest_eigenvalue
    from wishart_moments.moments.jack.largest_eigenvalue import largest_eigenvalue_cdf

    point, sizes = exact(at, "p" if quantile else "x"), (read_size(m, "m"), read_degrees(n))
    options: dict[str, Any] = {"scale": read_scale(scale), "beta": exact_beta(beta)}
    if quantile:
        if survival:
            raise DomainError("need --survival or --quantile, not both; give 1 - p")
        law: Any = quantiles.smallest_eigenvalue_quantile if smallest else quantiles.largest_eigenvalue_quantile
    else:
        law = smallest_eigenvalue.smallest_eigenvalue_cdf if smallest else largest_eigenvalue_cdf
        options["survival"] = survival
    found = law(point, *sizes, **options)
    given: dict[str, Any] = {"at": at, "m": m, "n": n, "beta": beta, "smallest": smallest}
    given |= {"survival": survival, "quantile": quantile, "scale": scale}
    typer.echo(json.dumps({**given, "value": found.value, "error": found.error}) if as_json else str(found))


@app.command("condition-number")
def condition_number(
    at: Annotated[str, typer.Argument(help="The ratio t >= 1.")],
    m: Annotated[str, typer.Option("--m", help="The dimension, an integer from 1 to 30.", metavar="<int>")],
    n: Annotated[str, typer.Option("--n", "--df", help="The degrees of freedom, > m - 1.", metavar="<number>")],
    beta: Beta = "1",
    as_json: AsJson = False,
) -> None:
    """Print P(lambda_max/lambda_min <= t) for S at Sigma = I, with a proved error; that of W is its root.

    Example: wishart-moments condition-number 30 --m 10 --n 20
    """
    from wishart_moments.moments.extremes.condition_number import condition_number_cdf

    found = condition_number_cdf(exact(at, "t"), read_size(m, "m"), read_degrees(n), beta=exact_beta(beta))
    given = {"at": at, "m": m, "n": n, "beta": beta}
    typer.echo(json.dumps({**given, "value": found.value, "error": found.error}) if as_json else str(found))
