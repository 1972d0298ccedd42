"""The command report: a page for a folder, one line and exit 2 for anything else."""

import shutil
from pathlib import Path

import pytest

from wishart_moments.__main__ import main


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.argv", ["wishart-moments", "report", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    code = caught.value.code
    return code if isinstance(code, int) else 0


def test_the_page_is_written_where_it_is_asked_for_or_into_the_folder(
    sweep_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(sorted((sweep_folder / "runs").iterdir())[0], tmp_path / "run"))
    assert run(str(folder), "--output", str(tmp_path / "page.html"), monkeypatch=monkeypatch) == 0
    assert run(str(folder), monkeypatch=monkeypatch) == 0
    assert (tmp_path / "page.html").read_bytes() == (folder / "report.html").read_bytes()
    assert capsys.readouterr().out.splitlines() == [
        f"written: {tmp_path / 'page.html'}",
        f"written: {folder / 'report.html'}",
    ]
    assert run(str(folder), monkeypatch=monkeypatch) == 2
    assert "exists already" in capsys.readouterr().err
    assert run(str(folder), "--force", monkeypatch=monkeypatch) == 0


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_what_is_no_run_is_refused_in_one_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert run(str(tmp_path / name), monkeypatch=monkeypatch) == 2
    error = capsys.readouterr().err
    assert error.startswith("wishart-moments: need the folder of a run")
    assert error.count("\n") == 1
    assert list((tmp_path / "empty").iterdir()) == []
