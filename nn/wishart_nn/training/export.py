"""The trained network as files: raw weights, and the folded network that needs nothing of this package."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, MissingExtraError
from wishart_moments.files import write_atomically
from wishart_nn.activations import activation_module
from wishart_nn.conversion import fold
from wishart_nn.higgs import HiggsData
from wishart_nn.training.models import alphas_of
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
    plain: Any = model if isinstance(model, nn.Sequential) else fold(model)
    return plain.cpu()


def write_network(folder: Path, model: nn.Module, options: RunOptions, data: HiggsData) -> None:
    """Write model.safetensors, plain.safetensors and plain.json into the folder.

    plain.safetensors holds the layers' weights and biases as those of `plain_network`, and "mean" and "scale" of the
    standardisation. The probability of a signal is sigmoid(temperature · network((row − mean)/scale)).
    """
    save = _safetensors("torch").save
    raw = {name: _saved(value) for name, value in model.state_dict().items()}
    write_atomically(folder / "model.safetensors", save(raw), overwrite=True)
    plain = {name: _saved(value) for name, value in plain_network(model).state_dict().items()}
    standardisation = {name: _saved(torch.as_tensor(getattr(data, name))) for name in ("mean", "scale")}
    write_atomically(folder / "plain.safetensors", save({**plain, **standardisation}), overwrite=True)
    document = {
        "format": FORMAT,
        "widths": options.widths(data.train.x.shape[1]),
        "activation": options.activation,
        "alpha": alphas_of(model),
        "temperature": options.temperature,
        "features": list(data.feature_names),
        "data": data.source,
        "probability": "sigmoid(temperature * network((row - mean) / scale))",
        "tensors": {name: list(value.shape) for name, value in {**plain, **standardisation}.items()},
    }
    write_atomically(folder / "plain.json", json.dumps(document, indent=1) + "\n", overwrite=True)


class PlainClassifier(nn.Module):
    """Rows as they come to the logit of a signal: temperature · network((row − mean)/scale).

    Args:
        network: (rows, features) → (rows, 1).
        mean, scale: of each feature.
        temperature: > 0.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, network: nn.Module, mean: Tensor, scale: Tensor, temperature: float) -> None:
        super().__init__()
        self.network, self.temperature = network, temperature
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (rows,)."""
        return self.temperature * self.network((x - self.mean) / self.scale).squeeze(-1)


def read_network(folder: str | Path) -> PlainClassifier:
    """Return the network that a run exported, in eval mode on the processor.

    Args:
        folder: of the run.

    Raises:
        DomainError: if the files are not there, or damaged.

    Example:
        >>> read_network("no-such-run")
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need a finished run's folder with plain.json, got 'no-such-run'
    """
    path = Path(folder)
    if not (path / "plain.json").is_file():
        raise DomainError(f"need a finished run's folder with plain.json, got {shown(str(folder))}")
    try:
        document = json.loads((path / "plain.json").read_text("utf-8"))
        tensors = _safetensors("torch").load_file(path / "plain.safetensors")
        widths = document["widths"]
        modules: list[nn.Module] = []
        for n, m in pairwise(widths):
            modules.append(nn.Linear(n, m))
            if len(modules) < 2 * len(widths) - 3:  # behind every layer but the last
                modules.append(activation_module(document["activation"], m))
        network = nn.Sequential(*modules)
        mean, scale = tensors.pop("mean"), tensors.pop("scale")
        network.load_state_dict(tensors)
    except (OSError, ValueError, KeyError, RuntimeError, _safetensors("").SafetensorError) as error:
        raise DomainError(f"need an intact export of a run, got {shown(str(folder))}") from error
    return PlainClassifier(network, mean, scale, document["temperature"]).eval()


def _saved(value: Tensor) -> Tensor:
    return value.detach().cpu().contiguous().clone()


def _safetensors(part: str) -> Any:
    from importlib import import_module

    try:
        return import_module(f"safetensors.{part}" if part else "safetensors")
    except ImportError:
        raise MissingExtraError("need safetensors to write weights: pip install 'wishart-trace-moments[nn]'") from None
