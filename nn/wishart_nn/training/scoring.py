"""A finished run on other rows: probabilities of every class, and how good they are."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_moments.files import write_atomically
from wishart_nn.data.tables import read_table
from wishart_nn.higgs.columns import feature_columns
from wishart_nn.higgs.data import rows_of
from wishart_nn.training.evaluation import discovery, evaluation
from wishart_nn.training.export import PlainClassifier, read_network
from wishart_nn.training.losses import probabilities
from wishart_nn.training.metrics import outputs
from wishart_nn.training.options import RunOptions
from wishart_nn.training.run_folder import RunFolder


@dataclass(frozen=True, eq=False)
class Scores:
    """What a run says of rows.

    Attributes:
        source: of the rows.
        probability: of every class, float64, (rows, K).
        labels: the numbers of the true classes; None where the rows have no labels.
        classes: names.
        higgs: whether the rows are in the layout of HIGGS.
    """

    source: str
    probability: NDArray[np.float64]
    labels: NDArray[np.int64] | None
    classes: tuple[str, ...]
    higgs: bool


def score(run: str | Path, data: str | Path, *, weights: str = "best", need_labels: bool = False) -> Scores:
    """Return what a run's network says of the rows of a file.

    Args:
        run: its folder; a run that was stopped has its best weights.
        data: a table with the columns that the run was trained on, in any order; for a run on HIGGS, whatever
            `wishart_nn.higgs.load` takes.
        weights: "best" or "last", see `read_network`.
        need_labels: refuse rows without labels.

    Raises:
        DomainError: for a folder without a network, rows that lack a column, a label that the run has not seen.
    """
    network = read_network(run, weights)
    config = RunFolder(Path(run)).config
    options = RunOptions.from_json({} if config is None else config.get("options"))
    if options.label is None:
        rows, name, _ = rows_of(str(data))
        x, labels = rows[:, feature_columns(options.features)], rows[:, 0].astype(np.int64)
        return Scores(name, _scored(network, x), labels, network.classes, True)
    table = read_table(data, label=options.label, features=network.features, optional_label=not need_labels)
    if network.medians is None:
        table.refuse_missing()
    unseen = [name for name in table.classes if name not in network.classes]
    if unseen and need_labels:
        raise DomainError(
            f"need labels that the run has seen, {', '.join(network.classes)}; got {shown(unseen[0])} in {table.name}"
        )
    known = bool(table.classes) and not unseen
    place = np.array([network.classes.index(name) for name in table.classes] if known else [], np.int64)
    labels = place[table.labels] if known else None
    return Scores(table.name, _scored(network, table.x), labels, network.classes, False)


def _scored(network: PlainClassifier, x: NDArray[np.float32]) -> NDArray[np.float64]:
    return probabilities(outputs(network, torch.as_tensor(np.ascontiguousarray(x)))).numpy()


def evaluate(run: str | Path, data: str | Path, *, weights: str = "best") -> dict[str, Any]:
    """Return how good a run is on labelled rows: `evaluation`, and of HIGGS `discovery` too.

    Args:
        run, data, weights: as `score` takes them.
    """
    scores = score(run, data, weights=weights, need_labels=True)
    assert scores.labels is not None
    found = {"data": scores.source, "weights": weights, **evaluation(scores.probability, scores.labels, scores.classes)}
    return found | (discovery(scores.probability[:, 1], scores.labels == 1) if scores.higgs else {})


def write_scores(path: Path, scores: Scores, *, overwrite: bool = False) -> None:
    """Write a row for each row: its number from 1, the likeliest class, the probability of each, as CSV or Parquet.

    Args:
        path: of the file; Parquet if it ends so.
        scores: of `score`.
        overwrite: a file that is there.
    """
    from importlib import import_module

    arrow: Any = import_module("pyarrow")
    likeliest = np.array(scores.classes)[scores.probability.argmax(1)]
    columns = {"row": np.arange(1, len(likeliest) + 1), "predicted": likeliest}
    columns |= {f"p_{name}": scores.probability[:, k] for k, name in enumerate(scores.classes)}
    sink = arrow.BufferOutputStream()
    if path.suffix == ".parquet":
        import_module("pyarrow.parquet").write_table(arrow.table(columns), sink)
    else:
        csv: Any = import_module("pyarrow.csv")
        csv.write_csv(arrow.table(columns), sink, csv.WriteOptions(quoting_style="needed"))
    write_atomically(path, sink.getvalue().to_pybytes(), overwrite=overwrite)
