"""A run: what it writes, what it returns, how it ends; refusals leave everything as it was."""

import io
import json
import math
import re
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from wishart_moments.errors import DomainError
from wishart_nn.higgs import HiggsData, Part, load
from wishart_nn.training import RunOptions, RunResult, auc, key, plain_network, read_network, train
from wishart_nn.training.checkpoint import FORMAT, read_checkpoint
from wishart_nn.training.metrics import outputs

SMALL = RunOptions(rows=2000, depth=2, width=8, epochs=3, batch_size=100, diagnose_rows=200)


@pytest.fixture(scope="module")
def data() -> HiggsData:
    return load(rows=2000)


def run(options: RunOptions, data: HiggsData, folder: Path | None = None, **given: Any) -> RunResult:
    return train(options, folder, data=data, progress=False, **given)


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in sorted(folder.iterdir())}


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]


def strict(text: str) -> Any:
    """Parse JSON that has no NaN and no infinity."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("architecture", ["chain", "independent", "mlp"])
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_half_space_is_learned(data: HiggsData, architecture: str, optimizer: str) -> None:
    def labelled(part: Part) -> Part:
        return Part(part.x, (part.x[:, :5].sum(1) > 0).float())

    easy = replace(data, train=labelled(data.train), validation=labelled(data.validation), test=labelled(data.test))
    lr = 0.03 if optimizer == "adamw" else 0.1
    options = replace(SMALL, architecture=architecture, optimizer=optimizer, lr=lr, temperature=1.0)
    found = run(replace(options, width=16, batch_size=20), easy)
    assert found.status == "finished"
    first, last = found.records[0], found.records[-1]
    for part in ("train", "validation", "test"):
        assert last[part]["loss"] < first[part]["loss"]
        assert last[part]["auc"] > 0.85
    assert [each["epoch"] for each in found.records] == [0, 1, 2, 3]
    assert [each["step"] for each in found.records] == [0, 70, 140, 210]


def test_the_result_depends_on_the_options_alone(data: HiggsData) -> None:
    torch.manual_seed(1)
    first = run(SMALL, data)
    torch.manual_seed(2)
    torch.rand(3)
    second = run(SMALL, data)
    assert first.model is not None
    assert second.model is not None
    pairs = zip(first.model.parameters(), second.model.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert first.result["final"] == second.result["final"]
    assert run(replace(SMALL, seed=1), data).result["final"] != first.result["final"]


def test_a_folder_holds_configuration_log_weights_and_result(data: HiggsData, tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []
    found = run(SMALL, data, tmp_path / "deep" / "run", on_epoch=seen.append)
    folder = tmp_path / "deep" / "run"
    names = {"config.json", "log.jsonl", "checkpoint.pt", "model.safetensors", "plain.safetensors", "plain.json"}
    assert set(contents(folder)) == names | {"best.safetensors", "best.json", "result.json", "lock"}
    config = strict((folder / "config.json").read_text("utf-8"))
    assert RunOptions.from_json(config["options"]) == SMALL
    assert config["format"] == 1
    assert config["key"] == key(SMALL)
    assert config["data"]["fingerprint"] == data.fingerprint
    assert config["versions"]["torch"] == torch.__version__
    log = lines(folder)
    assert [each["event"] for each in log] == ["start", *["epoch"] * 4, "end"]
    assert [each for each in log if each["event"] == "epoch"] == seen == found.records
    assert strict((folder / "result.json").read_text("utf-8")) == found.result
    assert {"train", "validation", "test"} == found.result["final"].keys()
    assert found.result["data_source"].startswith("SYNTHETIC")


def test_the_log_has_every_promised_number(data: HiggsData) -> None:
    record = run(replace(SMALL, epochs=1, learn_alpha=True), data).records[1]
    assert {"event", "epoch", "step", "seconds", "samples_per_second", "lr", "alpha"} <= record.keys()
    assert record["samples_per_second"] == pytest.approx(len(data.train) / record["seconds"])
    assert len(record["layers"]) == len(record["alpha"]) == 3
    assert record["lipschitz_certified"]
    assert 0 < record["lipschitz_bound"] <= 1 + 1e-6
    names = {"layer", "cka_input", "cka_output", "variance", "predicted_variance", "dead", "effective_rank"}
    assert all(layer.keys() == names | {"gradient_norm", "norm"} for layer in record["layers"])
    assert all(math.isfinite(value) for layer in record["layers"] for value in layer.values())


def test_the_result_is_that_of_the_last_record_and_of_the_best_by_validation(data: HiggsData) -> None:
    found = run(replace(SMALL, schedule="constant", lr=0.3, optimizer="sgd"), data)
    last, result = found.records[-1], found.result
    assert result["final"] == {name: last[name] for name in ("train", "validation", "test")}
    areas = [each["validation"]["auc"] for each in found.records[1:]]
    assert result["best_epoch"] == 1 + areas.index(max(areas))
    assert result["best"]["test"] == found.records[result["best_epoch"]]["test"]
    assert found.model is not None
    assert found.best is not None
    assert result["best"]["test"]["auc"] == pytest.approx(auc(outputs(found.best, data.test.x), data.test.y), abs=1e-4)
    assert last["test"]["auc"] == auc(outputs(found.model, data.test.x), data.test.y)
    assert last["train"]["auc"] == auc(outputs(found.model, data.train.x), data.train.y)


@pytest.mark.parametrize("architecture", ["chain", "independent", "mlp"])
@pytest.mark.parametrize("activation", ["relu", "householder"])
def test_the_export_gives_the_same_probabilities_on_raw_rows(
    data: HiggsData, tmp_path: Path, architecture: str, activation: str
) -> None:
    options = replace(SMALL, architecture=architecture, activation=activation, epochs=1, temperature=3.0)
    found = run(options, data, tmp_path / "run")
    assert found.model is not None
    raw = data.test.x * data.scale + data.mean
    with torch.no_grad():
        logits = read_network(tmp_path / "run")(raw)
        assert torch.allclose(logits, 3.0 * outputs(found.model, data.test.x), atol=1e-4)
        assert torch.allclose(3.0 * plain_network(found.model)(data.test.x).squeeze(-1), logits, atol=1e-4)
    document = strict((tmp_path / "run" / "plain.json").read_text("utf-8"))
    assert document["widths"] == [28, 8, 8, 1]
    assert document["features"] == list(data.feature_names)


@pytest.mark.parametrize(("architecture", "lr"), [("mlp", 1e30), ("chain", 1e38), ("independent", 1e38)])
def test_a_run_that_diverges_ends_with_a_record(data: HiggsData, tmp_path: Path, architecture: str, lr: float) -> None:
    options = replace(SMALL, architecture=architecture, lr=lr, optimizer="sgd", schedule="constant", learn_alpha=True)
    found = run(options, data, tmp_path / "run")
    assert found.status == found.result["status"] == "diverged"
    assert found.result["final"]["test"] == {"loss": None, "auc": None, "accuracy": None}
    assert found.result["reason"]
    end = lines(tmp_path / "run")[-1]
    assert (end["event"], end["status"]) == ("end", "diverged")
    assert end["step"] == found.result["steps"] > 0
    strict((tmp_path / "run" / "result.json").read_text("utf-8"))
    again = run(options, data, tmp_path / "run", resume=True)
    assert (again.status, again.result, again.model) == ("diverged", found.result, None)


def test_rows_that_are_not_finite_diverge_before_the_first_step(data: HiggsData) -> None:
    x = data.train.x.clone()
    x[3, 5] = float("inf")
    found = run(SMALL, replace(data, train=Part(x, data.train.y)))
    assert (found.status, found.result["steps"]) == ("diverged", 0)


def test_a_finished_run_is_returned_as_it_is(data: HiggsData, tmp_path: Path) -> None:
    first = run(SMALL, data, tmp_path / "run")
    before = contents(tmp_path / "run")
    again = run(SMALL, data, tmp_path / "run", resume=True)
    assert (again.status, again.result, again.records) == (first.status, first.result, first.records)
    assert contents(tmp_path / "run") == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_between_two_steps_and_it_can_go_on(
    data: HiggsData, tmp_path: Path, number: signal.Signals
) -> None:
    def on_epoch(record: dict[str, Any]) -> None:
        if record["epoch"] == 1:
            signal.raise_signal(number)

    handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    stopped = run(SMALL, data, tmp_path / "run", on_epoch=on_epoch)
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert (stopped.status, stopped.result["steps"]) == ("stopped", 14)
    assert json.loads((tmp_path / "run" / "result.json").read_text("utf-8"))["status"] == "stopped"
    ended = run(SMALL, data, tmp_path / "run", resume=True)
    whole = run(SMALL, data, tmp_path / "whole")
    assert ended.status == "finished"
    assert [each["event"] for each in lines(tmp_path / "run")] == [
        "start",
        *["epoch"] * 2,
        "resume",
        "epoch",
        "epoch",
        "end",
    ]
    for name in ("model.safetensors", "plain.safetensors"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert ended.result["final"] == whole.result["final"]


def test_a_second_signal_interrupts_at_once(data: HiggsData) -> None:
    def on_epoch(_: dict[str, Any]) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(SMALL, data, on_epoch=on_epoch)


def test_what_on_epoch_raises_ends_the_run_and_it_can_go_on(data: HiggsData, tmp_path: Path) -> None:
    class PrunedError(Exception):
        pass

    def on_epoch(record: dict[str, Any]) -> None:
        if record["epoch"] == 2:
            raise PrunedError

    with pytest.raises(PrunedError):
        run(SMALL, data, tmp_path / "run", on_epoch=on_epoch)
    assert not (tmp_path / "run" / "result.json").exists()
    assert run(SMALL, data, tmp_path / "run", resume=True).result["final"] == run(SMALL, data).result["final"]


def test_a_run_in_a_folder_is_that_in_memory(data: HiggsData, tmp_path: Path) -> None:
    assert run(SMALL, data).result["final"] == run(SMALL, data, tmp_path / "run").result["final"]


def test_a_folder_that_holds_a_run_is_not_written_over(data: HiggsData, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run(SMALL, data, folder)
    before = contents(folder)
    with pytest.raises(DomainError, match="holds a run already; resume it, or give another folder"):
        run(SMALL, data, folder)
    with pytest.raises(DomainError, match="holds a run with width = 8, got 16"):
        run(replace(SMALL, width=16), data, folder, resume=True)
    with pytest.raises(DomainError, match="holds a run on other data"):
        run(SMALL, load(rows=2000, seed=1), folder, resume=True)
    assert contents(folder) == before


def test_a_folder_with_other_files_is_refused(data: HiggsData, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(DomainError, match=r"need a folder that is empty or holds a run, got .* with 'thesis.tex'"):
        run(SMALL, data, tmp_path, resume=True)
    with pytest.raises(DomainError, match="need a folder for the run, got the file"):
        run(SMALL, data, tmp_path / "thesis.tex")
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_in_use_is_refused(data: HiggsData, tmp_path: Path) -> None:
    def on_epoch(_: dict[str, Any]) -> None:
        with pytest.raises(DomainError, match="another process is training in"):
            run(SMALL, data, tmp_path / "run", resume=True)

    assert run(replace(SMALL, epochs=1), data, tmp_path / "other").status == "finished"
    assert run(SMALL, data, tmp_path / "run", on_epoch=on_epoch).status == "finished"


@pytest.mark.parametrize("device", ["cuda:99", "nonsense", "meta"])
def test_a_device_that_is_not_there_is_refused(data: HiggsData, tmp_path: Path, device: str) -> None:
    with pytest.raises(DomainError, match=r"need a device"):
        run(replace(SMALL, device=device), data, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_network_that_cannot_be_built_is_refused_before_there_is_a_folder(data: HiggsData, tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="multiples of 2 for groupsort"):
        run(replace(SMALL, activation="groupsort", width=7), data, tmp_path / "run")
    with pytest.raises(DomainError, match=r"need alpha > 0\.0001 for a learnt alpha"):
        run(replace(SMALL, alpha=1e-5, learn_alpha=True), data, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def stopped_at_one(options: RunOptions, data: HiggsData, folder: Path) -> Path:
    """Leave a run that was interrupted after its first epoch."""

    def on_epoch(record: dict[str, Any]) -> None:
        if record["epoch"] == 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run(options, data, folder, on_epoch=on_epoch)
    return folder


def test_a_damaged_checkpoint_is_refused_wherever_a_byte_is_wrong(data: HiggsData, tmp_path: Path) -> None:
    folder = stopped_at_one(SMALL, data, tmp_path / "run")
    path = folder / "checkpoint.pt"
    whole, before = path.read_bytes(), contents(folder)
    checkpoint = read_checkpoint(path)
    assert checkpoint is not None
    tensors = list(checkpoint.model.values())
    tensors += [each for state in checkpoint.optimizer["state"].values() for each in state.values()]
    positions = [whole.index(t.numpy().tobytes()) + 2 for t in tensors if t.numel() > 4 and t.abs().sum() > 0]
    assert len(positions) > 6
    for position in positions:
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(DomainError, match="need an intact checkpoint, got a damaged"):
            run(SMALL, data, folder, resume=True)
    for text in (b"", b"not a checkpoint", whole[: len(whole) // 2], whole[:-1]):
        path.write_bytes(text)
        with pytest.raises(DomainError, match="need an intact checkpoint, got a damaged"):
            run(SMALL, data, folder, resume=True)
    path.write_bytes(whole)
    assert contents(folder) == before
    assert run(SMALL, data, folder, resume=True).status == "finished"


def test_a_checkpoint_of_another_run_or_network_is_refused(data: HiggsData, tmp_path: Path) -> None:
    folder = stopped_at_one(SMALL, data, tmp_path / "run")
    other = stopped_at_one(replace(SMALL, width=4), data, tmp_path / "other")
    path = folder / "checkpoint.pt"
    path.write_bytes((other / "checkpoint.pt").read_bytes())
    before = contents(folder)
    with pytest.raises(DomainError, match="need a checkpoint of this run, got one of another"):
        run(SMALL, data, folder, resume=True)
    found = read_checkpoint(path)
    assert found is not None
    replace(found, key=key(SMALL)).save(path)
    before = contents(folder)
    with pytest.raises(DomainError, match=r"got one of another: biases.0 is \(4,\) there, \(8,\) here"):
        run(SMALL, data, folder, resume=True)
    torch.save({"weights": torch.zeros(3)}, path)
    with pytest.raises(DomainError, match=f"need a checkpoint of format {FORMAT}"):
        run(SMALL, data, folder, resume=True)
    assert contents(folder).keys() == before.keys()
    assert (folder / "log.jsonl").read_bytes() == before["log.jsonl"]


def test_a_log_that_lost_lines_is_refused(data: HiggsData, tmp_path: Path) -> None:
    folder = stopped_at_one(SMALL, data, tmp_path / "run")
    log = (folder / "log.jsonl").read_bytes()
    (folder / "log.jsonl").write_bytes(log[:-10])
    with pytest.raises(DomainError, match="need a log of"):
        run(SMALL, data, folder, resume=True)
    assert (folder / "log.jsonl").read_bytes() == log[:-10]


@pytest.mark.parametrize("line", [b"{}", b"1", b'{"event": ', b"[1]"])
def test_a_line_of_the_log_that_is_no_record_is_refused(data: HiggsData, tmp_path: Path, line: bytes) -> None:
    folder = tmp_path / "run"
    train(SMALL, folder, data=data, progress=False)
    log = folder / "log.jsonl"
    first, *rest = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(first + line + b"\n" + b"".join(rest))
    for options in (SMALL, replace(SMALL, epochs=SMALL.epochs + 1)):
        with pytest.raises(DomainError, match=r"need a record in every line of .*log\.jsonl', got another in line 2"):
            train(options, folder, data=data, resume=True, progress=False)


def test_a_result_without_its_status_is_refused(data: HiggsData, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    train(SMALL, folder, data=data, progress=False)
    (folder / "result.json").write_text('{"format": 1}')
    with pytest.raises(DomainError, match=r"need a result with a status, got .*result\.json"):
        train(SMALL, folder, data=data, resume=True, progress=False)


@pytest.mark.parametrize(("name", "value"), [("step", "x"), ("model", [1]), ("optimizer", 1), ("seconds", None)])
def test_a_checkpoint_of_wrong_types_is_refused(data: HiggsData, tmp_path: Path, name: str, value: object) -> None:
    folder = tmp_path / "run"
    train(SMALL, folder, data=data, progress=False)
    document = torch.load(folder / "checkpoint.pt") | {name: value}
    torch.save(document, folder / "checkpoint.pt")
    with pytest.raises(DomainError, match=f"need a checkpoint with its {name}, got .*delete the file"):
        train(replace(SMALL, epochs=SMALL.epochs + 1), folder, data=data, resume=True, progress=False)


def test_a_damaged_configuration_is_refused(data: HiggsData, tmp_path: Path) -> None:
    folder = stopped_at_one(SMALL, data, tmp_path / "run")
    for text in ("{", '{"format": 7}', "[]"):
        (folder / "config.json").write_text(text)
        with pytest.raises(DomainError, match=r"config\.json"):
            run(SMALL, data, folder, resume=True)


def test_a_run_of_a_version_that_took_other_steps_does_not_go_on(data: HiggsData, tmp_path: Path) -> None:
    for status, folder in (("stopped", stopped_at_one(SMALL, data, tmp_path / "one")), ("finished", tmp_path / "two")):
        assert status == "stopped" or run(SMALL, data, folder).status == status
        config = json.loads((folder / "config.json").read_text("utf-8"))
        (folder / "config.json").write_text(json.dumps(config | {"key": "0" * 16}))
        with pytest.raises(DomainError, match=r"holds a run of an earlier version, .*; give another folder"):
            run(SMALL, data, folder, resume=True)


def test_threads_are_set_for_the_run_only(data: HiggsData) -> None:
    before, seen = torch.get_num_threads(), list[int]()
    run(replace(SMALL, threads=2, epochs=1), data, on_epoch=lambda _: seen.append(torch.get_num_threads()))
    assert set(seen) == {2}
    assert torch.get_num_threads() == before


class Terminal(io.StringIO):
    """What a terminal would be sent."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_the_auc_of_the_last_batches_and_no_bar_where_others_print(
    data: HiggsData, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal, lengths = Terminal(), list[str]()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("wishart_nn.training.display.EVERY", 0.0)
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setenv("TERM", "xterm")
    shown = train(SMALL, data=data, on_epoch=lambda _: lengths.append(terminal.getvalue()))
    text = terminal.getvalue()
    assert re.search(r"epoch 2/3 on SYNTHETIC: AUC of the last batches 0\.\d{4}, validation 0\.\d{4}", text)
    assert [each for each in lengths if "epoch 1/3" in each] == lengths[1:]
    assert lengths[1].endswith(("\x1b[?25h", "\x1b[2K"))  # the bar has been taken away
    assert shown.result["final"] == run(SMALL, data).result["final"]
