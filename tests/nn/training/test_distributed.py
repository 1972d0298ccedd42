"""A run over several processes is the run of one: the same weights to rounding, one log, a resume after a death."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file

from wishart_moments.errors import DomainError
from wishart_nn.training import RunOptions, train
from wishart_nn.training.distributed import MEETING, Processes, joined

ROOT = Path(__file__).resolve().parents[3]
OPTIONS = RunOptions(rows=1500, depth=2, width=8, epochs=3, batch_size=100, diagnose_rows=100, match_step=True)
"""1,050 training rows: the last batch of an epoch has 50."""


def test_the_shares_of_a_batch_make_up_the_batch_and_its_mean() -> None:
    losses = torch.arange(7.0)
    parts: list[torch.Tensor] = []
    for number in range(3):
        processes = Processes()
        processes.number, processes.count = number, 3
        share = processes.share(losses)
        parts.append(processes.mean(share, len(losses)))
        assert share.tolist() == list(range(number, 7, 3))
    assert torch.stack(parts).mean() == losses.mean()  # what DistributedDataParallel takes


def test_one_process_alone_is_told_what_it_finds() -> None:
    alone, model = Processes(), torch.nn.Linear(2, 1)
    assert alone.wrapped(model) is model
    with pytest.raises(ArithmeticError, match="gone"):
        alone.told_by_first(lambda: _fail("gone"))


def _fail(text: str) -> None:
    raise ArithmeticError(text)


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Processes]:
    """A group of gloo that takes this process for one of two, though it is alone in it."""
    dist.init_process_group("gloo", init_method=f"file://{tmp_path / 'meeting'}", rank=0, world_size=1)
    processes = Processes()
    processes.count = 2
    yield processes
    dist.destroy_process_group()


def test_what_goes_through_a_group_comes_back(group: Processes) -> None:
    assert group.any(True)
    assert not group.any(False)
    assert group.total(torch.tensor(2.0)) == 2
    assert group.told_by_first(lambda: {"auc": 0.5}) == {"auc": 0.5}
    with pytest.raises(ArithmeticError, match="gone"):
        group.told_by_first(lambda: _fail("gone"))


def test_a_numbered_gpu_is_refused_where_each_process_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in MEETING:
        monkeypatch.setenv(name, "2")
    with (
        pytest.raises(DomainError, match="need device cuda or cpu with several processes, got 'cuda:1'"),
        joined("cuda:1"),
    ):
        pass


def test_a_world_without_a_meeting_point_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with joined("cpu") as processes:
        assert (processes.number, processes.count) == (0, 1)


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(str(ROOT / e) for e in (".", "generated", "nn")),
    }


def _arguments(folder: Path, options: RunOptions = OPTIONS) -> list[str]:
    changed = {n: v for n, v in options.to_json().items() if v != getattr(RunOptions(), n)}
    given = (
        f"--{name.replace('_', '-')}" if value is True else f"--{name.replace('_', '-')}={value}"
        for name, value in changed.items()
    )
    return ["-m", "wishart_nn.training", "--output", str(folder), *given, "--resume", "--checkpoint-every=0"]


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def _log(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]


def _same(folder: Path, whole: Path) -> None:
    found, expected = _weights(folder), _weights(whole)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-3, atol=1e-5)


# Two interpreters with torch.
@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_two_processes_end_with_the_weights_of_one_and_one_log(tmp_path: Path, optimizer: str) -> None:
    options = replace(OPTIONS, optimizer=optimizer, batch_size=47, epochs=2)  # 1,050 = 22·47 + 16
    train(options, tmp_path / "one", progress=False)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [*launch, *_arguments(tmp_path / "two", options)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("epoch 2/2") == 1
    log = _log(tmp_path / "two")
    assert [each["event"] for each in log] == ["start", *["epoch"] * 3, "end"]
    assert log[0]["processes"] == 2
    assert log[-2]["test"]["auc"] == pytest.approx(_log(tmp_path / "one")[-2]["test"]["auc"], abs=1e-3)
    _same(tmp_path / "two", tmp_path / "one")


def _spawned(folder: Path, options: RunOptions) -> list[subprocess.Popen[bytes]]:
    """Start two processes as torchrun would."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    return [
        subprocess.Popen(
            [sys.executable, *_arguments(folder, options)],
            env={**_environment(), **meeting, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.DEVNULL,
        )
        for rank in range(2)
    ]


# Four interpreters with torch.
@pytest.mark.slow
def test_a_run_goes_on_after_one_of_its_processes_was_killed(tmp_path: Path) -> None:
    options = replace(OPTIONS, epochs=6)  # four of them are left when the process is killed
    train(options, tmp_path / "whole", progress=False)
    folder = tmp_path / "killed"
    first, second = _spawned(folder, options)
    while not (folder / "log.jsonl").exists() or len(_log(folder)) < 3:  # start, epochs 0 and 1
        assert first.poll() is None
        time.sleep(0.01)
    second.send_signal(signal.SIGKILL)
    assert second.wait() == -signal.SIGKILL
    assert first.wait(60) != 0
    assert not (folder / "result.json").exists()
    again = _spawned(folder, options)
    assert [each.wait() for each in again] == [0, 0]
    events = [each["event"] for each in _log(folder)]
    assert events.count("epoch") == 7
    assert "resume" in events
    _same(folder, tmp_path / "whole")
