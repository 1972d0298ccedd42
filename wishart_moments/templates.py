"""Text with blanks: the templates of programs and pages, files that lie beside the code that fills them.

jinja2 is loaded when a template is filled. A name that a template asks for and nobody gives is an error.
"""

from functools import cache
from pathlib import Path
from typing import Any


@cache
def _environment(folder: Path, html: bool) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def filled(template: Path, **values: Any) -> str:
    """Return the text of a template; functions among the values are called within it.

    A template whose name ends in .html has what is put into it escaped.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     page = Path(folder, "page.html")
        ...     _ = page.write_text("<b>{{ name }}</b>")
        ...     filled(page, name="m < n")
        '<b>m &lt; n</b>'
    """
    return _environment(template.parent, template.suffix == ".html").get_template(template.name).render(**values)
