"""The errors that this package raises on purpose.

Every one of them is a `ValueError`, states in one line what was needed and what came instead, and says what to
write instead where that is not obvious.
"""


class WishartError(ValueError):
    """The root of this package's errors.

    Example:
        >>> issubclass(LimitError, WishartError), issubclass(WishartError, ValueError)
        (True, True)
    """


class DomainError(WishartError):
    """An argument lies outside the domain on which the quantity is defined.

    Example:
        >>> from wishart_moments import Wishart
        >>> Wishart(3, "3/2")
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need n > m - 1 = 2, or an integer n >= 1, for a Wishart law; got n = 3/2
    """


class ExistenceError(DomainError):
    """The moment is infinite at these sizes; the message states the condition and the smallest n that works.

    Example:
        >>> from wishart_moments import trace_moment
        >>> trace_moment(-1, 3, 4)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        wishart_moments.errors.ExistenceError: need n - m + 1 > 2 for a finite moment at beta = 1, got m = 3, n = 4; ...
    """


class MethodError(WishartError):
    """The method is unknown, or cannot give this quantity.

    Example:
        >>> from wishart_moments import certified_variance
        >>> certified_variance(4, 7, sigma=1, method="guess")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        wishart_moments.errors.MethodError: ...
    """


class LimitError(WishartError):
    """The request is well posed but out of the method's reach; the message names one that reaches it.

    Example:
        >>> from wishart_moments import series_variance
        >>> series_variance(4, 7, 0.1, order=11)
        Traceback (most recent call last):
        wishart_moments.errors.LimitError: need order <= 10 for the series, got 11; use method 'bounds' or 'exact'
    """


class MissingExtraError(WishartError):
    """An optional dependency is not installed; the message says how to install it.

    Example:
        >>> raise MissingExtraError("plots need matplotlib: pip install 'wishart-trace-moments[plot]'")
        Traceback (most recent call last):
        wishart_moments.errors.MissingExtraError: plots need matplotlib: pip install 'wishart-trace-moments[plot]'
    """


class DisagreementError(WishartError):
    """Two routes to the same exact quantity gave different answers: a defect of this package.

    Example:
        >>> raise DisagreementError("E tr S^2: wick and zonal disagree")
        Traceback (most recent call last):
        wishart_moments.errors.DisagreementError: E tr S^2: wick and zonal disagree
    """
