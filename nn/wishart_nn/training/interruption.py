"""A request to stop: Ctrl-C or SIGTERM is noted, and met between two steps."""

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether a stop is wanted.

    Attributes:
        wanted: set by the first signal; a second one interrupts at once.
    """

    def __init__(self) -> None:
        self.wanted = False

    def note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Note the signal."""
        if self.wanted:
            raise KeyboardInterrupt
        self.wanted = True


def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """Take a signal for Ctrl-C."""
    raise KeyboardInterrupt


@contextmanager
def on_signals(handler: Callable[[int, FrameType | None], None], *numbers: int) -> Generator[None, None, None]:
    """Have the signals handled so for the time; in a thread other than the main one nothing changes."""
    here = numbers if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.signal(number, handler) for number in here}
    try:
        yield
    finally:
        for number, each in before.items():
            signal.signal(number, each)


@contextmanager
def interruption() -> Generator[Interruption, None, None]:
    """Yield an Interruption that listens to SIGINT and SIGTERM.

    Example:
        >>> with interruption() as stop:
        ...     signal.raise_signal(signal.SIGINT)
        ...     stop.wanted
        True
    """
    stop = Interruption()
    with on_signals(stop.note, signal.SIGINT, signal.SIGTERM):
        yield stop
