"""The command line: parse, call, print.

Results go to stdout, progress and errors to stderr. Modules that take time to load are imported by the commands that
need them.
"""

from wishart_moments.cli import (
    benchmarks,
    derivation,
    determinants,
    entries,
    extremes,
    manova,
    moments,
    plots,
    proofs,
    ridge,
    spectrum,
    tables,
    variance,
    words,
)
from wishart_moments.cli.application import app

__all__ = [
    "app",
    "benchmarks",
    "derivation",
    "determinants",
    "entries",
    "extremes",
    "manova",
    "moments",
    "plots",
    "proofs",
    "ridge",
    "spectrum",
    "tables",
    "variance",
    "words",
]
