"""How figures of the notebooks look: vectors, in the style of the project's own."""

from wishart_moments.reports.figures import STYLE

c = get_config()  # type: ignore[name-defined] # noqa: F821
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.rc = STYLE
c.Application.log_level = "ERROR"
