"""Fetching HIGGS.csv.gz: an interrupted download goes on where it stopped, and only a verified file gets the name."""

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any

from wishart_moments.errors import DomainError
from wishart_moments.progress import progress
from wishart_nn.data.files import held_folder
from wishart_nn.higgs.columns import FULL_SHA256

URL = "https://archive.ics.uci.edu/ml/machine-learning-databases/00280/HIGGS.csv.gz"
"""Of the original file: 2,816,407,858 bytes."""

NAME = "HIGGS.csv.gz"

_PIECE = 1 << 20
_SILENCE = 60.0  # seconds without a byte after which a connection is given up


def download(folder: str | os.PathLike[str], *, url: str = URL, sha256: str = FULL_SHA256) -> Path:
    """Fetch the original file into the folder, or go on with what is there; return its path.

    The bytes go to HIGGS.csv.gz.partial, which takes the name HIGGS.csv.gz when its checksum is right. A connection
    that breaks is taken up again as long as each attempt brings something. A file that is already there is verified.

    Args:
        folder: made if it does not exist.
        url: where to fetch it, a mirror for example.
        sha256: what the file must be.

    Raises:
        DomainError: if it cannot be fetched (the message says what to place where), or is not the right file.
    """
    target = Path(folder, NAME)
    partial = target.with_name(f"{NAME}.partial")
    with held_folder(target.parent, f".{NAME}.lock"):
        if target.exists():
            found = _hashed(target)
            if found != sha256:
                raise DomainError(f"{str(target)!r} has sha256 {found}, need {sha256}; move it away and fetch it again")
            return target
        with partial.open("ab") as file:
            try:
                _fetch(url, file, target)
            except DomainError:
                if not file.tell():
                    partial.unlink()
                raise
            file.flush()
            os.fsync(file.fileno())
        found = _hashed(partial)
        if found != sha256:
            partial.unlink()
            raise DomainError(f"what {url} sent has sha256 {found}, need {sha256}; it was deleted, try again")
        return partial.replace(target)


def _fetch(url: str, file: IO[bytes], target: Path) -> None:
    """Append to the file what is missing of it."""
    while True:
        before = file.tell()
        try:
            if _attempt(url, file):
                return
            reason = "the connection was closed early"
        except urllib.error.HTTPError as error:
            if error.code == 416:  # nothing lies behind what is there
                return
            raise DomainError(_by_hand(url, target, f"the server answers {error.code} {error.reason}")) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = str(getattr(error, "reason", "") or error or type(error).__name__)
        if file.tell() <= before:
            raise DomainError(_by_hand(url, target, reason))


def _attempt(url: str, file: IO[bytes]) -> bool:
    """Append what one connection brings; return whether that was all."""
    start = file.tell()
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    with urllib.request.urlopen(request, timeout=_SILENCE) as answer:
        reply: Any = answer
        if start and reply.status != 206:  # the server sends the whole from its start
            file.seek(0)
            file.truncate()
            start = 0
        length = int(reply.headers.get("Content-Length") or 0)
        total = start + length if length else None
        with progress(f"fetching {NAME}", total and max(1, total >> 20)) as report:
            report.advance(start / (1 << 20))
            while piece := reply.read(_PIECE):
                file.write(piece)
                report.advance(len(piece) / (1 << 20))
                report(f"{file.tell() / 1e9:.2f} GB")
    file.flush()
    return total is None or file.tell() >= total


def _by_hand(url: str, target: Path, reason: str) -> str:
    return (
        f"cannot fetch {url}: {' '.join(reason.split())}; run the command again to go on, or fetch the file elsewhere, "
        f"place it at {target} and run: wishart-moments higgs prepare {target} FOLDER"
    )


def _hashed(path: Path) -> str:
    with progress(f"verifying {path.name}"), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
