"""A table that an engine wrote in parts: a folder of Parquet files, proposed and named as one source."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from tests.cases import shop

from helpers.cli import main
from helpers.study.study import load_study

LINES = pa.Table.from_pandas(shop(30), preserve_index=False)


def write_parts(folder: Path, marked: bool) -> None:
    """Write lines as Spark does: two parts, and a file that says they are all there."""
    folder.mkdir(parents=True)
    half = LINES.num_rows // 2
    for number, part in enumerate((LINES.slice(0, half), LINES.slice(half))):
        pq.write_table(part, folder / f"part-0000{number}-3f2a-c000.snappy.parquet")
    (folder / "._SUCCESS.crc").touch()
    if marked:
        (folder / "_SUCCESS").touch()


@pytest.mark.parametrize(("name", "marked"), [("orders.parquet", False), ("orders [EU]", True)])
def test_a_folder_written_in_parts_is_proposed_as_one_table(tmp_path, name, marked):
    write_parts(tmp_path / "shop" / name, marked)
    (tmp_path / "shop" / "notes").mkdir()
    result = CliRunner().invoke(main, ["new", str(tmp_path / "shop"), "--yes"])
    assert result.exit_code == 0, result.output
    study = load_study(tmp_path / "shop")
    assert study.check() == []
    assert study.facts("transactions").rows_received == LINES.num_rows


def test_a_folder_of_parts_that_are_not_of_one_form_is_one_message(tmp_path):
    write_parts(tmp_path / "shop" / "orders.parquet", marked=True)
    pq.write_table(LINES.drop_columns(["amount"]), tmp_path / "shop" / "orders.parquet" / "part-00002.parquet")
    result = CliRunner().invoke(main, ["new", str(tmp_path / "shop"), "--yes"])
    assert result.exit_code == 2
    assert "part-00002.parquet" in result.output
    assert not (tmp_path / "shop" / "study.yml").exists()


@pytest.mark.parametrize(("named", "ending"), [("orders.parquet", "parquet"), ("exports", "csv")])
def test_a_folder_named_as_a_source_is_answered_by_the_pattern_of_its_files(tmp_path, named, ending):
    folder = tmp_path / named
    if ending == "parquet":
        write_parts(folder, marked=True)
    else:
        folder.mkdir()
        LINES.to_pandas().to_csv(folder / "a.csv", index=False)
    text = "study: t\ntitle: T\ncurrency: EUR\nas_of: 2025-01-01\ntables:\n  transactions: {{source: {}}}\n"
    (tmp_path / "study.yml").write_text(text.format(named), encoding="utf-8")
    (fault,) = load_study(tmp_path).check()
    pattern = f"{named}/*.{ending}"
    assert fault.remedy == f"name its files by a pattern: {pattern}"
    (tmp_path / "study.yml").write_text(text.format(f"'{pattern}'"), encoding="utf-8")
    assert load_study(tmp_path).check() == []
