"""The truncated series against Monte Carlo: variances by every method, shape by shape, over a grid of nσ².

The figures of arXiv 2601.08253 show the series of orders 1..10 minus Monte Carlo for sizes 2..9 and 10..90. Here they
stand beside the exact variance, the bounds from the same ten moments and the limit of large layers. α = γ = 1 always.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_moments.files import write_atomically
from wishart_moments.progress import progress
from wishart_moments.variance import arguments
from wishart_moments.variance.limit import limit_variance
from wishart_moments.variance.moment_bounds import moment_bounds
from wishart_moments.variance.predictor import output_variance
from wishart_moments.variance.series import series_variance
from wishart_moments.variance.simulate import simulate_variance

Array = NDArray[np.float64]

SIZES = "2-9,10-90:10"
"""The paper's sizes: 2, 3, …, 9 and 10, 20, …, 90; within each group every pair m, n is taken."""

DRAWS = 1_000_000
QUICK_SIZES, QUICK_DRAWS = "2-4,10-30:10", 20_000

ORDERS = tuple(range(1, 11))
LIMIT_ORDERS = (0, 1, 2)

HE, TEN = 6, 12
"""Where nσ² = 1 and nσ² = 100 stand on the grid."""

GRID: tuple[float, ...] = tuple(float(f"{10 ** ((i - HE) / 3):.15g}") for i in range(13))
"""nσ², 13 points from 0.01 to 100, three in a decade."""

STATE = "truncation.json"
_FORMAT = 1


class Shape(NamedTuple):
    """A layer of n inputs and m outputs."""

    m: int
    n: int

    def __str__(self) -> str:
        return f"{self.m}x{self.n}"


