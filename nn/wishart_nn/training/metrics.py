"""Loss, AUC and accuracy of a network on many rows, in one pass of folded weights."""

from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from wishart_nn.training.batches import split
from wishart_nn.training.losses import cross_entropies, probabilities

CHUNK = 2048
"""Rows of a pass: the activations of a layer stay in the processor's cache."""

DEVICE_CHUNK = 1 << 17
"""The same on an accelerator."""


class Metrics(NamedTuple):
    """Of a classifier: mean cross-entropy in nats, area under the ROC curve, share of labels met.

    Of more than two classes the area is the mean over those that occur of each against the rest.
    """

    loss: float
    auc: float
    accuracy: float


def auc(score: Tensor, label: Tensor) -> float:
    """Return P(score of a signal > score of a background row) + P(they are equal)/2 over all pairs, exactly.

    Args:
        score: (rows,), finite.
        label: (rows,), 1 signal and 0 background; both must occur.

    Returns:
        The area, by `sklearn.metrics.roc_auc_score` in float64; 1/2 where there is one class only.

    Cost: one sort.

    Example:
        >>> auc(torch.tensor([0.1, 0.4, 0.35, 0.8]), torch.tensor([0.0, 0.0, 1.0, 1.0]))
        0.75
    """
    import sklearn.metrics

    area: Any = cast(Any, sklearn.metrics).roc_auc_score
    labels: Any = label.cpu().numpy()
    if not 0 < labels.sum() < len(labels):
        return 0.5
    return float(area(labels, score.cpu().numpy()))


def mean_auc(logits: Tensor, y: Tensor) -> float:
    """Return the AUC of logits (rows,), or of (rows, K) the mean over the classes that occur of each against the rest.

    Example:
        >>> mean_auc(torch.eye(3), torch.tensor([0, 1, 2]))
        1.0
    """
    if y.is_floating_point():
        return auc(logits, y)
    scores, classes = probabilities(logits), cast(Any, y).unique().tolist()
    return sum(auc(scores[:, k], y == k) for k in classes) / len(classes)


def outputs(model: nn.Module, x: Tensor) -> Tensor:
    """Return the outputs, (rows,) or of several (rows, K), in eval mode without gradients; the model's mode stays.

    Example:
        >>> outputs(nn.Linear(3, 1), torch.zeros(5, 3)).shape
        torch.Size([5])
    """
    mode = model.training
    model.eval()
    try:
        with torch.no_grad():
            chunks = split(x, CHUNK if x.is_cpu else DEVICE_CHUNK)
            found = [model(chunk) for chunk in chunks]
            return torch.cat([each.squeeze(-1) if each.ndim > 1 else each for each in found])
    finally:
        model.train(mode)


def measured(model: nn.Module, x: Tensor, y: Tensor, temperature: float) -> Metrics:
    """Return the metrics of sigmoid(temperature · output) as the probability of label 1, or of the softmax of several.

    Args:
        model: (rows, features) → (rows, 1), or (rows, K) for K > 2 classes.
        x, y: rows and labels on the model's device.
        temperature: > 0.

    Returns:
        Metrics; NaN throughout where an output is not finite.

    Example:
        >>> model = nn.Linear(1, 1, bias=False)
        >>> _ = nn.init.ones_(model.weight)
        >>> measured(model, torch.tensor([[-1.0], [2.0]]), torch.tensor([0.0, 1.0]), 1.0)._replace(loss=0.0)
        Metrics(loss=0.0, auc=1.0, accuracy=1.0)
    """
    logits = temperature * outputs(model, x)
    # In float64: a mean over 10^7 rows.
    loss = cross_entropies(logits, y).double().mean().item()
    if loss != loss or loss == float("inf") or not bool(logits.isfinite().all()):
        return Metrics(*(float("nan"),) * 3)
    right = (logits > 0) == (y > 0.5) if logits.ndim == 1 else logits.argmax(-1) == y
    return Metrics(loss, mean_auc(logits, y), right.double().mean().item())
