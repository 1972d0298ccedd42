"""Files of text, plain or gzip, hashed as they are read; folders and locks; what the system refuses, in one line."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from filelock import FileLock, Timeout

from wishart_moments.errors import DomainError, WishartError

_OTHER_KINDS = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\x93NUMPY": "an array of NumPy",
    b"PAR1": "a Parquet file",
    b"<": "HTML or XML",
}
"""What files of other kinds begin with."""


class HashedFile(io.RawIOBase):
    """A file whose bytes are hashed and counted as they are read."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file: Any = path.open("rb", buffering=0)
        head = self._file.read(6)
        self.packed = head[:2] == b"\x1f\x8b"  # gzip, whatever the name says
        kind = next((name for start, name in _OTHER_KINDS.items() if head.startswith(start)), None)
        if kind is not None:
            self._file.close()
            raise DomainError(f"need text or gzip of text in {path.name}, got {kind}; write the rows as text")
        self._file.seek(0)
        self.digest = hashlib.sha256()
        self.megabytes = 0.0

    def text(self) -> Any:
        """Return the stream of the text, unpacked."""
        if not self.packed:
            return self
        try:
            from isal.igzip import IGzipFile
        except ImportError:
            return gzip.GzipFile(fileobj=self, mode="rb")
        return IGzipFile(fileobj=self, mode="rb")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into the buffer; return how many bytes."""
        view = memoryview(buffer).cast("B")
        count = int(self._file.readinto(view))
        self.digest.update(view[:count])
        self.megabytes += count / (1 << 20)
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


@contextmanager
def reading_errors(path: Path) -> Generator[None, None, None]:
    """Say what is wrong with a file that cannot be read or unpacked."""
    try:
        yield
    except EOFError as error:
        raise DomainError(
            f"{path.name} is truncated: the gzip stream does not end; fetch it again or continue its download"
        ) from error
    except _corrupt() as error:
        raise DomainError(f"{path.name} is corrupt: {error}; fetch it again") from error
    except OSError as error:
        raise refused(f"read {str(path)!r}", error) from error
    except ValueError as error:
        if isinstance(error, DomainError) or "null" not in str(error):  # a null character in the name
            raise
        raise DomainError(f"cannot read {str(path)!r}: {error}") from error


def _corrupt() -> tuple[type[Exception], ...]:
    """Return the errors that say that a packed file is corrupt."""
    try:
        from isal.igzip_lib import IsalError
    except ImportError:
        return gzip.BadGzipFile, zlib.error
    return gzip.BadGzipFile, zlib.error, cast(Any, IsalError)


def refused(what: str, error: Exception) -> DomainError:
    """Return what the system refused in one line.

    Example:
        >>> refused("use the folder", OSError(28, "No space left on device"))
        DomainError('cannot use the folder: no space left on device')
    """
    reason = getattr(error, "strerror", None) or str(error)
    return DomainError(f"cannot {what}: {reason.lower()}")


@contextmanager
def system_errors(what: str) -> Generator[None, None, None]:
    """Say in one line what the system refused."""
    try:
        yield
    except OSError as error:
        raise refused(what, error) from error


@contextmanager
def held(path: Path, *, wait: bool = False) -> Generator[bool, None, None]:
    """Yield whether this process has the lock of this name while the block runs.

    Args:
        path: of the lock's file, made with its folder.
        wait: until it is free.

    Raises:
        DomainError: where it cannot be made, or the file system has no locks.
    """
    with system_errors(f"lock {str(path)!r}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        with suppress(Timeout):
            lock.acquire(timeout=-1 if wait else 0)
    try:
        yield lock.is_locked
    finally:
        lock.release()


@contextmanager
def held_folder(folder: Path, lock: str, *, wait: bool = True) -> Generator[bool, None, None]:
    """Make a folder and hold its lock; where what is to be done there is refused before there is anything, leave none.

    Raises:
        DomainError: where it cannot be made.
    """
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    with system_errors(f"make the folder {str(folder)!r}"):
        folder.mkdir(parents=True, exist_ok=True)
        before = {each.name for each in folder.iterdir()}
    with held(folder / lock, wait=wait) as mine:
        try:
            yield mine
        except WishartError:
            if mine and {each.name for each in folder.iterdir()} - before <= {lock}:
                if lock not in before:
                    (folder / lock).unlink(missing_ok=True)
                with suppress(OSError):
                    for each in made:
                        each.rmdir()
            raise
