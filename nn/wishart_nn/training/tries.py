"""The tried start: each candidate trained on a quarter of the training rows; the validation AUC chooses.

Each try is a run, in a folder of its own inside the run's, tries/0.3 and so on: what has finished is kept when the run
is killed, and `report` takes it. What they led to is pinned in the run's config.json.
"""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from wishart_moments.errors import DomainError
from wishart_nn.data.dataset import Data, Dataset, Part
from wishart_nn.starts import CANDIDATES, PART, MatchedStart, chosen_start
from wishart_nn.training.batches import permutation
from wishart_nn.training.options import TRIED, RunOptions

CHANCE = 0.5
"""The AUC of a try that diverged."""


def started(options: RunOptions, start: MatchedStart) -> RunOptions:
    """Return the options of a run with this start in place of the tried one.

    Example:
        >>> started(RunOptions(sigma="tried"), CANDIDATES[-1]).sigma
        'predicted(0.3)'
    """
    return replace(options, sigma=start.sigma, step_length=start.step_length)


def first_of(options: RunOptions, data: Data) -> RunOptions:
    """Return the options of the first try, where there are tries, else the run's.

    Raises:
        DomainError: for data on which nothing can be tried: no validation rows, or a quarter that fills no batch.

    Example:
        >>> from wishart_nn.training.sources import load_data
        >>> options = RunOptions(rows=2000, sigma="tried")
        >>> first_of(options, load_data(options)).sigma
        'predicted(0.3)'
    """
    if options.sigma != TRIED:
        return options
    if not len(data.validation):
        raise DomainError("need validation rows for sigma tried, got none; write match_step without a sigma")
    rows, least = len(data.train), PART * options.batch_size
    if rows < least:
        raise DomainError(
            f"need {least:,} training rows or more for sigma tried, a batch of {options.batch_size} in a quarter, got "
            f"{rows:,}; give a smaller batch_size, or match_step without a sigma"
        )
    return started(options, CANDIDATES[0])


def part_of(data: Data, seed: int) -> Dataset:
    """Return the data with every fourth training row, in an order drawn by the seed, the classes in proportion."""
    x, y = data.train.x, data.train.y
    order = permutation(len(y), seed, 0, y.device)
    chosen = order[y[order].argsort(stable=True)][::PART].sort().values
    names = ("validation", "test", "mean", "scale", "medians", "feature_names", "source", "classes", "label")
    told: dict[str, Any] = {name: getattr(data, name) for name in names}
    told |= {name: str(data.describe().get(name, "")) for name in ("features", "split")}
    fingerprint = sha256(f"{data.fingerprint} {len(chosen)} {seed}".encode()).hexdigest()
    return Dataset(train=Part(x[chosen], y[chosen]), fingerprint=fingerprint, **told)


def tried(
    options: RunOptions, data: Data, folder: Path | None, run: Callable[..., Any]
) -> tuple[dict[str, Any] | None, Any]:
    """Make the tries that have not been made.

    Args:
        options: with sigma "tried".
        data: of the run.
        folder: of the run, None to keep all in memory.
        run: of (options, folder, data=…) → RunResult, going on where there is something.

    Returns:
        What is pinned, {"share", "step_length", "tries"}; None if a try was stopped. The last try's result.
    """
    part = part_of(data, options.split_seed)
    found: list[dict[str, Any]] = []
    last: Any = None
    for start in CANDIDATES:
        last = run(started(options, start), None if folder is None else folder / "tries" / str(start), data=part)
        if last.status == "stopped":
            return None, last
        told = {name: last.result[name] for name in ("status", "steps", "seconds")}
        found.append({"start": str(start), "validation_auc": last.result["final"]["validation"]["auc"], **told})
    aucs = [each["validation_auc"] for each in found]
    start = chosen_start([CHANCE if auc is None else auc for auc in aucs])
    return {"share": start.share, "step_length": start.step_length, "tries": found}, last
