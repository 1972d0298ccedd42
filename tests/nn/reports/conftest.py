"""A sweep and a run of the real trainer, tiny, made once."""

from pathlib import Path

import pytest

from wishart_nn.higgs import load
from wishart_nn.sweeps import SweepSpec
from wishart_nn.sweeps.folder import open_folder
from wishart_nn.training import RunOptions, key, train

BASE = RunOptions(rows=700, width=6, epochs=2, batch_size=128, diagnose_rows=128)


def trained(spec: SweepSpec, folder: Path) -> Path:
    """Run a sweep in this process: the folder is the one that workers would leave."""
    open_folder(folder, spec)
    data = load("synthetic", rows=BASE.rows)
    for options in spec.plan():
        train(options, folder / "runs" / key(options), data=data, progress=False)
    return folder


@pytest.fixture(scope="session")
def sweep_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Optimiser × scale × depth over three seeds."""
    spec = SweepSpec(
        base=BASE,
        grid={
            "optimizer": ["adamw", "sgd"],
            "sigma": ["he", "10/sqrt(n)", "predicted"],
            "depth": [1, 2],
        },
        seeds=[0, 1, 2],
    )
    return trained(spec, tmp_path_factory.mktemp("sweep") / "s")


@pytest.fixture(scope="session")
def diverging_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two learning rates, the larger of which is beyond all bounds, for a plain network."""
    spec = SweepSpec(base=BASE, grid={"architecture": ["mlp"], "optimizer": ["sgd"], "lr": [0.1, 1e30]}, seeds=[0, 1])
    return trained(spec, tmp_path_factory.mktemp("diverging") / "s")
