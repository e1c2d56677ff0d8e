"""New users' files that a proposal has misread: months of another form, cents, columns named as dates that are none."""

import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from tests.cases import shop
from tests.study.test_proposal import proposed, read, written

from helpers.cli import main
from helpers.core.errors import InputError
from helpers.study.proposal.propose import propose

pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
DAYS = [f"2024-0{month}-{day:02d}" for month in (1, 2, 3) for day in range(1, 29)]


def crm(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def small(dates: list[str] | None = None, **more: object) -> pd.DataFrame:
    """Return one order a day of ten customers."""
    days = dates or DAYS
    count = range(len(days))
    table = pd.DataFrame({"order_id": [f"o{n}" for n in count], "customer_id": [f"c{n % 10}" for n in count]})
    return table.assign(date=days, amount=[f"{n + 1.25:.2f}" for n in count], **more)


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        propose([str(folder)])
    return str(caught.value)


def months(folder: Path, **renamed: str) -> Path:
    """Write one file a month, the last of another form."""
    for month in ("01", "02", "03"):
        table = small()
        table = table[table["date"].str.startswith(f"2024-{month}")]
        last = table.assign(channel="web").rename(columns=renamed) if month == "03" else table
        last.to_csv(folder / f"orders-2024-{month}.csv", index=False)
    return folder


def test_a_month_with_one_more_column_stays_with_the_others(tmp_path):
    proposal = propose([str(months(tmp_path))])
    lines = proposed(tmp_path)["tables"]["transactions"]
    assert len(lines["sources"]) == 3
    assert "channel" not in lines["columns"]
    assert "channel is in some of the files only" in proposal.text
    assert crm("new", str(tmp_path), "--yes").exit_code == 0


def test_a_month_whose_amount_is_called_otherwise_stays_with_the_others(tmp_path):
    lines = proposed(months(tmp_path, amount="total"))["tables"]["transactions"]
    named = {one["source"]: one.get("columns", lines["columns"])["amount"] for one in lines["sources"]}
    assert sorted(named.items()) == [
        ("orders-2024-01.csv", "amount"),
        ("orders-2024-02.csv", "amount"),
        ("orders-2024-03.csv", "total"),
    ]
    result = crm("new", str(tmp_path), "--yes")
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize(
    ("name", "factor"),
    [("amount_cents", "/ 100"), ("priceInCents", "/ 100"), ("Umsatz (TEUR)", "* 1000"), ("金额(分)", "/ 100")],
)
def test_cents_and_thousands_in_a_name_become_the_currency(tmp_path, name, factor):
    small().assign(amount=range(100, 100 + len(DAYS))).rename(columns={"amount": name}).to_csv(
        tmp_path / "orders.csv", index=False
    )
    computed = proposed(tmp_path)["tables"]["transactions"]["computed"]["amount"]
    assert computed.endswith(factor)
    assert name in computed


def test_decimals_are_no_cents_whatever_the_name_says(tmp_path):
    small().rename(columns={"amount": "amount_cents"}).to_csv(tmp_path / "orders.csv", index=False)
    assert "computed" not in proposed(tmp_path)["tables"]["transactions"]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("%d%m%Y", "date_format such as"),
        ("%m/%Y", "a day for each month"),
        ("serial", "day numbers of a spreadsheet"),
    ],
)
def test_a_date_that_cannot_be_read_is_named_with_its_column(tmp_path, pattern, said):
    days = pd.to_datetime(pd.Series(DAYS))
    serial = (days - pd.Timestamp("1899-12-30")).dt.days.astype(str)
    shown = serial if pattern == "serial" else days.dt.strftime(pattern)
    small(list(shown)).to_csv(tmp_path / "orders.csv", index=False)
    message = refusal(tmp_path)
    assert "column date: is called like time, but holds" in message
    assert said in message
    assert "need a column for" not in message


def test_orders_that_cannot_be_read_are_not_passed_over_beside_customers(tmp_path):
    small([day.replace("-", "")[4:] + "2024" for day in DAYS]).to_csv(tmp_path / "orders.csv", index=False)
    pd.DataFrame({"customer_id": [f"c{n}" for n in range(10)], "city": "Graz"}).to_csv(
        tmp_path / "customers.csv", index=False
    )
    remarks = propose([str(tmp_path)]).remarks
    assert any("looks like lines of orders: it cannot be read in date" in one for one in remarks)


def test_a_row_of_totals_leaves_the_order_number_an_identifier(tmp_path):
    table = small().assign(order_id=[str(10_000 + n) for n in range(len(DAYS))])
    total = pd.DataFrame({"order_id": ["Total"], "amount": ["3600.00"]})
    pd.concat([table, total]).to_csv(tmp_path / "orders.csv", index=False)
    lines = proposed(tmp_path)["tables"]["transactions"]
    assert lines["columns"]["order_id"] == "order_id"
    assert "money" not in lines


