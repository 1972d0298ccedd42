"""A run that is killed with SIGKILL at any moment and resumed ends with the same weights, bit for bit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("killing.py")
ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")


def killed(place: Path, *arguments: str) -> tuple[str, int]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(str(ROOT / each) for each in (".", "generated", "nn"))
    command = [sys.executable, str(SCRIPT), str(place), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=place)
    assert run.returncode == 0, run.stderr
    name, count = run.stdout.split()
    return name, int(count)


# Runs are killed as processes, again and again.
@pytest.mark.slow
def test_killed_at_every_file_operation_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    name, count = killed(tmp_path, "operations")
    assert name == "operations"
    assert count > 30


# Runs are killed as processes, again and again.
@pytest.mark.slow
def test_killed_in_its_tries_it_makes_those_that_are_left_and_ends_with_the_same_weights(tmp_path: Path) -> None:
    name, count = killed(tmp_path, "tries", "7")
    assert name == "tries"
    assert count > 10


# Runs are killed as processes, again and again.
@pytest.mark.slow
def test_killed_again_and_again_at_random_times_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    name, count = killed(tmp_path, "random", "0")
    assert name == "deaths"
    assert count > 3
