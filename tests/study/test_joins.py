"""Several sources joined in turn: lines name an order, orders a number, a third file the person."""

from pathlib import Path

import pytest

from helpers.core.errors import InputError
from helpers.study.study import load_study

ITEMS = "order,sku,price\no1,p1,20\no1,p2,10\no2,p1,20\no3,p2,10\n"
ORDERS = "order,buyer,at\no1,c1,2024-01-02\no2,c2,2024-01-05\no3,c3,2024-01-09\n"
PEOPLE = "buyer,person,town\nc1,u1,Graz\nc2,u2,Lyon\nc3,u1,Graz\n"
STUDY = """\
study: shop
title: A shop
currency: EUR
as_of: 2024-02-01
tables:
  transactions:
    source: items.csv
    join:
      - source: orders.csv
        on: order
      - source: people.csv
        on: buyer
    columns: {customer_id: person, order_id: order, time: at, amount: price, product_id: sku}
"""


def made(folder: Path, study: str = STUDY, orders: str = ORDERS, people: str = PEOPLE) -> Path:
    for name, text in (("items.csv", ITEMS), ("orders.csv", orders), ("people.csv", people), ("study.yml", study)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def said(folder: Path) -> list[str]:
    with pytest.raises(InputError) as error:
        load_study(folder).require_sound()
    return [str(fault) for fault in error.value.faults]


def test_the_person_of_a_third_file_is_the_customer(tmp_path: Path) -> None:
    study = load_study(made(tmp_path))
    study.require_sound()
    lines = study.table("transactions").to_pandas()
    assert lines.groupby("customer_id")["order_id"].nunique().to_dict() == {"u1": 2, "u2": 1}
    assert lines["amount"].sum() == 60


def test_every_joined_file_stands_in_the_receipt(tmp_path: Path) -> None:
    labels = [one.label for one in load_study(made(tmp_path)).inputs()]
    assert [label for label in labels if label.endswith(".csv")] == ["items.csv", "orders.csv", "people.csv"]


def test_a_single_join_may_stand_alone_or_in_a_list(tmp_path: Path) -> None:
    one = STUDY.replace("      - source: people.csv\n        on: buyer\n", "").replace("person", "buyer")
    alone = one.replace(
        "      - source: orders.csv\n        on: order\n", "      source: orders.csv\n      on: order\n"
    )
    for number, text in enumerate((one, alone)):
        folder = tmp_path / str(number)
        folder.mkdir()
        study = load_study(made(folder, text))
        study.require_sound()
        assert study.table("transactions").to_pandas()["customer_id"].nunique() == 3


def test_keys_that_no_source_has_are_all_reported_with_their_lines(tmp_path: Path) -> None:
    text = STUDY.replace("on: order", "on: ordre").replace("on: buyer", "on: {buyer: buyr}")
    first, second, third = said(made(tmp_path, text))
    assert "line 9" in first
    assert "unknown column of items.csv 'ordre'" in first
    assert "unknown column of orders.csv 'ordre'" in second
    assert "line 11" in third
    assert "unknown column of people.csv 'buyr'" in third


def test_a_doubled_key_is_reported_with_the_line_of_its_join(tmp_path: Path) -> None:
    (fault,) = said(made(tmp_path, people=PEOPLE + "c1,u9,Rome\n"))
    assert "line 12" in fault
    assert "buyer stands in more than one row of people.csv: 'c1'" in fault


def test_what_is_wrong_with_each_of_two_files_is_reported_with_its_line(tmp_path: Path) -> None:
    orders, people = said(made(tmp_path, orders="order,order\n1,2\n", people="buyer,buyer\n1,2\n"))
    assert "line 9, orders.csv" in orders
    assert "line 11, people.csv" in people


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("        on: buyer\n", "        onn: buyer\n", 12, "unknown key 'onn'"),
        ("        on: buyer\n", "", 11, "'on' is missing"),
        ("        on: buyer\n", "        on: buyer\n        sheet: x\n", 13, "sheet has no effect on people.csv"),
        ("        on: order\n", "        on: 3\n", 10, "tables.transactions.join.0.on cannot be 3"),
    ],
)
def test_what_the_grammar_refuses_in_one_of_several_joins_has_its_line(
    tmp_path: Path, old: str, new: str, line: int, what: str
) -> None:
    faults = said(made(tmp_path, STUDY.replace(old, new)))
    assert any(what in fault and f"line {line}" in fault for fault in faults), faults
