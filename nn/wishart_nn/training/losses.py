"""The loss of a classifier: labels as floats are of two classes and one output, as integers of as many as outputs."""

import torch
from torch import Tensor
from torch.nn import functional


def cross_entropies(logits: Tensor, y: Tensor) -> Tensor:
    """Return −log p(label) in nats of each row: p the sigmoid of a logit (rows,) or the softmax of logits (rows, K).

    Example:
        >>> cross_entropies(torch.zeros(2), torch.ones(2)).tolist() == cross_entropies(torch.zeros(2, 2), torch.ones(
        ...     2, dtype=torch.int64)).tolist()
        True
    """
    if y.is_floating_point():
        return functional.binary_cross_entropy_with_logits(logits, y, reduction="none")
    return functional.cross_entropy(logits, y, reduction="none")


def probabilities(logits: Tensor) -> Tensor:
    """Return the probability of every class in float64, (rows, K); of a single logit (1 − p, p).

    Example:
        >>> probabilities(torch.zeros(1)).tolist(), probabilities(torch.zeros(1, 4)).tolist()
        ([[0.5, 0.5]], [[0.25, 0.25, 0.25, 0.25]])
    """
    wide = logits.double()
    return torch.stack(((-wide).sigmoid(), wide.sigmoid()), -1) if wide.ndim == 1 else wide.softmax(-1)
