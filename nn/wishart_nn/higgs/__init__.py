"""The HIGGS data: read once and fast, split by a seed, standardised, as tensors; and an embedded set to try things on.

- `load`: training, validation and test rows as `HiggsData`;
- `prepare`, `open_prepared`: a file of rows as an array on the disk, resumable;
- `download`: the original file, resumable, verified;
- `synthetic_rows`: the embedded toy events.
"""

from typing import TYPE_CHECKING

from wishart_moments.lazy import loader

if TYPE_CHECKING:
    from wishart_nn.higgs.columns import COLUMNS, FULL_ROWS, FULL_TEST_ROWS, HIGH_LEVEL, LOW_LEVEL
    from wishart_nn.higgs.data import SYNTHETIC, HiggsData, Part, available_device, load
    from wishart_nn.higgs.downloading import download
    from wishart_nn.higgs.preparation import Prepared, open_prepared, prepare
    from wishart_nn.higgs.reading import read_rows
    from wishart_nn.higgs.splitting import Split, split_rows
    from wishart_nn.higgs.synthetic import synthetic_rows

__all__ = [
    "COLUMNS",
    "FULL_ROWS",
    "FULL_TEST_ROWS",
    "HIGH_LEVEL",
    "LOW_LEVEL",
    "SYNTHETIC",
    "HiggsData",
    "Part",
    "Prepared",
    "Split",
    "available_device",
    "download",
    "load",
    "open_prepared",
    "prepare",
    "read_rows",
    "split_rows",
    "synthetic_rows",
]

# Loaded at first use: what needs no torch is there without it.
_HOMES = {
    "columns": "COLUMNS FULL_ROWS FULL_TEST_ROWS HIGH_LEVEL LOW_LEVEL",
    "data": "HiggsData Part SYNTHETIC available_device load",
    "downloading": "download",
    "preparation": "Prepared open_prepared prepare",
    "reading": "read_rows",
    "splitting": "Split split_rows",
    "synthetic": "synthetic_rows",
}

__getattr__ = loader(__name__, {name: home for home, names in _HOMES.items() for name in names.split()})


def __dir__() -> list[str]:
    return __all__
