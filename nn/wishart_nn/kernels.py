"""Compiled loops over stacks of triangular matrices on the CPU; to import this module takes a second (numba).

All are sums out_i += ±Σ_j f_ij x_j of four rows j into two rows i. Where only the upper triangle counts, a row begins
at the multiple of 32 before its diagonal: what lies left of the diagonal is written to and never read. Unsigned
counters: no index can be negative, so none is looked at twice.
"""

from typing import Any

import numpy as np
from numba import njit

ZERO, ONE, TWO, THREE, FOUR, STRIP = (np.uint64(i) for i in range(6))

_options: Any = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "nsz", "arcp", "reassoc"}}
_inlined: Any = njit(inline="always", **_options)
_compiled: Any = njit(cache=True, **_options)


@_inlined
def _add(out: Any, first: Any, last: Any, sign: Any, f: Any, x: Any, k: Any, stop: Any, upper: Any, lo: Any) -> None:
    """out_i += sign Σ_j f_ij x_j, k <= j < stop <= k + 4, first <= i < last; `upper`: these are the columns from lo."""
    i, n, s = first, np.uint64(out.shape[1]), out.dtype.type(sign)
    while i < last:
        left = ((i >> STRIP) << STRIP) - lo if upper and i > lo else ZERO
        if stop - k == FOUR and i + ONE < last:
            f0, f1, f2, f3 = s * f[i, k], s * f[i, k + ONE], s * f[i, k + TWO], s * f[i, k + THREE]
            h = i + ONE
            g0, g1, g2, g3 = s * f[h, k], s * f[h, k + ONE], s * f[h, k + TWO], s * f[h, k + THREE]
            for c in range(left, n):
                x0, x1, x2, x3 = x[k, c], x[k + ONE, c], x[k + TWO, c], x[k + THREE, c]
                out[i, c] += f0 * x0 + f1 * x1 + f2 * x2 + f3 * x3
                out[h, c] += g0 * x0 + g1 * x1 + g2 * x2 + g3 * x3
            i += TWO
        else:
            for j in range(k, stop):
                f0 = s * f[i, j]
                for c in range(left, n):
                    out[i, c] += f0 * x[j, c]
            i += ONE


@_compiled
def gram(stack: Any, transposes: Any, sums: Any, lo: Any, alphas: Any, most: Any) -> bool:
    """Fill columns of αI + WWᵀ from lo on, in the rows up to their last; False for a diagonal entry above most·α."""
    for one in range(stack.shape[0]):
        if not 0 < alphas[one] < np.inf:
            return False
        w, t, x, start = stack[one], transposes[one], sums[one], np.uint64(lo)
        q, hi = np.uint64(w.shape[1]), np.uint64(x.shape[0])
        for k in range(ZERO, q, FOUR):
            stop = min(k + FOUR, q)
            _add(x, ZERO, hi, 1, w, t, k, stop, True, start)
        for i in range(start, hi):
            x[i, i - start] += alphas[one]
            if not x[i, i - start] <= most * alphas[one]:
                return False
    return True


@_compiled
def eliminate(uppers: Any, blocks: Any, lo: Any, factoring: Any) -> bool:
    """Replace B by U⁻ᵀB; `factoring`: B are columns of UᵀU as `gram` gives them, and U is filled in there."""
    for one in range(uppers.shape[0]):
        u, x, start = uppers[one], blocks[one], np.uint64(lo)
        f, rows, n = u.T, np.uint64(x.shape[0]), np.uint64(x.shape[1])
        for k in range(ZERO, rows, FOUR):
            stop = min(k + FOUR, rows)
            left = k - start if factoring and k > start else ZERO
            for j in range(k, stop):
                for i in range(k, j):
                    for c in range(left, n):
                        x[j, c] -= u[i, j] * x[i, c]
                fresh = factoring and j >= start
                if fresh and not x[j, j - start] > 0:
                    return False
                scale = 1 / (np.sqrt(x[j, j - start]) if fresh else u[j, j])
                for c in range(left, n):
                    x[j, c] *= scale
                if factoring:
                    for c in range(left, n):
                        u[j, start + c] = x[j, c]
            _add(x, stop, rows, -1, f, x, k, stop, factoring, start)
    return True


@_compiled
def solve_back(u: Any, x: Any) -> None:
    """Replace B by U⁻¹B."""
    stop, n = np.uint64(u.shape[0]), np.uint64(x.shape[1])
    while stop > ZERO:
        k = stop - FOUR if stop > FOUR else ZERO
        j = stop
        while j > k:
            j -= ONE
            for i in range(j + ONE, stop):
                for c in range(n):
                    x[j, c] -= u[j, i] * x[i, c]
            scale = 1 / u[j, j]
            for c in range(n):
                x[j, c] *= scale
        _add(x, ZERO, k, -1, u, x, k, stop, False, ZERO)
        stop = k


@_compiled
def sweep(a: Any, z: Any, v: Any, rest: Any, left: Any, right: Any) -> None:
    """Add aᵀc − PV to `rest` and aV to `right`, P = tril(aᵀz) + tril(aᵀz, −1)ᵀ; `left` = c is used up.

    (PV)_i = a_i·Σ_{j<i} z_j V_j + P_ii V_i + z_i·Σ_{j>i} a_j V_j, for blocks i of four rows; a and z are transposed.
    """
    b, p, n = np.uint64(a.shape[1]), np.uint64(v.shape[0]), np.uint64(v.shape[1])
    blocks = (p + THREE) >> TWO
    for turn in range(TWO * blocks):
        down = turn < blocks
        k = (turn if down else TWO * blocks - ONE - turn) << TWO
        stop = min(k + FOUR, p)
        sums, out, into, sign = (left, a, z.T, 1) if down else (right, z, a.T, -1)
        for r in range(ZERO, b, FOUR):
            end = min(r + FOUR, b)
            _add(rest, k, stop, sign, out, sums, r, end, False, ZERO)
        if down:
            for i in range(k, stop):
                for j in range(k, stop):
                    near = v.dtype.type(0)
                    for r in range(b):
                        near += a[max(i, j), r] * z[min(i, j), r]
                    for c in range(n):
                        rest[i, c] -= near * v[j, c]
        _add(sums, ZERO, b, -sign, into, v, k, stop, False, ZERO)


@_compiled
def mirror(matrix: Any) -> None:
    """Copy what is left of the diagonal to its right: tril(M) + tril(M, −1)ᵀ."""
    size, tile = matrix.shape[0], 16
    for top in range(0, size, tile):
        for left in range(0, top + tile, tile):
            for i in range(top, min(top + tile, size)):
                for j in range(left, min(left + tile, i)):
                    matrix[j, i] = matrix[i, j]
