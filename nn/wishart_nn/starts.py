"""Which start: three shares of the greatest output variance, one of them with longer steps too; validation chooses.

What the draw of the weights fills of a layer's range is a dial of capacity (`wishart_nn.initialisation`), and no
formula reads it off the data. Four candidates, tried on a quarter of the training rows, take the place of tuning σ and
the learning rate: benchmarks/puzzle.md has the study, for which all numbers here were frozen.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import isfinite, log10
from typing import TYPE_CHECKING, Any

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError

if TYPE_CHECKING:
    from torch import Tensor, nn

MATCHED_SIGMA = "predicted(0.3)"
"""The σ of matched steps where none is given: with biases in step the best single run in the last test of the study."""

SHARES = (0.3, 0.03, 0.003)
"""Shares of the greatest variance that are tried, a decade from each to the next."""

LONGER = 2.0
"""Beside them the first share, trained at so many times the rate to which the start is matched."""

PART = 4
"""The tries have every fourth training row, so that all four together cost one run."""


@dataclass(frozen=True)
class MatchedStart:
    """Weights that fill a share of each layer's range, as long as a step of the optimiser.

    Args:
        share: of the greatest output variance, in (0, 1).
        step_length: a full step's ‖ΔW‖/‖W‖, summed over the layers: the training's learning rate over the one to which
            the weights are matched.

    Raises:
        DomainError: for a share or a length out of its domain.

    Example:
        >>> str(MatchedStart(0.3, 2.0)), MatchedStart(0.03).sigma
        ('0.3x2', 'predicted(0.03)')
    """

    share: float
    step_length: float = 1.0

    def __post_init__(self) -> None:
        share = domain.real(self.share, "share", "between 0 and 1")
        if not 0 < share < 1:
            raise DomainError(f"need 0 < share < 1, got {shown(self.share)}")
        # As floats: "1/2" is a number, too.
        object.__setattr__(self, "share", share)
        object.__setattr__(self, "step_length", domain.positive(self.step_length, "step_length"))

    def __str__(self) -> str:
        return f"{self.share:g}" + (f"x{self.step_length:g}" if self.step_length != 1 else "")

    @property
    def sigma(self) -> str:
        """The σ of the weights, as `wishart_nn.ldlt_normal_` takes it."""
        return f"predicted({self.share:g})"

    def draw_(
        self,
        module: "nn.Module",
        *,
        lr: float,
        loss: "Callable[[nn.Module], Tensor] | None" = None,
        momentum: float = 0.0,
        seed: int = 0,
    ) -> float:
        """Draw the raw weights of every LDLT layer anew and match them to the steps at a learning rate.

        Args:
            module: with LDLT layers; biases are left alone.
            lr: to which the weights are matched.
            loss: for SGD: of the module, on some training rows; None for Adam and AdamW.
            momentum: of SGD.
            seed: of the weights; equal seeds give different shares the same draws, scaled.

        Returns:
            The greatest learning rate to train at, lr · step_length.

        Raises:
            DomainError: as `ldlt_normal_` and `match_step_`.

        Example:
            >>> from wishart_nn import LDLTChain
            >>> model = LDLTChain((8, 16, 1))
            >>> MatchedStart(0.3, 2.0).draw_(model, lr=3e-3)
            0.006
        """
        import torch

        from wishart_nn.initialisation import ldlt_normal_
        from wishart_nn.protocol import ldlt_modules
        from wishart_nn.step_matching import match_step_

        weights = [weight for each in ldlt_modules(module) for weight in each.raw_weights()]
        device = weights[0].device if weights else "cpu"
        number = domain.integer(seed)
        if number is None or not -(2**63) <= number < 2**63:
            raise DomainError(f"need seed to be an integer of 64 bits, got {shown(seed)}")
        ldlt_normal_(module, self.sigma, generator=torch.Generator(device).manual_seed(number))
        gradients = None if loss is None else _gradients(loss(module), weights)
        match_step_(module, lr=lr, gradients=gradients, momentum=momentum)
        return lr * self.step_length


def _gradients(loss: Any, weights: "Sequence[Tensor]") -> "Sequence[Tensor]":
    import torch

    if not (isinstance(loss, torch.Tensor) and loss.numel() == 1 and loss.requires_grad):
        raise DomainError(f"need loss to return a tensor of one number, differentiable, got {shown(loss)}")
    if not all(each.requires_grad for each in weights):
        raise DomainError("need weights that require gradients, got frozen ones; leave loss out, as for Adam")
    return torch.autograd.grad(loss, weights)


CANDIDATES = (*(MatchedStart(share) for share in SHARES), MatchedStart(SHARES[0], LONGER))


def chosen_start(scores: Sequence[float]) -> MatchedStart:
    """Return the start to which the scores of the four `CANDIDATES` lead.

    That with longer steps if it alone is the best; else the share where the parabola in log share through the other
    three is greatest.

    Args:
        scores: on validation rows, greater is better; of what diverged nan, which counts as far below the others.

    Raises:
        DomainError: unless there are four, one of them finite.

    Example:
        >>> str(chosen_start([0.6, 0.7, 0.6, 0.65])), str(chosen_start([0.6, 0.5, 0.4, 0.7]))
        ('0.03', '0.3x2')
    """
    scores = [_score(each) for each in scores]
    known = [score for score in scores if isfinite(score)]
    if len(scores) != len(CANDIDATES) or not known:
        raise DomainError(f"need {len(CANDIDATES)} scores, one of them finite, got {shown(scores)}")
    gone = min(known) - (max(known) - min(known) or 1.0)
    found = [score if isfinite(score) else gone for score in scores]
    if found[-1] > max(found[:-1]):
        return CANDIDATES[-1]
    return MatchedStart(float(f"{10 ** (log10(SHARES[-1]) + vertex(*found[2::-1])):.2g}"))


def _score(given: Any) -> float:
    try:
        return float(given)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        raise DomainError(f"need a score that is a number, got {shown(given)}") from None


def vertex(low: float, middle: float, high: float) -> float:
    """Return where a parabola through three values at 0, 1, 2 is greatest in [0, 2].

    Example:
        >>> vertex(0.0, 1.0, 0.0), vertex(0.0, 1.0, 2.0), vertex(1.0, 0.0, 1.5)
        (1.0, 2.0, 2.0)
    """
    first, second = middle - low, high - middle
    if second >= first:  # no maximum within
        return 2.0 if high > low else 0.0
    return min(max(0.5 + first / (first - second), 0.0), 2.0)


def try_starts(
    module: "nn.Module",
    evaluate: "Callable[[nn.Module, float], float]",
    *,
    lr: float,
    loss: "Callable[[nn.Module], Tensor] | None" = None,
    momentum: float = 0.0,
    seed: int = 0,
) -> MatchedStart:
    """Return the start that a training loop of one's own does best with, after a short training of each candidate.

    Args:
        module: with LDLT layers; left as it is, what is trained are copies.
        evaluate: trains the copy that it is given at the greatest learning rate that it is given, on a quarter of the
            training rows, and returns a score on validation rows, greater is better; nan if it diverged.
        lr, loss, momentum, seed: as `MatchedStart.draw_` takes them.

    Returns:
        The start; its `draw_` prepares the module for the training on all rows. Deterministic if `evaluate` is.

    Raises:
        DomainError: as `chosen_start` and `MatchedStart.draw_`; for what is no score.

    Example:
        >>> import wishart_nn
        >>> model = wishart_nn.LDLTChain((8, 16, 1))
        >>> def evaluate(copy, rate):  # in earnest: train the copy, return its validation AUC
        ...     return -abs(rate - 3e-3)
        >>> start = wishart_nn.try_starts(model, evaluate, lr=3e-3)
        >>> start.draw_(model, lr=3e-3)
        0.003
    """
    scores: list[float] = []
    for start in CANDIDATES:
        copy = deepcopy(module)
        scores.append(_score(evaluate(copy, start.draw_(copy, lr=lr, loss=loss, momentum=momentum, seed=seed))))
    return chosen_start(scores)
