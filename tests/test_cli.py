"""The command line: results on stdout, one-line errors on stderr, exit 0 yes, 1 no, 2 cannot."""

import csv
import io
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from wishart_moments import __version__, trace_moment
from wishart_moments.codegen import FORMATS, checkout_root, table_from_json
from wishart_moments.moments import confirmation, recurrence

Run = Callable[..., Any]


@pytest.fixture
def run(command_line: Run) -> Run:
    return command_line


def test_version_is_printed(run: Run) -> None:
    assert run("--version") == (0, f"wishart-moments {__version__}\n", "")


@pytest.mark.parametrize("command", ["table", "moment", "cumulant", "word", "zonal", "verify", "generate", "draw"])
def test_help_of_every_command_shows_an_example(run: Run, command: str) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0
    assert f"Example: wishart-moments {command}" in out


def test_table_shows_every_moment_and_its_routes(run: Run) -> None:
    code, out, err = run("table", "--max-k", "3")
    assert (code, err) == (0, "")
    assert "E tr S^3 = m n (m^2 + 3 m n + n^2 + 3 m + 3 n + 4)\n" in out
    assert "confirmed by loop-equations, recurrence, zonal" in out


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("beta", ["1", "2", "4", "3/2"])
def test_table_writes_every_format_for_every_beta(run: Run, format: str, beta: str) -> None:
    code, out, err = run("table", "--max-k", "4", "--beta", beta, "--format", format)
    assert (code, err) == (0, "")
    assert len(out.splitlines()) > 3


def test_table_as_json_is_the_exact_table(run: Run) -> None:
    table = table_from_json(run("table", "--max-k", "12", "--format", "json").out)
    terms = {(i, j): c for i, j, c in table.entries[12]}
    assert terms == {key: Fraction(int(c)) for key, c in recurrence.TraceMomentTable(12).terms(12).items()}


