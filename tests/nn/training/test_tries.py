"""The tried start: four runs on a quarter of the rows, then the run of the start that they lead to, and no other."""

import json
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from wishart_moments.errors import DomainError
from wishart_nn.data import load_table
from wishart_nn.data.dataset import Part
from wishart_nn.higgs import load
from wishart_nn.reports import write_report
from wishart_nn.reports.records import read_run
from wishart_nn.starts import CANDIDATES, MatchedStart, chosen_start
from wishart_nn.sweeps import SweepSpec
from wishart_nn.sweeps.runs import run_in_folder
from wishart_nn.training import RunOptions, key, train
from wishart_nn.training.sources import load_data
from wishart_nn.training.trainer import Trainer
from wishart_nn.training.tries import part_of, started

SMALL: dict[str, Any] = {"depth": 2, "width": 8, "epochs": 1, "batch_size": 60, "diagnose_rows": 60}
OPTIONS = RunOptions(rows=1000, sigma="tried", **SMALL)
WEIGHTS = ("model.safetensors", "plain.safetensors", "best.safetensors")


def timeless(document: Any) -> Any:
    """A result without what the clock says."""
    if isinstance(document, dict):
        told = {name: each for name, each in document.items() if name not in ("seconds", "samples_per_second")}
        return {name: timeless(each) for name, each in told.items()}
    return [timeless(each) for each in document] if isinstance(document, list) else document


def result_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "result.json").read_text("utf-8"))


