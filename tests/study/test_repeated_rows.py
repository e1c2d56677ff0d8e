"""Lines that stand twice in a source are reported; a few equal lines of one order are not."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.cases import make_study, shop

from helpers.study.oddities import repeated_rows
from helpers.study.study import Study, load_study


def study_of(folder: Path, lines: pd.DataFrame, **spec: object) -> Study:
    return load_study(make_study(folder, {"transactions": lines}, **spec))


def test_every_line_written_twice(tmp_path: Path) -> None:
    lines = shop(60)
    study = study_of(tmp_path / "twice", pd.concat([lines, lines]))
    assert study.check() == []
    (warning,) = study.warnings()
    assert f"{len(lines):,} rows (50.0 %) of table transactions equal another in every column" in warning.what
    assert warning.rows == len(lines)
    assert warning.amount == pytest.approx(lines["amount"].sum(), abs=0.005)


def test_every_line_written_twice_in_a_large_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeated_rows, "LARGE", 100)
    lines = shop()
    (warning,) = study_of(tmp_path / "twice", pd.concat([lines, lines])).warnings()
    assert warning.rows == len(lines)
    assert study_of(tmp_path / "once", lines).warnings() == ()


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_lines_of_few_orders_written_twice_in_a_large_source(
    share: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeated_rows, "LARGE", 100)
    lines = shop(60)
    for order in ("O1", "O2"):  # of orders like these, one in sixteen is looked at
        alike = lines.iloc[: int(share * len(lines))].assign(order_id=order)
        written = pd.concat([alike, alike, lines.iloc[len(alike) :]])
        (warning,) = study_of(tmp_path / order, written).warnings()
        assert warning.rows == len(alike)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_lines_written_twice_on_a_filler_in_a_large_source(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether such an order is among those looked at first is chance: of sixteen fillers about one is."""
    monkeypatch.setattr(repeated_rows, "LARGE", 100)
    for filler in ("0", "none"):
        lines = shop()
        with_order = lines["customer_id"].isin(sorted(lines["customer_id"].unique())[:60])
        lines["order_id"] = lines["order_id"].where(with_order, filler)
        sources = {"transactions": {"source": f"filled.{ending}"}}
        folder = make_study(tmp_path / f"filler_{filler}", {}, sources=sources)
        filled = pd.concat([lines, lines[~with_order]], ignore_index=True)
        filled.to_csv(folder / "filled.csv", index=False)
        filled.to_parquet(folder / "filled.parquet", index=False)
        (warning,) = [one for one in load_study(folder).warnings() if "equal another" in one.what]
        assert warning.rows == (~with_order).sum()


def test_a_part_of_the_lines_written_twice_in_parquet(tmp_path: Path) -> None:
    lines = shop(60)
    folder = make_study(tmp_path / "part", {}, sources={"transactions": {"source": "lines.parquet"}})
    doubled = pd.concat([lines, lines.iloc[:40]])
    pq.write_table(pa.Table.from_pandas(doubled, preserve_index=False), folder / "lines.parquet")
    (warning,) = load_study(folder).warnings()
    assert (warning.rows, warning.amount) == (40, pytest.approx(lines["amount"].iloc[:40].sum(), abs=0.005))


def test_a_few_equal_lines_of_one_order_are_no_news(tmp_path: Path) -> None:
    lines = shop(60)
    assert study_of(tmp_path / "few", pd.concat([lines, lines.iloc[:9]])).warnings() == ()


def test_lines_with_a_number_of_their_own_are_not_repeated(tmp_path: Path) -> None:
    lines = shop(60)
    numbered = pd.concat([lines, lines], ignore_index=True).rename_axis("line").reset_index()
    columns = {name: name for name in lines.columns}
    sources = {"transactions": {"columns": columns}}
    assert study_of(tmp_path / "numbered", numbered, sources=sources).warnings() == ()
