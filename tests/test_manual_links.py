"""A built manual whose links all lead somewhere passes `docs/links.py`; a dead link, file or anchor, is named."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def check(folder: Path, body: str) -> tuple[int, str]:
    (folder / "index.html").write_text(f'<h1 id="top">A</h1>{body}', "utf-8")
    (folder / "other.html").write_text('<p id="here">B</p>', "utf-8")
    call = [sys.executable, str(ROOT / "docs" / "links.py"), str(folder)]
    result = subprocess.run(call, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout


@pytest.mark.parametrize(
    "link", ["#top", "other.html", "other.html#here", "https://example.org/", "other.html#moment?k=2"]
)
def test_links_that_lead_somewhere_pass(tmp_path: Path, link: str) -> None:
    assert check(tmp_path, f'<a href="{link}">link</a>') == (0, "2 pages, 1 links\n")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="#nowhere">link</a>', "no anchor for #nowhere"),
        ('<a href="other.html#nowhere">link</a>', "no anchor for other.html#nowhere"),
        ('<a href="missing.html">link</a>', "no file for missing.html"),
        ('<img src="missing.svg">', "no file for missing.svg"),
        ('<script src="https://example.org/x.js"></script>', "loads https://example.org/x.js"),
    ],
)
def test_a_dead_link_and_a_request_are_named(tmp_path: Path, body: str, fault: str) -> None:
    code, printed = check(tmp_path, body)
    assert code == 1
    assert fault in printed
