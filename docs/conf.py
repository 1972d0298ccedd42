"""Sphinx: the manual. Mathematics becomes MathML in the build (by docutils): pages need no network, no script."""

import re
import subprocess
import sys
from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml

from wishart_moments import __version__

project = "wishart-trace-moments"
author = "The wishart-trace-moments authors"
copyright = f"2026, {author}"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
nitpicky = False

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


def plain_docstrings(_app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    """Escape the docstring but for its examples, whose first line starts with >>>."""
    example = False
    for i, line in enumerate(lines):
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


def setup(app: Any) -> None:
    """Register the renderer of mathematics, the list of commands and the reader of docstrings."""
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))
    app.connect("source-read", list_commands)
    app.connect("autodoc-process-docstring", plain_docstrings, priority=100)
