"""The torch side of wishart-trace-moments: a room of its own, so that the engine installs and runs without torch.

It takes from `wishart_moments` and `wishart_generated`; nothing there takes from here.
"""

from wishart_moments import __version__

__all__ = ["__version__"]
