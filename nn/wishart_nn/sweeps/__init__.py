"""Sweeps: many runs of `wishart_nn.training`, over grids or search spaces of its options, by many processes.

- `SweepSpec`: what is run; `Range`: an option that is searched;
- `run_sweep`: run it, or what is left of it; `SweepOutcome`: how far it is;
- `load_results`: a flat row for each run; `settings`: means over the seeds.
"""

from typing import TYPE_CHECKING

from wishart_moments.lazy import loader

if TYPE_CHECKING:
    from wishart_nn.sweeps.axes import Range, read_axis, read_seeds
    from wishart_nn.sweeps.folder import read_spec
    from wishart_nn.sweeps.results import Setting, load_results, settings
    from wishart_nn.sweeps.spec import SweepSpec
    from wishart_nn.sweeps.supervisor import SweepOutcome, run_sweep

__all__ = [
    "Range",
    "Setting",
    "SweepOutcome",
    "SweepSpec",
    "load_results",
    "read_axis",
    "read_seeds",
    "read_spec",
    "run_sweep",
    "settings",
]

# Loaded at first use: what needs no torch is there without it.
_HOMES = {
    "axes": "Range read_axis read_seeds",
    "folder": "read_spec",
    "results": "Setting load_results settings",
    "spec": "SweepSpec",
    "supervisor": "SweepOutcome run_sweep",
}

__getattr__ = loader(__name__, {name: home for home, names in _HOMES.items() for name in names.split()})


def __dir__() -> list[str]:
    return __all__
