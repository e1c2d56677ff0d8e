"""Standard tables written down for one run are those that every chapter would make of the sources."""

import json

import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.study import kept_tables
from helpers.study.kept_tables import LIST_FILE, TABLES_FILE, keep_tables, use_kept_tables
from helpers.study.study import load_study


def make(folder):
    """Write a study with times of another zone, rows after the analysis date, a join and a table without times."""
    lines = shop(60, as_of="2025-03-01")
    sent = pd.DataFrame({"customer_id": ["C0003", "C0001", "C0003"], "campaign_id": ["b", "a", "a"]})
    names = pd.DataFrame({"campaign_id": ["a", "b"], "time": ["2024-05-01", "2024-06-01"]})
    folder.mkdir()
    names.to_csv(folder / "campaigns.csv", index=False)
    columns = {"customer_id": "customer_id", "campaign_id": "campaign_id", "time": "time"}
    join = {"join": {"source": "campaigns.csv", "on": "campaign_id"}, "columns": columns, "times": "local"}
    products = pd.DataFrame({"product_id": ["P01", "P02"], "category": ["tea", None]})
    zone = {"stored": "UTC", "local": "America/New_York"}
    tables = {"transactions": lines, "contacts": sent, "products": products}
    return make_study(folder, tables, timezone=zone, after_as_of="drop", sources={"contacts": join})


def test_tables_written_down_are_those_made_from_the_sources_and_need_them_no_more(tmp_path):
    folder = make(tmp_path / "corner")
    made = load_study(folder)
    keep_tables(made, tmp_path)
    expected = {name: made.table(name).to_pyarrow() for name in made.table_names}
    for source in folder.glob("*.csv"):
        source.unlink()
    taken = load_study(folder)
    use_kept_tables(taken, tmp_path)
    for name in made.table_names:
        assert taken.table(name).schema() == made.table(name).schema()
        assert taken.table(name).to_pyarrow().equals(expected[name])
        assert taken.facts(name) == made.facts(name)
    assert taken.facts("transactions").rows_after_as_of > 0
    assert taken.has("products", "category")
    assert not taken.has("products", "brand")
    both = taken.table("transactions").inner_join(taken.table("products"), "product_id")
    assert both.count().to_pyarrow().as_py() > 0


def test_a_study_whose_file_has_changed_since_takes_nothing(tmp_path):
    folder = make(tmp_path / "corner")
    keep_tables(load_study(folder), tmp_path)
    file = folder / "study.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("2025-01-01", "2024-07-01"), encoding="utf-8")
    changed = load_study(folder)
    use_kept_tables(changed, tmp_path)
    assert changed.facts("transactions").last_time < pd.Timestamp("2024-07-01")


@pytest.mark.parametrize("reason", ["too_long", "no_room"])
def test_what_is_not_written_down_is_made_from_its_source(tmp_path, monkeypatch, reason):
    study, folder = load_study(make(tmp_path / "corner")), tmp_path
    if reason == "too_long":
        monkeypatch.setattr(kept_tables, "ROWS_AT_MOST", 2048)
        keep_tables(load_study(make_study(tmp_path / "long", {"transactions": shop()})), tmp_path)
        assert json.loads((tmp_path / LIST_FILE).read_text(encoding="utf-8"))["tables"] == {}
    else:
        folder = tmp_path / "no such folder"
        keep_tables(study, folder)
        assert not (folder / TABLES_FILE).exists()
    use_kept_tables(study, folder)
    assert study.table("transactions").count().to_pyarrow().as_py() == study.facts("transactions").rows_kept
