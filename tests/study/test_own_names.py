"""Columns of a source that have names which the program once used for columns of its own."""

from pathlib import Path

import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core.own_names import own_name
from helpers.study.headers import clean_name
from helpers.study.study import Study, load_study

ONCE_OUR_OWN = (
    *("row number in the source", "any doubt", "point in amount", "amount on the row", "rows", "place", "without"),
    *("key 0", "join customer_id", "crm row", "crm doubt", "c0", "rowid", "row", "value", "key", "listed", "text"),
)


def sound(folder: Path) -> Study:
    study = load_study(folder)
    assert [str(fault) for fault in study.check()] == []
    study.warnings()
    return study


def with_columns(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Add columns whose values say of which row and column they are."""
    values = {name: [f"{name} {row}" for row in range(len(frame))] for name in names}
    return pd.concat([frame, pd.DataFrame(values, index=frame.index)], axis=1)


def test_no_column_of_a_source_has_a_name_of_ours() -> None:
    assert clean_name(own_name("row")) != own_name("row")
    assert clean_name(f" {own_name('row')}\n") != own_name("row")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_source_may_have_columns_of_any_name(ending: str, tmp_path: Path) -> None:
    lines = with_columns(shop(60), *ONCE_OUR_OWN)
    folder = make_study(
        tmp_path / "shop",
        {"transactions": shop(60)},
        sources={"transactions": {"source": f"lines.{ending}", "distinct": True}},
    )
    lines = pd.concat([lines, lines])  # so that repeated rows are looked for to the end
    lines.to_csv(folder / "lines.csv", index=False)
    lines.to_parquet(folder / "lines.parquet")
    study = sound(folder)
    assert study.facts("transactions").rows_kept == len(shop(60))
    (folder / "study.yml").write_text(
        (folder / "study.yml").read_text(encoding="utf-8").replace("distinct: true", "distinct: false"),
        encoding="utf-8",
    )
    warned = [one.what for one in sound(folder).warnings()]
    assert any("equal another in every column" in what for what in warned)


def test_attributes_may_have_any_name_and_keep_their_values(tmp_path: Path) -> None:
    lines = shop()
    customers = with_columns(lines[["customer_id"]].drop_duplicates(ignore_index=True), *ONCE_OUR_OWN)
    asked = {
        "columns": {"customer_id": "customer_id"},
        "attributes": {name: name for name in ONCE_OUR_OWN},
        "distinct": ["customer_id"],
    }
    tables = {"transactions": lines, "customers": pd.concat([customers, customers.head(5).assign(place="again")])}
    study = sound(make_study(tmp_path / "shop", tables, sources={"customers": asked}))
    held = study.table("customers").to_pyarrow().to_pandas().sort_values("customer_id", ignore_index=True)
    right = customers.sort_values("customer_id", ignore_index=True)[held.columns]
    pd.testing.assert_frame_equal(held, right, check_dtype=False)


def test_a_joined_source_may_have_columns_of_any_name(tmp_path: Path) -> None:
    lines = shop()
    persons = with_columns(lines[["customer_id"]].drop_duplicates(ignore_index=True), *ONCE_OUR_OWN)
    sources = {
        "customers": {
            "source": "list.csv",
            "columns": {"customer_id": "customer_id"},
            "attributes": {"told": "join customer_id", "stood": "place"},
            "join": {"source": "persons.csv", "on": {"customer_id": "customer_id"}},
        }
    }
    folder = make_study(tmp_path / "shop", {"transactions": lines}, sources=sources)
    persons.to_csv(folder / "persons.csv", index=False)
    left = persons[["customer_id"]].assign(**{"join place": "of the first source", "row": 7})
    left.to_csv(folder / "list.csv", index=False)
    held = sound(folder).table("customers").to_pyarrow().to_pandas().set_index("customer_id").sort_index()
    right = persons.set_index("customer_id").sort_index()
    assert held["stood"].tolist() == right["place"].tolist()
    assert held["told"].tolist() == right["join customer_id"].tolist()
