"""How good scores are on labelled rows: areas with their sampling errors, calibration, and what physicists ask."""

from importlib import import_module
from math import nan, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wishart_moments.errors import DomainError

Array = NDArray[np.float64]

EFFICIENCIES = (0.3, 0.5)
"""Shares of the signal at which the background rejection is told."""

SIGNAL_EVENTS, BACKGROUND_EVENTS, REGULARISATION = 100.0, 1000.0, 10.0
"""Expected events, as in Baldi, Sadowski, Whiteson (2014), and b_r of the AMS as in the HiggsML challenge."""

BINS = 10
"""Of the calibration, of equally many rows."""


class Area(NamedTuple):
    """An area under the ROC curve and its standard error over samples of rows; nan where a class has one row only."""

    auc: float
    standard_error: float


def area(score: Array, positive: NDArray[np.bool_]) -> Area:
    """Return the AUC with DeLong's standard error.

    With midranks R of all rows and r within a class, a positive row beats the share V = (R − r)/n of the negative ones,
    and a negative row is beaten by the share U = 1 − (R − r)/p: AUC = mean V, var = var V/p + var U/n.

    Args:
        score: (rows,), finite.
        positive: of each row.

    References: DeLong, DeLong, Clarke-Pearson, Biometrics 44 (1988); Sun, Xu, IEEE Signal Processing Letters 21 (2014).

    Example:
        >>> found = area(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
        >>> found.auc, round(found.standard_error, 4)
        (0.75, 0.3536)
    """
    ranks: Any = import_module("scipy.stats").rankdata
    p, n = int(positive.sum()), int((~positive).sum())
    if not p or not n:
        raise DomainError("need rows of both classes for an AUC, got rows of one")
    whole = ranks(score)
    beats = (whole[positive] - ranks(score[positive])) / n
    beaten = 1 - (whole[~positive] - ranks(score[~positive])) / p
    error = sqrt(beats.var(ddof=1) / p + beaten.var(ddof=1) / n) if min(p, n) > 1 else nan
    return Area(float(beats.mean()), error)


def evaluation(probability: Array, labels: NDArray[np.int64], classes: tuple[str, ...]) -> dict[str, Any]:
    """Return what scores are worth: text and numbers only.

    Args:
        probability: of every class, (rows, K).
        labels: the numbers of the classes.
        classes: their names.

    Returns:
        {"rows"; "auc" with "auc_standard_error", of K > 2 classes the mean of each against the rest and "auc_by_class";
        "accuracy" with Wilson's 95 % interval; "loss": mean −log p(label); "brier": mean square of probability − truth
        (of two classes of the second's); "calibration_error": mean |share met − confidence| over the bins of
        "calibration"}.

    Example:
        >>> found = evaluation(np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]), np.array([0, 1, 1]), ("0", "1"))
        >>> found["auc"], round(found["accuracy"], 3), round(found["loss"], 4)
        (1.0, 0.667, 0.4149)
    """
    test: Any = import_module("scipy.stats").binomtest
    count = len(classes)
    occurring = np.unique(labels).tolist() if count > 2 else [1]
    areas = {classes[k]: area(probability[:, k], labels == k) for k in occurring}
    hits = int((probability.argmax(1) == labels).sum())
    interval = test(hits, len(labels)).proportion_ci(0.95, method="wilson")
    own = np.clip(probability[np.arange(len(labels)), labels], np.finfo(float).tiny, 1.0)
    truth = labels[:, None] == np.arange(count)
    if count == 2:
        confidence, met = probability[:, 1], labels == 1
        brier = float(np.square(confidence - met).mean())
    else:
        confidence, met = probability.max(1), probability.argmax(1) == labels
        brier = float(np.square(probability - truth).sum(1).mean())
    table = calibration(confidence, met)
    found: dict[str, Any] = {
        "rows": len(labels),
        "auc": float(np.mean([each.auc for each in areas.values()])),
        "auc_standard_error": next(iter(areas.values())).standard_error if count == 2 else None,
        "accuracy": hits / len(labels),
        "accuracy_interval": [float(interval.low), float(interval.high)],
        "loss": float(-np.log(own).mean()),
        "brier": brier,
        "calibration_error": sum(row["rows"] * abs(row["met"] - row["confidence"]) for row in table) / len(labels),
        "calibration": table,
    }
    if count > 2:
        found["auc_by_class"] = {name: each._asdict() for name, each in areas.items()}
    return found


def calibration(confidence: Array, met: NDArray[np.bool_], bins: int = BINS) -> list[dict[str, Any]]:
    """Return, for bins of equally many rows by confidence, its mean and the share of rows for which it was right.

    Example:
        >>> calibration(np.array([0.2, 0.8]), np.array([False, True]), 1)
        [{'rows': 2, 'confidence': 0.5, 'met': 0.5}]
    """
    order = np.argsort(confidence, kind="stable")
    return [
        {"rows": len(rows), "confidence": float(confidence[rows].mean()), "met": float(met[rows].mean())}
        for rows in np.array_split(order, min(bins, len(order)))
    ]


def discovery(score: Array, signal: NDArray[np.bool_]) -> dict[str, Any]:
    """Return what a search for the signal would gain.

    Returns:
        {"background_rejection": {efficiency: 1/share of the background that passes the cut with that share of the
        signal}, null where none passes; "ams": max over cuts of √(2((s + b + b_r) ln(1 + s/(b + b_r)) − s)) for
        `SIGNAL_EVENTS` and `BACKGROUND_EVENTS` expected before the cut; "ams_threshold": that cut}.

    References: Baldi, Sadowski, Whiteson, Nature Communications 5:4308 (2014); Adam-Bourdarios et al., The Higgs boson
        machine learning challenge, PMLR 42 (2015).

    Example:
        >>> discovery(np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, False, True, False]))["background_rejection"]
        {'0.3': None, '0.5': None}
    """
    order = np.argsort(-score, kind="stable")
    last = np.append(np.diff(score[order]) != 0, True)  # a cut takes all rows of a score or none
    passed = np.cumsum(signal[order])[last] / signal.sum()
    mistaken = np.cumsum(~signal[order])[last] / (~signal).sum()
    rejection: dict[str, float | None] = {}
    for efficiency in EFFICIENCIES:
        share = float(mistaken[np.searchsorted(passed, efficiency - 1e-12)])
        rejection[f"{efficiency:g}"] = 1 / share if share else None
    s, total = SIGNAL_EVENTS * passed, BACKGROUND_EVENTS * mistaken + REGULARISATION
    ams = np.sqrt(np.maximum(2 * ((s + total) * np.log1p(s / total) - s), 0.0))
    best = int(np.argmax(ams))
    return {
        "background_rejection": rejection,
        "ams": float(ams[best]),
        "ams_threshold": float(score[order][last][best]),
        "events": {"signal": SIGNAL_EVENTS, "background": BACKGROUND_EVENTS, "b_r": REGULARISATION},
    }
