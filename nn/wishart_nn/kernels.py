"""Compiled loops on the CPU: the factor of αI + WWᵀ, solutions with it, the adjoint; to import this takes a second.

All are sums out += ±FX of `ROWS` rows and `BYTES` of columns, which stay in the processor's vector registers. They are
done for blocks of columns in buffers of zeros, so that sizes are multiples of so many rows and columns, and what is
written stays in the cache. U has in the place of its diagonal blocks D, of so many rows, D⁻¹: to solve with it is to
multiply. What lies left of the diagonal is written to and never read. Unsigned counters: no index can be
negative, so none is looked at twice.
"""

from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

_ir: Any = ir
_tools: Any = cgutils
_features: Any = binding.get_host_cpu_features()

VECTORS = 2
ROWS, BYTES = (8, 128) if _features.get("avx512f") else (4, 64)
R, ZERO, ONE, TILE, WIDTH = (np.uint64(i) for i in (ROWS, 0, 1, 16, 128))
"""Of a buffer: `WIDTH` columns."""

_options: Any = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "nsz", "arcp", "reassoc"}}
_compiled: Any = njit(cache=True, **_options)


def _generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Write the instructions of `_tile`."""
    kinds, (out, i, c, keep, sign, f, x, first, last) = signature.args, args
    size = kinds[0].dtype.bitwidth // 8
    lanes = BYTES // VECTORS // size
    vector, word = _ir.VectorType(context.get_value_type(kinds[0].dtype), lanes), _ir.IntType(32)

    def place(which: int, array: Any, row: Any, column: Any) -> Any:
        view = context.make_array(kinds[which])(context, builder, array)
        return _tools.get_item_pointer(context, builder, kinds[which], view, [row, column])

    def vectors(start: Any) -> list[Any]:
        start = builder.bitcast(start, vector.as_pointer())
        return [builder.gep(start, [_ir.Constant(word, v)]) for v in range(VECTORS)]

    def spread(number: Any) -> Any:
        one = builder.insert_element(_ir.Constant(vector, _ir.Undefined), number, _ir.Constant(word, 0))
        return builder.shuffle_vector(one, one, _ir.Constant(_ir.VectorType(word, lanes), [0] * lanes))

    def plus(total: Any, one: Any, other: Any) -> Any:
        return builder.fadd(total, builder.fmul(one, other, flags=["contract"]), flags=["contract"])

    rows = [builder.add(i, _ir.Constant(i.type, r)) for r in range(ROWS)]
    zero = _ir.Constant(vector, [0.0] * lanes)
    sums = [[_tools.alloca_once_value(builder, zero) for _ in range(VECTORS)] for _ in rows]
    with _tools.for_range_slice(builder, first, last, _ir.Constant(first.type, 1)) as (k, _):
        values = [builder.load(p, align=size) for p in vectors(place(6, x, k, c))]
        for row, totals in zip(rows, sums, strict=True):
            factor = spread(builder.load(place(5, f, row, k)))
            for total, value in zip(totals, values, strict=True):
                builder.store(plus(builder.load(total), factor, value), total)
    for row, totals in zip(rows, sums, strict=True):
        for total, p in zip(totals, vectors(place(0, out, row, c)), strict=True):
            before = builder.fmul(builder.load(p, align=size), spread(keep))
            builder.store(plus(before, builder.load(total), spread(sign)), p, align=size)
    return context.get_dummy_value()


@intrinsic
def _intrinsic(_: Any, out: Any, i: Any, c: Any, keep: Any, by: Any, f: Any, x: Any, k: Any, end: Any) -> Any:  # noqa: ARG001
    return types.void(out, i, i, keep, keep, f, x, i, i), _generate


_tile: Any = _intrinsic
"""Replace out_hc by keep out_hc + sign Σ_k f_hk x_kc, for `ROWS` rows h from i on and `BYTES` of columns from c on."""


@_compiled
def _add(out: Any, i: Any, left: Any, sign: Any, f: Any, x: Any, first: Any, last: Any) -> None:
    """Add ±Σ_k f_hk x_kc, first <= k < last, in all columns from the tile of `left` on; with a sign of 0 replace.

    Sums of sums of a few terms err less than long ones.
    """
    step, number = np.uint64(BYTES // out.itemsize), out.dtype.type
    for c in range(left // step * step, np.uint64(out.shape[1]), step):
        for k in range(first, last, TILE):
            _tile(out, i, c, number(sign * sign), number(sign if sign else 1), f, x, k, min(k + TILE, last))


@_compiled
def _buffer(rows: Any, columns: Any, like: Any) -> Any:
    """Return zeros for so many rows and columns or a few more, from the beginning of a line of the cache on."""
    step = BYTES // like.itemsize
    shape = (int(rows) + ROWS - 1) // ROWS * ROWS, (int(columns) + step - 1) // step * step
    room = np.zeros(shape[0] * shape[1] + step, like.dtype)
    skip = -room.ctypes.data % BYTES // like.itemsize
    return room[skip : skip + shape[0] * shape[1]].reshape(shape)


@_compiled
def _taken(matrix: Any, lo: Any, most: Any) -> Any:
    """Return a buffer with the columns from lo on, so many at most."""
    columns = min(most, np.uint64(matrix.shape[1]) - lo)
    buffer = _buffer(matrix.shape[0], columns, matrix)
    for i in range(np.uint64(matrix.shape[0])):
        for c in range(columns):
            buffer[i, c] = matrix[i, lo + c]
    return buffer


@_compiled
def _put(buffer: Any, matrix: Any, lo: Any) -> None:
    """Write those columns back."""
    for i in range(np.uint64(matrix.shape[0])):
        for c in range(min(np.uint64(buffer.shape[1]), np.uint64(matrix.shape[1]) - lo)):
            matrix[i, lo + c] = buffer[i, c]


@_compiled
def _solve(u: Any, x: Any, back: Any) -> None:
    """Replace B by U⁻¹B, or by U⁻ᵀB."""
    p = np.uint64(x.shape[0])
    for h in range(ZERO, p, R):
        if back:
            k = p - R - h
            _add(x, k, ZERO, -1, u, x, k + R, p)
            _add(x, k, ZERO, 0, u, x, k, k + R)
        else:
            _add(x, h, ZERO, -1, u.T, x, ZERO, h)
            _add(x, h, ZERO, 0, u.T, x, h, h + R)


@_compiled
def _pivot(x: Any, k: Any, c: Any, g: Any, u: Any) -> bool:
    """Set the block of u at k, k to D⁻¹, DᵀD being that of x at k, c; False unless that is positive definite."""
    for i in range(R):
        for j in range(R):
            g[i, j], g[i, R + j] = x[k + i, c + j], i == j
    for i in range(R):
        if not g[i, i] > 0:
            return False
        scale = 1 / np.sqrt(g[i, i])
        for j in range(R + R):
            g[i, j] *= scale
        for h in range(i + ONE, R):
            times = g[i, h]
            for j in range(R + R):
                g[h, j] -= times * g[i, j]
        for j in range(R):
            u[k + j, k + i] = g[i, R + j]
    return True


@_compiled
def factor(stack: Any, alphas: Any, most: Any, uppers: Any) -> bool:
    """Fill in U, UᵀU = αI + WWᵀ, for a stack; False for a diagonal entry above most·α or a matrix not positive."""
    g = _buffer(R, R + R, stack)
    for one in range(stack.shape[0]):
        w, u, alpha = stack[one], uppers[one], alphas[one]
        p, q = np.uint64(w.shape[0]), np.uint64(w.shape[1])
        if not 0 < alpha < np.inf:
            return False
        for lo in range(ZERO, p, WIDTH):
            columns = min(WIDTH, p - lo)
            t, x = _buffer(q, columns, w), _buffer(lo + columns, columns, w)
            for top in range(ZERO, q, TILE):
                for i in range(columns):
                    for j in range(top, min(top + TILE, q)):
                        t[j, i] = w[lo + i, j]
            for i in range(columns):
                x[lo + i, i] = alpha
            for k in range(ZERO, lo + columns, R):
                fresh, left = k >= lo, k - lo if k > lo else ZERO
                _add(x, k, left, 1, w, t, ZERO, q)
                for i in range(R if fresh else ZERO):
                    if not x[k + i, left + i] <= most * alpha:
                        return False
                _add(x, k, left, -1, u.T, x, ZERO, k)
                if fresh and not _pivot(x, k, left, g, u):
                    return False
                _add(x, k, left, 0, u.T, x, k, k + R)
                for i in range(k, k + R):
                    for c in range(left + R if fresh else ZERO, columns):
                        u[i, lo + c] = x[i, c]
    return True


@_compiled
def solve(uppers: Any, sources: Any, targets: Any) -> None:
    """Write U⁻ᵀB to `targets`, for a stack."""
    for one in range(uppers.shape[0]):
        for lo in range(ZERO, np.uint64(sources.shape[2]), WIDTH):
            x = _taken(sources[one], lo, WIDTH)
            _solve(uppers[one], x, False)
            _put(x, targets[one], lo)


@_compiled
def sweep(a: Any, c: Any, z: Any, v: Any, u: Any, out: Any, total: Any) -> None:
    """Write U⁻¹(aᵀc − PV) to `out` and aV to `total`, P = tril(aᵀz) + tril(aᵀz, −1)ᵀ.

    (PV)_i = a_i·Σ_{j<i} z_j V_j + P_ii V_i + z_i·Σ_{j>i} a_j V_j, for blocks i of rows.
    """
    p = np.uint64(u.shape[0])
    f, g, near = _taken(a, ZERO, p), _taken(z, ZERO, p), _buffer(R, R, v)
    b = np.uint64(f.shape[0])
    for lo in range(ZERO, np.uint64(v.shape[1]), WIDTH):
        left, y = _taken(c, lo, WIDTH), _taken(v, lo, WIDTH)
        right, x = _buffer(b, left.shape[1], v), _buffer(p, left.shape[1], v)
        for k in range(ZERO, p, R):
            _add(x, k, ZERO, 1, f.T, left, ZERO, b)
            near[:] = 0
            for r in range(b):
                for i in range(R):
                    for j in range(R):
                        near[i, j] += f[r, k + i] * g[r, k + j]
            for i in range(R):
                for j in range(i):
                    near[j, i] = near[i, j]
            _add(x[k : k + R], ZERO, ZERO, -1, near, y[k : k + R], ZERO, R)
            for r in range(ZERO, b, R):
                _add(left, r, ZERO, -1, g, y, k, k + R)
        for h in range(ZERO, p, R):
            k = p - R - h
            _add(x, k, ZERO, -1, g.T, right, ZERO, b)
            for r in range(ZERO, b, R):
                _add(right, r, ZERO, 1, f, y, k, k + R)
        _solve(u, x, True)
        _put(x, out, lo)
        _put(right, total, lo)


@_compiled
def subtract(lower: Any, v: Any, u: Any, rest: Any) -> None:
    """Replace B by U⁻¹(B − PV), P = tril(M) + tril(M, −1)ᵀ."""
    size = np.uint64(lower.shape[0])
    m = _buffer(size, size, v)
    for top in range(ZERO, size, TILE):
        for left in range(ZERO, top + TILE, TILE):
            for i in range(top, min(top + TILE, size)):
                for j in range(left, min(left + TILE, i + ONE)):
                    m[i, j] = m[j, i] = lower[i, j]
    for lo in range(ZERO, np.uint64(v.shape[1]), WIDTH):
        x, y = _taken(rest, lo, WIDTH), _taken(v, lo, WIDTH)
        for k in range(ZERO, np.uint64(x.shape[0]), R):
            _add(x, k, ZERO, -1, m, y, ZERO, np.uint64(y.shape[0]))
        _solve(u, x, True)
        _put(x, rest, lo)
