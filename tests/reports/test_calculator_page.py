"""The calculator's page itself: addresses, no requests, labels, the command that writes it."""

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("fragment", "value"),
    [
        ("#moment?powers=-2&beta=4&m=3&n=6&scale=", "26/63"),
        pytest.param("#sigma?m=64&n=64&target=0.9&alpha=1&gamma=1", "1.228755", marks=pytest.mark.slow),
        pytest.param("#variance?m=10&n=10&sigma=1%2F3&alpha=1&gamma=1&digits=9", "0.392456163", marks=pytest.mark.slow),
    ],
)
def test_the_fragment_is_the_question(
    page: str, dumped: Callable[..., str], tmp_path: Path, fragment: str, value: str
) -> None:
    path = tmp_path / "calculator.html"
    path.write_text(page, "utf-8")
    shown = dumped(path, fragment).partition("<script")[0]
    assert re.findall("<output>(.*?)</output>", shown) == [value]
    assert f'href="{html.escape(fragment)}"' in shown


def test_the_page_asks_nobody_for_anything(page: str) -> None:
    assert "default-src 'none'" in page
    assert re.findall(r"\bsrc=|url\(|@import|\bfetch\(|XMLHttp|WebSocket|https?://(?!www\.w3\.org)", page) == []
    assert page.count("<script") == page.count("</script>") == 2


def test_every_field_has_a_label_and_every_hint_is_there(page: str) -> None:
    forms = page.partition("<h1>")[2].partition("<script")[0]
    fields = len(re.findall(r"<(?:input|select|textarea)\b", forms))
    assert fields == len(re.findall(r"<label\b[^>]*>[^<]+<(?:input|select|textarea)\b", forms)) == 16
    hints = set(re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', forms))
    assert hints <= set(re.findall(r'\bid="([^"]+)"', forms))


@pytest.mark.slow
def test_the_command_writes_the_page_of_the_derived_tables(
    page: str, command_line: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "calculator.html"
    assert command_line("calculator", "--output", path).code == 0
    assert path.read_text("utf-8") == page
    refused = command_line("calculator", "--output", path)
    assert (refused.code, len(refused.err.strip().splitlines())) == (2, 1)
