"""The calculator's page from the tables as they are, and a browser, where there is one, that opens it."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from wishart_moments.codegen import CATALOGUE, checkout_root, table_from_json
from wishart_moments.reports.calculator import calculator_page

Dumped = Callable[..., str]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-extensions", "--dump-dom"),
)


def _found(*names: str) -> str:
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip(f"{names[0]} is not installed, so the calculator is not run in it")
    return path


@pytest.fixture(scope="session")
def page() -> str:
    files = (checkout_root() / "tables" / f"{entry.name}.json" for entry in CATALOGUE)
    return calculator_page([table_from_json(path.read_text("utf-8")) for path in files])


@pytest.fixture(scope="session")
def node() -> str:
    """A JavaScript engine."""
    return _found("node")


@pytest.fixture(scope="session")
def dumped() -> Dumped:
    """A function of a file and a fragment: the page as the browser has it once its scripts ran."""
    browser = _found(*BROWSERS)

    def dump(path: Path, fragment: str = "") -> str:
        command = [browser, *FLAGS, f"--user-data-dir={path.parent / 'profile'}", path.as_uri() + fragment]
        home = os.environ | {"HOME": str(path.parent)}
        run = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, env=home, timeout=300)
        return run.stdout

    return dump
