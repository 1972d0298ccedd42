"""The data that the options of a run choose: HIGGS, or any table where a label is named."""

from typing import Any

from wishart_nn.data.dataset import Dataset
from wishart_nn.data.tables import load_table
from wishart_nn.higgs.data import load
from wishart_nn.training.options import RunOptions

DATA_OPTIONS = ("data", "label", "features", "missing", "rows", "split_seed")
"""The options that choose the data."""


def load_data(options: RunOptions, *, device: str = "cpu") -> Dataset:
    """Return the data of a run.

    Raises:
        DomainError: as `wishart_nn.higgs.load` and `wishart_nn.data.load_table`.

    Example:
        >>> load_data(RunOptions(rows=1000)).classes
        ('0', '1')
    """
    given: dict[str, Any] = {"features": options.features, "rows": options.rows, "seed": options.split_seed}
    if options.label is None:
        return load(options.data, device=device, **given)
    return load_table(options.data, label=options.label, missing=options.missing, device=device, **given)
