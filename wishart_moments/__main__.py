"""The command `wishart-moments`, also `python -m wishart_moments`."""

import os
import sys
from contextlib import suppress

from wishart_moments.domain import shown
from wishart_moments.errors import WishartError


def main() -> None:
    """Run the command line: exit 0 for yes, 1 for no, 2 for a request that cannot be met, 130 when interrupted."""
    try:
        from wishart_moments.cli import app

        try:
            app(prog_name="wishart-moments", standalone_mode=True)
        finally:
            if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison] - None where it was closed
                sys.stdout.flush()
    except WishartError as error:
        _end(str(error), 2)
    except KeyboardInterrupt:
        _end("interrupted", 130)
    except BrokenPipeError:  # the reader of a pipe has gone
        _silence_stdout()
        sys.exit(1)
    except OSError as error:
        _silence_stdout()
        what = "write the output" if error.filename is None else f"use {shown(error.filename)}"
        _end(f"cannot {what}: {(error.strerror or str(error)).lower()}", 2)
    except MemoryError:
        _end("need more memory than there is; give smaller sizes or powers", 2)
    except OverflowError:
        _end("need numbers within the range of floats, 2.2e-308 to 1.8e308, and results as well", 2)
    except ValueError as error:
        if "integer string conversion" not in str(error):
            raise
        _end("need a result of fewer digits; give smaller numbers or powers", 2)


def _end(line: str, code: int) -> None:
    print(f"wishart-moments: {line}", file=sys.stderr)
    sys.exit(code)


def _silence_stdout() -> None:
    """Let nothing be written any more, not even at the interpreter's end."""
    with suppress(OSError, ValueError):  # where it is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
