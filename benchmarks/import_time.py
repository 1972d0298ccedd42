"""`import wishart_moments` takes less than 0.3 s in a fresh process, start of the interpreter included.

sympy and numba are loaded only when they are used; each takes longer by itself.
"""

import sys
from collections.abc import Iterator

from benchmarks.fresh_process import output_of, result_of
from benchmarks.measure import Candidate, Case

_CLOCK = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def _process(name: str, code: str) -> Candidate:
    return Candidate(name, lambda: output_of(sys.executable, "-c", code))


def _inside(module: str) -> Candidate:
    return Candidate(f"import {module}", lambda: (None, result_of(_CLOCK.format(module))), metered=True)


def cases(quick: bool) -> Iterator[Case]:  # noqa: ARG001 - nothing can be made smaller
    """Yield the whole process, and the import alone as the process itself measures it."""
    modules = ("wishart_moments", "sympy", "numba")
    processes = [_process(f"import {module}", f"import {module}") for module in modules]
    yield Case("whole process", (*processes, _process("bare interpreter", "pass")), 0.3)
    yield Case("the import alone", tuple(map(_inside, modules)))
