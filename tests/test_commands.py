"""Every command: options described and typed, commands of other packages, output that cannot be written, numbers."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import typer

from wishart_moments.cli import app, commands
from wishart_moments.cli.reading import read_scale

Run = Callable[..., Any]


@pytest.fixture
def run(command_line: Run) -> Run:
    return lambda line, *more: command_line(*line.split(), *more)


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield (name, command) of all commands that do something."""
    if not hasattr(command, "list_commands"):
        yield " ".join(path), command
        return
    for name in command.list_commands(None):
        yield from leaves(command.get_command(None, name), (*path, name))


COMMANDS = dict(leaves(typer.main.get_command(app)))


def test_the_commands_of_both_packages_are_there() -> None:
    assert {"moment", "table", "variance", "word", "plot depth"} <= COMMANDS.keys()
    assert {"train", "sweep", "report", "higgs prepare", "relu critical"} <= COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_described_and_typed(run: Run, name: str) -> None:
    assert COMMANDS[name].help
    for each in COMMANDS[name].params:
        assert each.help, each.name
        assert each.help[-1] in ".)", each.help
    _, _, shown = run(f"{name} --help").out.partition("\nOptions:\n")
    assert "--help" in shown
    assert not re.search(r"<str>|list\[str| TEXT\b", shown)  # what stands where no type has been given


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_written_is_named_by_output(name: str) -> None:
    for each in COMMANDS[name].params:
        if each.param_type_name == "option" and set(each.opts) & {"-o", "--out", "--into", "--output"}:
            assert {"-o", "--output"} <= set(each.opts)


def test_a_package_that_does_not_load_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [EntryPoint("surprise", "no_such_package:app", commands.GROUP)]
    monkeypatch.setattr(commands, "entry_points", lambda group: broken if group == commands.GROUP else [])
    code, out, err = run("surprise --anything 3")
    assert (code, out) == (2, "")
    assert err == (
        "wishart-moments: surprise cannot be loaded (No module named 'no_such_package'): "
        "pip install 'wishart-trace-moments[nn]'\n"
    )
    assert "Cannot be loaded" in run("--help").out
    assert run("moment 2").out == "m n (m + n + 1)\n"


