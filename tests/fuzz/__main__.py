"""`python -m tests.fuzz --cases 100000 --seed 0`: counts, and every kind of failure with the line that repeats it."""

import argparse
import shlex
import sys

from tests.fuzz.cases import PROGRAM, Case
from tests.fuzz.runner import Failure, Report, fuzz, run_cases


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="worker processes")
    parser.add_argument("--only", choices=("api", "cli"))
    parser.add_argument("--run", metavar="TEXT", help="one case: an expression, or a line that starts with the command")
    parser.add_argument("--all", action="store_true", help="print every failure, not one of each kind")
    given = parser.parse_args()
    seen: set[tuple[str, str]] = set()

    def progress(failure: Failure) -> None:
        if given.all or (failure.kind, failure.where) not in seen:
            print(failure, flush=True)
        seen.add((failure.kind, failure.where))

    if given.run is None:
        report = fuzz(given.cases, given.seed, jobs=given.jobs, only=given.only, progress=progress)
    else:
        door = "cli" if shlex.split(given.run)[:1] == [PROGRAM] else "api"
        report = run_cases([Case(door, given.run)], Report(), progress)
    print("  ".join(f"{name} {count:,}" for name, count in sorted(report.counts.items())))
    print(f"{len(report.failures):,} failures of {len(report.kinds()):,} kinds")
    sys.exit(1 if report.failures else 0)


if __name__ == "__main__":
    main()
