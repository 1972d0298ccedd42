"""Preparing: killed at any moment it goes on, what it makes is the rows, and nothing half-written is ever used."""

import errno
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wishart_moments.errors import DomainError
from wishart_nn.higgs import open_prepared, preparation, prepare, reading, synthetic_rows


class Killed(BaseException):
    """Stands for SIGKILL where the test must choose the moment."""


TABLE = synthetic_rows(300)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BLOCK", 1 << 14)
    monkeypatch.setattr(preparation, "CHECKPOINT", 40)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    stream = io.BytesIO()
    np.savetxt(stream, TABLE, fmt="%.18e", delimiter=",")
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(stream.getvalue(), mtime=0))
    return path


def test_the_array_is_the_rows_and_the_checksums_are_theirs(source: Path, tmp_path: Path) -> None:
    prepared = prepare(source, tmp_path / "p")
    np.testing.assert_array_equal(prepared.array(), TABLE)
    assert isinstance(prepared.array(), np.memmap)
    assert prepared.rows == 300
    assert prepared.signal == np.count_nonzero(TABLE[:, 0])
    assert prepared.sha256 == sha256(TABLE.tobytes()).hexdigest()
    assert prepared.source.sha256 == sha256(source.read_bytes()).hexdigest()
    prepared.verify()
    assert open_prepared(tmp_path / "p") == prepared
    assert {each.name for each in (tmp_path / "p").iterdir()} <= {"rows.npy", "prepared.json", ".lock"}


