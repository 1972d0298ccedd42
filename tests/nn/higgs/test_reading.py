"""Reading text: every number is the nearest float32, every bad row is named, whatever the file is packed in."""

import gzip
import hashlib
import io
import math
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.errors import DomainError
from wishart_nn.higgs import read_rows, reading, synthetic_rows
from wishart_nn.higgs.columns import COLUMNS
from wishart_nn.higgs.reading import read_row

SAMPLE = Path(__file__).resolve().parents[4] / "shared" / "data" / "HIGGS_sample.csv.gz"
SAMPLE_ROWS = 41_233

needs_sample = pytest.mark.skipif(not SAMPLE.exists(), reason="needs ../shared/data/HIGGS_sample.csv.gz")


def text_of(rows: np.ndarray, style: str = "%.18e") -> bytes:
    stream = io.BytesIO()
    np.savetxt(stream, rows, fmt=style, delimiter=",")
    return stream.getvalue()


def parsed(line: bytes) -> np.ndarray:
    with TemporaryDirectory() as folder:
        path = Path(folder, "rows")
        path.write_bytes(line)
        return read_rows(path)


def row_of(*fields: str) -> bytes:
    """A row that begins with the label 1 and these fields and goes on with zeros."""
    return ",".join(["1", *fields, *["0"] * (len(COLUMNS) - 1 - len(fields))]).encode() + b"\n"


@pytest.fixture
def table() -> np.ndarray:
    return synthetic_rows(400)


def test_there_are_29_columns_the_label_first() -> None:
    assert len(COLUMNS) == len(set(COLUMNS)) == 29
    assert COLUMNS[0] == "label"
    assert COLUMNS[21:23] == ("jet4_b_tag", "m_jj")


@pytest.mark.parametrize("style", ["%.18e", "%.9e", "%.12f", "%.9g", "%+.10E", " %.9e"])
def test_rows_written_and_read_are_the_rows(table: np.ndarray, tmp_path: Path, style: str) -> None:
    (tmp_path / "rows.csv").write_bytes(text_of(table, style))
    np.testing.assert_array_equal(read_rows(tmp_path / "rows.csv"), table)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=28, max_size=28))
def test_every_float32_survives_the_format_of_the_original(values: list[float]) -> None:
    # 18 decimals hold every float32; subnormal ones are rounded once more on their way.
    line = ",".join(["0", *(f"{value:.18e}" for value in values)]).encode() + b"\n"
    np.testing.assert_array_equal(parsed(line)[0, 1:], np.array(values, np.float32))


@settings(deadline=None, max_examples=200)
@given(
    st.floats(min_value=-3e38, max_value=3e38, allow_nan=False),
    st.sampled_from(["{:.16e}", "{!r}", "{:.25e}", "{:.3f}", "{:.6g}", "{:E}"]),
)
def test_any_number_becomes_the_nearest_float32(value: float, style: str) -> None:
    text = style.format(value)
    got = float(parsed(row_of(text))[0, 1])
    half = float(np.spacing(np.float32(abs(got)))) / 2
    assert abs(got - float(text)) <= half * (1 + 1e-6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5.", 5.0),
        (".5", 0.5),
        ("-.5e1", -5.0),
        ("00012", 12.0),
        ("1e+05", 1e5),
        ("12345678.12345678", 12345678.0),
        ("1" + "0" * 30, 1e30),
        ("1e-400", 0.0),
        ("9007199254740993e-16", 0.9007199254740993),
    ],
)
def test_every_way_to_write_a_number_is_read(text: str, value: float) -> None:
    assert parsed(row_of(text))[0, 1] == np.float32(value)


@pytest.mark.parametrize("text", ["1_000", "٣", "1/7", "0x1", "1e400", "nan", "inf", ""])
def test_what_is_no_way_to_write_a_number_is_refused(text: str) -> None:
    with pytest.raises(DomainError, match="need finite numbers, got"):
        parsed(row_of(text))


def test_arrow_and_python_read_the_same(table: np.ndarray) -> None:
    lines = text_of(table).splitlines(keepends=True)
    slow = np.array([read_row(line.rstrip(b"\n"), 1) for line in lines], np.float32)
    np.testing.assert_array_equal(parsed(b"".join(lines)), slow)


