"""The HIGGS data: read once and fast, split by a seed, standardised, as tensors; and an embedded set to try things on.

- `load`: training, validation and test rows as `HiggsData`;
- `prepare`, `open_prepared`: a file of rows as an array on the disk, resumable;
- `download`: the original file, resumable, verified;
- `synthetic_rows`: the embedded toy events.
"""

from typing import TYPE_CHECKING

from wishart_moments.lazy import exports

if TYPE_CHECKING:
    from wishart_nn.higgs.columns import COLUMNS as COLUMNS
    from wishart_nn.higgs.columns import FULL_ROWS as FULL_ROWS
    from wishart_nn.higgs.columns import FULL_TEST_ROWS as FULL_TEST_ROWS
    from wishart_nn.higgs.columns import HIGH_LEVEL as HIGH_LEVEL
    from wishart_nn.higgs.columns import LOW_LEVEL as LOW_LEVEL
    from wishart_nn.higgs.data import SYNTHETIC as SYNTHETIC
    from wishart_nn.higgs.data import HiggsData as HiggsData
    from wishart_nn.higgs.data import Part as Part
    from wishart_nn.higgs.data import Split as Split
    from wishart_nn.higgs.data import available_device as available_device
    from wishart_nn.higgs.data import load as load
    from wishart_nn.higgs.data import split_rows as split_rows
    from wishart_nn.higgs.downloading import download as download
    from wishart_nn.higgs.preparation import Prepared as Prepared
    from wishart_nn.higgs.preparation import open_prepared as open_prepared
    from wishart_nn.higgs.preparation import prepare as prepare
    from wishart_nn.higgs.reading import read_rows as read_rows
    from wishart_nn.higgs.synthetic import synthetic_rows as synthetic_rows

# Loaded at first use: what needs no torch is there without it.
__getattr__ = exports(__name__)
