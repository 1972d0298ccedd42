"""Run the benchmarks: `python -m benchmarks [NAME ...] [--quick]`, then `--table`; those of a GPU: `gpu` by itself."""

import argparse
import sys
from time import perf_counter

from benchmarks import CLAIMS
from benchmarks.fresh_process import peers_python
from benchmarks.results import read_results, run_claim, write_result
from benchmarks.table import FRONT_PAGE, README, render_case, render_front_page, render_table
from wishart_moments.files import write_atomically


def main(arguments: list[str] | None = None) -> int:
    """Run what the arguments ask for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Run the benchmarks, one claim per file.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CLAIMS)}; all by default; or gpu")
    parser.add_argument("--quick", action="store_true", help="small sizes, one repeat, nothing is written")
    parser.add_argument("--table", action="store_true", help="write the figures of the pages, run nothing")
    options = parser.parse_args(arguments)
    if options.names == ["gpu"]:
        from benchmarks import gpu

        return gpu.main(quick=options.quick)
    unknown = [name for name in options.names if name not in CLAIMS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(CLAIMS)}")
    if options.table:
        results = read_results()
        write_atomically(README, render_table(results), overwrite=True)
        page = render_front_page(FRONT_PAGE.read_text("utf-8"), results)
        write_atomically(FRONT_PAGE, page, overwrite=True)
        return 0
    if missing := peers_python()[1]:
        print(f"benchmarks: symfn is left out: {missing}", file=sys.stderr)
    for name in options.names or CLAIMS:
        start = perf_counter()
        record = run_claim(name, quick=options.quick)
        if not record["cases"]:
            continue
        if not options.quick:
            write_result(record)
        print(f"{name}: {record['claim']}  [{perf_counter() - start:.0f} s]")
        for case in record["cases"]:
            print("  " + render_case(case), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
