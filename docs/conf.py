"""Sphinx: the manual. Mathematics becomes MathML in the build (by docutils): pages need no network, no script.

Notebooks run in the build, by myst-nb, and a cell that fails fails it; the calculator is written beside the pages.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml

from wishart_moments import __version__
from wishart_moments.reports.calculator import calculator_page

project = "wishart-trace-moments"
author = "The wishart-trace-moments authors"
copyright = f"2026, {author}"
release = version = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "myst-nb", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
nitpicky = False

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_in_temp = True
nb_merge_streams = True

autodoc_typehints = "none"
autodoc_member_order = "alphabetical"
autodoc_default_options = {"member-order": "alphabetical"}
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"{project} {version}"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_math_renderer = "mathml"
html_show_sphinx = False
smartquotes_action = "q"  # two hyphens begin an option
man_pages = [("commands", "wishart-moments", "exact moments of Wishart matrices", author, 1)]
pygments_style = "friendly"
pygments_dark_style = "native"


def inline_math(writer: Any, node: nodes.math) -> None:
    """Write MathML within a line."""
    writer.body.append(latex2mathml.tex2mathml(node.astext()))
    raise nodes.SkipNode


def block_math(writer: Any, node: nodes.math_block) -> None:
    """Write MathML on lines of its own."""
    writer.body.append(f'<div class="math">{latex2mathml.tex2mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode


def escaped(line: str) -> str:
    """Return a line of a docstring as reStructuredText: `code` is literal, every other mark is a letter.

    Formulas are full of marks: m*n, |λ|, W_, which mean nothing but themselves.
    """
    parts = re.split(r"`+([^`]+)`+", line)
    for i, part in enumerate(parts):
        # A literal stands apart from what touches it by an escaped blank, which is not written.
        before = "\\ " if i and re.match(r"\w", part) else ""
        after = "\\ " if i + 1 < len(parts) and re.search(r"\w$", part) else ""
        text = re.sub(r"([\\*|`]|_(?=\W|$))", r"\\\1", part)
        parts[i] = f"``{part}``" if i % 2 else before + text + after
    return "".join(parts)


def plain_docstrings(_app: Any, what: str, name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    """Escape the docstring but for its examples, whose first line starts with >>>.

    A generated formula is one paragraph, though its lines begin with + and −; a generated module says all as a table.
    """
    if name.startswith("wishart_generated."):
        if what == "module":
            lines[:] = ["::", "", *("   " + line for line in lines), ""]
            return
        end = lines.index("")
        lines[:end] = [" ".join(line.strip() for line in lines[:end])]
    example, before = False, ""
    if what == "property" and ":" in lines[0]:
        lines[0] = f": {lines[0]}"
    for i, line in enumerate(lines):
        # What stands before a colon would be read as the type of the value, and there is none.
        if before in {"Returns:", "Yields:"} and ":" in line:
            lines[i] = line = re.sub(r"^ +", r"\g<0>: ", line)
        before = line
        example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
        if not example:
            lines[i] = escaped(line)


def list_commands(_app: Any, page: str, source: list[str]) -> None:
    """Append the commands with all their options, as Typer describes them, to the page of commands."""
    if page == "commands":
        command = [sys.executable, "-m", "typer", "wishart_moments.cli", "utils", "docs", "--name", "wishart-moments"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        # The lists of commands cut their first sentences short, which stand below.
        said = dict(re.findall(r"^#+ `wishart-moments (.+)`\n\n(.+)$", listed, re.MULTILINE))
        group = ""
        lines = listed.splitlines()
        for i, line in enumerate(lines):
            if found := re.match(r"#+ `wishart-moments ?(.*)`", line):
                group = found[1]
            elif (found := re.match(r"\* `([\w-]+)`: ", line)) and (name := f"{group} {found[1]}".strip()) in said:
                lines[i] = f"* `{found[1]}`: {said[name]}"
        listed = "\n".join(lines)
        # One page has one title; a word in angle brackets is no tag.
        listed = listed.replace("# `wishart-moments`", "## Synopsis", 1)
        source[0] += "\n" + re.sub(r"(?<!`)<(?=\w)", r"\<", listed)


def kernel_folder() -> str:
    """Return a folder of IPython's settings: notebooks look the same whatever a user's own settings are."""
    folder = Path(tempfile.mkdtemp(prefix="manual-")) / "profile_default"
    folder.mkdir()
    source = Path(__file__).with_name("notebooks") / "ipython_kernel_config.py"
    (folder / source.name).write_text(source.read_text("utf-8"), "utf-8")
    return str(folder.parent)


def write_calculator(app: Any, failure: Exception | None) -> None:
    """Write calculate.html, which the page on the calculator opens."""
    if failure is None and app.builder.format == "html":
        (Path(app.outdir) / "calculate.html").write_text(calculator_page(), "utf-8")


def setup(app: Any) -> None:
    """Register the renderer of mathematics, what reads docstrings and commands, the calculator and notebooks."""
    os.environ["IPYTHONDIR"] = kernel_folder()
    app.connect("build-finished", write_calculator)
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))
    app.connect("source-read", list_commands)
    app.connect("autodoc-process-docstring", plain_docstrings, priority=100)
