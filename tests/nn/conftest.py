"""The same random numbers at every run; an interpreter that cannot import torch."""

import subprocess
import sys
from collections.abc import Callable

import pytest
import torch

BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ImportError("torch is blocked")

sys.meta_path.insert(0, Blocked())
"""


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Let every test begin with the same numbers, whatever was drawn before it and on whichever worker."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def without_torch() -> Callable[..., str]:
    """Run code where torch cannot be imported; return what it prints."""

    def run(code: str, *arguments: str) -> str:
        command = [sys.executable, "-c", BLOCKED + code, *arguments]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return run.stdout

    return run
