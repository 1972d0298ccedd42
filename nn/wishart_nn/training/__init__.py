"""Training on a table: options, network, steps, metrics, and a folder from which a killed run goes on bit for bit.

- `RunOptions`, `key`: what determines a run;
- `train`: a run, in memory or in a folder; `RunResult`: how it ended;
- `score`, `evaluate`: a run on other rows;
- `build_model`, `plain_network`, `read_network`: the network before, after and apart from a run;
- `auc`, `linear_cka`, `effective_rank`: what is measured.
"""

from typing import TYPE_CHECKING

from wishart_moments.lazy import loader

if TYPE_CHECKING:
    from wishart_nn.training.export import plain_network, read_network
    from wishart_nn.training.metrics import auc
    from wishart_nn.training.models import build_model
    from wishart_nn.training.options import RunOptions, key
    from wishart_nn.training.run import RunResult, train
    from wishart_nn.training.scoring import evaluate, score
    from wishart_nn.training.similarity import effective_rank, linear_cka

__all__ = [
    "RunOptions",
    "RunResult",
    "auc",
    "build_model",
    "effective_rank",
    "evaluate",
    "key",
    "linear_cka",
    "plain_network",
    "read_network",
    "score",
    "train",
]

# Loaded at first use: the options of a run need no torch.
_HOMES = {
    "export": "plain_network read_network",
    "metrics": "auc",
    "models": "build_model",
    "options": "RunOptions key",
    "run": "RunResult train",
    "scoring": "evaluate score",
    "similarity": "effective_rank linear_cka",
}


__getattr__ = loader(__name__, {name: home for home, names in _HOMES.items() for name in names.split()})


def __dir__() -> list[str]:
    return __all__
