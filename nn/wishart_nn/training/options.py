"""What determines a run: data, network, initialisation, optimiser, schedule, seeds. Frozen, checked, JSON and back."""

import json
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from hashlib import sha256
from math import isfinite
from typing import Any, cast

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_moments.variance.sigma import parse_sigma
from wishart_nn.activations import activation_law
from wishart_nn.initialisation import predicted_share

ARCHITECTURES = ("chain", "independent", "mlp")
OPTIMIZERS = ("adamw", "adam", "sgd")
SCHEDULES = ("one-cycle", "cosine", "constant")
FEATURES = ("all", "low", "high")
FACTORS = ("cholesky", "symmetric")

LEARNING_RATES = {"adamw": 3e-3, "adam": 3e-3, "sgd": 0.1}
"""The greatest learning rate where none is given."""

WHERE_IT_RUNS = ("device", "threads")
"""Options that change where a run computes, not what: up to rounding its result is the same."""


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """A run: widths (features, width × depth, 1), loss = cross-entropy of sigmoid(temperature · output) with the label.

    Attributes:
        data: "synthetic", or a path as `wishart_nn.higgs.load` takes it.
        features: "all" (28), "low" (the first 21) or "high" (the last 7).
        rows: of the data to use; None for all.
        split_seed: of the split into training, validation and test.
        depth: hidden layers, >= 1.
        width: of each.
        architecture: "chain" (`LDLTChain`), "independent" (`LDLTNetwork`) or "mlp" (nn.Linear throughout).
        activation: a name of `wishart_nn.activations.ACTIVATIONS`.
        optimizer: "adamw", "adam" or "sgd" (with momentum).
        sigma: of the raw weights at the start, as `wishart_nn.initialisation.resolve_sigma` takes it; for an mlp
            "predicted" is √2/√n, and "shared" is not for it.
        alpha, learn_alpha, lipschitz, factor: of the LDLT architectures.
        match_step: scale W and √α of every layer together, no output changing, until a full step of the optimiser turns
            the network by as much as it is (`wishart_nn.step_matching`), and count biases in units of what they are
            added to (`wishart_nn.training.pace`); not for an mlp, which has no α.
        temperature: > 0, in units of 1/output.
        epochs: >= 1.
        batch_size: rows of a step; the last batch of an epoch may be smaller.
        lr: the greatest learning rate; None for 3e-3 (adamw, adam) and 0.1 (sgd).
        momentum: of sgd, in [0, 1).
        weight_decay: >= 0, of matrices only: decoupled for adamw, added to the gradient for adam and sgd.
        schedule: of the learning rate, see `wishart_nn.training.schedule`.
        seed: of the initialisation and of the order of the batches.
        device: "cpu", "cuda" or "cuda:1".
        threads: of the processor; None leaves them as they are.
        diagnose_rows: training rows on which the layers are looked at.

    Raises:
        DomainError: for a value outside its domain.

    Example:
        >>> options = RunOptions(depth=2, sigma="10/sqrt(n)", optimizer="sgd")
        >>> options.learning_rate, RunOptions.from_json(options.to_json()) == options
        (0.1, True)
        >>> RunOptions(epochs=0)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need epochs to be an integer >= 1, got 0
    """

    data: str = "synthetic"
    features: str = "all"
    rows: int | None = None
    split_seed: int = 0
    depth: int = 5
    width: int = 64
    architecture: str = "chain"
    activation: str = "relu"
    optimizer: str = "adamw"
    sigma: float | str = "predicted"
    alpha: float = 1.0
    learn_alpha: bool = False
    match_step: bool = False
    lipschitz: float = 1.0
    temperature: float = 10.0
    epochs: int = 5
    batch_size: int = 256
    lr: float | None = None
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: str = "one-cycle"
    seed: int = 0
    device: str = "cpu"
    threads: int | None = 1
    diagnose_rows: int = 2048
    factor: str = "cholesky"

    def __post_init__(self) -> None:
        """Bring every value into its one form, so that equal runs have equal options."""

        def put(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        for name in ("depth", "width", "epochs", "batch_size", "diagnose_rows"):
            put(name, domain.size(getattr(self, name), name))
        for name in ("split_seed", "seed"):
            put(name, domain.order(getattr(self, name), name))
        for name in ("rows", "threads"):
            if getattr(self, name) is not None:
                put(name, domain.size(getattr(self, name), name))
        for name in ("alpha", "lipschitz", "temperature"):
            put(name, _real(getattr(self, name), name, "> 0"))
        if self.lr is not None:
            put("lr", _real(self.lr, "lr", "> 0"))
        put("weight_decay", _real(self.weight_decay, "weight_decay", ">= 0"))
        put("momentum", _real(self.momentum, "momentum", ">= 0"))
        if self.momentum >= 1:
            raise DomainError(f"need 0 <= momentum < 1, got {shown(self.momentum)}")
        for name, allowed in (
            ("architecture", ARCHITECTURES),
            ("optimizer", OPTIMIZERS),
            ("schedule", SCHEDULES),
            ("features", FEATURES),
            ("factor", FACTORS),
        ):
            if getattr(self, name) not in allowed:
                raise DomainError(f"need {name} as one of {', '.join(allowed)}; got {shown(getattr(self, name))}")
        kinds = {"data": str, "device": str, "learn_alpha": bool, "match_step": bool}
        for name, kind in kinds.items():
            value, what = getattr(self, name), "a text" if kind is str else "a bool"
            if not isinstance(value, kind) or value == "":
                raise DomainError(f"need {name} as {what}, got {shown(value)}")
        if self.match_step and self.architecture == "mlp":
            raise DomainError("need architecture chain or independent with match_step, got 'mlp', which has no alpha")
        put("activation", activation_law(self.activation).name)
        put("sigma", _sigma(self.sigma))
        if self.architecture == "mlp" and str(self.sigma).startswith(("shared", "predicted(")):
            raise DomainError(f"need sigma as a number, a name or an expression for an mlp, got {shown(self.sigma)}")

    @property
    def learning_rate(self) -> float:
        """The greatest learning rate."""
        return LEARNING_RATES[self.optimizer] if self.lr is None else self.lr

    def widths(self, features: int) -> tuple[int, ...]:
        """Return (features, width, …, width, 1)."""
        return (features, *(self.width,) * self.depth, 1)

    def to_json(self) -> dict[str, Any]:
        """Return the options as what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Any) -> "RunOptions":
        """Return the options of a document of `to_json`; options that are left out have their defaults.

        Raises:
            DomainError: for options that do not exist, or values outside their domains.
        """
        if not isinstance(document, dict):
            raise DomainError(f"need options as an object, got {shown(document)}")
        given = cast("dict[str, Any]", document)
        unknown = sorted(set(given) - {each.name for each in fields(cls)})
        if unknown:
            raise DomainError(f"need options of a run, got {shown(unknown[0])}; there is no such option")
        return cls(**given)


def key(options: RunOptions) -> str:
    """Return 16 hexadecimal digits of all that determines the result; where it runs does not.

    Example:
        >>> key(RunOptions()) == key(RunOptions(lr=3e-3, device="cuda", threads=None)) != key(RunOptions(seed=1))
        True
    """
    document = {**options.to_json(), "lr": options.learning_rate}
    for name in WHERE_IT_RUNS:
        del document[name]
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:16]


def _real(value: Any, name: str, condition: str) -> float:
    real = float(domain.number(value, name, condition))
    if not (isfinite(real) and (real >= 0 if condition == ">= 0" else real > 0)):
        raise DomainError(f"need {name} {condition} and finite, got {shown(value)}")
    return real


def _sigma(sigma: Any) -> float | str:
    """Return a number as a float, a name or a formula as it is."""
    if not isinstance(sigma, str):
        return _real(sigma, "sigma", ">= 0")
    text = sigma.strip()
    if text in ("predicted", "shared") or predicted_share(text) is not None:
        return text
    rule = parse_sigma(text)
    return rule.at(1, 1).sigma if isinstance(rule.formula, Fraction) else text
