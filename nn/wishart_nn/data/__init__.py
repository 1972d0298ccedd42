"""What a network is trained on: three parts of one set of rows, from a table of any features or from another source.

- `Data`: what a trainer asks of its data; `Dataset`, `Part`: data in memory;
- `load_table`, `read_table`: CSV and Parquet files;
- `split_rows`, `Split`: which rows are for training, for validation, for testing.
"""

from typing import TYPE_CHECKING

from wishart_moments.lazy import exports

if TYPE_CHECKING:
    from wishart_nn.data.dataset import Data as Data
    from wishart_nn.data.dataset import Dataset as Dataset
    from wishart_nn.data.dataset import Part as Part
    from wishart_nn.data.splitting import Split as Split
    from wishart_nn.data.splitting import split_rows as split_rows
    from wishart_nn.data.tables import Table as Table
    from wishart_nn.data.tables import load_table as load_table
    from wishart_nn.data.tables import read_table as read_table

# Loaded at first use: what needs no torch is there without it.
__getattr__ = exports(__name__)
