"""Train in child processes that are killed: at every file operation, or after random times; print what came of it.

Called by test_resume.py in a process of its own, whose children are forks: nothing has to be imported anew.
"""

import os
import random
import shutil
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from wishart_nn.higgs import load
from wishart_nn.training import RunOptions, train

OPTIONS = RunOptions(rows=1000, depth=2, width=8, epochs=2, batch_size=100, diagnose_rows=100, learn_alpha=True)
DATA = load(rows=1000)
FILES = ("model.safetensors", "plain.safetensors", "plain.json")


def life(folder: Path, every: float, deaths: int | None = None, options: RunOptions = OPTIONS) -> int:
    """Go on with the run in a child that kills itself at an operation; return the status of its end."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if deaths is not None:
                _die_at(folder, deaths)
            train(options, folder, resume=True, data=DATA, progress=False, checkpoint_every=every)
            status = 0
        finally:
            os._exit(status)
    return child


def _die_at(folder: Path, deaths: int) -> None:
    name, left = str(folder), [deaths]

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("open", "os.rename", "os.remove", "os.truncate", "os.mkdir") and any(
            isinstance(each, str | os.PathLike) and os.fspath(each).startswith(name) for each in arguments[:2]
        ):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def same(folder: Path, whole: Path) -> bool:
    return all((folder / name).read_bytes() == (whole / name).read_bytes() for name in FILES)


def at_every_operation(place: Path, whole: Path) -> None:
    deaths = 0
    while True:
        folder = place / "killed"
        shutil.rmtree(folder, ignore_errors=True)
        died = ended(life(folder, 1e9, deaths + 1)) == -signal.SIGKILL
        if not died:
            break
        deaths += 1
        again = ended(life(folder, 1e9))
        if again != 0 or not same(folder, whole):
            raise SystemExit(f"killed at operation {deaths}: exit {again}, or other weights")
    print("operations", deaths)


def in_its_tries(place: Path, every: int) -> None:
    """Kill a run with sigma "tried" at every so many operations: no try that has finished is made again."""
    options, deaths, tried = replace(OPTIONS, sigma="tried", epochs=1), 0, place / "tried"
    train(options, tried, data=DATA, progress=False)
    while True:
        folder = place / "killed"
        shutil.rmtree(folder, ignore_errors=True)
        if ended(life(folder, 1e9, (deaths + 1) * every, options)) != -signal.SIGKILL:
            break
        deaths += 1
        done = {path: path.read_bytes() for path in folder.glob("tries/*/result.json")}
        again = ended(life(folder, 1e9, None, options))
        if again != 0 or not same(folder, tried):
            raise SystemExit(f"killed at operation {deaths * every}: exit {again}, or other weights")
        if any(path.read_bytes() != before for path, before in done.items()):
            raise SystemExit(f"killed at operation {deaths * every}: a finished try was made again")
    print("tries", deaths)


def at_random_times(place: Path, whole: Path, seed: int) -> None:
    draw, folder, deaths = random.Random(seed), place / f"random{seed}", 0
    while True:
        child = life(folder, 0.0)  # a checkpoint after every step
        time.sleep(draw.uniform(0.005, 0.05) * (1 + deaths / 4))
        os.kill(child, signal.SIGKILL)
        if ended(child) == 0 or (folder / "result.json").exists():
            break
        deaths += 1
    if ended(life(folder, 0.0)) != 0 or not same(folder, whole):
        raise SystemExit(f"killed {deaths} times at random: other weights")
    print("deaths", deaths)


def main() -> None:
    torch.set_num_threads(1)
    place = Path(sys.argv[1])
    train(OPTIONS, place / "whole", data=DATA, progress=False)
    if sys.argv[2] == "operations":
        at_every_operation(place, place / "whole")
    elif sys.argv[2] == "tries":
        in_its_tries(place, int(sys.argv[3]))
    else:
        at_random_times(place, place / "whole", int(sys.argv[3]))


if __name__ == "__main__":
    main()
