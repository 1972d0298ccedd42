"""The pictures of this project as functions: each returns a Matplotlib figure, `figure.savefig("x.svg")`, .png or .pdf.

- `variance`: the output variance of a layer over σ√n, by every method;
- `density`: the singular values of W, exact at finite size, and Marchenko–Pastur;
- `depth`: mean squares through a network, forward and backward, for several σ;
- `fluctuation`: the variance over σ√n with the band from one draw of W to another;
- `truncation`: the error of the truncated series over σ√n, order by order, beside the bound from its next term.

They need Matplotlib (the extra `plot`); importing this module does not. In a notebook the figures show themselves.
"""

from wishart_moments.reports.depth_figures import depth_figure as depth
from wishart_moments.reports.figures import density_figure as density
from wishart_moments.reports.figures import variance_figure as variance
from wishart_moments.reports.series_figures import fluctuation_figure as fluctuation
from wishart_moments.reports.series_figures import truncation_figure as truncation

__all__ = ["density", "depth", "fluctuation", "truncation", "variance"]
