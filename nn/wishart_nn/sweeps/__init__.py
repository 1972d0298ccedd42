"""Sweeps: many runs of `wishart_nn.training`, over grids or search spaces of its options, by many processes.

- `SweepSpec`: what is run; `Range`: an option that is searched;
- `run_sweep`: run it, or what is left of it; `SweepOutcome`: how far it is;
- `load_results`: a flat row for each run; `settings`: means over the seeds.
"""

from typing import TYPE_CHECKING

from wishart_moments.lazy import exports

if TYPE_CHECKING:
    from wishart_nn.sweeps.axes import Range as Range
    from wishart_nn.sweeps.axes import read_axis as read_axis
    from wishart_nn.sweeps.axes import read_seeds as read_seeds
    from wishart_nn.sweeps.folder import read_spec as read_spec
    from wishart_nn.sweeps.results import Setting as Setting
    from wishart_nn.sweeps.results import load_results as load_results
    from wishart_nn.sweeps.results import settings as settings
    from wishart_nn.sweeps.spec import SweepSpec as SweepSpec
    from wishart_nn.sweeps.supervisor import SweepOutcome as SweepOutcome
    from wishart_nn.sweeps.supervisor import run_sweep as run_sweep

# Loaded at first use: what needs no torch is there without it.
__getattr__ = exports(__name__)
