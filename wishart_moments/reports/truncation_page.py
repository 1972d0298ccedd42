"""The comparison of truncated series with Monte Carlo as files: a table, a picture, a page to look at."""

from html import escape
from math import inf
from pathlib import Path

from wishart_moments.combinatorics.drawing import save_drawing
from wishart_moments.files import write_atomically
from wishart_moments.reports.truncation import GRID, HE, ORDERS, TEN, Comparison
from wishart_moments.reports.truncation_figures import Panel, comparison_figure, inline_svg, panels
from wishart_moments.reports.truncation_findings import (
    TOLERANCE,
    Finding,
    Reach,
    Worst,
    findings,
    reaches,
    worst_errors,
)

_LIGHT = {
    "page": "#ffffff",
    "ink": "#1f2328",
    "quiet": "#59636e",
    "line": "#d8dee4",
    "card": "#f6f8fa",
    "axis": "#6e7781",
    "grid": "#e6e8eb",
    "noise": "#d9dde2",
    "blue": "#0072b2",
    "sky": "#56b4e9",
    "purple": "#b5568f",
    "green": "#00805d",
    "vermilion": "#d55e00",
    "true": "#116329",
    "false": "#a40e26",
    "partly": "#7d4e00",
}
_DARK = {
    "page": "#14171c",
    "ink": "#e6e9ee",
    "quiet": "#9aa4b0",
    "line": "#333a44",
    "card": "#1c2128",
    "axis": "#8b949e",
    "grid": "#2b3138",
    "noise": "#343b45",
    "blue": "#4fa8e0",
    "sky": "#8fd0f5",
    "purple": "#dd92bf",
    "green": "#35c79a",
    "vermilion": "#f0803c",
    "true": "#56d364",
    "false": "#ff7b72",
    "partly": "#e3b341",
}
# Light to dark on white; on black the high orders are the bright ones.
_SERIES_LIGHT = (
    "#f2c46d",
    "#f5b04a",
    "#f39c2c",
    "#ee8618",
    "#e3710f",
    "#d35d09",
    "#bd4904",
    "#a13904",
    "#832b05",
    "#662506",
)
_SERIES_DARK = (
    "#5c3a1a",
    "#74481b",
    "#8c561b",
    "#a5641b",
    "#bf731b",
    "#d6841f",
    "#e8972f",
    "#f3ab4c",
    "#fac06f",
    "#ffd796",
)

_STYLE = """
:root { color-scheme: light dark; %(light)s }
@media (prefers-color-scheme: dark) { :root { %(dark)s } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: clamp(1.4rem, 4vw, 2rem); line-height: 1.2; margin: 0 0 .5rem; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
p { max-width: 48rem; margin: .5rem 0; }
.quiet, figcaption { color: var(--quiet); font-size: .9rem; }
.findings { list-style: none; margin: 1rem 0; padding: 0; border-top: 1px solid var(--line); }
.findings li { display: grid; grid-template-columns: 4.2rem 1fr; padding: .6rem 0; }
.findings li { border-bottom: 1px solid var(--line); }
.findings strong { display: block; font-weight: 600; }
.verdict { font-weight: 700; }
.true { color: var(--true); } .false { color: var(--false); } .partly { color: var(--partly); }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%%, 26rem), 1fr)); gap: 1.2rem; }
figure { margin: 0; min-width: 0; }
svg { display: block; width: 100%%; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .8rem 0; padding: 0; }
.legend { list-style: none; font-size: .9rem; }
.legend i { display: inline-block; width: 1.6rem; border-top: 3px solid; margin-right: .4rem; vertical-align: .25em; }
.legend .ramp { border: 0; height: .5rem; vertical-align: 0; border-radius: 2px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { text-align: right; padding: .25rem .7rem; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--quiet); vertical-align: bottom; white-space: normal; min-width: 6.5rem; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
details { margin-top: 2rem; } summary { cursor: pointer; font-weight: 600; }
code { background: var(--card); padding: .1rem .3rem; border-radius: 4px; overflow-wrap: anywhere; }
"""


def write_pages(comparison: Comparison, folder: Path) -> tuple[list[Finding], list[Path]]:
    """Write truncation.csv, .png, .svg and .html into the folder; return the findings and the paths.

    Raises:
        DomainError: if a file cannot be written; MissingExtraError: if matplotlib is not installed.
    """
    found = findings(comparison)
    paths = [folder / f"truncation.{suffix}" for suffix in ("csv", "png", "svg", "html")]
    write_atomically(paths[0], comparison.csv(), overwrite=True)
    for path in paths[1:3]:
        # A figure of its own for each: the layout of the second drawing would depend on the first.
        save_drawing(comparison_figure(comparison), path, overwrite=True)
    write_atomically(paths[3], page(comparison, found), overwrite=True)
    return found, paths


