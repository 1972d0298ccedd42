"""Writing files whole or not at all.

A file gets its name only when its contents are complete and on the disk, so that no reader, crash or Ctrl-C
meets half a table, half a program or half a drawing.
"""

import errno
import os
from pathlib import Path
from secrets import token_hex

from wishart_moments.errors import DomainError

# What the systems answer where a folder cannot hold hard links (FAT, some network and container mounts).
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def write_atomically(path: str | os.PathLike[str], data: str | bytes, *, overwrite: bool = False) -> None:
    """Write data to path, either completely or not at all.

    The data go to a temporary file in the folder of path, which then takes the name. Whatever goes wrong, the
    folder is left as it was. Overwriting follows a symbolic link: the file that it names is replaced.

    Args:
        path: the file to be written; its folder must exist.
        data: bytes, written as they are, or text, written as UTF-8 with its line ends untouched.
        overwrite: replace an existing file; else one is refused, even if it appears at the last moment.

    Raises:
        DomainError: if path exists and may not be replaced, is no regular file, or cannot be written.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     target = Path(folder, "moments.json")
        ...     write_atomically(target, "[1]")
        ...     write_atomically(target, "[1, 2]", overwrite=True)
        ...     target.read_text()
        '[1, 2]'
    """
    name = os.fspath(path)
    contents = data.encode() if isinstance(data, str) else data
    try:
        target = Path(os.path.realpath(name)) if overwrite else Path(name)
        if os.path.lexists(target):
            if not overwrite:
                raise FileExistsError
            if not target.is_file():
                # A replacement would silently turn a device or a pipe into a file.
                raise DomainError(f"cannot write {name!r}: it is not a regular file")
        _write(target, contents, overwrite)
    except FileExistsError as error:
        raise DomainError(f"{name!r} exists already; give another name, or ask for it to be overwritten") from error
    except FileNotFoundError as error:
        why = "its folder takes no new files" if Path(name).parent.is_dir() else "its folder does not exist"
        raise DomainError(f"cannot write {name!r}: {why}") from error
    except OSError as error:
        raise DomainError(f"cannot write {name!r}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        if isinstance(error, DomainError):
            raise
        raise DomainError(f"cannot write {name!r}: {error}") from error  # a null character in the name


def _write(target: Path, contents: bytes, overwrite: bool) -> None:
    # tempfile would make the file private (0600); os.open applies the umask as for any new file. The name
    # does not contain the target's, which may already be as long as the system allows.
    temporary = target.parent / f".{token_hex(8)}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(contents)
            stream.flush()
            os.fsync(stream.fileno())  # else a power cut may leave the name without the contents
        if overwrite:
            temporary.replace(target)
        else:
            _name_exclusively(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _name_exclusively(temporary: Path, target: Path) -> None:
    try:
        target.hardlink_to(temporary)  # unlike a rename, it fails if the name is taken
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        target.touch(exist_ok=False)  # takes the name, or fails if another process has just taken it
        try:
            temporary.replace(target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
