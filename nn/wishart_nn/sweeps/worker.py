"""A worker of a sweep: takes a run that nobody is at, trains it, takes the next, until nothing is left.

    python -m wishart_nn.sweeps.worker FOLDER RETRIES [DEVICE]

It stops when stdin ends: with the process that started it. It imports torch once and loads the data once. Exit: 0
nothing left, 2 refused (the reason is the last line of stderr), 130 stopped. What starts processes by itself, such as
a client of Dask, may call `Worker(folder).work()`.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

from wishart_moments.errors import DomainError, WishartError
from wishart_nn.data.files import held
from wishart_nn.data.json_files import read_object, write_object
from wishart_nn.sweeps.drawing import draws_of
from wishart_nn.sweeps.folder import read_spec
from wishart_nn.sweeps.runs import LOCKS, RUNS, DataCache, Trouble, data_options, result_of, run_in_folder
from wishart_nn.training import RunOptions, key
from wishart_nn.training.interruption import interrupt

DATA = "data.json"
"""The fingerprints of the data in a sweep's folder."""

PAUSE = 1.0
"""Seconds between two looks at runs that others are at, who may die."""


class Worker:
    """Runs what is left of a sweep, one run after the other.

    Args:
        folder: of the sweep.
        retries: how often a run whose worker died is tried again.
        device: to train on; None for the one in the sweep's options.
    """

    def __init__(self, folder: Path, retries: int = 10, device: str | None = None) -> None:
        self.folder, self.retries, self.device = folder, retries, device
        self.data = DataCache()
        self.over: set[str] = set()

    def work(self) -> None:
        """Run until nothing is left; wait while the last ones are run by others.

        Raises:
            KeyboardInterrupt: if asked to stop; the run at hand has its checkpoint.
            DomainError: if the folder cannot be written, or the data cannot be read or are not the other runs'.
        """
        while self.pass_once():
            time.sleep(PAUSE)

    def pass_once(self) -> bool:
        """Run what nobody is at; return whether somebody is at something. The sweep may have been extended since."""
        busy = False
        spec = read_spec(self.folder)
        for options in spec.plan(draws_of(self.folder, spec)):
            name = key(options)
            if name in self.over or self._is_over(name):
                continue
            with held(self.folder / LOCKS / name) as mine:
                if not mine:
                    busy = True
                    continue
                trouble = Trouble(self.folder, name)
                if not self._is_over(name) and not trouble.why(self.retries):
                    self._run(options, name, trouble)
                self.over.add(name)
        return busy

    def _is_over(self, name: str) -> bool:
        if result_of(self.folder, name) is not None:
            self.over.add(name)
        return name in self.over

    def _run(self, options: RunOptions, name: str, trouble: Trouble) -> None:
        options = replace(options, device=self.device) if self.device else options
        data = self.data.get(options)
        self._same_data(options, data.fingerprint)
        trouble.note(begun=trouble.begun + 1, error=trouble.error)
        try:
            run_in_folder(options, self.folder / RUNS / name, data)
        except KeyboardInterrupt:
            trouble.note(begun=trouble.begun)
            raise
        except OSError as error:  # a full disk is the end of the whole sweep
            raise DomainError(f"cannot write to {str(self.folder)!r}: {error.strerror or error}") from error
        except Exception as error:
            traceback.print_exc()  # into the worker's log
            kind = "" if isinstance(error, WishartError) else f"{type(error).__name__}: "
            trouble.note(error=f"{kind}{' '.join(str(error).split())}")
            return
        trouble.note()

    def _same_data(self, options: RunOptions, fingerprint: str) -> None:
        """Refuse data other than those that the sweep's other runs were made with, here or on another machine."""
        chosen = json.dumps(data_options(options), sort_keys=True)
        with held(self.folder / LOCKS / "data", wait=True):
            found = read_object(self.folder / DATA) or {}
            if chosen not in found:
                write_object(self.folder / DATA, found | {chosen: fingerprint})
            elif found[chosen] != fingerprint:
                raise DomainError(
                    f"the data {options.data!r} are not those of this sweep's other runs: the file has changed or is "
                    "another one on this machine; give the same file, or another folder for another sweep"
                )


def _stop_with_parent() -> None:
    # Not sys.stdin: a thread that waits inside it would be in the way of the interpreter's end.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGINT)


def main(arguments: list[str]) -> int:
    """Run a worker; return the exit status."""
    # A shell's background jobs ignore Ctrl-C; schedulers end jobs with SIGTERM.
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    folder, retries, *device = arguments
    given: Any = {"device": device[0]} if device else {}
    try:
        threading.Thread(target=_stop_with_parent, name="parent", daemon=True).start()
        Worker(Path(folder), int(retries), **given).work()
    except WishartError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
