"""Tables: what is in the file is what is trained on, whatever the file is; what is wrong is named by its row."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from wishart_moments.errors import DomainError, LimitError, WishartError
from wishart_nn.data import load_table, read_table, split_rows, tables

arrow = pytest.importorskip("pyarrow", reason="needs pyarrow")
parquet = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow")

RNG = np.random.default_rng(5)
X = RNG.normal(size=(120, 3)).astype(np.float32)
Y = np.arange(120) % 3
LINES = [",".join([str(y), *map(repr, row)]) for y, row in zip(Y.tolist(), X.tolist(), strict=True)]
BODY = "".join(f"{line}\n" for line in LINES)

File = Callable[..., Path]


@pytest.fixture
def file(tmp_path: Path) -> File:
    def write(content: str | bytes, name: str = "t.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize("block", [1 << 10, tables.BLOCK])
@pytest.mark.parametrize(
    ("content", "label"),
    [
        (f"y,a,b,c\n{BODY}", "y"),
        (f"\ufeffy,a,b,c\r\n{BODY}".replace("\n", "\r\n").replace("\r\r", "\r"), "y"),
        (f"y;a;b;c\n{BODY.replace(',', ';')}", "y"),
        (f"y\ta\tb\tc\n{BODY}".replace(",", "\t"), "y"),
        (f'"y","a","b","c"\n{BODY}', "y"),
        (BODY, "1"),
        (BODY.rstrip(), "1"),
        (gzip.compress(f"y,a,b,c\n{BODY}".encode()), "y"),
    ],
)
def test_every_way_to_write_a_table_gives_its_numbers(
    file: File, monkeypatch: pytest.MonkeyPatch, content: str | bytes, label: str, block: int
) -> None:
    monkeypatch.setattr(tables, "BLOCK", block)
    found = read_table(file(content), label=label)
    np.testing.assert_array_equal(found.x, X)
    assert found.labels.tolist() == Y.tolist()
    assert found.classes == ("0", "1", "2")


def test_parquet_holds_the_same_table(file: File, tmp_path: Path) -> None:
    columns = {"y": Y, **{name: X[:, i] for i, name in enumerate("abc")}}
    parquet.write_table(arrow.table(columns), tmp_path / "t.parquet", row_group_size=50)
    ours, theirs = read_table(tmp_path / "t.parquet", label="y"), read_table(file(f"y,a,b,c\n{BODY}"), label="y")
    np.testing.assert_array_equal(ours.x, theirs.x)
    assert (ours.labels.tolist(), ours.classes) == (theirs.labels.tolist(), theirs.classes)
    assert ours.feature_names == theirs.feature_names == ("a", "b", "c")
    first, second = (load_table(each, label="y") for each in (tmp_path / "t.parquet", tmp_path / "t.csv"))
    assert torch.equal(first.train.x, second.train.x)
    assert first.train.y.dtype == torch.int64


def test_columns_of_parquet_may_be_integers_booleans_and_empty(tmp_path: Path) -> None:
    columns = {"y": ["b", "a"] * 30, "i": list(range(60)), "t": [True, None] * 30}
    parquet.write_table(arrow.table(columns | {"s": ["x"] * 60}), tmp_path / "t.parquet")
    found = read_table(tmp_path / "t.parquet", label="y", features=["t", "i"])
    assert found.classes == ("a", "b")
    assert found.labels[:2].tolist() == [1, 0]
    assert found.x[:3].tolist()[0::2] == [[1.0, 0.0], [1.0, 2.0]]
    assert np.isnan(found.x[1, 0])
    with pytest.raises(DomainError, match="need numbers in the column 's', got string; choose other features"):
        read_table(tmp_path / "t.parquet", label="y")


def test_classes_are_ordered_as_numbers_or_as_names(file: File) -> None:
    numbers = "".join(f"{value},{i}\n" for i, value in enumerate(["10", "2", "02", "-1", "2.0"] * 8))
    assert read_table(file(f"y,a\n{numbers}"), label="y").classes == ("-1", "2", "10")
    names = "".join(f"{value},{i}\n" for i, value in enumerate(["no", "yes", "3"] * 8))
    assert read_table(file(f"y,a\n{names}"), label="y").classes == ("3", "no", "yes")
    odd = "".join(f"{value},{i}\n" for i, value in enumerate(["1_0", "10", "1e400"] * 8))
    assert read_table(file(f"y,a\n{odd}"), label="y").classes == ("10", "1e400", "1_0")


GOOD = f"y,a,b,c\n{BODY}"


@pytest.mark.parametrize(
    ("content", "given", "message"),
    [
        ("", {}, "need rows of t.csv, got an empty file"),
        ("y,a,b,c\n", {}, "need rows of t.csv, got none"),
        (b"PK\x03\x04", {}, "got a zip archive"),
        (b"PAR1nonsense", {}, "t.csv is no intact Parquet file"),
        (gzip.compress(GOOD.encode())[:-9], {}, "t.csv is truncated"),
        (GOOD, {"label": "z"}, "need the column 'z' in t.csv, got 'y', 'a', 'b', 'c'"),
        (GOOD, {"features": "a,z"}, "need the column 'z' in t.csv"),
        (GOOD, {"features": "a,y"}, "need columns beside the label 'y' as features, got 'a', 'y'"),
        (GOOD.replace("y,a,b,c", "y,a,b,a"), {}, "need different names of the columns of t.csv, got 'a' twice"),
        (GOOD + "1,2,x,4\n", {}, "need numbers in the column 'b', got 'x' in row 121; choose other features"),
        (GOOD + "1,2,1_000,4\n", {}, "need numbers in the column 'b', got '1_000' in row 121"),
        (GOOD + "1,2,٣,4\n", {}, "need numbers in the column 'b', got '٣' in row 121"),
        (GOOD + "1,2,3\n", {}, "need 4 columns, got 3 in row 121"),
        (GOOD + "1,2,inf,4\n", {}, "got one beyond float32 for 'b' in row 121"),
        (GOOD + "1,2,1e300,4\n", {}, "got one beyond float32 for 'b' in row 121"),
        (GOOD + ",2,3,4\n", {}, "need a label in every row, got none for 'y' in row 121"),
        (GOOD + "1,2,NA,4\n", {}, "got none for 'b' in row 121; choose other features, or write --missing median"),
        (GOOD, {"missing": "mean"}, "need missing as one of refuse, median; got 'mean'"),
        (GOOD, {"rows": 121}, "need rows <= 120, the rows there are, got 121"),
        (GOOD + "7,2,3,4\n" * 2, {"rows": 20}, "need every class among the training rows, got none of class"),
        ("y,a\n" + "1,2\n" * 50, {}, "need a label of two classes or more, got '1' only in 'y'"),
    ],
)
def test_what_is_wrong_is_one_line(file: File, content: str | bytes, given: dict[str, Any], message: str) -> None:
    with pytest.raises(WishartError) as refused:
        load_table(file(content), **{"label": "y", **given})
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_label_of_many_values_is_no_label(file: File) -> None:
    with pytest.raises(LimitError, match="need a label of at most 1,000 classes, got more in 'y'"):
        read_table(file("y,a\n" + "".join(f"{i / 7!r},1\n" for i in range(1200))), label="y")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match=r"cannot read .*absent\.csv': no such file"):
        read_table(tmp_path / "absent.csv")
    with pytest.raises(DomainError, match="is a directory"):
        read_table(tmp_path)


def test_every_class_is_in_proportion_in_every_part() -> None:
    labels = np.repeat([0, 1, 2, 3], [100, 60, 30, 10])
    for seed in range(20):
        split = split_rows(labels, seed=seed)
        for part in (split.train, split.validation, split.test):
            counts = np.bincount(labels[part], minlength=4)
            assert abs(counts - len(part) * np.array([0.5, 0.3, 0.15, 0.05])).max() <= 1
        together = np.concatenate([split.train, split.validation, split.test])
        assert len(set(together.tolist())) == 200
