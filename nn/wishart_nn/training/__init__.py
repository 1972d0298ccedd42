"""Training on a table: options, network, steps, metrics, and a folder from which a killed run goes on bit for bit.

- `RunOptions`, `key`: what determines a run;
- `train`: a run, in memory or in a folder; `RunResult`: how it ended;
- `score`, `evaluate`: a run on other rows;
- `build_model`, `plain_network`, `read_network`: the network before, after and apart from a run;
- `auc`, `linear_cka`, `effective_rank`: what is measured.
"""

from typing import TYPE_CHECKING

from wishart_moments.lazy import exports

if TYPE_CHECKING:
    from wishart_nn.training.export import plain_network as plain_network
    from wishart_nn.training.export import read_network as read_network
    from wishart_nn.training.metrics import auc as auc
    from wishart_nn.training.models import build_model as build_model
    from wishart_nn.training.options import RunOptions as RunOptions
    from wishart_nn.training.options import key as key
    from wishart_nn.training.run import RunResult as RunResult
    from wishart_nn.training.run import train as train
    from wishart_nn.training.scoring import evaluate as evaluate
    from wishart_nn.training.scoring import score as score
    from wishart_nn.training.similarity import effective_rank as effective_rank
    from wishart_nn.training.similarity import linear_cka as linear_cka

# Loaded at first use: what needs no torch is there without it.
__getattr__ = exports(__name__)
