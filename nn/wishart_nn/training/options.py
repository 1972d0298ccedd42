"""What determines a run: data, network, initialisation, optimiser, schedule, seeds. Frozen, checked, JSON and back."""

import json
from dataclasses import asdict, dataclass, field, fields, replace
from fractions import Fraction
from hashlib import sha256
from math import isfinite
from types import NoneType
from typing import Any, cast, get_args, get_type_hints

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.texts import integer, is_number, real
from wishart_moments.variance.activations import activation
from wishart_moments.variance.sigma import parse_sigma, predicted_share
from wishart_nn.data.tables import MISSING
from wishart_nn.starts import MATCHED_SIGMA

ARCHITECTURES = ("chain", "independent", "mlp")
OPTIMIZERS = ("adamw", "adam", "sgd", "muon", "lamb")
SCHEDULES = ("one-cycle", "cosine", "constant")
FEATURES = ("all", "low", "high")
FACTORS = ("cholesky", "symmetric")
PRECISIONS = ("none", "bf16")
MATCHED = ("adamw", "adam", "sgd")
"""Optimisers whose steps are matched."""

AUTO, TRIED = "auto", "tried"
"""The σ where none is given, and the one that short runs choose (`wishart_nn.training.tries`)."""

LEARNING_RATES = {"adamw": 3e-3, "adam": 3e-3, "sgd": 0.1, "muon": 1e-2, "lamb": 1e-2}
"""The greatest learning rate of LDLT networks where none is given,"""

MLP_LEARNING_RATES = {"adamw": 1e-2, "adam": 1e-2, "sgd": 0.1, "muon": 1e-2, "lamb": 1e-2}
"""and of plain ones."""

LDLT_TEMPERATURE, MLP_TEMPERATURE = 10.0, 1.0
"""What multiplies the output where no temperature is given: a γ-Lipschitz network needs room, a plain one makes it."""

EXTENDABLE = ("epochs", "patience")
"""Options that may change when a run is resumed; there must not be fewer epochs."""

ADDED = ("label", "missing", "clip", "patience", "amp", "step_length")
"""Options that came later: at their defaults they are no part of a run's key, which is that of earlier versions."""

Value = str | int | float | bool | None
"""A value of an option."""

WHERE_IT_RUNS = ("device", "threads")
"""Options that change where a run computes, not what: up to rounding its result is the same."""


MAX_DEPTH, MAX_WIDTH, MAX_EPOCHS, MAX_THREADS = 1000, 4096, 10**6, 1024
"""The largest networks and runs: more is refused, as a rule a slip of the keyboard."""

_LIMITS = {"depth": MAX_DEPTH, "width": MAX_WIDTH, "epochs": MAX_EPOCHS, "threads": MAX_THREADS}


