"""One run of a sweep in its folder: runs/KEY, the key of all that determines its result.

The folder is the truth: a run is over if its result is there. Whoever holds the lock of its name runs it; the system
frees the lock when its process dies, and the next one goes on from the checkpoint. So a sweep needs no other memory,
and any number of processes, on all machines that share the folder, may be at work on it.
"""

from pathlib import Path
from typing import Any

from wishart_nn.data.json_files import read_object, write_object
from wishart_nn.training import RunOptions, train
from wishart_nn.training.sources import DATA_OPTIONS, load_data

RUNS, LOCKS, TROUBLE = "runs", "locks", "trouble"

PARTS, METRICS = ("train", "validation", "test"), ("loss", "auc", "accuracy")


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


def result_of(folder: Path, name: str) -> dict[str, Any] | None:
    """Return the result of a run of the sweep that is over, None of another, and of one that is to have more epochs."""
    found = read_object(folder / RUNS / name / "result.json", "delete the folder of the run")
    over = found is not None and found.get("status") in ("finished", "diverged") and found.get("key") == name
    return found if over else None


def run_in_folder(options: RunOptions, path: Path, data: Any) -> dict[str, Any]:
    """Return the row of a run in its folder: trained, gone on with, or read if it has ended.

    Raises:
        KeyboardInterrupt: if it was stopped; the folder holds its checkpoint.
        DomainError: as `wishart_nn.training.train`.
    """
    run = train(options, path, resume=True, data=data, progress=False)
    if run.status == "stopped":
        raise KeyboardInterrupt
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


class Trouble:
    """How often a run was begun without coming to an end, and why it cannot be done: trouble/KEY.json, gone when over.

    Args:
        folder: of the sweep.
        name: of the run.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / TROUBLE / f"{name}.json"
        found = read_object(self._path, "delete it") or {}
        self.begun, self.error = int(found.get("begun", 0)), str(found.get("error", ""))

    def why(self, retries: int) -> str:
        """Return why the run is not tried again, "" if it is."""
        return self.error or (f"its worker died {self.begun} times" if self.begun > retries else "")

    def note(self, *, begun: int = 0, error: str = "") -> None:
        """Write what is the case now."""
        if begun or error:
            self._path.parent.mkdir(exist_ok=True)
            write_object(self._path, {"begun": begun, "error": error})
        else:
            self._path.unlink(missing_ok=True)
