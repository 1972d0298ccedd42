"""The command `wishart-moments`, also `python -m wishart_moments`."""

import os
import sys

from wishart_moments.errors import WishartError


def main() -> None:
    """Run the command line: exit 0 for yes, 1 for no, 2 for a request that cannot be met, 130 when interrupted."""
    from wishart_moments.cli import app

    try:
        app(prog_name="wishart-moments", standalone_mode=True)
    except WishartError as error:
        print(f"wishart-moments: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("wishart-moments: interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe has gone; nothing is left to be written, not even at the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
