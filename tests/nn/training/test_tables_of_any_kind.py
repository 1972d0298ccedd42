"""Any table: two classes or more, the same scores as scikit-learn's, gaps filled or refused, other rows scored."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from wishart_moments.errors import DomainError
from wishart_nn.data import load_table
from wishart_nn.training import RunOptions, evaluate, read_network, score, train
from wishart_nn.training.evaluation import area, discovery, evaluation
from wishart_nn.training.scoring import write_scores

datasets = pytest.importorskip("sklearn.datasets", reason="needs scikit-learn")
metrics = pytest.importorskip("sklearn.metrics", reason="needs scikit-learn")

SMALL: dict[str, Any] = {"label": "y", "depth": 2, "width": 24, "batch_size": 32, "diagnose_rows": 100}


def written(path: Path, x: np.ndarray, y: Any) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(f"f{i}" for i in range(x.shape[1])), "y"])
        writer.writerows([*row, label] for row, label in zip(x.tolist(), y, strict=True))
    return path


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    x, y = datasets.load_digits(return_X_y=True)
    return written(tmp_path_factory.mktemp("digits") / "digits.csv", x, y.tolist())


@pytest.fixture(scope="module")
def cancer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    x, y = datasets.load_breast_cancer(return_X_y=True)
    names = ["malignant" if each == 0 else "benign" for each in y]
    return written(tmp_path_factory.mktemp("cancer") / "cancer.csv", x, names)


@pytest.fixture(scope="module")
def ten_classes(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the digits."""
    folder = tmp_path_factory.mktemp("runs") / "digits"
    options = RunOptions(data=str(digits), epochs=8, architecture="mlp", **SMALL)
    assert train(options, folder, progress=False).status == "finished"
    return folder


