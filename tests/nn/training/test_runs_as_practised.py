"""What practitioners do with runs: stop early, go on for longer, clip gradients, choose Muon or LAMB, watch them."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from wishart_moments.errors import DomainError, LimitError
from wishart_nn.data import Data, Dataset
from wishart_nn.higgs import load
from wishart_nn.training import RunOptions, RunResult, build_model, key, read_network, train
from wishart_nn.training.display import Display
from wishart_nn.training.optimizers import Lamb, Together, build_optimizer
from wishart_nn.training.trainer import Trainer

SMALL = RunOptions(rows=1000, depth=2, width=8, epochs=2, batch_size=100, diagnose_rows=100)


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load(rows=1000)


def run(options: RunOptions, data: Data, folder: Path | None = None, **given: Any) -> RunResult:
    return train(options, folder, data=data, progress=False, **given)


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def test_a_run_extended_is_the_longer_run_bit_for_bit(data: Dataset, tmp_path: Path) -> None:
    options = replace(SMALL, schedule="constant")
    run(options, data, tmp_path / "run")
    longer = run(replace(options, epochs=4), data, tmp_path / "run", resume=True)
    run(replace(options, epochs=4), data, tmp_path / "whole")
    assert (longer.status, longer.result["epochs"]) == ("finished", 4)
    assert weights(tmp_path / "run") == weights(tmp_path / "whole")
    config = json.loads((tmp_path / "run" / "config.json").read_text("utf-8"))
    assert config["options"]["epochs"] == 4
    assert config["key"] == key(replace(options, epochs=4))
    assert run(replace(options, epochs=4), data, tmp_path / "run", resume=True).model is None
    with pytest.raises(DomainError, match="holds a run with epochs = 4, got 3; give more epochs, or another folder"):
        run(replace(options, epochs=3), data, tmp_path / "run", resume=True)


def test_a_schedule_is_that_of_the_new_length(data: Dataset, tmp_path: Path) -> None:
    run(replace(SMALL, schedule="cosine"), data, tmp_path / "run")
    rates = [each["lr"] for each in run(replace(SMALL, epochs=4), data, tmp_path / "other").records]
    assert len(rates) == 5
    longer = run(replace(SMALL, schedule="cosine", epochs=4), data, tmp_path / "run", resume=True)
    whole = run(replace(SMALL, schedule="cosine", epochs=4), data)
    assert [each["lr"] for each in longer.records[3:]] == [each["lr"] for each in whole.records[3:]]


def test_training_stops_when_the_validation_auc_has_not_risen(data: Dataset, tmp_path: Path) -> None:
    options = replace(SMALL, epochs=40, patience=2, lr=0.1, schedule="constant")
    found = run(options, data, tmp_path / "run")
    areas = [each["validation"]["auc"] for each in found.records[1:]]
    assert found.status == "finished"
    assert len(areas) < 40
    assert areas.index(max(areas)) == len(areas) - 3
    assert found.result["reason"] == "the validation AUC has not risen for 2 epochs"
    assert found.result["best_epoch"] == len(areas) - 2
    assert found.records[-1]["lipschitz_certified"]
    again = run(options, data, tmp_path / "run", resume=True)
    assert (again.model, again.result) == (None, found.result)
    patient = run(replace(options, patience=3), data, tmp_path / "run", resume=True)
    assert len(patient.records) >= len(found.records) + 1


def test_a_killed_run_that_was_stale_ends_where_it_would_have(data: Dataset, tmp_path: Path) -> None:
    options = replace(SMALL, epochs=40, patience=2, lr=0.1, schedule="constant")
    whole = run(options, data, tmp_path / "whole")

    def kill(record: dict[str, Any]) -> None:
        if record["epoch"] == whole.result["epochs"]:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run(options, data, tmp_path / "run", on_epoch=kill)
    assert run(options, data, tmp_path / "run", resume=True).result["epochs"] == whole.result["epochs"]
    assert weights(tmp_path / "run") == weights(tmp_path / "whole")
    assert (tmp_path / "run" / "best.safetensors").read_bytes() == (
        tmp_path / "whole" / "best.safetensors"
    ).read_bytes()


def test_the_best_network_is_that_of_its_epoch(data: Dataset, tmp_path: Path) -> None:
    options = replace(SMALL, epochs=6, lr=0.1, schedule="constant")
    found = run(options, data, tmp_path / "run")
    best = found.result["best_epoch"]
    shorter = run(replace(options, epochs=best), data)
    assert found.best is not None
    assert shorter.model is not None
    with torch.no_grad():
        ours, theirs = found.best(data.test.x), shorter.model.eval()(data.test.x)
        exported = read_network(tmp_path / "run", "best").network(data.test.x)
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(ours, exported, rtol=0, atol=0)


def test_a_gradient_is_never_longer_than_the_clip(data: Dataset) -> None:
    trainer = Trainer(replace(SMALL, clip=1e-3, optimizer="sgd", momentum=0.0, lr=1.0, schedule="constant"), data)
    before = [p.detach().clone() for p in trainer.model.parameters()]
    trainer._take_step(trainer.x[:100], trainer.y[:100])
    after = [p.detach() for p in trainer.model.parameters()]
    moved = sum(float((a - b).square().sum()) for a, b in zip(before, after, strict=True)) ** 0.5
    assert moved == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize("optimizer", ["muon", "lamb"])
@pytest.mark.parametrize("architecture", ["chain", "mlp"])
def test_muon_and_lamb_learn_and_go_on_bit_for_bit(
    data: Dataset, tmp_path: Path, optimizer: str, architecture: str
) -> None:
    options = replace(SMALL, optimizer=optimizer, architecture=architecture)
    whole = run(options, data, tmp_path / "whole")
    first, last = whole.records[0]["train"]["loss"], whole.records[-1]["train"]["loss"]
    assert last < first

    def kill(record: dict[str, Any]) -> None:
        if record["epoch"] == 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run(options, data, tmp_path / "run", on_epoch=kill)
    run(options, data, tmp_path / "run", resume=True)
    assert weights(tmp_path / "run") == weights(tmp_path / "whole")


def test_muon_has_the_matrices_and_adamw_all_else() -> None:
    layers = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    found = build_optimizer(RunOptions(optimizer="muon", architecture="mlp", weight_decay=0.1), layers)
    assert isinstance(found, Together)
    muon, adam = found.optimizers
    assert [type(each).__name__ for each in (muon, adam)] == ["Muon", "AdamW"]
    assert all(p.ndim == 2 for group in muon.param_groups for p in group["params"])
    assert all(p.ndim == 1 for group in adam.param_groups for p in group["params"])
    assert [group["weight_decay"] for group in found.param_groups] == [0.1, 0.0]


def test_lamb_moves_a_tensor_by_a_share_of_its_length() -> None:
    generator = torch.Generator().manual_seed(0)
    w = nn.Parameter(torch.randn(4, 3, generator=generator, dtype=torch.float64))
    zero = nn.Parameter(torch.zeros(3, dtype=torch.float64))
    optimizer = Lamb([{"params": [w, zero], "weight_decay": 0.1}], lr=0.02)
    mean = square = torch.zeros_like(w)
    for step in (1, 2, 3):
        w.grad, zero.grad = torch.randn(4, 3, generator=generator, dtype=torch.float64), torch.ones(3).double()
        mean, square = 0.9 * mean + 0.1 * w.grad, 0.999 * square + 0.001 * w.grad**2
        u = mean / (1 - 0.9**step) / ((square / (1 - 0.999**step)).sqrt() + 1e-6) + 0.1 * w.detach()
        wanted = w.detach() - 0.02 * w.detach().norm() / u.norm() * u
        optimizer.step()
        torch.testing.assert_close(w.detach(), wanted, rtol=1e-12, atol=1e-14)
        if step == 1:  # a tensor that is 0 has no length: it is moved as Adam would
            torch.testing.assert_close(zero.detach(), torch.full((3,), -0.02).double(), rtol=1e-5, atol=0)


def test_an_mlp_is_a_fair_baseline_by_default(data: Dataset) -> None:
    options = replace(SMALL, architecture="mlp")
    assert (options.sharpness, options.learning_rate) == (1.0, 1e-2)
    assert (SMALL.sharpness, SMALL.learning_rate) == (10.0, 3e-3)
    assert replace(options, architecture="chain").sharpness == 10.0
    assert key(SMALL) == key(replace(SMALL, temperature=10.0))
    found = run(replace(options, epochs=10), data)
    assert found.result["final"]["train"]["auc"] > 0.65


def test_without_a_terminal_there_is_a_line_a_minute(
    data: Dataset, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer = Trainer(SMALL, data)
    clock = iter(range(0, 10_000, 45))
    monkeypatch.setattr("wishart_nn.training.display.perf_counter", lambda: float(next(clock)))
    display = Display(True, trainer)
    with display.epoch():
        for step in range(1, 5):
            trainer.step = step
            display.step(torch.linspace(-1, 1, 10), (torch.arange(10) > 4).float())
    lines = capsys.readouterr().err.splitlines()
    # Looks at 45, 90, 135 and 180 seconds; two of them are more than a minute after the last line.
    assert lines == [
        "epoch 1/2, step 2/14: AUC of the last batches 1.0000, 0:09:00 left",
        "epoch 1/2, step 4/14: AUC of the last batches 1.0000, 0:07:30 left",
    ]
    silent = Display(False, trainer)
    silent.step(torch.zeros(2), torch.zeros(2))
    assert capsys.readouterr().err == ""


def test_a_network_beyond_the_memory_is_refused_before_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sysconf", lambda name: {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1 << 20}[name])
    with pytest.raises(LimitError, match=r"need some 536 GB to train a network of depth 1000 and width 4096, got"):
        build_model(RunOptions(width=4096, depth=1000), 28)
    build_model(RunOptions(width=64), 28)


def test_a_source_of_one_s_own_needs_no_more_than_the_protocol(data: Dataset, tmp_path: Path) -> None:
    names = [name for name, each in vars(Data).items() if isinstance(each, property)]
    assert len(names) == 11
    own: Any = SimpleNamespace(**{name: getattr(data, name) for name in names}, describe=lambda: {"origin": "a test"})
    ours, theirs = run(SMALL, own, tmp_path / "run"), run(SMALL, data)
    assert ours.result["final"] == theirs.result["final"]
    config = json.loads((tmp_path / "run" / "config.json").read_text("utf-8"))
    assert config["data"] == {"origin": "a test", "fingerprint": data.fingerprint}
