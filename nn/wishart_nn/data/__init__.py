"""What a network is trained on: three parts of one set of rows, from a table of any features or from another source.

- `Data`: what a trainer asks of its data; `Dataset`, `Part`: data in memory;
- `load_table`, `read_table`: CSV and Parquet files;
- `split_rows`, `Split`: which rows are for training, for validation, for testing.
"""

from typing import TYPE_CHECKING

from wishart_moments.lazy import loader

if TYPE_CHECKING:
    from wishart_nn.data.dataset import Data, Dataset, Part
    from wishart_nn.data.splitting import Split, split_rows
    from wishart_nn.data.tables import Table, load_table, read_table

__all__ = ["Data", "Dataset", "Part", "Split", "Table", "load_table", "read_table", "split_rows"]

_HOMES = {
    "dataset": "Data Dataset Part",
    "splitting": "Split split_rows",
    "tables": "Table load_table read_table",
}

__getattr__ = loader(__name__, {name: home for home, names in _HOMES.items() for name in names.split()})


def __dir__() -> list[str]:
    return __all__