def tables(folder: Path) -> dict[str, tuple[Path, str]]:
    """Two classes as CSV, ten as Parquet."""
    arrow = pytest.importorskip("pyarrow", reason="needs pyarrow")
    datasets = pytest.importorskip("sklearn.datasets", reason="needs scikit-learn")
    found: dict[str, tuple[Path, str]] = {}
    for name, suffix in (("breast_cancer", "csv"), ("digits", "parquet")):
        x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        table = arrow.table({**{f"f{i}": x[:, i] for i in range(x.shape[1])}, "y": y})
        path = folder / f"{name}.{suffix}"
        if suffix == "csv":
            __import__("pyarrow.csv").csv.write_csv(table, path)
        else:
            __import__("pyarrow.parquet").parquet.write_table(table, path)
        found[name] = path, "y"
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tried run that nothing has stopped."""
    folder = tmp_path_factory.mktemp("tried") / "RUN"
    assert train(OPTIONS, folder, progress=False).status == "finished"
    return folder


@pytest.mark.parametrize(
    ("architecture", "source", "optimizer"),
    [
        ("chain", "synthetic", "adamw"),
        ("chain", "breast_cancer", "sgd"),
        ("independent", "digits", "adamw"),
        ("independent", "synthetic", "sgd"),
    ],
)
def test_a_tried_run_is_that_of_the_start_to_which_runs_on_a_quarter_lead(
    architecture: str, source: str, optimizer: str, tmp_path: Path
) -> None:
    options = replace(OPTIONS, architecture=architecture, optimizer=optimizer)
    if source != "synthetic":
        file, label = tables(tmp_path)[source]
        options = replace(options, data=str(file), label=label, rows=None)
    data = load_data(options)
    found = train(options, data=data, progress=False).result
    aucs: list[float] = []
    quarter = part_of(data, options.split_seed)
    for each in CANDIDATES:
        single = replace(options, sigma=f"predicted({each.share:g})", step_length=each.step_length)
        aucs.append(train(single, data=quarter, progress=False).result["final"]["validation"]["auc"])
    start = chosen_start(aucs)
    assert [each["validation_auc"] for each in found["start"]["tries"]] == aucs
    assert MatchedStart(found["start"]["share"], found["start"]["step_length"]) == start
    alone = train(started(options, start), data=data, progress=False).result
    for name in ("final", "best", "steps", "lipschitz_bound"):
        assert found[name] == alone[name]


def test_a_quarter_has_every_class_in_its_share_and_is_that_of_the_seed(tmp_path: Path) -> None:
    file, label = tables(tmp_path)["digits"]
    data = load_table(file, label=label)
    quarter = part_of(data, 0)
    assert len(quarter.train) == -(-len(data.train) // 4)
    for k in range(10):
        assert abs(int((quarter.train.y == k).sum()) - int((data.train.y == k).sum()) / 4) <= 1
    rows = {tuple(row) for row in data.train.x.tolist()}
    assert all(tuple(row) in rows for row in quarter.train.x.tolist())
    assert quarter.validation is data.validation
    again, other = part_of(data, 0), part_of(data, 1)
    assert torch.equal(again.train.x, quarter.train.x)
    assert not torch.equal(other.train.x, quarter.train.x)
    assert len({each.fingerprint for each in (data, quarter, other)}) == 3


def test_each_try_is_a_run_of_its_own_and_its_figures_are_on_the_page(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "RUN")
    found = result_of(whole)
    tries = found["start"]["tries"]
    assert [each["start"] for each in tries] == [str(each) for each in CANDIDATES] == ["0.3", "0.03", "0.003", "0.3x2"]
    for each in tries:
        run = read_run(tmp_path / "RUN" / "tries" / each["start"])
        assert (run.status, run.final("validation", "auc")) == ("finished", each["validation_auc"])
    run = read_run(tmp_path / "RUN")
    assert run.options["sigma"] == "tried"
    assert run.result["key"] == key(OPTIONS)
    assert run.start == found["start"]
    page = write_report(tmp_path / "RUN").read_text("utf-8")
    assert "The tried start" in page
    assert all(f"{each['validation_auc']:.4f}" in page for each in tries)


def test_what_has_ended_is_not_run_again_and_more_epochs_keep_the_start(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "RUN"
    shutil.copytree(whole, folder)
    tried = {path: path.stat().st_mtime_ns for path in (folder / "tries").glob("*/*")}
    again = train(OPTIONS, folder, resume=True, progress=False)
    assert (again.result, len(again.records), again.model) == (result_of(whole), 2, None)
    longer = train(replace(OPTIONS, epochs=2), folder, resume=True, progress=False)
    assert (longer.result["epochs"], longer.result["start"]) == (2, again.result["start"])
    assert {path: path.stat().st_mtime_ns for path in (folder / "tries").glob("*/*")} == tried
    with pytest.raises(DomainError, match="holds a run with sigma = 'tried', got 'shared'"):
        train(replace(OPTIONS, sigma="shared", epochs=2), folder, resume=True, progress=False)


@pytest.mark.parametrize("at", ["predicted(0.3)", "predicted(0.003)"])
def test_a_stop_in_a_try_is_a_stop_of_the_run_which_goes_on_to_the_same_weights(
    at: str, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    epoch: Callable[..., bool] = Trainer.train_epoch

    def stopped(self: Trainer, on_step: Any) -> bool:
        if self.options.sigma == at:
            signal.raise_signal(signal.SIGINT)
        return epoch(self, on_step)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "train_epoch", stopped)
        found = train(OPTIONS, tmp_path / "RUN", progress=False)
    assert (found.status, found.result["key"], found.records) == ("stopped", key(OPTIONS), [])
    assert read_run(tmp_path / "RUN").status == "stopped"
    done = {path: path.read_bytes() for path in (tmp_path / "RUN" / "tries").glob("*/model.safetensors")}
    assert len(done) == (0 if at == "predicted(0.3)" else 2)
    resumed = train(OPTIONS, tmp_path / "RUN", resume=True, progress=False)
    assert timeless(resumed.result) == timeless(result_of(whole))
    for name in WEIGHTS:
        assert (tmp_path / "RUN" / name).read_bytes() == (whole / name).read_bytes()
    assert all(path.read_bytes() == before for path, before in done.items())


def test_a_try_that_diverges_counts_as_chance() -> None:
    data = load(rows=1000)
    found = train(
        replace(OPTIONS, lr=1e30, learn_alpha=True, optimizer="sgd", schedule="constant"), data=data, progress=False
    ).result
    aucs = [each["validation_auc"] for each in found["start"]["tries"]]
    assert None in aucs
    assert MatchedStart(found["start"]["share"], found["start"]["step_length"]) == chosen_start(
        [0.5 if auc is None else auc for auc in aucs]
    )


def test_what_nothing_can_be_tried_on_is_refused_before_there_is_a_folder(tmp_path: Path) -> None:
    data = load(rows=1000)
    refused = [
        (data, replace(OPTIONS, batch_size=200), r"need 800 training rows or more for sigma tried, .* got 700; give"),
        (replace(data, validation=Part(data.test.x[:0], data.test.y[:0])), OPTIONS, "need validation rows .* got none"),
    ]
    for rows, options, message in refused:
        with pytest.raises(DomainError, match=message):
            train(options, tmp_path / "RUN", data=rows, progress=False)
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_compares_tried_starts_with_fixed_ones(tmp_path: Path) -> None:
    base = replace(OPTIONS, sigma="he", match_step=False)
    spec = SweepSpec(base=base, grid={"start": ["he", "tried"], "architecture": ["chain", "mlp"]})
    assert [(each.sigma, each.architecture) for each in spec.plan()] == [
        ("he", "chain"), ("he", "mlp"), ("tried", "chain"),
    ]  # fmt: skip
    options = next(each for each in spec.plan() if each.sigma == "tried")
    assert options == OPTIONS
    row = run_in_folder(options, tmp_path / "runs" / key(options), load(rows=1000))
    assert (row["status"], row["key"], row["sigma"]) == ("finished", key(OPTIONS), "tried")


def test_the_command_tells_what_was_tried(command_line: Callable[..., Any], whole: Path, tmp_path: Path) -> None:
    line = "--rows 1000 --depth 2 --width 8 --epochs 1 --batch-size 60 --diagnose-rows 60 --sigma tried"
    shutil.copytree(whole, tmp_path / "RUN")
    code, out, err = command_line("train", "--resume", "--output", str(tmp_path / "RUN"), *line.split())
    assert (code, err) == (0, "")
    start = result_of(whole)["start"]
    told = ", ".join(f"{each['start']}: {each['validation_auc']:.4f}" for each in start["tries"])
    assert f"start      {MatchedStart(start['share'], start['step_length'])}; validation AUC of {told}\n" in out


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_with_a_step_length_a_run_starts_as_without_and_takes_steps_so_much_longer(optimizer: str) -> None:
    given = replace(OPTIONS, sigma="predicted(0.3)", optimizer=optimizer, schedule="constant")
    given = replace(given, batch_size=700, diagnose_rows=700)  # the gradient that SGD is matched to is that of its step
    data = load(rows=1000)
    one, two = (Trainer(replace(given, step_length=length), data) for length in (1.0, 2.0))
    before = [each.detach().clone() for each in one.model.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(before, two.model.parameters(), strict=True))
    assert (one.rate(), two.rate()) == (given.learning_rate, 2 * given.learning_rate)
    for trainer in (one, two):
        trainer.train_epoch(lambda _output, _labels: True)
    moved = [
        torch.cat([(a - b).flatten() for a, b in zip(each.model.parameters(), before, strict=True)])
        for each in (one, two)
    ]
    assert moved[0].norm() > 0
    torch.testing.assert_close(moved[1], 2 * moved[0], rtol=1e-3, atol=1e-7)


def test_matched_steps_without_a_sigma_have_the_default_start() -> None:
    assert RunOptions(match_step=True) == RunOptions(match_step=True, sigma="predicted(0.3)")
    assert RunOptions() == RunOptions(sigma="predicted") == RunOptions(sigma="auto")
