"""Files in places that mean more to DuckDB are read as they are.

`orders[1].csv` is no pattern that `orders1.csv` fits, and a folder called `store=7` gives no column.
"""

from pathlib import Path

import pytest
from tests.cases import make_study, shop

from helpers.study.proposal.csv_form import find_form
from helpers.study.proposal.opening import Engine
from helpers.study.study import load_study

pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
PLACES = {"a name": ("lines[1]", "lines1"), "a folder": ("in[1]/lines", "in1/lines")}


def written(folder: Path, place: str, kind: str) -> str:
    """Write a source that is called like a pattern, and beside it another of more money that fits; return its name."""
    ending = "parquet" if kind == "parquet" else "csv"
    lines = shop(20).assign(product_id='a "name"' if kind == "quotations" else "P1")
    for name, times in zip(PLACES[place], (1, 100), strict=True):
        file = folder / f"{name}.{ending}"
        file.parent.mkdir(parents=True, exist_ok=True)
        rows = lines.assign(amount=lines["amount"] * times)
        if kind == "parquet":
            rows.to_parquet(file)
        else:
            rows.to_csv(file, index=False)
    return f"{PLACES[place][0]}.{ending}"


def amount(folder: Path) -> float:
    study = load_study(folder)
    assert study.check() == []
    return float(study.table("transactions")["amount"].sum().to_pyarrow().as_py())


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["plain text", "quotations", "a text for none", "parquet"])
def test_the_file_that_is_named_is_read(kind: str, place: str, tmp_path: Path) -> None:
    more = {"missing": ["none"]} if kind == "a text for none" else {}
    entry = {"source": written(tmp_path / "study", place, kind)} | more
    folder = make_study(tmp_path / "study", {}, sources={"transactions": entry})
    assert amount(folder) == pytest.approx(shop(20)["amount"].sum())


@pytest.mark.parametrize("kind", ["plain text", "quotations", "parquet"])
@pytest.mark.parametrize("folder", ["customer_id=007", "c0=007", "amount=5"])
def test_a_folder_called_like_a_column_gives_none(folder: str, kind: str, tmp_path: Path) -> None:
    lines = shop(20).assign(product_id='a "name"' if kind == "quotations" else "P1")
    place = tmp_path / "study" / folder
    place.mkdir(parents=True)
    if kind == "parquet":
        lines.to_parquet(place / "lines.parquet")
    else:
        lines.to_csv(place / "lines.csv", index=False)
    entry = {"source": f"{folder}/lines.{'parquet' if kind == 'parquet' else 'csv'}"}
    study = load_study(make_study(tmp_path / "study", {}, sources={"transactions": entry}))
    assert study.check() == []
    found = study.table("transactions").to_pandas()
    assert sorted(found["customer_id"]) == sorted(lines["customer_id"])
    assert found["amount"].sum() == pytest.approx(lines["amount"].sum())


def test_a_folder_called_like_a_column_gives_none_to_a_proposal(tmp_path: Path) -> None:
    path = tmp_path / "customer_id=007" / "lines.csv"
    path.parent.mkdir()
    shop(20).to_csv(path, index=False)
    found = Engine().load(path, find_form(path))
    assert found.columns == tuple(shop(20).columns)
    assert sorted(found.customer_id.to_pandas()) == sorted(shop(20)["customer_id"])


@pytest.mark.parametrize("place", PLACES)
def test_the_file_that_is_named_is_looked_at_for_a_proposal(place: str, tmp_path: Path) -> None:
    path = tmp_path / written(tmp_path, place, "plain text")
    found = Engine().load(path, find_form(path))
    assert found.amount.cast("float64").sum().to_pyarrow().as_py() == pytest.approx(shop(20)["amount"].sum())
