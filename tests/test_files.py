"""Writing files whole or not at all."""

import errno
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wishart_moments.errors import DomainError
from wishart_moments.files import write_atomically

posix = pytest.mark.skipif(os.name != "posix", reason="umask, pipes and links of POSIX systems")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def umask() -> Iterator[int]:
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("data", ["", "tr WWᵀ\r\n", b"", b"\x00\xff\r\n"])
def test_what_is_written_is_what_is_read(tmp_path: Path, data: str | bytes, overwrite: bool) -> None:
    path = tmp_path / "file"
    write_atomically(path, data, overwrite=overwrite)
    assert path.read_bytes() == (data.encode() if isinstance(data, str) else data)
    assert names(tmp_path) == ["file"]


def test_an_existing_file_is_replaced_only_on_request(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(DomainError, match="exists already"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    write_atomically(str(path), "new", overwrite=True)
    assert path.read_text() == "new"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("hard_links", [True, False])
def test_a_file_that_appears_at_the_last_moment_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hard_links: bool
) -> None:
    path = tmp_path / "file"
    path.write_text("theirs")
    monkeypatch.setattr(os.path, "lexists", lambda _: False)
    if not hard_links:
        monkeypatch.setattr(os, "link", _unsupported)
    with pytest.raises(DomainError, match="exists already"):
        write_atomically(path, "mine")
    assert path.read_text() == "theirs"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("hard_links", [True, False])
def test_of_many_writers_exactly_one_gets_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hard_links: bool
) -> None:
    if not hard_links:
        monkeypatch.setattr(os, "link", _unsupported)
    path = tmp_path / "file"

    def write(number: int) -> bool:
        try:
            write_atomically(path, str(number) * 1000)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(write, range(8)))
    assert path.read_text() == str(won.index(True)) * 1000
    assert sum(won) == 1
    assert names(tmp_path) == ["file"]


@posix
@pytest.mark.parametrize("overwrite", [False, True])
def test_permissions_are_those_of_any_new_file(tmp_path: Path, umask: int, overwrite: bool) -> None:
    path = tmp_path / "file"
    write_atomically(path, "", overwrite=overwrite)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_the_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    write_atomically(path, "")
    assert path.exists()
    with pytest.raises(DomainError, match="too long"):
        write_atomically(tmp_path / ("x" * 256), "")


@pytest.mark.parametrize(
    ("failing", "overwrite"),
    [("open", False), ("fsync", False), ("link", False), ("open", True), ("fsync", True), ("replace", True)],
)
def test_a_failure_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, overwrite: bool
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "file"
    if overwrite:
        path.write_text("old")
    with monkeypatch.context() as patched:
        patched.setattr(os, failing, fail)
        with pytest.raises(DomainError, match=r"cannot write .*: no space left on device") as caught:
            write_atomically(path, "new", overwrite=overwrite)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == (["file"] if overwrite else [])
    assert not overwrite or path.read_text() == "old"


def test_an_interruption_leaves_the_folder_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file", "data")
    assert names(tmp_path) == []


def test_a_failing_replacement_gives_the_name_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "link", _unsupported)
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(DomainError, match="input/output error"):
        write_atomically(tmp_path / "file", "data")
    assert names(tmp_path) == []


@posix
def test_links_are_followed_for_overwriting_and_refused_otherwise(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    target, link, dangling = tmp_path / "folder" / "file", tmp_path / "link", tmp_path / "dangling"
    target.write_text("old")
    link.symlink_to(target)
    dangling.symlink_to(tmp_path / "folder" / "nothing")
    for path in (link, dangling):
        with pytest.raises(DomainError, match="exists already"):
            write_atomically(path, "new")
    write_atomically(link, "new", overwrite=True)
    assert link.is_symlink()
    assert target.read_text() == "new"


@posix
def test_only_regular_files_are_overwritten(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(DomainError, match="not a regular file"):
            write_atomically(tmp_path / name, "data", overwrite=True)
    assert names(tmp_path) == ["folder", "pipe"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_names_that_no_file_can_have_are_refused_in_one_line(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "file").write_text("")
    for path in (
        tmp_path / "missing" / "x",
        tmp_path / "file" / "x",
        f"{tmp_path}/a\0b",
        f"{tmp_path}/missing/\nx",
    ):
        with pytest.raises(DomainError, match="cannot write") as caught:
            write_atomically(path, "data", overwrite=overwrite)
        assert "\n" not in str(caught.value)
    assert names(tmp_path) == ["file"]


@posix
def test_an_unwritable_folder_is_refused(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(DomainError, match="permission denied"):
            write_atomically(tmp_path / "file", "data")
    finally:
        tmp_path.chmod(0o700)


def _unsupported(*_: object, **__: object) -> None:
    raise OSError(errno.EOPNOTSUPP, "Operation not supported")