def test_a_prepared_folder_is_not_read_again(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = prepare(source, tmp_path / "p")
    monkeypatch.setattr(preparation, "open_rows", None)
    assert prepare(source, tmp_path / "p") == first
    os.utime(source, ns=(1, 1))  # copied, for instance: the checksum tells that it is the same
    assert prepare(source, tmp_path / "p") == first


def counted(monkeypatch: pytest.MonkeyPatch, moment: int) -> Callable[[], int]:
    """Stop the preparation at the given one of its dealings with the disk: before, or after it was done."""
    passed = 0

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal passed
            for stage in ("before", "after"):
                passed += 1
                if passed == moment:
                    raise Killed
                if stage == "before":
                    result = function(*arguments, **options)
            return result

        return call

    monkeypatch.setattr(preparation, "write_object", watched(preparation.write_object))
    monkeypatch.setattr(preparation, "_sync", watched(preparation._sync))
    monkeypatch.setattr(Path, "replace", watched(Path.replace))
    monkeypatch.setattr(reading, "as_rows", watched(reading.as_rows))
    return lambda: passed


def test_stopped_at_any_moment_it_goes_on_and_gives_the_same_files(source: Path, tmp_path: Path) -> None:
    whole = prepare(source, tmp_path / "whole")
    expected = {name: (tmp_path / "whole" / name).read_bytes() for name in ("rows.npy", "prepared.json")}
    moment, kept = 0, []
    while True:
        moment += 1
        folder = tmp_path / f"p{moment}"
        with pytest.MonkeyPatch.context() as patch:
            passed = counted(patch, moment)
            try:
                prepare(source, folder)
            except Killed:
                pass
            else:
                assert passed() < moment
                break
        if not (folder / "prepared.json").exists():
            with pytest.raises(DomainError, match=r"not finished|not prepared"):
                open_prepared(folder)
            if (folder / "progress.json").exists():
                kept.append(json.loads((folder / "progress.json").read_text())["rows"])
        again = prepare(source, folder)
        assert (again.sha256, again.rows) == (whole.sha256, whole.rows)
        assert {name: (folder / name).read_bytes() for name in expected} == expected
        assert {each.name for each in folder.iterdir()} <= {*expected, ".lock"}
    assert moment > 40
    assert kept == sorted(kept)
    assert kept[-1] > 200  # finished rows stay


def test_what_was_finished_is_not_parsed_again(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.MonkeyPatch.context() as patch:
        counted(patch, 40)
        with pytest.raises(Killed):
            prepare(source, tmp_path / "p")
    done = json.loads((tmp_path / "p" / "progress.json").read_text())["rows"]
    parsed: list[int] = []
    parse = reading.as_rows

    def note(batch: Any) -> Any:
        parsed.append(batch.num_rows)
        return parse(batch)

    monkeypatch.setattr(reading, "as_rows", note)
    prepare(source, tmp_path / "p")
    assert sum(parsed) == 300 - done < 260


# Processes are killed.
@pytest.mark.slow
def test_killed_for_real_it_goes_on(source: Path, tmp_path: Path) -> None:
    # A preparation in a process of its own, which waits to be killed as soon as some rows are finished.
    code = (
        "import json, sys, time\n"
        "from pathlib import Path\n"
        "from wishart_nn.higgs import preparation, reading\n"
        "reading.BLOCK, preparation.CHECKPOINT = 1 << 14, 40\n"
        "parse, note = reading.as_rows, Path(sys.argv[2], 'progress.json')\n"
        "def as_rows(*given):\n"
        "    while note.exists() and json.loads(note.read_text())['rows'] > 60:\n"
        "        time.sleep(0.01)\n"
        "    return parse(*given)\n"
        "reading.as_rows = as_rows\n"
        "preparation.prepare(*sys.argv[1:])\n"
    )
    folder = tmp_path / "p"
    process = subprocess.Popen([sys.executable, "-c", code, str(source), str(folder)])
    note = folder / "progress.json"
    while process.poll() is None and not (note.exists() and json.loads(note.read_text())["rows"] > 60):
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert 60 < json.loads(note.read_text())["rows"] < 300
    np.testing.assert_array_equal(prepare(source, folder).array(), TABLE)


def test_several_at_once_prepare_it_once(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    open_rows = preparation.open_rows
    monkeypatch.setattr(preparation, "open_rows", lambda path: (opened.append(path), open_rows(path))[1])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: prepare(source, tmp_path / "p"), range(4)))
    assert opened == [source]
    assert all(each == found[0] for each in found)


def test_another_file_is_refused_and_nothing_is_overwritten(source: Path, tmp_path: Path) -> None:
    first = prepare(source, tmp_path / "p")
    other = tmp_path / "other.csv"
    np.savetxt(other, TABLE[:10], delimiter=",")
    with pytest.raises(DomainError, match=r"holds the rows of another rows\.csv\.gz; name another folder"):
        prepare(other, tmp_path / "p")
    assert open_prepared(tmp_path / "p") == first
    with pytest.MonkeyPatch.context() as patch:
        counted(patch, 40)
        with pytest.raises(Killed):
            prepare(source, tmp_path / "q")
    before = (tmp_path / "q" / "progress.json").read_bytes()
    with pytest.raises(DomainError, match="holds the first rows of another"):
        prepare(other, tmp_path / "q")
    assert (tmp_path / "q" / "progress.json").read_bytes() == before


def test_a_folder_with_other_things_in_it_is_left_alone(source: Path, tmp_path: Path) -> None:
    with pytest.raises(DomainError, match=r"holds other files \(rows\.csv\.gz\); name a new folder"):
        prepare(source, tmp_path)
    assert {each.name for each in tmp_path.iterdir()} <= {"rows.csv.gz", ".lock"}


def test_a_bad_file_leaves_a_folder_that_can_be_used(source: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("1,2\n")
    with pytest.raises(DomainError, match="need 29 columns, got 2 in row 1"):
        prepare(bad, tmp_path / "p")
    with pytest.raises(DomainError, match="no such folder"):
        open_prepared(tmp_path / "p")
    assert prepare(source, tmp_path / "p").rows == 300


def test_a_file_of_the_original_s_length_must_have_its_checksum(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "FULL_BYTES", source.stat().st_size)
    with pytest.raises(DomainError, match=r"has the length of HIGGS\.csv\.gz but another checksum"):
        prepare(source, tmp_path / "p")
    monkeypatch.setattr(preparation, "FULL_SHA256", sha256(source.read_bytes()).hexdigest())
    assert prepare(source, tmp_path / "p").rows == 300


def test_a_file_that_changes_while_it_is_read_is_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = reading.as_rows
    monkeypatch.setattr(reading, "as_rows", lambda *given: (os.utime(source), parse(*given))[1])
    with pytest.raises(DomainError, match="was changed while it was read"):
        prepare(source, tmp_path / "p")
    assert not (tmp_path / "p" / "prepared.json").exists()


def test_damage_is_noticed(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    prepared = prepare(source, folder)
    whole, record = (folder / "rows.npy").read_bytes(), (folder / "prepared.json").read_bytes()
    (folder / "rows.npy").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(DomainError, match=r"rows\.npy' is damaged; delete the folder"):
        prepared.verify()
    for broken in (whole[:-116], whole[:40], b""):
        (folder / "rows.npy").write_bytes(broken)
        with pytest.raises(DomainError, match="is damaged"):
            open_prepared(folder)
    np.save(folder / "rows.npy", TABLE[:5])
    with pytest.raises(DomainError, match="is damaged; delete the folder and prepare it again"):
        open_prepared(folder)
    for broken in (record[:-9], b"[]", b"\xff", record.replace(b'"signal"', b'"noise"')):
        (folder / "prepared.json").write_bytes(broken)
        with pytest.raises(DomainError, match=r"damaged.*; delete the folder and prepare it again"):
            open_prepared(folder)
    (folder / "prepared.json").write_bytes(record.replace(b'"format": 1', b'"format": 2'))
    with pytest.raises(DomainError, match="prepared by another version"):
        open_prepared(folder)


def test_damaged_notes_of_progress_are_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "progress.json").write_text('{"rows": 3}')
    with pytest.raises(DomainError, match=r"progress\.json' is damaged"):
        prepare(source, tmp_path / "p")


def test_a_full_disk_is_one_line_and_leaves_what_was_finished(source: Path, tmp_path: Path) -> None:
    synced = 0

    def sync(file: Any) -> None:
        nonlocal synced
        file.flush()
        synced += 1
        if synced == 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preparation, "_sync", sync)
        with pytest.raises(DomainError, match=r"cannot write into .*: no space left on device"):
            prepare(source, tmp_path / "p")
    assert json.loads((tmp_path / "p" / "progress.json").read_text())["rows"] > 100
    np.testing.assert_array_equal(prepare(source, tmp_path / "p").array(), TABLE)


def test_what_is_no_file_or_no_folder_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(DomainError, match=r"cannot read .*absent.*: no such file"):
        prepare(tmp_path / "absent", tmp_path / "p")
    assert not (tmp_path / "p").exists()
    with pytest.raises(DomainError, match="it is not a regular file"):
        prepare(tmp_path, tmp_path / "p")
    with pytest.raises(DomainError, match="cannot make the folder"):
        prepare(source, source / "p")
    with pytest.raises(DomainError, match="no such folder"):
        open_prepared(tmp_path / "p")
    (tmp_path / "p").mkdir()
    with pytest.raises(DomainError, match="it is not prepared; run wishart-moments higgs prepare FILE"):
        open_prepared(tmp_path / "p")