@pytest.mark.parametrize("line", ["train --output RUN", "sweep --output S", "higgs describe", "relu field"])
def test_without_torch_a_command_says_what_to_install(
    run: Run, line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("wishart_nn.cli.find_spec", lambda _name: None)
    code, out, err = run(line)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "pip install 'wishart-trace-moments[nn]'" in err
    assert list(tmp_path.iterdir()) == []


def test_own_commands_look_for_no_others(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(group: str) -> list[EntryPoint]:
        raise AssertionError(group)

    monkeypatch.setattr(commands, "entry_points", never)
    assert run("moment 3 --m 4 --n 7").out == "5208\n"


def test_help_of_the_commands_of_the_networks_loads_no_torch() -> None:
    for line in (["--help"], ["train", "--help"], ["sweep", "--help"], ["relu", "field", "--help"]):
        code = f"import contextlib, io, sys\nsys.argv = {['wishart-moments', *line]!r}\n"
        code += "from wishart_moments.__main__ import main\nout = io.StringIO()\n"
        code += "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(out): main()\n"
        code += "print('torch' in sys.modules, 'Usage' in out.getvalue())"
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert found.stdout == "False True\n"


def written_to(target: str, *line: str) -> subprocess.CompletedProcess[str]:
    with Path(target).open("w") as stream:
        command = [sys.executable, "-m", "wishart_moments", *line]
        return subprocess.run(command, stdout=stream, stderr=subprocess.PIPE, text=True, check=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("line", ["table --max-k 3", "moment 3", "verify --max-k 2", "variance --m 3 --n 4"])
def test_a_full_disk_is_one_line(line: str) -> None:
    found = written_to("/dev/full", *line.split())
    assert (found.returncode, found.stderr) == (
        2,
        "wishart-moments: cannot write the output: no space left on device\n",
    )


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here")
def test_a_folder_that_takes_no_files_is_said_to_be_one(run: Run) -> None:
    code, _, err = run("table --max-k 2 --output /proc/x")
    assert (code, err) == (2, "wishart-moments: cannot write '/proc/x': its folder takes no new files\n")


HUGE = [
    ("sigma --m 4 --n 4 --target 1e309", "need target >= 0 and finite, got '1e309'; floats end at 1.8e308"),
    ("sigma --m 1 --n 1 --target 0.9 --gamma 1e170", "need gamma from 1e-150 to 1e+150"),
    ("depth --widths 4,4 --activation leaky_relu:1e309", "need"),
    ("depth --widths 1,2,3 --sigma 0 --alpha 1e9999", "need exponents from -1000 to 1000 in alpha"),
    ("depth --widths 1,2,3 --alpha 1e309", "floats end at 1.8e308"),
    ("verify --beta 1e309", "need beta as a fraction of numbers up to 10^50"),
    ("table --inverse --max-k 2 --beta 1e9999", "need exponents from -1000 to 1000 in beta"),
    ("moment 2 --sigma 1e5000 --m 3 --n 3", "need exponents from -1000 to 1000 in sigma"),
    ("moment -2 1 --beta 1e9999", "need exponents from -1000 to 1000 in beta"),
    ("moment 2 --m 1_000", "need m to be an integer >= 1, got '1_000'"),
    ("moment 2 --m ٣", "need m to be an integer >= 1, got '٣'"),
    ("moment ٣", "need k to be an integer, got '٣'"),
    ("variance --m 3 --n 4 --alpha 1_0", "need alpha > 0 and finite, got '1_0'"),
    ("variance --m 3 --n 4 --sigma 1_0", "need sigma as a formula"),
    ("variance --m 3 --n 4 --draws 1_0", "need draws to be an integer >= 0"),
    ("word S --at n=٣", "need n as"),
    ("train -o RUN --momentum 1e400", "floats end at 1.8e308"),
    ("train -o RUN --lr 1e400", "floats end at 1.8e308"),
    ("train -o RUN --depth 99999999999999999999", "need depth <= 1,000"),
    ("train -o RUN --width 60000 --depth 2", "need width <= 4,096"),
    ("train -o RUN --threads 100000", "need threads <= 1,024"),
    ("train -o RUN --epochs 99999999999999999999", "need epochs <= 1,000,000"),
    ("train -o RUN --depth 1_0", "need depth as an integer, got '1_0'"),
    ("sweep -o S --lr 1e400,1", "floats end at 1.8e308"),
    ("moment 2 --m " + "9" * 2000, "need numbers of at most 1,000 digits"),
]


@pytest.mark.parametrize(("line", "message"), HUGE, ids=[line[:40] for line, _ in HUGE])
def test_huge_and_odd_numbers_are_refused_in_one_line(
    run: Run, line: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    began = time.process_time()
    code, out, err = run(line)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert list(tmp_path.iterdir()) == []
    assert time.process_time() - began < 60


def test_numbers_longer_than_python_prints_by_default_are_printed(run: Run) -> None:
    assert len(run("cumulant 2 1 --sigma 1e900 --m 3 --n 3").out) > 5000
    code, out, err = run("moment 150 --sigma 1e1000 --m 3 --n 3")
    assert (code, out) == (2, "")
    assert "need a result of at most 100,000 digits" in err


MATRIX = [["2", "1/2"], ["1/2", "1"]]


@pytest.mark.parametrize(
    "text",
    [
        "2,1/2\n1/2,1\n",
        "2,1/2\n1/2,1\n\n",
        "2;0.5\n0.5;1\n",
        "2\t0.5\n0.5\t1\n",
        "2 0.5\n0.5 1\n",
        "a,b\n2,0.5\n0.5,1\n",
        '"","a","b"\n"a",2,0.5\n"b",0.5,1\n',
        ",a,b\nx,2,0.5\ny,0.5,1\n",
        '"a" "b"\n"1" 2 0.5\n"2" 0.5 1\n',
        "2,0.5,\n0.5,1,\n",
    ],
)
def test_a_matrix_is_read_as_programs_write_it(text: str, tmp_path: Path) -> None:
    path = tmp_path / "sigma.csv"
    path.write_text(text)
    assert read_scale(str(path)) == [[Fraction(cell) for cell in row] for row in MATRIX]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"","a","b"\n', "got a header only"),
        ("a,b\n1,x1y!\n2,3\n", "need every entry of --scale to be a number or a name"),
        ("1_000\n", "need every entry of --scale to be a number or a name, got '1_000'"),
        ("٣\n", "need every entry of --scale"),
        ("", "need"),
    ],
)
def test_a_file_that_is_no_matrix_is_refused_in_one_line(run: Run, text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "sigma.csv"
    path.write_text(text)
    code, out, err = run("moment 2 --scale", path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_a_truncation_without_matplotlib_fails_before_it_draws(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, out, err = run("benchmark truncation --output", tmp_path / "T")
    assert (code, out) == (2, "")
    assert "pip install 'wishart-trace-moments[plot]'" in err
    assert list(tmp_path.iterdir()) == []
