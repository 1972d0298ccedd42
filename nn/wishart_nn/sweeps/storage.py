"""The database that hands out the cells of a sweep: SQLite in the sweep's folder, or a server by its URL.

SQLite locks nothing when it reads, so that of two workers that read "waiting" both could write "running". Here every
transaction begins with BEGIN IMMEDIATE, which lets one in at a time. Servers lock the row (SELECT … FOR UPDATE).
"""

import random
import sqlite3
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, MissingExtraError

if TYPE_CHECKING:
    from optuna.storages import RDBStorage
    from sqlalchemy import URL, Connection

T = TypeVar("T")

DATABASE = "study.db"
"""The SQLite file in a sweep's folder."""

BUSY = 120.0
"""Seconds that a transaction waits for its turn in SQLite."""

CONNECTING = 10
"""Seconds after which a server counts as unreachable."""

PATIENCE = 600.0
"""Seconds for which a worker that is at work puts up with a database that does not answer."""

DRIVERS = {"postgresql": ("psycopg", "psycopg2", "pg8000"), "mysql": ("pymysql", "MySQLdb")}
"""The modules that speak to a server, the preferred one first."""

_DIALECTS = {"MySQLdb": "mysqldb"}


def open_storage(
    folder: Path, url: str | None = None, *, heartbeat: int = 10, grace: int = 60, retries: int = 10
) -> "RDBStorage":
    """Return the storage of a sweep, made if it is not there yet.

    Args:
        folder: of the sweep, which exists; holds the database where no url is given.
        url: postgresql://user:password@host/database, mysql://…, or sqlite:///path.
        heartbeat: seconds between the signs of life of a running cell.
        grace: seconds without one after which its worker counts as dead.
        retries: how often a cell is handed out again after its worker died.

    Raises:
        DomainError: for a URL of another kind, a database that cannot be reached or is none; passwords are not shown.
        MissingExtraError: without Optuna, or a driver for the server.
    """
    check_timing(heartbeat, grace)
    try:
        import optuna
        from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
    except ImportError as error:
        raise MissingExtraError("sweeps need Optuna: pip install 'wishart-trace-moments[nn]'") from error
    from sqlalchemy import event

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    target, arguments = _engine(folder, url)

    def opened() -> RDBStorage:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return RDBStorage(
                target.replace("{", "{{").replace("}", "}}"),  # Optuna puts its schema's version into braces
                engine_kwargs=arguments,
                heartbeat_interval=heartbeat,
                grace_period=grace,
                heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=retries),
            )

    storage = _opened(opened, url, folder)
    if target.startswith("sqlite"):
        event.listen(storage.engine, "begin", _begin_immediately)
    return storage


def check_timing(heartbeat: int, grace: int) -> None:
    """Refuse a grace period that is over before a sign of life can come.

    Raises:
        DomainError: unless 1 <= heartbeat < grace.
    """
    if grace <= heartbeat or heartbeat < 1:
        raise DomainError(f"need 1 <= heartbeat < grace, in seconds; got {heartbeat} and {grace}")


def server(url: str | None) -> str | None:
    """Return the kind of storage that a URL names, such as "postgresql"; None for none.

    Raises:
        DomainError: for another kind of URL.
        MissingExtraError: without Optuna, on which the storage rests.

    Example:
        >>> server("postgresql://ann:secret@db.example.org/sweeps"), server(None)
        ('postgresql', None)
    """
    return None if url is None else _parsed(url).get_backend_name()


def _begin_immediately(connection: "Connection") -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _engine(folder: Path, url: str | None) -> tuple[str, dict[str, Any]]:
    """Return the URL for SQLAlchemy, and the arguments of its engine."""
    from sqlalchemy import NullPool

    if url is None:
        return "sqlite:///" + DATABASE, {"creator": _sqlite(folder / DATABASE), "poolclass": NullPool}
    parsed = _parsed(url)
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise DomainError("need a file for a storage that workers share, sqlite:///path; or leave the storage out")
        return "sqlite:///" + DATABASE, {"creator": _sqlite(Path(parsed.database)), "poolclass": NullPool}
    if "+" not in parsed.drivername:
        module = next((name for name in DRIVERS[kind] if find_spec(name) is not None), None)
        if module is None:
            wanted = {"postgresql": "psycopg[binary]", "mysql": "pymysql"}[kind]
            raise MissingExtraError(f"a storage {kind}:// needs a driver: pip install '{wanted}'")
        parsed = parsed.set(drivername=f"{kind}+{_DIALECTS.get(module, module)}")
    connecting: dict[str, Any] = {} if parsed.drivername.endswith("pg8000") else {"connect_timeout": CONNECTING}
    # A connection for each transaction, and none in between: a server has some hundred of them for all workers.
    return parsed.render_as_string(hide_password=False), {"poolclass": NullPool, "connect_args": connecting}


