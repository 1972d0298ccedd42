"""One run of a sweep in its folder: runs/KEY, the key of all that determines its result.

A run that is there and has ended is not repeated; one that was killed goes on. Two processes never train in one folder.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from wishart_moments.errors import DomainError
from wishart_nn.training import RunOptions, key, train
from wishart_nn.training.sources import DATA_OPTIONS, load_data

RUNS, LOCKS = "runs", "locks"

PARTS, METRICS = ("train", "validation", "test"), ("loss", "auc", "accuracy")


class StoppedError(Exception):
    """The run was asked to stop, and can be resumed."""


class DataCache:
    """The data of the last run: the next one usually wants the same."""

    def __init__(self) -> None:
        self._chosen: dict[str, Any] | None = None
        self._data: Any = None

    def get(self, options: RunOptions) -> Any:
        """Return the data that the options choose; other data that are held are let go first.

        Example:
            >>> cache, options = DataCache(), RunOptions(rows=1000)
            >>> cache.get(options) is cache.get(RunOptions(rows=1000, seed=7))
            True
        """
        chosen = data_options(options)
        if chosen != self._chosen:
            self._chosen = self._data = None
            self._data = load_data(options)
            self._chosen = chosen
        return self._data


def data_options(options: RunOptions) -> dict[str, Any]:
    """Return the options that choose the data.

    Example:
        >>> data_options(RunOptions(rows=1000))
        {'data': 'synthetic', 'label': None, 'features': 'all', 'missing': 'refuse', 'rows': 1000, 'split_seed': 0}
    """
    return {name: getattr(options, name) for name in DATA_OPTIONS}


@contextmanager
def exclusive(path: Path) -> Generator[None, None, None]:
    """Wait for the lock of this name, and hold it; the system frees it when its process dies."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        lock.acquire()
    except OSError as error:
        raise DomainError(f"cannot write {str(path)!r}: {(error.strerror or str(error)).lower()}") from error
    try:
        yield
    finally:
        lock.release()


def run_in_folder(options: RunOptions, folder: Path, data: Any) -> dict[str, Any]:
    """Return the row of a run in a sweep's folder: trained, gone on with, or read if it has ended.

    Args:
        options: of the run.
        folder: of the sweep.
        data: that the options choose.

    Raises:
        StoppedError: if it was interrupted.
        DomainError: as `wishart_nn.training.train`.
    """
    name = key(options)
    with exclusive(folder / LOCKS / name):
        run = train(options, folder / RUNS / name, resume=True, data=data, progress=False)
    if run.status == "stopped":
        raise StoppedError
    return row(options.to_json(), run.result)


def row(options: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """Return a run as one flat row: its options, then its result.

    The columns of the result: key, status, train_loss, …, validation_auc, …, test_auc, test_accuracy (after the last
    epoch), best_epoch and best_… (after the epoch with the best validation AUC), epochs, lipschitz_bound, seconds,
    samples_per_second, data_source. Of a diverged run the metrics are None.
    """
    found: dict[str, Any] = {**options, "key": result["key"], "status": result["status"]}
    for part in PARTS:
        found |= {f"{part}_{metric}": result["final"][part].get(metric) for metric in METRICS}
    found["best_epoch"] = result["best_epoch"]
    for part in PARTS[1:]:
        found |= {f"best_{part}_{metric}": result["best"][part].get(metric) for metric in METRICS}
    rest = ("epochs", "lipschitz_bound", "seconds", "samples_per_second", "data_source")
    return found | {name: result[name] for name in rest}
