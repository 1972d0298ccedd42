"""The commands of this package, which `wishart-moments` finds by their entry points: parse, call, print.

Nothing here loads torch before a command runs.
"""

from importlib.util import find_spec

from wishart_moments.errors import MissingExtraError


def needs_torch(what: str) -> None:
    """Refuse in one line, which begins with `what`, where torch is not installed."""
    if find_spec("torch") is None:
        raise MissingExtraError(f"{what}: pip install 'wishart-trace-moments[nn]'")
