"""Files that are no plain text as they say, and values with signs that nobody sees."""

import gzip
from pathlib import Path

import pytest
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.study.grammar import Reading
from helpers.study.study import Study, load_study
from helpers.study.text_tables import read_csv

LINES = shop(20)


def study_of(folder: Path, content: bytes, **entry: object) -> Study:
    columns = {name: name for name in LINES.columns}
    named = {"source": "lines.csv", "columns": columns, **entry}
    make_study(folder, {}, sources={"transactions": named})
    (folder / "lines.csv").write_bytes(content)
    return load_study(folder)


def refusal(study: Study) -> str:
    with pytest.raises(InputError) as error:
        study.require_sound()
    assert len(error.value.faults) == 1
    return str(error.value)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    content = LINES.to_csv(index=False).encode(encoding)
    assert f"add encoding: {encoding}" in refusal(study_of(tmp_path / "bare", content))
    assert study_of(tmp_path / "said", content, encoding=encoding).check() == []


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_gzip_named_csv(tmp_path: Path, encoding: str) -> None:
    content = gzip.compress(LINES.to_csv(index=False).encode())
    report = refusal(study_of(tmp_path / "packed", content, encoding=encoding))
    assert "is no text but a gzip archive" in report
    assert "give it the ending .csv.gz" in report


@pytest.mark.parametrize("mark", ["^", "~", "#", "\x1f"])
def test_table_separated_by_another_mark(tmp_path: Path, mark: str) -> None:
    content = LINES.to_csv(index=False, sep=mark).encode()
    assert f"its values are separated by {mark!r}" in refusal(study_of(tmp_path / "marks", content))
    assert study_of(tmp_path / "said", content, delimiter=mark).check() == []


@pytest.mark.parametrize("sign", ["\x00", "\x1b"])
def test_control_characters_inside_values(tmp_path: Path, sign: str) -> None:
    lines = LINES.copy()
    lines.loc[[3, 5], "product_id"] = f"P{sign}01"
    study = study_of(tmp_path / "signs", lines.to_csv(index=False).encode())
    assert study.check() == []
    (warning,) = study.warnings()
    assert "hold control characters such as NUL or ESC in 'product_id'" in warning.what
    assert (warning.rows, warning.amount) == (2, pytest.approx(lines.loc[[3, 5], "amount"].sum(), abs=0.005))


def test_numbers_as_programs_write_them(tmp_path: Path) -> None:
    lines = LINES.astype({"amount": str})
    odd = ["0x1F", "inf", "nan", "1_000"]
    lines.loc[[1, 2, 3, 4], "amount"] = odd
    remedy = refusal(study_of(tmp_path / "numbers", lines.to_csv(index=False).encode())).partition("remedy:")[2]
    assert all(repr(value) in remedy for value in odd)


def test_a_mark_behind_the_last_value_of_each_row_makes_no_column(tmp_path):
    lines = "customer_id,order_id,time,amount,\n" + "".join(
        f"c{day},o{day},2024-01-{day:02d},2.50,\n" for day in range(1, 9)
    )
    (tmp_path / "lines.csv").write_text(lines, encoding="utf-8")
    assert read_csv(tmp_path / "lines.csv", "lines.csv", Reading(source="lines.csv")).num_columns == 5


def test_a_value_behind_the_last_name_is_reported(tmp_path):
    (tmp_path / "lines.csv").write_text("customer_id,amount,\na,1,\nb,2,lost\n", encoding="utf-8")
    with pytest.raises(InputError, match="no name in position 3"):
        read_csv(tmp_path / "lines.csv", "lines.csv", Reading(source="lines.csv"))