def test_lines_may_end_in_carriage_returns_and_the_last_one_in_nothing(table: np.ndarray, tmp_path: Path) -> None:
    text = text_of(table)
    (tmp_path / "rows.csv").write_bytes(text.replace(b"\n", b"\r\n").rstrip())
    np.testing.assert_array_equal(read_rows(tmp_path / "rows.csv"), table)


@pytest.mark.parametrize("block", [1 << 11, 5000, 1 << 14, 1 << 22])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_size_of_the_blocks_and_the_packing_change_nothing(
    table: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, pack: type
) -> None:
    monkeypatch.setattr(reading, "BLOCK", block)
    (tmp_path / "rows").write_bytes(pack(text_of(table)))  # the name says nothing
    with reading.open_rows(tmp_path / "rows") as reader:
        blocks = list(reader.blocks())
        assert reader.sha256 == hashlib.sha256((tmp_path / "rows").read_bytes()).hexdigest()
    np.testing.assert_array_equal(np.concatenate(blocks), table)


def test_a_file_of_several_gzip_members_is_read_whole(table: np.ndarray, tmp_path: Path) -> None:
    text = text_of(table)
    (tmp_path / "rows.gz").write_bytes(gzip.compress(text[:1000]) + gzip.compress(text[1000:]))
    np.testing.assert_array_equal(read_rows(tmp_path / "rows.gz"), table)


def test_without_isal_zlib_reads_the_same(table: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "isal.igzip", None)
    path = tmp_path / "rows.gz"
    path.write_bytes(gzip.compress(text_of(table)))
    np.testing.assert_array_equal(read_rows(path), table)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DomainError, match="truncated"):
        read_rows(path)


def test_reading_can_begin_behind_rows_that_are_known(
    table: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BLOCK", 1 << 14)
    path = tmp_path / "rows.gz"
    path.write_bytes(gzip.compress(text_of(table)))
    with reading.open_rows(path) as reader:
        known = next(reader.blocks())
    with reading.open_rows(path) as reader:
        rest = list(reader.blocks(after_row=len(known)))
        whole = reader.sha256
    np.testing.assert_array_equal(np.concatenate([known, *rest]), table)
    assert whole == hashlib.sha256(path.read_bytes()).hexdigest()


BAD_ROWS = [
    (b"1,2,3\n", "need 29 columns, got 3 in row 3"),
    (b"\n", "need 29 columns, got 1 in row 3"),
    (row_of("0").rstrip() + b",7\n", "need 29 columns, got 30 in row 3"),
    (row_of("nan"), "need finite numbers, got 'nan' for lepton_pt in row 3"),
    (row_of("0", "-inf"), "need finite numbers, got '-inf' for lepton_eta in row 3"),
    (row_of("0", "0", ""), "need finite numbers, got '' for lepton_phi in row 3"),
    (row_of("1e39"), "need finite numbers, got '1e39' for lepton_pt in row 3"),
    (row_of("1e400"), "need finite numbers, got '1e400' for lepton_pt in row 3"),
    (row_of("0x10"), "need finite numbers, got '0x10' for lepton_pt in row 3"),
    (row_of("1e"), "need finite numbers, got '1e' for lepton_pt in row 3"),
    (row_of("1.2.3"), "need finite numbers, got '1.2.3' for lepton_pt in row 3"),
    (b"2" + row_of()[1:], "need labels 0 (background) or 1 (signal), got '2' in row 3"),
    (b"-1" + row_of()[1:], "need labels 0 (background) or 1 (signal), got '-1' in row 3"),
    (b"0.5" + row_of()[1:], "need labels 0 (background) or 1 (signal), got '0.5' in row 3"),
    (b"\xff\xfe" + row_of(), "for label in row 3"),
]


@pytest.mark.parametrize(("line", "message"), BAD_ROWS)
def test_a_bad_row_is_named(tmp_path: Path, line: bytes, message: str) -> None:
    (tmp_path / "rows.csv").write_bytes(row_of() * 2 + line + row_of())
    with pytest.raises(DomainError) as refused:
        read_rows(tmp_path / "rows.csv")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_line_of_names_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(",".join(COLUMNS) + "\n")
    with pytest.raises(DomainError, match="got 'label' for label in row 1; take the line of names away"):
        read_rows(tmp_path / "rows.csv")


def test_a_file_that_is_no_text_of_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"1" * (reading.BLOCK + 1))
    with pytest.raises(DomainError, match="got one of over 65,536 bytes"):
        read_rows(tmp_path / "long")
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(DomainError, match="need rows of empty, got an empty file"):
        read_rows(tmp_path / "empty")
    with pytest.raises(DomainError, match="no such file"):
        read_rows(tmp_path / "absent")
    with pytest.raises(DomainError, match="is a directory"):
        read_rows(tmp_path)
    with pytest.raises(DomainError, match="null"):
        read_rows("a\0b")


