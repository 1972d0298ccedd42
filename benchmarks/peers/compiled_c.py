"""The generated C as a function of two arrays: a loop of three lines, compiled by gcc, called by ctypes."""

import ctypes
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wishart_moments.codegen import checkout_root

Array = NDArray[np.float64]

_LOOP = """#include "wishart_trace_moments_real.h"
void moments(long size, const double *m, const double *n, double *result)
{ for (long i = 0; i < size; i++) result[i] = wishart_trace_moments_real_10(m[i], n[i]); }
"""


def compile_moment(folder: str) -> Callable[[Array, Array], Array]:
    """Return E tr S^10 on float64 arrays, from a library compiled into the folder."""
    loop, library = Path(folder, "loop.c"), Path(folder, "moments.so")
    loop.write_text(_LOOP, "utf-8")
    sources = checkout_root() / "c"
    # -ffp-contract=off: the figures are those of the arithmetic as it is written, on every processor.
    flags = ["-std=c99", "-O3", "-ffp-contract=off", "-shared", "-fPIC", f"-I{sources}"]
    files = [str(loop), str(sources / "wishart_trace_moments_real.c")]
    subprocess.run(["gcc", *flags, *files, "-o", str(library), "-lm"], check=True, capture_output=True)
    function = ctypes.CDLL(str(library)).moments
    function.restype = None

    def moments(m: Array, n: Array) -> Array:
        result = np.empty_like(m)
        pointers = [array.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for array in (m, n, result)]
        function(ctypes.c_long(m.size), *pointers)
        return result

    return moments
