"""Files in places that mean more to DuckDB are read as they are.

`orders[1].csv` is no pattern that `orders1.csv` fits, and a folder called `store=7` gives no column.
"""

from pathlib import Path

import pytest
from tests.cases import make_study, shop

from helpers.study.proposal.csv_form import find_form
from helpers.study.proposal.opening import Engine
from helpers.study.proposal.propose import propose
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


@pytest.mark.parametrize(
    ("folder", "beginning"), [("in[1]", "orders-"), (".", "orders [EU]-"), ("in[1]", "[1]-orders-")]
)
def test_several_files_in_such_places_are_proposed_and_read_together(
    folder: str, beginning: str, tmp_path: Path
) -> None:
    place = tmp_path / "study" / folder
    place.mkdir(parents=True)
    files = [place / f"{beginning}{number}.csv" for number in (1, 2)]
    for number, file in enumerate(files):
        shop(30).iloc[number::2].to_csv(file, index=False)
    text = propose([str(file) for file in files], into=str(tmp_path / "study")).text
    (tmp_path / "study" / "study.yml").write_text(text, encoding="utf-8")
    (tmp_path / "study" / "in1").mkdir()
    shop(30).assign(amount=1.0).to_csv(tmp_path / "study" / "in1" / files[0].name, index=False)
    assert amount(tmp_path / "study") == pytest.approx(shop(30)["amount"].sum())


def test_a_class_of_letters_still_names_folders(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        place = tmp_path / "study" / f"in{number}"
        place.mkdir(parents=True)
        shop(30).iloc[number - 1 :: 3].to_csv(place / "lines.csv", index=False)
    folder = make_study(tmp_path / "study", {}, sources={"transactions": {"source": "in[12]/lin*.csv"}})
    assert amount(folder) == pytest.approx(shop(30)["amount"].sum() - shop(30)["amount"].iloc[2::3].sum())