def test_numbers_that_repeat_are_not_said_to_stand_once(tmp_path):
    table = small()
    pd.concat([table, table.head(4).assign(amount="-1.00")]).to_csv(tmp_path / "orders.csv", index=False)
    assert "each once" not in propose([str(tmp_path)]).text


def test_a_year_of_one_digit_is_no_reading_of_a_date(tmp_path):
    days = [f"{month}/{day}/24" for month in range(1, 8) for day in range(1, 13)]
    small(days).to_csv(tmp_path / "orders.csv", index=False)
    text = propose([str(tmp_path)]).text
    assert "%d/%m/%y" in text
    assert "%m/%d/%y" in text
    assert "%y/%m/%d" not in text


def test_seconds_at_midnight_alone_are_days_that_no_zone_moves(tmp_path):
    seconds = [str(int(pd.Timestamp(day, tz="UTC").timestamp())) for day in DAYS]
    small(seconds).rename(columns={"date": "timestamp"}).to_csv(tmp_path / "orders.csv", index=False)
    assert proposed(tmp_path)["tables"]["transactions"]["times"] == "local"


@pytest.mark.parametrize(("order", "customer", "time"), [("Nº pedido", "Cliente", "Fecha"), ("id", "buyer", "paid_on")])
def test_names_at_the_end_of_the_lists_are_found_too(tmp_path, order, customer, time):
    names = {"order_id": order, "customer_id": customer, "date": time}
    small().rename(columns=names).to_csv(tmp_path / "export.csv", index=False)
    columns = proposed(tmp_path)["tables"]["transactions"]["columns"]
    assert (columns["order_id"], columns["customer_id"], columns["time"]) == (order, customer, time)


def test_a_text_file_of_another_ending_is_to_be_renamed(tmp_path):
    written(tmp_path, "sales.txt", "order|customer\n1|2\n")
    assert "rename it so that it ends in .csv" in refusal(tmp_path)


def test_a_database_is_found_in_a_folder_named_from_here(tmp_path, monkeypatch):
    (tmp_path / "till").mkdir()
    with sqlite3.connect(tmp_path / "till" / "shop.db") as connection:
        shop(30).to_sql("orders", connection, index=False)
    connection.close()
    monkeypatch.chdir(tmp_path)
    result = crm("new", "till", "--yes")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert (tmp_path / "till" / "study.yml").exists()


def test_other_columns_that_could_be_the_amount_or_the_time_are_named(tmp_path):
    table = small().rename(columns={"amount": "subtotal", "date": "paid_at"})
    table.assign(total=table["subtotal"], created_at=table["paid_at"]).to_csv(tmp_path / "orders.csv", index=False)
    text = propose([str(tmp_path)]).text
    assert "'subtotal' could be it too" in text
    assert "_at' could be it too" in text


def test_money_of_other_currencies_is_not_said_to_be_of_the_first(tmp_path):
    currencies = ["EUR", "EUR", "USD", "EUR"] * (len(DAYS) // 4)
    small(currency=currencies).to_csv(tmp_path / "orders.csv", index=False)
    result = crm("new", str(tmp_path), "--yes")
    (said,) = [line for line in result.stderr.splitlines() if "whose currency is not EUR" in line]
    assert "in other currencies" in said
    assert "of revenue" not in said


def test_an_identifier_that_lost_its_digits_is_named_with_its_column(tmp_path):
    small().assign(customer_id="1.23457E+12").to_csv(tmp_path / "orders.csv", index=False)
    assert "column customer_id: is called like customer_id" in refusal(tmp_path)


def test_files_that_are_stacked_keep_each_its_own_writing(tmp_path):
    table = small()
    first, second = table.head(40).copy(), table.tail(44).copy()
    first["date"] = pd.to_datetime(first["date"]).dt.strftime("%d/%m/%Y")
    second["date"] = pd.to_datetime(second["date"]).dt.strftime("%m/%d/%Y")
    second["amount"] = second["amount"].str.replace(".", ",")
    first.to_csv(tmp_path / "north.csv", index=False, sep=";")
    second.to_csv(tmp_path / "south.csv", index=False, sep=";")
    result = crm("new", str(tmp_path), "--yes")
    assert result.exit_code == 0, result.stderr
    (other,) = [one for one in proposed_again(tmp_path)["sources"] if "date_format" in one]
    assert other["date_format"] in ("%d/%m/%Y", "%m/%d/%Y")


def proposed_again(folder: Path) -> dict:
    """Return the table of lines as written down."""
    return read((folder / "study.yml").read_text(encoding="utf-8"))["tables"]["transactions"]
