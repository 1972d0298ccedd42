"""Torch where torch is used: everything else is imported and works in an interpreter that cannot load it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wishart_nn.higgs import synthetic_rows

Runner = Callable[..., str]


def test_the_blocked_interpreter_has_no_torch(without_torch: Runner) -> None:
    with pytest.raises(AssertionError, match="torch is blocked"):
        without_torch("import wishart_nn.linear")


def test_higgs_files_are_read_prepared_and_split(without_torch: Runner, tmp_path: Path) -> None:
    rows = synthetic_rows(200)
    np.savetxt(tmp_path / "rows.csv", rows, fmt="%.18e", delimiter=",")
    code = """
from wishart_nn.higgs import open_prepared, prepare, read_rows, split_rows, synthetic_rows
rows = read_rows(sys.argv[1])
prepared = prepare(sys.argv[1], sys.argv[2])
assert (open_prepared(sys.argv[2]).array() == rows).all() and (rows == synthetic_rows(200)).all()
print(len(split_rows(rows[:, 0]).train), prepared.rows)
"""
    assert without_torch(code, str(tmp_path / "rows.csv"), str(tmp_path / "p")) == "140 200\n"


def test_a_sweep_is_specified(without_torch: Runner) -> None:
    code = """
from wishart_nn.sweeps.reading import read_sweep
from wishart_nn.training import RunOptions, key
spec = read_sweep({"depth": "2,5", "sigma": "he,predicted"}, seeds="0-2")
print(spec.runs, spec.options({"depth": 5}, 1).depth)
"""
    assert without_torch(code) == "12 5\n"


def test_the_formulas_of_relus_hold(without_torch: Runner) -> None:
    code = """
from wishart_nn.relu import *
import numpy as np
print(population_gating([1.0, 0.0], [1.0, 0.0]).tolist(), round(nearer_probability(10, 0.5), 4))
print(population_loss(np.eye(2), np.eye(2)), gradient_descent([[0.1, 0.1]], [[1.0, 0.0]]).steps)
print([round(end, 4) for end in wilson_interval(10, 10)], round(saddle(2), 3))
"""
    assert without_torch(code) == "[0.5, 0.0] 0.3069\n0.0 21\n[0.7225, 1.0] 0.534\n"


def test_the_commands_and_their_help_are_there(without_torch: Runner) -> None:
    code = """
from typer.testing import CliRunner
from wishart_nn.cli.train import app
print(CliRunner().invoke(app, ["--help"]).exit_code)
"""
    assert without_torch(code) == "0\n"


def test_a_generated_table_is_loaded_when_it_is_asked_for(without_torch: Runner) -> None:
    code = """
import wishart_generated
loaded = lambda: sorted(name for name in sys.modules if name.startswith("wishart_generated."))
assert not loaded() and "trace_moments_real" in dir(wishart_generated)
wishart_generated.trace_moments_real
print(*loaded())
"""
    assert without_torch(code) == "wishart_generated.arguments wishart_generated.trace_moments_real\n"
