"""The data as networks see them: standardised by the training rows, the same from every source, identified."""

import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from wishart_moments.errors import DomainError
from wishart_nn.data import dataset
from wishart_nn.higgs import (
    COLUMNS,
    HiggsData,
    Part,
    available_device,
    data,
    load,
    prepare,
    split_rows,
    synthetic_rows,
)

SAMPLE = Path(__file__).resolve().parents[4] / "shared" / "data" / "HIGGS_sample.csv.gz"
TABLE = synthetic_rows(600)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    stream = io.BytesIO()
    np.savetxt(stream, TABLE, fmt="%.18e", delimiter=",")
    path = tmp_path_factory.mktemp("data") / "rows.csv.gz"
    path.write_bytes(gzip.compress(stream.getvalue()))
    return path


def parts(found: HiggsData) -> tuple[Part, Part, Part]:
    return found.train, found.validation, found.test


def test_the_training_rows_have_mean_zero_and_scale_one() -> None:
    found = load()
    assert float(found.train.x.double().mean(0).abs().max()) < 1e-6
    torch.testing.assert_close(
        found.train.x.double().square().mean(0), torch.ones(28, dtype=torch.float64), rtol=1e-5, atol=0
    )
    assert float(found.test.x.mean(0).abs().max()) > 1e-4


def test_the_scales_are_known_from_the_training_rows_alone(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split = split_rows(TABLE[:, 0], seed=2)
    changed = TABLE.copy()
    changed[np.concatenate([split.validation, split.test]), 1:] *= 3
    monkeypatch.setattr(data, "synthetic_rows", lambda rows: changed)  # noqa: ARG005
    ours, theirs = load(source, seed=2), load(seed=2)
    assert torch.equal(ours.mean, theirs.mean)
    assert torch.equal(ours.scale, theirs.scale)
    assert torch.equal(ours.train.x, theirs.train.x)
    assert not torch.equal(ours.test.x, theirs.test.x)


def test_a_raw_row_is_standardised_by_mean_and_scale_to_the_last_bit(source: Path) -> None:
    found, split = load(source, seed=4), split_rows(TABLE[:, 0], seed=4)
    for part, rows in zip(parts(found), (split.train, split.validation, split.test), strict=True):
        raw = torch.as_tensor(TABLE[rows])
        assert torch.equal((raw[:, 1:] - found.mean) / found.scale, part.x)
        assert torch.equal(raw[:, 0], part.y)
        assert part.x.is_contiguous()
        assert part.x.dtype == part.y.dtype == torch.float32
        assert len(part) == len(rows)


@pytest.mark.parametrize(("features", "first", "last"), [("all", 1, 28), ("low", 1, 21), ("high", 22, 28)])
def test_features_are_columns(features: str, first: int, last: int) -> None:
    whole, found = load(rows=200), load(rows=200, features=features)
    assert torch.equal(found.train.x, whole.train.x[:, first - 1 : last])
    assert found.feature_names == COLUMNS[first : last + 1]


def test_every_way_to_the_same_rows_gives_the_same_data(source: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.csv"
    plain.write_bytes(gzip.decompress(source.read_bytes()))
    prepare(source, tmp_path / "p")
    first, *others = (
        load(source),
        load(plain),
        load(tmp_path / "p"),
        load(str(source), cache=tmp_path / "cache"),
        load(source, cache=tmp_path / "cache"),
    )
    for other in others:
        assert other.fingerprint == first.fingerprint
        assert all(torch.equal(a.x, b.x) for a, b in zip(parts(first), parts(other), strict=True))
    assert (tmp_path / "cache" / "rows.npy").exists()


def test_the_fingerprint_tells_rows_split_and_features_apart(source: Path) -> None:
    ways: list[dict[str, Any]] = [
        {},
        {"source": source},
        {"rows": 600},
        {"features": "low"},
        {"seed": 1},
        {"test_rows": 100},
        {"validation_rows": 100},
    ]
    assert len({load(**way).fingerprint for way in ways}) == len(ways)
    assert load().fingerprint == load().fingerprint


def test_every_description_says_where_the_rows_come_from(source: Path) -> None:
    toy, real = load(rows=100), load(source)
    assert toy.source == "SYNTHETIC: 100 of 20,000 embedded toy events, not the HIGGS data"
    assert toy.is_synthetic
    assert real.source == "rows.csv.gz: 600 rows"
    assert not real.is_synthetic
    record = real.describe()
    assert record["rows"] == {"train": 420, "validation": 60, "test": 120}
    assert record["signal"]["train"] == pytest.approx(TABLE[:, 0].mean(), abs=1e-2)
    assert record["fingerprint"] == real.fingerprint
    assert str(source.parent) not in str(record)  # no path of anybody's machine


def test_more_synthetic_rows_are_made_when_they_are_asked_for() -> None:
    assert sum(len(part) for part in parts(load(rows=20_001))) == 20_001


def test_a_constant_feature_becomes_zero(tmp_path: Path) -> None:
    rows = TABLE[:100].copy()
    rows[:, 3], rows[:, 4] = 7.3, 0.0
    np.savetxt(tmp_path / "rows.csv", rows, delimiter=",")
    found = load(tmp_path / "rows.csv")
    assert float(found.scale[2]) == float(found.scale[3]) == 1.0
    assert not found.train.x[:, 2:4].any()
    assert found.test.x.isfinite().all()


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load(rows=2000)
    monkeypatch.setattr(dataset, "CHUNK", 37)
    chunked = load(rows=2000)
    torch.testing.assert_close(chunked.mean, whole.mean, rtol=1e-6, atol=1e-7)
    torch.testing.assert_close(chunked.scale, whole.scale, rtol=1e-6, atol=0)


def test_what_is_not_there_is_refused(tmp_path: Path, source: Path) -> None:
    for options, message in (
        ({"source": tmp_path / "absent.csv"}, "cannot read .*absent.csv': no such file"),
        ({"source": tmp_path}, "it is not prepared"),
        ({"source": "Synthetic"}, "cannot read 'Synthetic'"),
        ({"features": "mid"}, "need features to be all, low or high, got 'mid'"),
        ({"source": source, "rows": 601}, "need rows <= 600"),
        ({"source": source, "test_rows": 700}, "need test and validation rows to leave 2 or more of 600"),
        ({"device": "abacus"}, "need a device that is there, got 'abacus'; there is cpu"),
    ):
        with pytest.raises(DomainError, match=message):
            load(**options)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(DomainError, match="need a device that is there, got 'cuda'; there is cpu"):
        available_device("cuda")


def test_one_class_alone_is_refused(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "rows.csv", TABLE[TABLE[:, 0] == 1], delimiter=",")
    with pytest.raises(DomainError, match=r"need rows of both classes, got .* of class 1 only"):
        load(tmp_path / "rows.csv")


@pytest.mark.skipif(not SAMPLE.exists(), reason="needs ../shared/data/HIGGS_sample.csv.gz")
def test_the_real_sample_is_there_with_all_its_rows() -> None:
    found = load(SAMPLE)
    assert [len(part) for part in parts(found)] == [28_864, 4_123, 8_246]
    assert all(abs(float(part.y.mean()) - 0.5306) < 2e-4 for part in parts(found))
    assert found.source == "HIGGS_sample.csv.gz: 41,233 rows"
