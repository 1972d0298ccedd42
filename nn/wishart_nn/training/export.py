"""The trained network as files: raw weights, and the folded network that needs nothing of this package."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, MissingExtraError
from wishart_moments.files import write_atomically
from wishart_nn.conversion import fold
from wishart_nn.data.dataset import Data
from wishart_nn.data.json_files import write_object
from wishart_nn.training.models import alphas_of, outputs_for, plain_layers
from wishart_nn.training.options import RunOptions

FORMAT = 1


def plain_network(model: nn.Module) -> nn.Sequential:
    """Return the network as nn.Linear layers and activations, on the processor.

    Example:
        >>> from wishart_nn.training import build_model
        >>> plain_network(build_model(RunOptions(depth=1, width=4), 3))
        Sequential(
          (0): Linear(in_features=3, out_features=4, bias=True)
          (1): ReLU()
          (2): Linear(in_features=4, out_features=1, bias=True)
        )
    """
    return fold(model).cpu()  # a copy: the model's own modules stay where they are


def write_network(folder: Path, model: nn.Module, options: RunOptions, data: Data) -> None:
    """Write model.safetensors, plain.safetensors and plain.json into the folder.

    plain.safetensors holds the layers' weights and biases as those of `plain_network`, and "mean" and "scale" of the
    standardisation, "medians" too where missing values are allowed. The probability of the second of two classes is
    sigmoid(temperature · network((row − mean)/scale)), of more classes the probabilities are the softmax.
    """
    raw = {name: _saved(value) for name, value in model.state_dict().items()}
    write_atomically(folder / "model.safetensors", _safetensors("torch").save(raw), overwrite=True)
    _write_plain(folder, "plain", plain_network(model), {}, model, options, data)


def write_best(folder: Path, plain: nn.Module, model: nn.Module, options: RunOptions, data: Data) -> None:
    """Write best.safetensors and best.json, as plain.safetensors and plain.json with the raw weights as "raw.NAME"."""
    raw = {f"raw.{name}": _saved(value) for name, value in model.state_dict().items()}
    _write_plain(folder, "best", plain, raw, model, options, data)


def _write_plain(
    folder: Path,
    name: str,
    network: nn.Module,
    raw: dict[str, Tensor],
    model: nn.Module,
    options: RunOptions,
    data: Data,
) -> None:
    plain = {name: _saved(value) for name, value in network.state_dict().items()}
    given = {"mean": data.mean, "scale": data.scale, "medians": data.medians}
    standardisation = {name: _saved(torch.as_tensor(value)) for name, value in given.items() if value is not None}
    save = _safetensors("torch").save
    write_atomically(folder / f"{name}.safetensors", save({**plain, **standardisation, **raw}), overwrite=True)
    function = "sigmoid" if len(data.classes) == 2 else "softmax"
    document = {
        "format": FORMAT,
        "widths": options.widths(data.train.x.shape[1], outputs_for(data.classes)),
        "activation": options.activation,
        "alpha": alphas_of(model),
        "temperature": options.sharpness,
        "features": list(data.feature_names),
        "label": data.label,
        "classes": list(data.classes),
        "data": data.source,
        "probability": f"{function}(temperature * network((row - mean) / scale))",
        "tensors": {name: list(value.shape) for name, value in {**plain, **standardisation}.items()},
    }
    write_object(folder / f"{name}.json", document)


class PlainClassifier(nn.Module):
    """Rows as they come to the logit of the second class, or of all: temperature · network((row − mean)/scale).

    Args:
        network: (rows, features) → (rows, 1), or (rows, K) for K > 2 classes.
        mean, scale: of each feature.
        temperature: > 0.
        medians: of each feature, for missing values.
        features, classes: their names, in order.
    """

    mean: Tensor
    scale: Tensor
    medians: Tensor | None

    def __init__(
        self,
        network: nn.Module,
        mean: Tensor,
        scale: Tensor,
        temperature: float,
        medians: Tensor | None = None,
        features: tuple[str, ...] = (),
        classes: tuple[str, ...] = ("0", "1"),
    ) -> None:
        super().__init__()
        self.network, self.temperature, self.features, self.classes = network, temperature, features, classes
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        self.register_buffer("medians", medians)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (rows,) or (rows, K)."""
        if self.medians is not None:
            x = torch.where(x.isnan(), self.medians, x)
        return self.temperature * self.network((x - self.mean) / self.scale).squeeze(-1)


def read_network(folder: str | Path, weights: str = "last") -> PlainClassifier:
    """Return the network that a run exported, in eval mode on the processor.

    Args:
        folder: of the run.
        weights: "last", those at its end, or "best", those after the epoch with the best validation AUC.

    Raises:
        DomainError: if the files are not there, or damaged.

    Example:
        >>> read_network("no-such-run")
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need a finished run's folder with plain.json, got 'no-such-run'
    """
    if weights not in ("last", "best"):
        raise DomainError(f"need weights last or best, got {shown(weights)}")
    path, name = Path(folder), "plain" if weights == "last" else "best"
    if not (path / f"{name}.json").is_file():
        raise DomainError(f"need a finished run's folder with {name}.json, got {shown(str(folder))}")
    try:
        document = json.loads((path / f"{name}.json").read_text("utf-8"))
        tensors = _safetensors("torch").load_file(path / f"{name}.safetensors")
        network = plain_layers(document["widths"], document["activation"])
        mean, scale, medians = tensors.pop("mean"), tensors.pop("scale"), tensors.pop("medians", None)
        network.load_state_dict({name: value for name, value in tensors.items() if not name.startswith("raw.")})
        names = tuple(document["features"]), tuple(document.get("classes", "01"))
    except (OSError, ValueError, KeyError, RuntimeError, _safetensors("").SafetensorError) as error:
        raise DomainError(f"need an intact export of a run, got {shown(str(folder))}") from error
    return PlainClassifier(network, mean, scale, document["temperature"], medians, *names).eval()


def _saved(value: Tensor) -> Tensor:
    return value.detach().cpu().contiguous().clone()


def _safetensors(part: str) -> Any:
    from importlib import import_module

    try:
        return import_module(f"safetensors.{part}" if part else "safetensors")
    except ImportError:
        raise MissingExtraError("need safetensors to write weights: pip install 'wishart-trace-moments[nn]'") from None
