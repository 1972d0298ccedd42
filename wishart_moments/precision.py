"""The working precision of FLINT and mpmath, which each keep one for the whole process.

A computation in balls holds a re-entrant lock from its first digit to its last: from any number of threads it gives
what it gives alone, and the caller's precision is what it was, whatever happens. The lock is held for the computation
only; floats and exact polynomials run beside it.
"""

from collections.abc import Generator
from contextlib import contextmanager
from threading import RLock
from typing import Any

_LOCK = RLock()


@contextmanager
def working_precision(bits: int | None = None) -> Generator[None]:
    """Let FLINT work with so many bits (None: as many as now) in the with block, in one thread at a time.

    Example:
        >>> from flint import arb, ctx
        >>> before = ctx.prec
        >>> with working_precision(200):
        ...     third = arb(1) / 3
        >>> third.rel_accuracy_bits() > 190, ctx.prec == before
        (True, True)
    """
    from flint import ctx

    with _LOCK:
        before = ctx.prec
        ctx.prec = before if bits is None else bits
        try:
            yield
        finally:
            ctx.prec = before


@contextmanager
def mpmath_precision(bits: int) -> Generator[None]:
    """Let mpmath work with so many bits in the with block, in one thread at a time."""
    import mpmath as untyped

    mpmath: Any = untyped
    with _LOCK, mpmath.workprec(bits):
        yield
