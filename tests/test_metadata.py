"""What the package says of itself is the same everywhere."""

import re
import tomllib
from pathlib import Path

from wishart_moments import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CITATION = (ROOT / "CITATION.cff").read_text("utf-8")


def test_the_command_has_the_name_of_the_package_too() -> None:
    scripts = PROJECT["scripts"]
    assert scripts[PROJECT["name"]] == scripts["wishart-moments"]


def test_the_citation_names_this_version_license_and_authors() -> None:
    cited = dict(re.findall(r"^([\w-]+): (.+)$", CITATION, re.MULTILINE))
    assert cited["version"] == __version__
    assert cited["license"] == PROJECT["license"]
    assert f"  - name: {PROJECT['authors'][0]['name']}\n" in CITATION
    assert PROJECT["authors"][0]["name"] in (ROOT / "LICENSE").read_text("utf-8")


def test_every_python_that_is_named_is_admitted() -> None:
    named = {each.rsplit(" ", 1)[1] for each in PROJECT["classifiers"] if "Python :: 3." in each}
    least = PROJECT["requires-python"].removeprefix(">=")
    assert min(named, key=lambda each: int(each.split(".")[1])) == least


def test_what_the_manual_needs_is_pinned() -> None:
    pins = {line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()}
    needed = {re.split(r"[\[>]", each)[0].lower() for each in PROJECT["optional-dependencies"]["docs"]}
    assert needed <= pins
