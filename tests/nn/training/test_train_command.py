"""The command `train`: metrics on stdout, a folder on the disk, one line and exit 2 for a mistake."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wishart_nn.training import RunOptions

ROOT = Path(__file__).resolve().parents[3]
SMALL = "--rows 1000 --depth 2 --width 8 --epochs 2 --batch-size 100 --diagnose-rows 100"


Run = Callable[..., Any]


@pytest.fixture
def run(command_line: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    return lambda line: command_line("train", *line.split())


def test_help_shows_an_example_and_every_option_of_a_run(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert "Example: wishart-moments train" in " ".join(out.split())
    for name in RunOptions.__dataclass_fields__:
        assert f"--{name.replace('_', '-')}" in out


def test_every_epoch_is_a_line_and_the_summary_names_the_data(run: Run, tmp_path: Path) -> None:
    code, out, err = run(f"--out RUN {SMALL} --sigma 10/sqrt(n) --optimizer sgd --seed 3 --alpha 1/2 --threads 0")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert [line.split("  ")[0] for line in lines[:3]] == ["epoch 0/2", "epoch 1/2", "epoch 2/2"]
    result = json.loads((tmp_path / "RUN" / "result.json").read_text("utf-8"))
    assert f"test loss {result['final']['test']['loss']:.4f} AUC {result['final']['test']['auc']:.4f}" in lines[2]
    assert lines[3].startswith("data       SYNTHETIC")
    options = json.loads((tmp_path / "RUN" / "config.json").read_text("utf-8"))["options"]
    given = {"sigma": "10/sqrt(n)", "optimizer": "sgd", "seed": 3, "alpha": 0.5, "threads": None, "rows": 1000}
    assert given.items() <= options.items()


def test_json_is_the_result(run: Run, tmp_path: Path) -> None:
    code, out, _ = run(f"--out RUN {SMALL} --architecture mlp --json")
    assert code == 0
    assert json.loads(out) == json.loads((tmp_path / "RUN" / "result.json").read_text("utf-8"))


def test_a_run_that_diverges_says_so_and_exits_1(run: Run) -> None:
    code, out, err = run(f"--out RUN {SMALL} --architecture mlp --optimizer sgd --lr 1e30 --schedule constant")
    assert (code, err) == (1, "")
    assert "diverged   at step" in out
    assert "try a smaller --lr" in out


def test_a_finished_run_is_resumed_without_a_step(run: Run) -> None:
    assert run(f"--out RUN {SMALL}").code == 0
    again = run(f"--out RUN {SMALL} --resume")
    assert again.code == 0
    assert "epoch" not in again.out.splitlines()[0]
    assert "test       AUC" in again.out
    code, out, err = run(f"--out RUN {SMALL}")
    assert (code, out) == (2, "")
    assert err == "wishart-moments: 'RUN' holds a run already; go on with --resume, or give another --output\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--depth 0", "need depth to be an integer >= 1, got 0"),
        ("--seed x", "need seed as an integer, got 'x'"),
        ("--lr fast", "need lr as a number or none, got 'fast'"),
        ("--lr 0", "need lr > 0 and finite, got 0"),
        ("--optimizer lion", "need optimizer as one of adamw, adam, sgd, muon, lamb; got 'lion'"),
        ("--device cuda:99", "need a device"),
        ("--data there-is-no-such-file.csv", "there-is-no-such-file.csv"),
        ("--sigma n+", "need sigma as a formula"),
    ],
)
def test_a_mistake_is_one_line_exit_2_and_no_folder(run: Run, tmp_path: Path, line: str, message: str) -> None:
    code, out, err = run(f"--out RUN {SMALL} {line}")
    assert (code, out) == (2, "")
    assert err.startswith("wishart-moments: ")
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / "RUN").exists()


# Runs are started as processes, stopped and resumed.
@pytest.mark.slow
def test_ctrl_c_stops_the_command_and_resume_goes_on_to_the_same_weights(run: Run, tmp_path: Path) -> None:
    options = "--rows 2000 --depth 2 --width 8 --epochs 12 --batch-size 20 --diagnose-rows 100"
    # After the third line of its log the command waits for the signal.
    code = (
        "import time\n"
        "from wishart_moments.__main__ import main\n"
        "from wishart_nn.training.interruption import Interruption\n"
        "from wishart_nn.training.run_folder import RunFolder\n"
        "append, note, lines, signals = RunFolder.append, Interruption.note, [], []\n"
        "def waiting(*given):\n"
        "    append(*given)\n"
        "    lines.append(1)\n"
        "    while len(lines) == 3 and not signals:\n"
        "        time.sleep(0.01)\n"
        "RunFolder.append = waiting\n"
        "Interruption.note = lambda *given: (note(*given), signals.append(1))[0]\n"
        "main()\n"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(str(ROOT / each) for each in (".", "generated", "nn"))
    command = [sys.executable, "-c", code, "train", "--out", "RUN", *options.split()]
    child = subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    log = tmp_path / "RUN" / "log.jsonl"
    while child.poll() is None and (not log.exists() or log.read_text("utf-8").count("\n") < 3):
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate()
    assert (child.returncode, err) == (130, "")
    assert "with --resume goes on" in out
    assert json.loads((tmp_path / "RUN" / "result.json").read_text("utf-8"))["status"] == "stopped"
    assert run(f"--out RUN {options} --resume").code == 0
    assert run(f"--out WHOLE {options}").code == 0
    resumed, whole = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("RUN", "WHOLE"))
    assert resumed == whole


def test_what_is_refused_after_the_folder_was_made_leaves_none(run: Run, tmp_path: Path) -> None:
    code, out, err = run(f"--output RUN {SMALL} --tracking-uri nonsense://x")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert list(tmp_path.iterdir()) == []


def test_he_is_said_to_be_that_of_the_paper(run: Run) -> None:
    code, out, err = run(f"--output RUN {SMALL} --sigma he")
    assert (code, err) == (0, "")
    assert "sigma      he = 1/sqrt(n), as in arXiv 2601.08253; torch's kaiming_normal_ is kaiming = sqrt(2/n)\n" in out
