"""A file is read that is called like a pattern of DuckDB, as `orders[1].csv` is, and not another that fits it."""

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


@pytest.mark.parametrize("place", PLACES)
def test_the_file_that_is_named_is_looked_at_for_a_proposal(place: str, tmp_path: Path) -> None:
    path = tmp_path / written(tmp_path, place, "plain text")
    found = Engine().load(path, find_form(path))
    assert found.amount.cast("float64").sum().to_pyarrow().as_py() == pytest.approx(shop(20)["amount"].sum())
