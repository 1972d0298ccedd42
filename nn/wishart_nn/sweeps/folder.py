"""The folder of a sweep, which tells everything to whoever reads it.

sweep.json    what is run: the specification, the name of the study, where it is kept
study.db      the study, where no server keeps it
runs/KEY/     the runs (`wishart_nn.training`), named after what determines their results
results.csv   a row for each run that has ended
logs/         what the workers had to say
locks/        empty files that running processes hold
"""

import json
from pathlib import Path

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_moments.files import write_atomically
from wishart_nn.data.json_files import is_left_over, read_object
from wishart_nn.sweeps.runs import LOCKS, exclusive
from wishart_nn.sweeps.spec import SweepSpec
from wishart_nn.sweeps.storage import DATABASE

SPEC, LOGS = "sweep.json", "logs"


def open_folder(folder: Path, spec: SweepSpec | None, *, name: str | None = None, server: str | None = None) -> str:
    """Make the folder of a sweep, or check that it is this sweep's; return the name of its study.

    Args:
        folder: new, empty, or of this sweep.
        spec: of the sweep; None for the one that the folder holds.
        name: of the study; None for the one that the folder says, or the sweep's own.
        server: the kind of server that keeps the study, such as "postgresql"; None where the folder does.

    Raises:
        DomainError: if the folder holds another sweep, a study kept elsewhere or other files; or none, without a spec.
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
    with exclusive(folder / LOCKS / "sweep"):
        document = read_object(folder / SPEC)
        if document is None:
            assert spec is not None
            name = name or f"sweep-{spec.fingerprint}"
            written = {**spec.to_json(), "name": name, "storage": server or DATABASE}
            write_atomically(folder / SPEC, json.dumps(written, indent=1) + "\n")
            return name
    there = SweepSpec.from_json(document)
    if spec is not None and there.fingerprint != spec.fingerprint:
        raise _other(there, spec, place)
    kept = document.get("storage")
    if kept != (server or DATABASE):
        where = (
            f"in its {DATABASE}; leave the storage out" if kept == DATABASE else f"in {kept}; give the storage's URL"
        )
        raise DomainError(f"the sweep in {place} keeps its study {where}")
    if name not in (None, document.get("name")):
        raise DomainError(f"the sweep in {place} has the name {shown(document.get('name'))}, not {shown(name)}")
    return str(document.get("name"))


def _other(there: SweepSpec, spec: SweepSpec, place: str) -> DomainError:
    found, wanted = there.to_json(), spec.to_json()
    # The base last: where one of its options is in a grid, its own value means nothing.
    odd = next(name for name in sorted(wanted, key=lambda name: name == "base") if found[name] != wanted[name])
    if odd == "base":
        odd = next(name for name in wanted["base"] if found["base"][name] != wanted["base"][name])
        found, wanted = found["base"], wanted["base"]
    return DomainError(
        f"{place} holds another sweep, with {odd} = {shown(found[odd])}, not {shown(wanted[odd])}; give another folder"
    )


def read_spec(folder: Path) -> SweepSpec:
    """Return the specification of the sweep in a folder.

    Raises:
        DomainError: if there is none, or it cannot be read.
    """
    document = read_object(folder / SPEC)
    if document is None:
        raise DomainError(f"need a folder that holds a sweep, got {str(folder)!r}")
    return SweepSpec.from_json(document)