@pytest.mark.parametrize("cut", [3, 15, 1000, -9, -1])
def test_a_truncated_gzip_is_refused(table: np.ndarray, tmp_path: Path, cut: int) -> None:
    (tmp_path / "rows.gz").write_bytes(gzip.compress(text_of(table))[:cut])
    with pytest.raises(DomainError, match=r"rows\.gz is truncated"):
        read_rows(tmp_path / "rows.gz")


@pytest.mark.parametrize("place", [12, 3000, -6])
def test_a_corrupt_gzip_is_refused(table: np.ndarray, tmp_path: Path, place: int) -> None:
    packed = bytearray(gzip.compress(text_of(table)))
    packed[place] ^= 0xFF
    packed[place + 1] ^= 0xFF
    (tmp_path / "rows.gz").write_bytes(packed)
    with pytest.raises(DomainError, match=r"rows\.gz is (corrupt|truncated)|in row \d+|over 65,536"):
        read_rows(tmp_path / "rows.gz")


def test_garbage_behind_the_stream_is_refused(table: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "rows.gz").write_bytes(gzip.compress(text_of(table)) + b"and so on, and so on")
    with pytest.raises(DomainError, match=r"rows\.gz is corrupt"):
        read_rows(tmp_path / "rows.gz")


@needs_sample
def test_the_real_sample_is_read_as_pandas_reads_it() -> None:
    pandas = pytest.importorskip("pandas")
    rows = read_rows(SAMPLE)
    assert rows.shape == (SAMPLE_ROWS, 29)
    expected = pandas.read_csv(SAMPLE, header=None).to_numpy(np.float64).astype(np.float32)
    np.testing.assert_array_equal(rows, expected)
    assert math.isclose(float(rows[:, 0].mean()), 0.5306, abs_tol=5e-5)


ROW = ["1"] + ["0.5"] * 28


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04rest", "a zip archive"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"\x93NUMPY\x01", "an array of NumPy"),
        (b"PAR1xxxx", "a Parquet file"),
        (b"<html></html>\n", "HTML"),
        (";".join(ROW).encode() + b"\n", "need commas between the columns, got semicolons in row 1"),
        ("\t".join(ROW).encode() + b"\n", "need commas between the columns, got tabs in row 1"),
        (",".join(["s", *ROW[1:]]).encode() + b"\n", "need labels 0 (background) or 1 (signal), got 's' in row 1"),
        (",".join("abc" for _ in ROW).encode() + b"\n", "take the line of names away"),
        (",".join(ROW).encode() + b"\n\n" + ",".join(ROW).encode() + b"\n", "need 29 columns, got 1 in row 2"),
    ],
)
def test_other_kinds_of_files_are_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "rows"
    path.write_bytes(content)
    with pytest.raises(DomainError) as refused:
        read_rows(path)
    assert message in str(refused.value)


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\n \n\n"])
def test_blank_lines_at_the_end_are_no_rows(tmp_path: Path, end: str) -> None:
    path = tmp_path / "rows"
    path.write_bytes(("\n".join([",".join(ROW)] * 3) + end).encode())
    assert read_rows(path).shape == (3, 29)