@dataclass(frozen=True)
class Configuration:
    """What the benchmark runs over.

    Attributes:
        sizes: groups such as "2-9,10-90:10"; a-b is a, a+1, …, b, and a-b:c goes in steps of c.
        draws: of W, for each shape.
        seed: of the draws.

    Raises:
        DomainError: for anything else.

    Example:
        >>> Configuration("2-3,5").groups
        ((2, 3), (5,))
        >>> [str(shape) for shape in Configuration("2-3,5").shapes]
        ['2x2', '2x3', '3x2', '3x3', '5x5']
    """

    sizes: str = SIZES
    draws: int = DRAWS
    seed: int = 0

    def __post_init__(self) -> None:
        if domain.order(self.draws, "draws") < 2:
            raise DomainError(f"need at least 2 draws, got {self.draws}")
        domain.order(self.seed, "seed")
        for group in self.groups:
            arguments.sizes(group[0], group[-1])

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The sizes, group by group."""
        return tuple(_group(text) for text in self.sizes.split(","))

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """All pairs within the groups, each once."""
        pairs = (Shape(m, n) for group in self.groups for m, n in product(group, repeat=2))
        return tuple(dict.fromkeys(pairs))


def _group(text: str) -> tuple[int, ...]:
    ends, _, step = text.partition(":")
    first, dash, last = ends.partition("-")
    try:
        least = int(first)
        group = tuple(range(least, (int(last) if dash else least) + 1, int(step or 1)))
    except ValueError:
        group = ()
    if not group or group[0] < 1 or len(group) > 100:
        raise DomainError(f"need --sizes as groups of sizes >= 1, such as {SIZES}; got {domain.shown(text)}")
    return group


class Draws(NamedTuple):
    """What Monte Carlo says of a shape: three numbers for every point of the grid."""

    mean: list[float]
    standard_error: list[float]
    standard_deviation: list[float]


class Store:
    """The folder of a run: what is finished is kept, and a run of another configuration is refused."""

    def __init__(self, folder: Path, configuration: Configuration) -> None:
        self.path = folder / STATE
        self._head = {"format": _FORMAT, **asdict(configuration), "grid": list(GRID)}
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DomainError(f"cannot make the folder {str(folder)!r}: {error.strerror}") from error
        self.finished: dict[Shape, Draws] = {}
        if self.path.exists():
            self._read()

    def _read(self) -> None:
        try:
            document = json.loads(self.path.read_text("utf-8"))
            shapes = document.pop("shapes")
            self.finished = {Shape(*map(int, name.split("x"))): Draws(**draws) for name, draws in shapes.items()}
        except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
            raise DomainError(f"{str(self.path)!r} is no record of this benchmark; give another folder") from error
        if document != self._head:
            other = next(key for key in self._head if document.get(key) != self._head[key])
            raise DomainError(
                f"{str(self.path)!r} holds a run with {other} = {domain.shown(document.get(other))}, not "
                f"{domain.shown(self._head[other])}; give another folder"
            )

    def add(self, shape: Shape, draws: Draws) -> None:
        """Keep the draws of a shape, on the disk too."""
        self.finished[shape] = draws
        shapes = {str(shape): draws._asdict() for shape, draws in self.finished.items()}
        write_atomically(self.path, json.dumps({**self._head, "shapes": shapes}) + "\n", overwrite=True)


def simulate_shapes(configuration: Configuration, folder: Path | None) -> dict[Shape, Draws]:
    """Return the draws of every shape; those that the folder holds are not repeated.

    Raises:
        DomainError: if the folder holds a run of another configuration, or cannot be written.
    """
    store = None if folder is None else Store(folder, configuration)
    found = dict(store.finished) if store else {}
    with progress("truncation", len(configuration.shapes)) as report:
        for shape in configuration.shapes:
            if shape not in found:
                report(f"{configuration.draws:,} draws of {shape.m} x {shape.n}")
                found[shape] = simulate_shape(shape, configuration)
                if store:
                    store.add(shape, found[shape])
            report.advance()
    return {shape: found[shape] for shape in configuration.shapes}


def simulate_shape(shape: Shape, configuration: Configuration) -> Draws:
    """Return the draws of a shape: the same ones for all σ, independent of those of other shapes."""
    (seed,) = np.random.SeedSequence([configuration.seed, *shape]).generate_state(1)
    simulation = simulate_variance(
        shape.m, shape.n, scales(shape), draws=configuration.draws, seed=int(seed) % domain.MAX_ORDER
    )
    parts = (simulation.mean, simulation.standard_error, simulation.standard_deviation)
    return Draws(*([float(value) for value in part] for part in parts))


def scales(shape: Shape) -> Array:
    """Return σ at the points of the grid of nσ²."""
    return np.sqrt(np.array(GRID) / shape.n)


@dataclass(frozen=True)
class Comparison:
    """All variances; arrays have a row for every shape and a column for every nσ².

    Attributes:
        configuration: what was run.
        shapes: the rows.
        mean, standard_error: of Monte Carlo.
        exact: the exact variance.
        lower, upper: the bounds that ten moments prove.
        series: by order, 1..10.
        limit: by order, 0..2.
    """

    configuration: Configuration
    shapes: tuple[Shape, ...]
    mean: Array
    standard_error: Array
    exact: Array
    lower: Array
    upper: Array
    series: dict[int, Array]
    limit: dict[int, Array]

    @property
    def z(self) -> Array:
        """Monte Carlo minus exact, in standard errors."""
        return (self.mean - self.exact) / self.standard_error

    def approximations(self) -> Iterator[tuple[str, Array]]:
        """Yield the name and the values of each approximation."""
        yield "exact", self.exact
        yield "lower", self.lower
        yield "upper", self.upper
        yield from ((f"limit_{order}", self.limit[order]) for order in LIMIT_ORDERS)
        yield from ((f"series_{order}", self.series[order]) for order in ORDERS)

    def rows(self, *, square: bool, group: Sequence[int]) -> list[int]:
        """Return where the square, or the rectangular, shapes of a group of sizes stand."""
        return [i for i, (m, n) in enumerate(self.shapes) if m in group and n in group and (m == n) == square]

    def csv(self) -> str:
        """Return the table, one line for every shape and every nσ²."""
        names, values = zip(*self.approximations(), strict=True)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["m", "n", "n_sigma2", "sigma", "draws", "monte_carlo", "standard_error", "z", *names])
        for i, shape in enumerate(self.shapes):
            for j, sigma in enumerate(scales(shape).tolist()):
                columns = (self.mean, self.standard_error, self.z, *values)
                numbers = (repr(float(column[i, j])) for column in columns)
                writer.writerow([*shape, GRID[j], repr(sigma), self.configuration.draws, *numbers])
        return text.getvalue()


def compare(configuration: Configuration, draws: dict[Shape, Draws]) -> Comparison:
    """Return the variances of all shapes by every method.

    Example:
        >>> small = Configuration("2-3", draws=2000)
        >>> comparison = compare(small, simulate_shapes(small, None))
        >>> comparison.exact.shape, bool((abs(comparison.z) < 5).all())
        ((4, 13), True)
    """
    shapes = configuration.shapes

    def stacked(variance: Callable[[int, int, Array], Any]) -> Array:
        return np.array([variance(shape.m, shape.n, scales(shape)) for shape in shapes], dtype=np.float64)

    def series(order: int) -> Callable[[int, int, Array], Any]:
        return lambda m, n, sigma: series_variance(m, n, sigma, order=order).value

    def limit(order: int) -> Callable[[int, int, Array], Any]:
        return lambda m, n, sigma: limit_variance(m, n, sigma, order=order)

    bounds = stacked(partial(moment_bounds, order=max(ORDERS)))
    return Comparison(
        configuration=configuration,
        shapes=shapes,
        mean=np.array([draws[shape].mean for shape in shapes]),
        standard_error=np.array([draws[shape].standard_error for shape in shapes]),
        exact=stacked(output_variance),
        lower=bounds[:, 0],
        upper=bounds[:, 1],
        series={order: stacked(series(order)) for order in ORDERS},
        limit={order: stacked(limit(order)) for order in LIMIT_ORDERS},
    )
