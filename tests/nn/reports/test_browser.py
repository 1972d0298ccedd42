"""The pages in a real browser: desktop and phone, light and dark, nothing cut off, nothing fetched, tabs that work."""

import json
import re
import shutil
import subprocess
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from wishart_nn.reports import write_report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium to open the pages")

# The page stands in a frame as wide as the screen is meant to be: a headless window cannot be narrower than 500.
HARNESS = """<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<body style="margin:0"><iframe src="page.html" style="border:0;width:{width}px;height:900px"></iframe><script>
addEventListener("load", () => {{
  const inner = document.querySelector("iframe").contentWindow, page = inner.document;
  const seen = each => each.getBoundingClientRect().height > 0;
  const charts = [...page.querySelectorAll(".chart")].filter(seen);
  const cut = charts.flatMap(svg => [...svg.querySelectorAll("text")].filter(text => {{
    const box = text.getBBox(), view = svg.viewBox.baseVal;
    return box.x < -1 || box.x + box.width > view.width + 1 || box.y < -1 || box.y + box.height > view.height + 1;
  }})).map(text => text.textContent);
  const font = Math.min(...charts.map(svg => 11 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width));
  const panes = () => [...page.querySelectorAll(".pane")].map(seen);
  const before = panes();
  const first = page.querySelector(".tabs > label");
  if (first) first.click();
  const colour = inner.getComputedStyle(page.body).backgroundColor;
  document.title = JSON.stringify({{
    overflow: page.documentElement.scrollWidth - {width}, charts: charts.length, cut, before, after: panes(), colour,
    font, fetched: inner.performance.getEntriesByType("resource").map(each => each.name),
    narrow: [...page.querySelectorAll(".map td, .map th, .tiles b")].filter(e => e.scrollWidth > e.clientWidth + 1)
      .map(e => e.textContent),
  }});
}});
</script>"""


def opened(folder: Path, *, width: int, dark: bool) -> dict[str, Any]:
    """What a browser makes of the folder's page.html."""
    (folder / "harness.html").write_text(HARNESS.format(width=width), "utf-8")
    run = partial(subprocess.run, capture_output=True, text=True, check=True, timeout=120)
    found = run(
        [
            BROWSER,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--allow-file-access-from-files",
            f"--user-data-dir={folder / 'profile'}",
            f"--blink-settings=preferredColorScheme={int(not dark)}",
            "--virtual-time-budget=20000",
            "--window-size=1280,900",
            "--dump-dom",
            (folder / "harness.html").as_uri(),
        ]
    )
    title = re.search(r"<title>(.*?)</title>", found.stdout, re.DOTALL)
    assert title is not None, found.stdout[:500]
    return json.loads(unescape(title.group(1)))


@pytest.fixture(scope="module")
def sweep_page(sweep_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    write_report(sweep_folder, folder / "page.html")
    return folder


# A browser is started.
@pytest.mark.slow
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_sweep_fits_the_screen_and_its_tabs_open(sweep_page: Path, width: int, dark: bool) -> None:
    seen = opened(sweep_page, width=width, dark=dark)
    assert seen["overflow"] == 0
    assert seen["narrow"] == []
    assert seen["cut"] == []
    assert seen["fetched"] == []
    # Two charts over the scale; three curves and six of layers for each optimiser.
    assert seen["charts"] == 2 + 2 * 9
    assert seen["before"] == [False, True]
    assert seen["after"] == [True, False]
    assert seen["font"] > 8.5
    assert seen["colour"] == ("rgb(20, 23, 28)" if dark else "rgb(255, 255, 255)")


# A browser is started.
@pytest.mark.slow
def test_a_run_fits_a_phone(sweep_folder: Path, tmp_path: Path) -> None:
    write_report(sorted((sweep_folder / "runs").iterdir())[0], tmp_path / "page.html")
    seen = opened(tmp_path, width=390, dark=False)
    assert (seen["overflow"], seen["narrow"], seen["cut"], seen["fetched"]) == (0, [], [], [])
    assert seen["charts"] == 3 + 7