def option(default: Any, help: str) -> Any:
    """Return a field of the options with its default and its description."""
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """A run: widths (features, width × depth, 1), loss = cross-entropy of sigmoid(temperature · output) with the label;
    of K > 2 classes K outputs, and the softmax.

    What each option means stands in its `help`, from which the options of the commands train and sweep are made.
    Further: sigma "tried" brings match_step with it, and a left out sigma is chosen when the options are made: a
    `replace` of match_step alone leaves it as it is; for an mlp (nn.Linear throughout) sigma "predicted" is √2/√n, and
    "shared" and match_step are not for it; match_step matches the steps of biases, too
    (`wishart_nn.training.pace`); the last batch of an epoch may be smaller; weight_decay is decoupled for adamw and
    added to the gradient for adam and sgd.

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

    data: str = option(
        "synthetic",
        "Rows: with --label any table, CSV or Parquet; else synthetic, HIGGS.csv.gz, a file of the same layout, or a "
        "prepared folder.",
    )
    label: str | None = option(None, "Column of the label in a table, of two classes or more.")
    features: str = option(
        "all", "Features: all; of HIGGS low (the first 21) or high (the last 7); of a table columns, a,b,c."
    )
    missing: str = option("refuse", "Missing values of a table: refuse, or median, that of the training rows.")
    rows: int | None = option(None, "Rows of the data to use; all if left out.")
    split_seed: int = option(0, "Seed of the split into training, validation and test.")
    depth: int = option(5, f"Hidden layers, 1 to {MAX_DEPTH}.")
    width: int = option(64, f"Width of the hidden layers, 1 to {MAX_WIDTH}.")
    architecture: str = option("chain", "LDLT layers: chain, independent; or mlp, plain linear layers.")
    activation: str = option(
        "relu", "Activation: relu, leaky_relu:0.2, abs, groupsort, householder, tanh, elu or identity."
    )
    optimizer: str = option("adamw", "Optimiser: adamw, adam, sgd (with momentum), muon or lamb.")
    sigma: float | str = option(
        AUTO,
        "Standard deviation of the raw weights at the start: tried (four runs on a quarter of the rows choose, with "
        "match-step; the cost of two runs or three), predicted, shared, predicted(0.03) (a share of the variance), he "
        f"= 1/sqrt(n), kaiming, 0.1, a formula such as 10/sqrt(n); {MATCHED_SIGMA} with match-step, else predicted, if "
        "left out.",
    )
    alpha: float = option(1.0, "Regularisation alpha of the LDLT layers at the start, > 0.")
    learn_alpha: bool = option(False, "Learn alpha, one for each LDLT layer.")
    match_step: bool = option(
        False, "Scale W and sqrt(alpha) together, no output changing, until a step of the optimiser is as long as W."
    )
    step_length: float = option(
        1.0, "With match-step: train at so many times the learning rate, so that a step is so many times as long as W."
    )
    lipschitz: float = option(1.0, "Lipschitz bound of the LDLT network on standardised rows, > 0.")
    temperature: float | None = option(
        None, "The loss is the cross-entropy of temperature x output, > 0; 10, and 1 for an mlp, if left out."
    )
    epochs: int = option(5, "Passes over the training rows; more with --resume extend a run, at the new schedule.")
    patience: int | None = option(None, "Stop when the validation AUC has not risen for so many epochs.")
    batch_size: int = option(256, "Rows of an optimiser step.")
    lr: float | None = option(
        None,
        "Greatest learning rate (times step-length); 3e-3 for adamw and adam (1e-2 for an mlp), 0.1 for sgd, 1e-2 for "
        "muon and lamb.",
    )
    clip: float | None = option(None, "Greatest norm of the gradient: a longer one is shortened, > 0.")
    momentum: float = option(0.9, "Momentum of sgd and muon, 0 <= momentum < 1.")
    weight_decay: float = option(0.0, "Weight decay of the matrices, >= 0.")
    schedule: str = option(
        "one-cycle", "Learning rate: one-cycle (up in 3 of 10 steps, then down to 0), cosine (down to 0) or constant."
    )
    seed: int = option(0, "Seed of the weights and of the order of the batches.")
    device: str = option("cpu", "Device: cpu, cuda or cuda:1.")
    threads: int | None = option(1, f"Threads of the processor, at most {MAX_THREADS}; none for torch's choice.")
    diagnose_rows: int = option(2048, "Training rows on which the layers are looked at.")
    factor: str = option("cholesky", "Factor of alpha I + W W^T in the LDLT layers: cholesky or symmetric.")
    amp: str = option(
        "none", "Mixed precision of the steps: none, or bf16 for products; weights, factors and metrics stay float32."
    )

    def __post_init__(self) -> None:
        """Bring every value into its one form, so that equal runs have equal options."""

        def put(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        for name in ("depth", "width", "epochs", "batch_size", "diagnose_rows"):
            put(name, domain.size(getattr(self, name), name))
        for name in ("split_seed", "seed"):
            put(name, domain.order(getattr(self, name), name))
        for name in ("rows", "threads", "patience"):
            if getattr(self, name) is not None:
                put(name, domain.size(getattr(self, name), name))
        for name, most in _LIMITS.items():
            value = getattr(self, name)
            if value is not None and value > most:
                raise LimitError(f"need {name} <= {most:,}, got {shown(value)}")
        for name in ("alpha", "lipschitz", "step_length"):
            put(name, _real(getattr(self, name), name, "> 0"))
        for name in ("lr", "temperature", "clip"):
            if getattr(self, name) is not None:
                put(name, _real(getattr(self, name), name, "> 0"))
        put("weight_decay", _real(self.weight_decay, "weight_decay", ">= 0"))
        put("momentum", _real(self.momentum, "momentum", ">= 0"))
        if self.momentum >= 1:
            raise DomainError(f"need 0 <= momentum < 1, got {shown(self.momentum)}")
        for name, allowed in (
            ("architecture", ARCHITECTURES),
            ("optimizer", OPTIMIZERS),
            ("schedule", SCHEDULES),
            ("missing", MISSING),
            ("factor", FACTORS),
            ("amp", PRECISIONS),
            *([("features", FEATURES)] if self.label is None else []),
        ):
            if getattr(self, name) not in allowed:
                raise DomainError(f"need {name} as one of {', '.join(allowed)}; got {shown(getattr(self, name))}")
        kinds = {"data": str, "features": str, "device": str, "learn_alpha": bool, "match_step": bool}
        kinds |= {} if self.label is None else {"label": str}
        for name, kind in kinds.items():
            value, what = getattr(self, name), "a text" if kind is str else "a bool"
            if not isinstance(value, kind) or value == "":
                raise DomainError(f"need {name} as {what}, got {shown(value)}")
        put("sigma", _sigma((MATCHED_SIGMA if self.match_step else "predicted") if self.sigma == AUTO else self.sigma))
        wanted = "sigma tried" if self.sigma == TRIED else "match_step"
        put("match_step", self.match_step or self.sigma == TRIED)
        if self.match_step and self.architecture == "mlp":
            raise DomainError(f"need architecture chain or independent with {wanted}, got 'mlp', which has no alpha")
        if self.match_step and self.optimizer not in MATCHED:
            raise DomainError(f"need optimizer {', '.join(MATCHED)} with {wanted}, got {shown(self.optimizer)}")
        if self.step_length != 1 and (self.sigma == TRIED or not self.match_step):
            instead = "it is tried with sigma tried" if self.match_step else "give match_step with it"
            raise DomainError(f"need step_length 1, got {shown(self.step_length)}; {instead}")
        put("activation", activation(self.activation).name)
        if self.architecture == "mlp" and str(self.sigma).startswith(("shared", "predicted(")):
            raise DomainError(f"need sigma as a number, a name or an expression for an mlp, got {shown(self.sigma)}")

    @property
    def learning_rate(self) -> float:
        """The greatest learning rate, and the one that a start is matched to; the run's is step_length times it."""
        rates = MLP_LEARNING_RATES if self.architecture == "mlp" else LEARNING_RATES
        return rates[self.optimizer] if self.lr is None else self.lr

    @property
    def sharpness(self) -> float:
        """What multiplies the output: the temperature, or its default."""
        default = MLP_TEMPERATURE if self.architecture == "mlp" else LDLT_TEMPERATURE
        return default if self.temperature is None else self.temperature

    def widths(self, features: int, outputs: int = 1) -> tuple[int, ...]:
        """Return (features, width, …, width, outputs)."""
        return (features, *(self.width,) * self.depth, outputs)

    def settled(self) -> dict[str, Any]:
        """Return the options with what is chosen where none is given, without where the run computes."""
        document = {**self.to_json(), "lr": self.learning_rate, "temperature": self.sharpness}
        return {name: value for name, value in document.items() if name not in WHERE_IT_RUNS}

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


