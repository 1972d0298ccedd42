"""Measurements that need a process of their own: its peak memory, the time that it measures inside itself."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PEERS = "WISHART_BENCHMARK_PEERS"
"""The environment variable that names the virtual environment of the packages in requirements-peers.txt."""

# VmHWM, since ru_maxrss of a child starts with the peak of the process that it was forked from.
_PEAK = """
def peak_bytes():
    try:
        with open("/proc/self/status") as status:
            return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except OSError:
        import resource, sys
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
"""


def output_of(*command: str, directory: Path | None = None) -> str:
    """Run a command to its end and return what it printed; it must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory)
    if done.returncode:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()[-400:]}")
    return done.stdout


def result_of(code: str) -> Any:
    """Return what a fresh interpreter prints as JSON in the end."""
    return json.loads(output_of(sys.executable, "-c", code).splitlines()[-1])


def peak_memory(code: str, expression: str) -> tuple[Any, int]:
    """Return the value of an expression after the code has run in a fresh interpreter, and its peak memory in bytes."""
    report = f"import json; peak = peak_bytes(); print(json.dumps([{expression}, peak]))"
    value, peak = result_of(f"{_PEAK}\n{code}\n{report}")
    return value, peak


def peers_python() -> tuple[str, str]:
    """Return the peers' interpreter, or else why there is none."""
    root = os.environ.get(PEERS)
    if not root:
        return "", f"{PEERS} is not set; it names a virtual environment with benchmarks/requirements-peers.txt"
    python = Path(root, "bin", "python")
    if not python.exists():
        return "", f"{PEERS} names no virtual environment"
    return str(python), ""


def peers_version(python: str, package: str) -> str:
    """Return the version of a package in the peers' environment."""
    return output_of(python, "-c", f"from importlib.metadata import version; print(version({package!r}))").strip()