def _parsed(url: str) -> "URL":
    try:
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError as error:
        raise MissingExtraError("sweeps need Optuna: pip install 'wishart-trace-moments[nn]'") from error

    advice = "postgresql://user:password@host/database or mysql://…; without one the folder holds the database"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # What cannot be read may still hold a password: it is not shown.
        raise DomainError(f"need the storage as a URL, {advice}") from None
    if parsed.get_backend_name() not in (*DRIVERS, "sqlite"):
        raise DomainError(f"need the storage as {advice}; got {shown(parsed.drivername)}://")
    return parsed


def _sqlite(path: Path) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        # isolation_level None: transactions begin where SQLAlchemy says so, not where the driver sees fit.
        return sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)

    return connect


def _opened(opened: "Callable[[], RDBStorage]", url: str | None, folder: Path) -> "RDBStorage":
    """Open, several times if need be: of workers that make the tables at the same time all but one fail."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import OperationalError, SQLAlchemyError

    tries = 6
    for i in range(tries):
        try:
            return opened()
        except (SQLAlchemyError, StorageInternalError) as error:
            cause = error.__cause__ if isinstance(error, StorageInternalError) and error.__cause__ else error
            made_by_another = not isinstance(cause, OperationalError) or "already exists" in str(cause)
            if i == tries - 1 or not made_by_another or "not a database" in str(cause):
                where = repr(str(folder / DATABASE)) if url is None else described(url)
                raise DomainError(f"cannot use the storage {where}: {_reason(cause)}") from error
            time.sleep(random.uniform(0.1, 0.5) * (i + 1))
        except RuntimeError as error:  # tables of another version of Optuna
            where = repr(str(folder / DATABASE)) if url is None else described(url)
            raise DomainError(f"cannot use the storage {where}: {' '.join(str(error).split())}") from error
        except ImportError as error:
            raise MissingExtraError(f"the storage {described(str(url))} needs a driver: {error}") from error
    raise AssertionError  # pragma: no cover


def _reason(error: BaseException) -> str:
    """Return the driver's words on one line, without SQLAlchemy's."""
    original = getattr(error, "orig", None) or error
    lines = [line.strip() for line in str(original).splitlines() if line.strip()]
    return one_line(lines[0] if lines else type(original).__name__)


def one_line(text: str) -> str:
    r"""Return the text on one line of at most 300 characters.

    Example:
        >>> one_line("first\n  second")
        'first second'
    """
    line = " ".join(text.split())
    return line if len(line) <= 300 else f"{line[:297]}..."


def described(url: str) -> str:
    """Return a URL without its password.

    Example:
        >>> described("postgresql://ann:secret@db.example.org/sweeps")
        'postgresql://ann:***@db.example.org/sweeps'
    """
    return _parsed(url).render_as_string(hide_password=True)


_LASTING = ("disk is full", "disk I/O error", "readonly database")
"""What SQLite says of a disk that no waiting mends."""


def patiently(call: Callable[[], T], patience: float = PATIENCE) -> T:
    """Return what the call returns; while the database does not answer, wait and call again.

    The call must bear repetition: what failed on the way back may have been done.

    Raises:
        DomainError: if it still does not answer after so many seconds; at once for a disk that is full.
    """
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import DBAPIError

    end = time.monotonic() + patience
    pause = 0.1
    while True:
        try:
            return call()
        except (StorageInternalError, DBAPIError) as error:
            cause = error.__cause__ if isinstance(error, StorageInternalError) and error.__cause__ else error
            if time.monotonic() + pause > end or any(text in str(cause) for text in _LASTING):
                raise DomainError(f"the storage does not answer: {_reason(cause)}") from error
        time.sleep(pause * random.uniform(0.5, 1.5))
        pause = min(2 * pause, 15.0)
