"""Identifiers of typed files are searched once for signs of errors and lost digits; what is found does not change."""

from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.cases import make_study, shop

from helpers.study import tables
from helpers.study.identifiers import signs_absent
from helpers.study.study import Study, load_study

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
SIGNS = ("#", "rr:5")


def study_of(folder: Path, lines: pd.DataFrame, **said: Any) -> Study:
    columns = {name: name for name in lines.columns}
    entry = {"source": "lines.parquet", "columns": columns} | said
    make_study(folder, {}, sources={"transactions": entry})
    pq.write_table(pa.Table.from_pandas(lines, preserve_index=False), folder / "lines.parquet")
    return load_study(folder)


def said_of(study: Study) -> tuple[list[str], list[str], int]:
    faults = [str(one) for one in study.check()]
    if faults:
        return faults, [], 0
    return [], [str(one) for one in study.warnings()], study.facts("transactions").rows_kept


TEXTS = ("#N/A", "#REF!", "Err:502", "C#1", "1.23457E+12", "1E5", "Eve", " ", "", None)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("column", ["customer_id", "order_id", "product_id"])
def test_signs_in_a_parquet_file_are_found_as_before(
    column: str, text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = shop(30)
    lines.loc[3, column] = text
    found = said_of(study_of(tmp_path / "study", lines))
    monkeypatch.setattr(tables, "signs_absent", lambda *_: (frozenset(), False))
    assert found == said_of(load_study(tmp_path / "study"))


@pytest.mark.parametrize(("text", "asked"), [("C1", False), ("Eve", False), ("#N/A", True)])
def test_patterns_are_asked_only_where_a_sign_was_found(text: str, asked: bool, tmp_path: Path) -> None:
    lines = shop(30)
    lines.loc[3, "customer_id"] = text
    sql = str(ibis.to_sql(study_of(tmp_path / "study", lines).table("transactions")))
    assert ("REGEXP" in sql.upper()) == asked


@pytest.mark.parametrize(
    ("values", "absent", "whole"),
    [
        (["C1", None], {*SIGNS}, True),
        (["C#1"], {"rr:5"}, True),
        (["Err:502"], {"#"}, True),
        (["Eve", "E1"], {*SIGNS}, True),
        (["1.2e+15"], {*SIGNS}, False),
        ([None], {*SIGNS}, True),
    ],
)
def test_signs_are_absent(values: list[str | None], absent: set[str], whole: bool) -> None:
    table = ibis.memtable(pa.table({"one": pa.array(["x"] * len(values)), "other": pa.array(values, pa.string())}))
    assert signs_absent(table, ["one", "other"]) == (absent, whole)


def test_text_beside_a_typed_file_is_not_said_to_be_without_signs(tmp_path: Path) -> None:
    lines = shop(30)
    orders = lines[["order_id", "customer_id"]].drop_duplicates("order_id")
    orders.iloc[2, 1] = "#N/A"
    columns = {name: name for name in lines.columns}
    join = {"source": "orders.csv", "on": "order_id"}
    study = study_of(tmp_path / "study", lines.drop(columns="customer_id"), columns=columns, join=join)
    orders.to_csv(tmp_path / "study" / "orders.csv", index=False)
    (warning,) = study.warnings()
    assert "#N/A" in warning.what