@pytest.fixture(scope="module")
def two_classes(cancer: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the breast cancer data."""
    folder = tmp_path_factory.mktemp("runs") / "cancer"
    assert train(RunOptions(data=str(cancer), epochs=5, **SMALL), folder, progress=False).status == "finished"
    return folder


@pytest.mark.parametrize("architecture", ["chain", "independent", "mlp"])
def test_ten_digits_are_told_apart(digits: Path, architecture: str) -> None:
    options = RunOptions(data=str(digits), epochs=8, architecture=architecture, lr=1e-2, **SMALL)
    found = train(options, progress=False)
    final = found.result["final"]["test"]
    assert final["accuracy"] > 0.85
    assert final["auc"] > 0.98
    assert found.model is not None
    data = load_table(digits, label="y")
    assert data.classes == tuple("0123456789")
    with torch.no_grad():
        p = (options.sharpness * found.model.eval()(data.test.x)).double().softmax(-1).numpy()
    y = data.test.y.numpy()
    assert final["auc"] == pytest.approx(metrics.roc_auc_score(y, p, multi_class="ovr"), abs=1e-12)
    assert final["accuracy"] == pytest.approx(metrics.accuracy_score(y, p.argmax(1)), abs=1e-12)
    assert final["loss"] == pytest.approx(metrics.log_loss(y, p), rel=1e-6)


def test_the_features_are_standardised_on_the_training_rows(cancer: Path) -> None:
    data = load_table(cancer, label="y", seed=3)
    assert (data.classes, data.label, data.source) == (("benign", "malignant"), "y", "cancer.csv: 569 rows, 2 classes")
    assert float(data.train.x.double().mean(0).abs().max()) < 1e-6
    assert float((data.train.x.double().square().mean(0) - 1).abs().max()) < 1e-5
    assert data.train.y.dtype == torch.float32
    assert [len(part) for part in (data.train, data.validation, data.test)] == [400, 56, 113]
    few = load_table(cancer, label="y", features="f3,f1", rows=100)
    assert (few.feature_names, few.source) == (("f3", "f1"), "cancer.csv: 100 of 569 rows, 2 classes")
    assert few.fingerprint != data.fingerprint != load_table(cancer, label="y").fingerprint


@pytest.mark.parametrize("run", ["ten_classes", "two_classes"])
def test_evaluate_agrees_with_scikit_learn(run: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(run)
    source = json.loads((folder / "config.json").read_text("utf-8"))["options"]["data"]
    found, scores = evaluate(folder, source), score(folder, source)
    y, p = scores.labels, scores.probability
    assert y is not None
    several = p.shape[1] > 2
    auc = metrics.roc_auc_score(y, p, multi_class="ovr") if several else metrics.roc_auc_score(y, p[:, 1])
    assert found["auc"] == pytest.approx(auc, abs=1e-12)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(y, p.argmax(1)), abs=1e-12)
    assert found["loss"] == pytest.approx(metrics.log_loss(y, p), abs=1e-12)
    truth = y[:, None] == np.arange(p.shape[1])
    brier = np.square(p - truth).sum(1).mean() if several else metrics.brier_score_loss(y, p[:, 1])
    assert found["brier"] == pytest.approx(brier, abs=1e-12)
    assert sum(row["rows"] for row in found["calibration"]) == found["rows"] == len(y)
    if not several:
        calibration_curve = pytest.importorskip("sklearn.calibration").calibration_curve
        met, said = calibration_curve(y, p[:, 1], n_bins=5, strategy="quantile")
        assert np.average(met) == pytest.approx(np.mean([row["met"] for row in found["calibration"]]), abs=0.05)
        assert len(said) == len(met)


@pytest.mark.parametrize("count", [8, 60])
def test_the_sampling_error_of_an_auc_is_delong_s(count: int) -> None:
    rng = np.random.default_rng(count)
    score_, positive = rng.normal(size=count).round(1), rng.random(count) < 0.4
    signal, background = score_[positive], score_[~positive]
    wins = (signal[:, None] > background) + 0.5 * (signal[:, None] == background)
    found = area(score_, positive)
    assert found.auc == pytest.approx(metrics.roc_auc_score(positive, score_), abs=1e-12)
    variance = wins.mean(1).var(ddof=1) / len(signal) + wins.mean(0).var(ddof=1) / len(background)
    assert found.standard_error == pytest.approx(variance**0.5, rel=1e-12)


def test_the_sampling_error_is_the_spread_over_samples() -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(1000):
        positive = np.arange(200) < 80
        found.append(area(rng.normal(size=200) + positive, positive))
    areas, errors = (np.array(each) for each in zip(*found, strict=True))
    # The standard deviation of 1000 values is known to 1/√2000.
    assert abs(areas.std(ddof=1) / np.sqrt(np.square(errors).mean()) - 1) < 5 / 2000**0.5


def test_a_cut_keeps_all_rows_of_a_score_and_rejects_the_rest() -> None:
    signal = np.repeat([True, False], [100, 1000])
    score_ = np.concatenate([np.repeat([0.9, 0.5], 50), np.repeat([0.9, 0.5, 0.1], [10, 40, 950])])
    found = discovery(score_, signal)
    assert found["background_rejection"] == {"0.3": pytest.approx(100), "0.5": pytest.approx(100)}
    assert found["ams_threshold"] == 0.5
    s, b = 100.0, 50.0 + 10.0
    assert found["ams"] == pytest.approx((2 * ((s + b) * np.log(1 + s / b) - s)) ** 0.5, rel=1e-12)


def test_rows_of_one_class_have_no_area() -> None:
    with pytest.raises(DomainError, match="need rows of both classes for an AUC"):
        evaluation(np.array([[0.4, 0.6]]), np.array([1]), ("0", "1"))


def test_the_best_weights_are_kept_and_the_last_ones_too(ten_classes: Path, digits: Path) -> None:
    result = json.loads((ten_classes / "result.json").read_text("utf-8"))
    data = load_table(digits, label="y")
    raw = data.test.x * data.scale + data.mean
    for weights, wanted in (("best", result["best"]), ("last", result["final"])):
        network = read_network(ten_classes, weights)
        assert network.features == data.feature_names
        with torch.no_grad():
            right = (network(raw).argmax(-1) == data.test.y).double().mean().item()
        assert right == pytest.approx(wanted["test"]["accuracy"], abs=0.004)
    with pytest.raises(DomainError, match="need weights last or best"):
        read_network(ten_classes, "first")


def test_columns_may_stand_in_any_order_and_without_the_label(two_classes: Path, cancer: Path, tmp_path: Path) -> None:
    rows = list(csv.reader(cancer.read_text().splitlines()))
    turned = tmp_path / "turned.csv"
    with turned.open("w", newline="") as file:
        csv.writer(file).writerows(row[-2::-1] for row in rows)
    ours, theirs = score(two_classes, cancer), score(two_classes, turned)
    assert theirs.labels is None
    np.testing.assert_array_equal(ours.probability, theirs.probability)
    with pytest.raises(DomainError, match=r"need the column 'y' in turned\.csv"):
        evaluate(two_classes, turned)


def test_scores_are_written_and_read_again(two_classes: Path, cancer: Path, tmp_path: Path) -> None:
    scores = score(two_classes, cancer)
    write_scores(tmp_path / "scores.csv", scores)
    rows = list(csv.DictReader((tmp_path / "scores.csv").read_text().splitlines()))
    assert list(rows[0]) == ["row", "predicted", "p_benign", "p_malignant"]
    assert [float(row["p_malignant"]) for row in rows] == scores.probability[:, 1].tolist()
    assert [int(row["row"]) for row in rows] == list(range(1, 570))
    write_scores(tmp_path / "scores.parquet", scores)
    found = pytest.importorskip("pyarrow.parquet").read_table(tmp_path / "scores.parquet").to_pydict()
    assert found["p_benign"] == scores.probability[:, 0].tolist()
    assert found["predicted"] == [row["predicted"] for row in rows]


def test_missing_values_are_refused_or_stand_for_the_training_median(cancer: Path, tmp_path: Path) -> None:
    rows = list(csv.reader(cancer.read_text().splitlines()))
    for place, text in ((5, ""), (9, "NA"), (11, "?")):
        rows[place][2] = text
    holes = tmp_path / "holes.csv"
    with holes.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(DomainError, match=r"got none for 'f2' in row 5; choose other features, or write --missing"):
        load_table(holes, label="y")
    data, whole = load_table(holes, label="y", missing="median"), load_table(cancer, label="y")
    assert data.medians is not None
    known = (data.train.x * data.scale + data.mean)[:, 2].sort().values
    assert float(data.medians[2]) == pytest.approx(float(known[len(known) // 2]), rel=1e-2)
    torch.testing.assert_close(data.mean[3:], whole.mean[3:])
    folder = tmp_path / "run"
    options = RunOptions(data=str(holes), missing="median", epochs=1, **SMALL)
    assert train(options, folder, progress=False).status == "finished"
    assert np.isfinite(score(folder, holes).probability).all()
    plain = tmp_path / "plain"
    train(RunOptions(data=str(cancer), epochs=1, **SMALL), plain, progress=False)
    with pytest.raises(DomainError, match="got none for 'f2' in row 5"):
        score(plain, holes)


def test_a_run_on_higgs_is_evaluated_on_its_layout(tmp_path: Path) -> None:
    options = RunOptions(rows=2000, depth=2, width=8, epochs=1, features="high", diagnose_rows=100)
    train(options, tmp_path / "run", progress=False)
    found = evaluate(tmp_path / "run", "synthetic")
    assert found["rows"] == 20_000
    assert set(found["background_rejection"]) == {"0.3", "0.5"}
    assert found["ams"] > 0
    assert 0 < found["auc_standard_error"] < 0.01


def test_the_commands_train_predict_and_evaluate(
    command_line: Callable[..., Any], cancer: Path, tmp_path: Path
) -> None:
    run, scores = tmp_path / "run", tmp_path / "scores.csv"
    given = ["--data", cancer, "--label", "y", "--features", "f0,f1,f2", "--epochs", 2, "--depth", 1, "--width", 8]
    code, out, err = command_line("train", "--output", run, *given)
    assert (code, err) == (0, "")
    assert "data       cancer.csv: 569 rows, 2 classes\n" in out
    code, out, err = command_line("predict", run, "--data", cancer, "--output", scores)
    assert (code, out, err) == (0, f"written: {scores}, 569 rows of cancer.csv\n", "")
    code, _, err = command_line("predict", run, "--data", cancer, "--output", scores)
    assert (code, err.count("\n")) == (2, 1)
    assert command_line("predict", run, "--data", cancer, "--output", scores, "--force").code == 0
    code, out, err = command_line("evaluate", run, "--data", cancer, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == json.loads(json.dumps(evaluate(run, cancer)))
    code, out, err = command_line("evaluate", run, "--data", cancer)
    assert (code, err) == (0, "")
    assert "AUC" in out
    assert "±" in out
    code, _, err = command_line("evaluate", tmp_path, "--data", cancer)
    assert (code, err.count("\n")) == (2, 1)
    assert "need a finished run's folder with best.json" in err