def test_table_of_numbers_is_the_table_at_these_sizes(run: Run) -> None:
    code, out, _ = run("table", "--max-k", "6", "--m", "4", "--n", "7", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [(int(row["k"]), int(row["moment"])) for row in rows] == [(k, trace_moment(k, 4, 7)) for k in range(1, 7)]
    document = json.loads(run("table", "--max-k", "6", "--m", "4", "--n", "7", "--beta", "4", "--format", "json").out)
    assert Fraction(document["trace_moments"]["2"]) == trace_moment(2, 4, 7, beta=4)
    assert run("table", "--max-k", "2", "--m", "4", "--n", "7").out.splitlines()[-1] == "E tr S^2 = 336"


def test_table_to_a_file_is_what_it_prints(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "moments.tex"
    printed = run("table", "--format", "latex").out
    assert run("table", "--format", "latex", "--output", str(path)) == (0, "", "")
    assert path.read_text(encoding="utf-8") == printed
    code, out, err = run("table", "--output", str(path))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert path.read_text(encoding="utf-8") == printed
    assert run("table", "--output", str(path), "--force").code == 0
    assert path.read_text(encoding="utf-8") != printed
    assert list(tmp_path.iterdir()) == [path]


def test_moment_prints_polynomials_and_numbers(run: Run) -> None:
    assert run("moment", "2").out == "m n (m + n + 1)\n"
    assert run("moment", "0").out == "m\n"
    assert run("moment", "2", "1", "--m", "4", "--n", "7").out == "10752\n"
    assert run("moment", "3", "--m", "4", "--n", "7", "--sigma", "0.5").out == "651/8\n"
    assert run("moment", "2", "--m", "4").out == "4 n (n + 5)\n"
    assert run("moment", "2", "--beta", "beta").out == "m n (beta m + beta n - beta + 2)/beta\n"
    assert run("moment", "2", "--format", "latex").out == "m n (m + n + 1)\n"
    assert json.loads(run("moment", "3", "--m", "4", "--n", "7", "--format", "json").out)["moment"] == "5208"


@pytest.mark.parametrize("method", ["auto", "wick", "loop-equations", "recurrence", "zonal"])
def test_every_method_prints_the_same_moment(run: Run, method: str) -> None:
    assert run("moment", "3", "--method", method).out == "m n (m^2 + 3 m n + n^2 + 3 m + 3 n + 4)\n"


BAD = [
    ("moment 1.5", "need --m and --n for a power that is no integer, got 1.5"),
    ("moment x", "need k to be an integer, got 'x'"),
    ("moment -1.5", "need --m and --n for a power that is no integer, got -1.5"),
    ("moment 2 --m 0", "need m to be an integer >= 1"),
    ("moment 2 --m true", "need m to be an integer >= 1"),
    ("moment 2 --m 4 --n 2.5", "need n > m - 1 = 3, or an integer n >= 1, for a Wishart law"),
    ("moment 2 --sigma -1", "need sigma >= 0 and finite"),
    ("moment 2 --sigma nan", "need sigma >= 0 and finite"),
    ("moment 2 --sigma inf", "need sigma >= 0 and finite"),
    ("moment 2 --sigma m", "need --sigma to be a number or a name other than m and n"),
    ("moment 2 --beta 0", "need beta > 0"),
    ("moment 2 --method magic", "need method to be one of auto, wick"),
    ("moment 2 1 --method recurrence", "use method 'loop-equations'"),
    ("moment 2 --format yaml", "need --format"),
    ("moment 11 --method wick", "13,749,310,575 matchings"),
    ("table --max-k 0", "need 1 <= max-k <= 40"),
    ("table --max-k 41", "need 1 <= max-k <= 40"),
    ("table --format yaml", "need --format"),
    ("table --m 4", "need both --m and --n"),
    ("table --m 4 --n 7 --format c", "need --format"),
    ("table --beta -2", "need beta > 0"),
    ("table --beta x", "need beta > 0"),
    ("table --output no/such/folder/file", "no/such/folder"),
    ("verify --max-k 0", "need 1 <= max-k <= 40"),
    ("table --max-k 21 --beta 3/2", "need 1 <= max-k <= 20 at beta = 3/2"),
    ("verify --beta nan", "need beta > 0"),
    ("verify --beta 1e309", "need beta as a fraction of numbers up to 10^50"),
    ("verify --beta 1e-160 --json", "need beta as a fraction of numbers up to 10^50"),
    ("verify --beta 1e-5000", "need exponents from -1000 to 1000 in beta"),
    ("draw 100000 --output wick.svg", "(2k - 1)!! contractions"),
    ("draw 4 --output wick.svg", "105 contractions"),
    ("draw 2 --matching 0-1 --output wick.svg", "need"),
    ("draw 2 --matching 0:1 --output wick.svg", "such as 0-3,1-2"),
    ("draw 2 --output wick.txt", ".svg"),
    ("draw 0 --output wick.svg", "need"),
]


@pytest.mark.parametrize(("line", "message"), BAD, ids=[line for line, _ in BAD])
def test_bad_input_gives_one_clear_line_and_exit_2(
    run: Run, line: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*line.split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("wishart-moments: ")
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_unknown_options_and_commands_exit_2(run: Run) -> None:
    for arguments in (("tables",), ("table", "--max"), ("draw", "3"), ("moment",)):
        code, out, err = run(*arguments)
        assert (code, out) == (2, "")
        assert "Traceback" not in err


def test_verify_counts_matchings_and_names_the_routes(run: Run) -> None:
    code, out, err = run("verify", "--max-k", "6")
    assert (code, err) == (0, "")
    line = next(line for line in out.splitlines() if line.startswith("E tr S^6 "))
    assert "10,395 matchings" in line
    assert all(route in line for route in ("wick", "loop-equations", "recurrence", "zonal"))
    assert out.splitlines()[-1] == "17 of 17 comparisons agree"


def test_verify_exits_1_when_a_route_is_wrong(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    right = confirmation.zonal.expected_trace
    monkeypatch.setattr(confirmation.zonal, "expected_trace", lambda k, beta: right(k, beta) + (k == 3))
    code, out, err = run("verify", "--max-k", "4")
    assert code == 1
    assert "16 of 17" not in out
    assert err == "wishart-moments: E tr S^3: zonal differ from loop-equations\n"
    code, out, _ = run("verify", "--max-k", "4", "--json")
    assert (code, json.loads(out)["agree"]) == (1, False)
    assert run("table", "--max-k", "4").code == 2


def test_verify_as_json_is_one_document(run: Run) -> None:
    document = json.loads(run("verify", "--max-k", "2", "--beta", "3/2", "--json").out)
    assert document["agree"] is True
    assert [c["subject"] for c in document["comparisons"][:2]] == ["E tr S^1", "E tr S^2"]


# The tables are derived and confirmed three times: five seconds.
@pytest.mark.slow
def test_generate_repairs_what_check_finds(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "generated"
    shutil.copytree(checkout_root(), root, ignore=shutil.ignore_patterns("__pycache__"))
    edited = root / "csv" / "variance_series.csv"
    right = edited.read_bytes()
    edited.write_text("edited\n", encoding="utf-8")
    code, out, err = run("generate", "--check", "--into", str(root))
    assert code == 1
    assert "-edited" in out
    assert "run `wishart-moments generate`" in err
    assert run("generate", "--into", str(root)) == (0, "written or removed: 1; all else is up to date\n", "")
    assert edited.read_bytes() == right


def test_draw_writes_pictures(run: Run, tmp_path: Path) -> None:
    assert run("draw", "2", "1", "--output", str(tmp_path / "sum.svg")).code == 0
    assert (tmp_path / "sum.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert run("draw", "2", "--matching", "0-3,1-2", "--output", str(tmp_path / "one.png")).code == 0
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")


def test_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m wishart_moments table --max-k 30 | head -1"
    result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert result.stdout.startswith("E tr S^k")
    assert result.stderr == ""


@pytest.mark.parametrize("after", [0.0, 1.0])
def test_an_interrupt_is_exit_130_without_a_traceback(tmp_path: Path, after: float) -> None:
    output = tmp_path / "table.json"
    # Some twelve seconds of work, of which the child says when it begins; a shell's background jobs ignore the signal.
    code = "from wishart_moments.__main__ import main\nprint('begun', flush=True)\nmain()"
    command = [sys.executable, "-c", code, "table", "--products", "--max-k", "20", "--output", str(output)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert "Traceback" not in err
    # A fast machine may be done before the interrupt; then the file is whole.
    assert (process.returncode, output.exists()) in {(130, False), (0, True)}