def kinds(name: str) -> set[type]:
    """Return the types of values that the option takes.

    Raises:
        DomainError: if a run has no such option.

    Example:
        >>> sorted(kind.__name__ for kind in kinds("lr"))
        ['NoneType', 'float']
    """
    hints = get_type_hints(RunOptions)
    if name not in hints:
        raise DomainError(f"need an option of a run, {', '.join(hints)}; got {shown(name)}")
    hint = hints[name]
    return set(get_args(hint)) or {hint}


def read_value(name: str, text: str) -> Value:
    """Return a value of an option, of the option's type; `RunOptions` says whether it is in its domain.

    Raises:
        DomainError: for text that is no value of the type.

    Example:
        >>> read_value("depth", "5"), read_value("lr", "none"), read_value("sigma", "0.1"), read_value("sigma", "he")
        (5, None, 0.1, 'he')
    """
    types, text = kinds(name), text.strip()
    if NoneType in types and text.lower() == "none":
        return None
    if bool in types:
        if text.lower() in ("true", "yes", "on", "false", "no", "off"):
            return text.lower() in ("true", "yes", "on")
        raise DomainError(f"need {name} as true or false, got {shown(text)}")
    if int in types and (whole := integer(text)) is not None:
        return whole
    if float in types and is_number(text) and not (str in types and "/" in text):  # a formula stays one
        return real(text, name)
    if str in types and text:
        return text
    raise DomainError(f"need {name} as {_described(types)}, got {shown(text)}")


def _described(types: set[type]) -> str:
    names = {int: "an integer", float: "a number", str: "a name", NoneType: "none"}
    return " or ".join(names[kind] for kind in names if kind in types)


def key(options: RunOptions) -> str:
    """Return 16 hexadecimal digits of all that determines the result; where it runs does not.

    Example:
        >>> key(RunOptions()) == key(RunOptions(lr=3e-3, device="cuda", threads=None)) != key(RunOptions(seed=1))
        True
    """
    document = options.settled()
    for name in ADDED:
        if document[name] == RunOptions.__dataclass_fields__[name].default:
            del document[name]
    if options.match_step:
        document["biases"] = "in step"  # before, they learnt at a pace of their own: such a run does not go on
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:16]


def identity(options: RunOptions) -> str:
    """Return the key of a run whatever its length: what a checkpoint belongs to.

    Example:
        >>> identity(RunOptions(epochs=3)) == identity(RunOptions(epochs=9, patience=2))
        True
    """
    return key(replace(options, epochs=1, patience=None))


def _real(value: Any, name: str, condition: str) -> float:
    number = domain.real(value, name, condition)
    if not (isfinite(number) and (number >= 0 if condition == ">= 0" else number > 0)):
        raise DomainError(f"need {name} {condition} and finite, got {shown(value)}")
    return number


def _sigma(sigma: Any) -> float | str:
    """Return a number as a float, a name or a formula as it is."""
    if not isinstance(sigma, str):
        return _real(sigma, "sigma", ">= 0")
    text = sigma.strip()
    if text in ("predicted", "shared", TRIED) or predicted_share(text) is not None:
        return text
    rule = parse_sigma(text)
    return rule.at(1, 1).sigma if isinstance(rule.formula, Fraction) else text