def page(comparison: Comparison, found: list[Finding]) -> str:
    """Return the page: self-contained HTML, for wide and narrow screens, light and dark."""
    configuration = comparison.configuration
    title = "Truncated series against Monte Carlo"
    pictures = panels(comparison)
    drawn = [_figure(panel, index) for index, panel in enumerate(pictures)]
    style = _STYLE % {"light": _variables(_LIGHT, _SERIES_LIGHT), "dark": _variables(_DARK, _SERIES_DARK)}
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
<main>
<h1>{title}</h1>
<p>The output variance of an LDLT layer y = W (I + WᵀW)<sup>−1/2</sup> x with m outputs, n inputs and W of N(0, σ²)
entries, by its series in σ² cut off at order 1 to 10, by bounds from the same ten moments, by the limit of large layers
and exactly, all beside {configuration.draws:,} draws of W for each of {len(comparison.shapes)} shapes.</p>
<h2>What the numbers say</h2>
{_findings(found)}
<h2>Error of each method</h2>
<p class="quiet">Largest |approximation − Monte Carlo| over the shapes of a family. Within the grey area a difference is
not larger than the standard error of Monte Carlo, and says nothing.</p>
{_LEGEND}
<div class="panels">{"".join(drawn[:-2])}</div>
<h2>The variance at 1/√n and at 10/√n</h2>
<p class="quiet">Monte Carlo with five standard errors, mostly smaller than the marks.</p>
<div class="panels">{"".join(drawn[-2:])}</div>
<h2>Where a truncated series can be used</h2>
<p>The largest nσ² at which the error of the series stays below {TOLERANCE:g}: the least and the greatest of the shapes
in each family, from the exact remainder. The scale 1/√n has nσ² = 1, 10/√n has nσ² = 100.</p>
{_reach_table(reaches(comparison))}
<h2>Largest errors against the exact variance</h2>
{_worst_table(worst_errors(comparison))}
<details><summary>All shapes at 1/√n and at 10/√n</summary>
{_shape_table(comparison)}
</details>
<p class="quiet">sizes {escape(configuration.sizes)}, seed {configuration.seed}, α = γ = 1; all numbers are in
truncation.csv. Draws of different shapes are independent; those of one shape serve all of its σ. Monte Carlo uses tr S
and tr S² as control variates.</p>
</main>
</html>
"""


def _variables(colours: dict[str, str], series: tuple[str, ...]) -> str:
    named = colours | {f"series-{order}": colour for order, colour in zip(ORDERS, series, strict=True)}
    return " ".join(f"--{name}: {colour};" for name, colour in named.items())


def _findings(found: list[Finding]) -> str:
    items = "".join(
        f'<li><span class="verdict {finding.verdict}">{finding.verdict}</span>'
        f"<span><strong>{escape(finding.claim)}</strong>{escape(finding.detail)}</span></li>"
        for finding in found
    )
    return f'<ul class="findings">{items}</ul>'


_RAMP = ", ".join(f"var(--series-{order})" for order in ORDERS)
_LEGEND = f"""<ul class="legend">
<li><i class="ramp" style="background: linear-gradient(90deg, {_RAMP})"></i>series, orders 1 to 10</li>
<li><i style="color: var(--ink)"></i>exact</li>
<li><i style="color: var(--blue)"></i>middle of the bounds from 10 moments</li>
<li><i style="color: var(--purple); border-top-style: dashed"></i>limit of large layers</li>
<li><i style="color: var(--green); border-top-style: dotted"></i>limit with two corrections</li>
<li><i class="ramp" style="background: var(--noise)"></i>standard error of Monte Carlo</li>
</ul>"""


def _figure(panel: Panel, index: int) -> str:
    return f"<figure>{inline_svg(panel, index)}<figcaption>{escape(panel.caption)}</figcaption></figure>\n"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>'


def _reach_table(found: list[Reach]) -> str:
    def cell(least: float, greatest: float) -> str:
        texts = ["∞" if value == inf else f"{value:.3f}" for value in (least, greatest)]
        return texts[0] if texts[0] == texts[1] else " – ".join(texts)

    rows = [
        [str(order), *(cell(reach.least[i], reach.greatest[i]) for reach in found)] for i, order in enumerate(ORDERS)
    ]
    return _table(["order", *(reach.family for reach in found)], rows)


def _worst_table(found: list[Worst]) -> str:
    heads = ["method", *(f"{worst.family}, {at}" for worst in found for at in ("1/√n", "10/√n"))]
    rows = [[name, *(f"{value:.1e}" for worst in found for value in worst.errors[name])] for name in found[0].errors]
    return _table(heads, rows)


def _shape_table(comparison: Comparison) -> str:
    assert GRID[HE] == 1
    assert GRID[TEN] == 100
    heads = ["m × n", "exact, 1/√n", "Monte Carlo", "z", "series, order 10", "exact, 10/√n", "Monte Carlo", "z"]
    z = comparison.z
    rows: list[list[str]] = []
    for i, (m, n) in enumerate(comparison.shapes):
        cells = [f"{m} × {n}"]
        for column in (HE, TEN):
            mean, error = comparison.mean[i, column], comparison.standard_error[i, column]
            cells += [f"{comparison.exact[i, column]:.6f}", f"{mean:.6f} ± {error:.1e}", f"{z[i, column]:+.1f}"]
            if column == HE:
                cells.append(f"{comparison.series[ORDERS[-1]][i, column]:.3g}")
        rows.append(cells)
    return _table(heads, rows)
