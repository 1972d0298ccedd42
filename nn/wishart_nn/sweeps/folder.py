"""The folder of a sweep, which tells everything to whoever reads it.

sweep.json    what is run: the specification
draws.json    of a search: the values that were drawn
runs/KEY/     the runs (`wishart_nn.training`), named after what determines their results
trouble/      of runs that were begun and are not over: how often, and why they cannot be done
results.csv   a row for each run that has ended
logs/         what the workers had to say
locks/        empty files that running processes hold
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_nn.data.files import held
from wishart_nn.data.json_files import is_left_over, read_object, write_object
from wishart_nn.sweeps.axes import Value
from wishart_nn.sweeps.drawing import drawn_before
from wishart_nn.sweeps.runs import LOCKS, RUNS
from wishart_nn.sweeps.spec import SweepSpec
from wishart_nn.training import RunOptions, key

SPEC, LOGS = "sweep.json", "logs"


def open_folder(folder: Path, spec: SweepSpec | None) -> SweepSpec:
    """Make the folder of a sweep, or extend the sweep in it; return what is run.

    Args:
        folder: new, empty, or of a sweep all of whose runs belong to this one.
        spec: of the sweep; None for the one that the folder holds.

    Raises:
        DomainError: if the folder holds a sweep with runs that are none of this one, or other files; or none, without
            a spec.
    """
    place = repr(str(folder))
    if spec is None and not (folder / SPEC).is_file():
        raise DomainError(f"need a folder that holds a sweep, got {place}; say what to run to begin one")
    if folder.exists() and not folder.is_dir():
        raise DomainError(f"need a folder for the sweep, got the file {place}")
    if folder.is_dir() and not (folder / SPEC).exists():
        odd = sorted(each.name for each in folder.iterdir() if each.name != LOCKS and not is_left_over(each))
        if odd:
            raise DomainError(f"need a folder that is empty or holds a sweep, got {place} with {shown(odd[0])}")
    with held(folder / LOCKS / "sweep", wait=True):
        there = None if read_object(folder / SPEC) is None else read_spec(folder)
        if spec is None or spec == there:
            return read_spec(folder)
        if there is not None:
            _extend(folder, there, spec)
        write_object(folder / SPEC, spec.to_json())
        return spec


def read_spec(folder: Path) -> SweepSpec:
    """Return the specification of the sweep in a folder.

    Raises:
        DomainError: if there is none, or it cannot be read.
    """
    document = read_object(folder / SPEC)
    if document is None:
        raise DomainError(f"need a folder that holds a sweep, got {str(folder)!r}")
    return SweepSpec.from_json(document)


def _extend(folder: Path, there: SweepSpec, spec: SweepSpec) -> None:
    """Make what the folder holds a part of another specification, or refuse; runs with more epochs get their new keys.

    Every run that was planned must be one of the new ones. More epochs keep what is done where the schedule is
    constant: there the first epochs of a longer run are those of a shorter one.
    """
    longer = _longer(folder, there, spec)
    for name in ("search", "sampler", "draws", "seeds"):
        before, now = getattr(there, name), getattr(spec, name)
        missing = name == "seeds" and not {*before} <= {*now}
        fewer = name == "draws" and now < before
        if missing or ((before != now if name not in ("seeds", "draws") else fewer) and (there.search or spec.search)):
            raise _other(folder, name, before, now)
    planned = {key(options): options for options in _one_of_each(spec)}
    for options in _one_of_each(there):
        wanted = replace(options, epochs=spec.base.epochs) if longer else options
        if key(wanted) not in planned:
            raise _lost(folder, wanted, list(planned.values()))
    if longer:
        _lengthen(folder, there, spec.base.epochs)


def _longer(folder: Path, there: SweepSpec, spec: SweepSpec) -> bool:
    before, now = there.base.epochs, spec.base.epochs
    if before == now or "epochs" in {**there.grid, **spec.grid, **there.search, **spec.search}:
        return False
    bent = next((each.schedule for each in _one_of_each(there) if each.schedule != "constant"), None)
    if bent is not None or now < before:
        advice = "give more epochs" if bent is None else f"give --epochs {before},{now} to have both"
        why = "" if bent is None else f", and a run on the schedule {bent} is no part of a longer one"
        raise DomainError(
            f"{str(folder)!r} holds another sweep, with epochs = {before}, not {now}{why}; {advice}, or another folder"
        )
    return True


def _one_of_each(spec: SweepSpec) -> Iterator[RunOptions]:
    """Yield the options of every setting, with the first seed; what is drawn is left at its base."""
    yield from (spec.options(setting, 0) for setting in spec.settings)


def _lost(folder: Path, options: RunOptions, planned: list[RunOptions]) -> DomainError:
    """Return the refusal that names the option in which a run that was planned differs from the nearest one now."""

    def odd(other: RunOptions) -> list[str]:
        here, there = options.settled(), other.settled()
        return [name for name in here if here[name] != there[name]]

    nearest = min(planned, key=lambda each: len(odd(each)))
    name = odd(nearest)[0]
    return _other(folder, name, getattr(options, name), getattr(nearest, name))


def _other(folder: Path, name: str, before: object, now: object) -> DomainError:
    return DomainError(
        f"{str(folder)!r} holds another sweep, with {name} = {shown(before)}, not {shown(now)}; give what there was "
        "and more, or another folder"
    )


def _lengthen(folder: Path, there: SweepSpec, epochs: int) -> None:
    """Move the runs to the names that they have with so many epochs, where they go on."""
    for values in drawn_before(folder, there) if there.search else [dict[str, Value]()]:
        for setting in there.settings:
            for seed in there.seeds:
                options = there.options(setting | values, seed)
                before, after = (folder / RUNS / key(each) for each in (options, replace(options, epochs=epochs)))
                if not before.is_dir() or after.exists():
                    continue
                with held(folder / LOCKS / before.name) as mine:
                    if not mine:
                        raise DomainError(f"{str(folder)!r} is at work; stop its workers, then give more epochs")
                    before.rename(after)
