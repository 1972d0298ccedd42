"""The errors that this package raises on purpose.

Every one of them is a `ValueError`, states in one line what was needed and what came instead, and says what to
write instead where that is not obvious.
"""


class WishartError(ValueError):
    """The root of this package's errors."""


class DomainError(WishartError):
    """An argument lies outside the domain on which the quantity is defined."""


class ExistenceError(DomainError):
    """The moment is infinite at these sizes; the message states the condition and the smallest n that works."""


class MethodError(WishartError):
    """The method is unknown, or cannot give this quantity."""


class LimitError(WishartError):
    """The request is well posed but out of the method's reach; the message names one that reaches it."""


class MissingExtraError(WishartError):
    """An optional dependency is not installed; the message says how to install it."""


class DisagreementError(WishartError):
    """Two routes to the same exact quantity gave different answers: a defect of this package."""
