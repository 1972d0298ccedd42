"""`torchrun --nproc-per-node N -m wishart_nn.training ...`: the command train in each of N processes."""

import os
import sys
from pathlib import Path

from wishart_moments.__main__ import main

if __name__ == "__main__":
    sys.argv.insert(1, "train")
    if os.environ.get("RANK", "0") != "0":
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - the first process says it all
    main()
