"""A study file proposed from files: what is refused, left open and asked, and that nothing is written over."""

import gzip
import io
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from ruamel.yaml import YAML
from tests.cases import shop

from helpers.cli import main
from helpers.core.errors import InputError
from helpers.study.file import read_study_file
from helpers.study.proposal.options import Question
from helpers.study.proposal.propose import propose
from helpers.study.study import load_study

pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
LINES = "customer,order,date,amount\n{rows}"


def orders(*rows: str) -> str:
    return LINES.format(rows="\n".join(rows) + "\n")


def day_first(mark: str) -> list[str]:
    return [f"c,o{day},{day:02d}{mark}04{mark}2024,1.5" for day in range(1, 29)]


def crm(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def read(text: str) -> Any:
    return YAML(typ="safe").load(io.StringIO(text))


def proposed(folder: Path, **more: Any) -> Any:
    return read(propose([str(folder)], **more).text)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def retail_lines() -> pd.DataFrame:
    """Lines as a home shop exports them: day first, pounds, customers and products in the same flat file."""
    table = shop()
    amount = [f"£{value:,.2f}" for value in table["amount"] * 20]
    amount[5] = "-" + amount[5]
    return pd.DataFrame(
        {
            "Invoice No": table["order_id"],
            "ORDER DATE": table["time"].dt.strftime("%d/%m/%Y"),
            "customerID": table["customer_id"],
            "Customer Name": "François " + table["customer_id"],
            "SKU": table["product_id"],
            "Description": "Mug " + table["product_id"],
            "category": ["Home" if one < "P15" else "Bath" for one in table["product_id"]],
            "Qty": table["quantity"],
            "Line Total (£)": amount,
        }
    )


def test_retail_order_lines_become_three_tables_with_money_read(tmp_path):
    retail_lines().to_csv(tmp_path / "retail_order_lines.csv", index=False)
    study = proposed(tmp_path)
    lines = study["tables"]["transactions"]
    assert study["currency"] == "GBP"
    assert lines["date_format"] == "%d/%m/%Y"
    assert lines["money"] == ["amount"]
    assert study["tables"]["customers"]["distinct"] == ["customer_id"]
    assert study["tables"]["products"]["columns"]["category"] == "category"


def test_b2b_workbook_gives_four_tables_of_three_sheets(tmp_path):
    table = shop()
    names = sorted(set(table["customer_id"]))
    with pd.ExcelWriter(tmp_path / "b2b_client.xlsx", engine="xlsxwriter") as book:
        pd.DataFrame({"Account No.": names, "Company": names, "City": "Graz"}).to_excel(
            book, sheet_name="Customers", index=False
        )
        wanted = {
            "order_id": "Order no",
            "time": "Order date",
            "customer_id": "Account No.",
            "product_id": "Item",
            "amount": "Net EUR",
        }
        table[[*wanted]].rename(columns=wanted).to_excel(book, sheet_name="Orders", index=False)
        sent = pd.DataFrame({"Campaign": "Spring", "Account No.": names, "Sent on": pd.Timestamp("2024-03-01")})
        sent["Group"] = ["control" if number % 4 == 0 else "mailed" for number in sent.index]
        sent["Responded (Y/N)"] = ["Y" if number % 5 == 0 else "N" for number in sent.index]
        sent.to_excel(book, sheet_name="Campaign contacts", index=False)
    study = proposed(tmp_path)
    assert list(study["tables"]) == ["customers", "transactions", "contacts", "responses"]
    assert study["tables"]["contacts"]["yes"] == {"treated": ["mailed"]}
    assert study["tables"]["responses"]["where"] == {"Responded (Y/N)": ["Y"]}
    assert study["currency"] == "EUR"


def test_dates_of_two_readings_are_left_open_and_counted(tmp_path):
    rows = [f"c{day},o{day},{day:02d}/04/2024,{day}.50" for day in range(1, 13)]
    text = propose([str(written(tmp_path, "orders.csv", orders(*rows)))]).text
    assert "CHOOSE: date: all of 12 dates fit with the day or the month first, and 11 mean another day" in text
    assert '# date_format: "%d/%m/%Y"' in text
    assert '# date_format: "%m/%d/%Y"' in text
    assert "date_format" not in read(text)["tables"]["transactions"]


def test_the_check_refuses_dates_until_a_reading_is_chosen(tmp_path):
    rows = [f"c{day},o{day},{day:02d}/04/2024,{day}.50" for day in range(1, 13)]
    folder = written(tmp_path / "open_dates", "orders.csv", orders(*rows))
    result = crm("new", str(folder), "--yes")
    assert result.exit_code == 2
    assert "cannot be read as time" in result.stderr
    assert "study.yml is written" in result.stderr
    file = folder / "study.yml"
    file.write_text(file.read_text().replace('# date_format: "%d/%m/%Y"', 'date_format: "%d/%m/%Y"'))
    assert load_study(folder).check() == []


def test_one_proved_date_column_settles_the_other_and_says_so(tmp_path):
    rows = [f"c{day},o{day},{day:02d}/04/2024,{day}.50,01/02/2024" for day in range(1, 29)]
    content = "\n".join(["customer,case number,opened,minutes,closed", *rows])
    text = propose([str(written(tmp_path, "cases.csv", content))]).text
    lines = read(text)["tables"]["service_cases"]
    assert lines["date_format"] == "%d/%m/%Y"
    assert "closed_time alone would fit two readings and is read the same way" in text


def test_short_years_that_may_stand_first_are_left_open(tmp_path):
    rows = [f"c{day},o{day},24/03/{day:02d},{day}.50" for day in range(1, 25)]
    text = propose([str(written(tmp_path, "orders.csv", orders(*rows)))]).text
    assert "all of 24 dates fit with the day or the year first" in text
    assert '# date_format: "%y/%m/%d"' in text
    assert "date_format" not in read(text)["tables"]["transactions"]


def test_short_years_that_cannot_stand_first_settle_the_order(tmp_path):
    rows = [f"c{day},o{day},{day:02d}.03.24,{day}.50" for day in range(1, 32)]
    lines = proposed(written(tmp_path, "orders.csv", orders(*rows)))["tables"]["transactions"]
    assert lines["date_format"] == "%d.%m.%y"


def test_short_years_that_must_stand_first_are_read_so(tmp_path):
    rows = [f"c{day},o{day},{year}/12/{day:02d},{day}.50" for year in (23, 24) for day in (1, 15, 30, 31)]
    rows = [row.replace("/30,", "/29,").replace("/15,", "/28,") for row in rows] + ["c,o,24/12/29,1.5"]
    lines = proposed(written(tmp_path, "orders.csv", orders(*[row for row in rows if "/01," not in row])))
    assert lines["tables"]["transactions"]["date_format"] == "%y/%m/%d"


def test_a_decimal_comma_in_one_column_says_what_the_points_of_another_mean(tmp_path):
    rows = [f'c{day};o{day};2024-03-{day:02d};1.00{day};"{day},50"' for day in range(1, 10)]
    content = "\n".join(["customer;order;date;quantity;amount", *rows])
    text = propose([str(written(tmp_path, "orders.csv", content))]).text
    assert "so the points in quantity group thousands" in text
    assert read(text)["tables"]["transactions"]["decimal"] == ","


def test_numbers_of_two_readings_are_left_open_and_counted(tmp_path):
    rows = [
        f"c{n},o{n},2024-01-{n:02d},{n}.{n}00" if n < 10 else f"c{n},o{n},2024-01-{n:02d},{n}" for n in range(1, 29)
    ]
    text = propose([str(written(tmp_path, "orders.csv", orders(*rows)))]).text
    assert "CHOOSE: amount: 9 of 28 values fit two readings" in text
    assert not {"thousands", "decimal"} & set(read(text)["tables"]["transactions"])


def test_answers_settle_what_is_open(tmp_path):
    rows = [f"c{day},o{day},{day:02d}/04/2024,{day}.{day:03d}" for day in range(1, 10)]
    answers = {"transactions.date_format": "%m/%d/%Y", "transactions.thousands": "thousands", "gross_margin": "35%"}
    answers |= {"as_of": "2025-02-01", "currency": "chf"}
    asked: list[str] = []

    def ask(question: Question) -> str:
        asked.append(question.key)
        return answers[question.key]

    study = proposed(written(tmp_path, "orders.csv", orders(*rows)), ask=ask)
    assert set(asked) == set(answers)
    assert study["tables"]["transactions"]["date_format"] == "%m/%d/%Y"
    assert study["tables"]["transactions"]["thousands"] == "."
    assert study["parameters"] == {"gross_margin": 0.35}
    assert study["currency"] == "CHF"
    assert str(study["as_of"]) == "2025-02-01"


def test_a_terminal_is_asked_and_answers_are_written(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.cli._on_terminal", lambda: True)
    rows = [f"c{day},o{day},{day:02d}/04/2024,{day}.50" for day in range(1, 13)]
    folder = written(tmp_path / "asked_shop", "orders.csv", orders(*rows))
    result = CliRunner().invoke(main, ["new", str(folder)], input="1\neur\n\n0.4\n")
    assert "Which comes first?" in result.stderr
    study = read((folder / "study.yml").read_text())
    assert study["tables"]["transactions"]["date_format"] == "%d/%m/%Y"
    assert study["currency"] == "EUR"
    assert str(study["as_of"]) == "2024-04-13"
    assert study["parameters"] == {"gross_margin": 0.4}


def test_an_answer_that_is_none_is_refused_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.cli._on_terminal", lambda: True)
    folder = written(tmp_path / "asked_shop", "orders.csv", orders("a,1,2024-01-01,£2.50", "b,2,2024-01-02,£3.50"))
    result = CliRunner().invoke(main, ["new", str(folder)], input="tomorrow\n")
    assert result.exit_code == 2
    assert "'tomorrow' is no day" in result.stderr
    assert [path.name for path in folder.iterdir()] == ["orders.csv"]


def test_days_beside_moments_are_not_moved_by_the_time_zone(tmp_path):
    table = shop(40)
    table["time"] = table["time"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    table.to_csv(tmp_path / "orders.csv", index=False)
    sent = pd.DataFrame(
        {"customer_id": sorted(set(table["customer_id"])), "campaign": "Spring", "sent on": "2024-03-01"}
    )
    sent.assign(group="mailed").to_csv(tmp_path / "campaign_contacts.csv", index=False)
    study = proposed(tmp_path)
    assert study["timezone"] == {"stored": "UTC", "local": "UTC"}
    assert study["tables"]["contacts"]["times"] == "local"
    assert "times" not in study["tables"]["transactions"]


def test_zoned_moments_of_a_parquet_file_name_their_zone(tmp_path):
    table = shop(40)
    table["time"] = table["time"].dt.tz_localize("UTC")
    table.to_parquet(tmp_path / "orders.parquet")
    assert proposed(tmp_path)["timezone"]["stored"] == "UTC"


def test_without_questions_no_margin_is_stated(tmp_path):
    text = propose([str(written(tmp_path, "orders.csv", orders("a,1,2024-01-01,2.50", "b,2,2024-01-02,3.50")))]).text
    assert "parameters" not in read(text)
    assert "gross_margin is not stated" in text


BAD: dict[str, tuple[dict[str, str | bytes], str]] = {
    "mixed_dates": (
        {"orders.csv": orders(*day_first("/"), *(f"c,p{n},04/{n:02d}/2024,1.5" for n in range(13, 29)))},
        "its dates are mixed: 16 dates can only have the day first, 16 only the other way round",
    ),
    "two_ways_of_dates": (
        {"orders.csv": orders(*day_first("."), *day_first("/"))},
        "its dates are written in several ways",
    ),
    "mixed_decimals": (
        {"orders.csv": orders('a,1,2024-01-01,"2,50"', "b,2,2024-01-02,3.50")},
        "its numbers are written in two ways: a decimal point in 1 value, a decimal comma in 1 value",
    ),
    "two_currencies": (
        {"orders.csv": orders("a,1,2024-01-01,£2.50", "b,2,2024-01-02,€3.50")},
        "its amounts are in several currencies",
    ),
    "empty_file": ({"orders.csv": ""}, "is empty"),
    "header_only": ({"orders.csv": "a,b,c\n"}, "no table with rows"),
    "no_text": ({"orders.csv": bytes(range(256)) * 40}, "is no text"),
    "several_encodings": (
        {"orders.csv": b"a,b\n" + "Müller,1\n".encode() * 5 + "Müller,1\n".encode("cp1252") * 5},
        "is in several encodings: 5 lines in UTF-8, 5 not",
    ),
    "damaged_gzip": ({"orders.csv.gz": gzip.compress(orders("a,1,2024-01-01,2").encode() * 99)[:-30]}, "damaged gzip"),
    "no_workbook": ({"orders.xlsx": "not a workbook"}, "cannot be read as an Excel workbook"),
    "no_database": ({"shop.db": "not a database"}, "is no SQLite database"),
    "no_parquet": ({"orders.parquet": "no"}, "Parquet"),
    "an_order_without_amount": (
        {"orders.csv": "order_id,customer_id,order_date,product\nO1,C1,2024-03-01,Tea\n"},
        "lines of orders need a column for amount",
    ),
    "orders_of_customers_who_came_once_without_amount": (
        {"data.csv": "invoice,customer,date,quantity\n1,A,2024-03-01,3\n2,B,2024-03-02,1\n3,C,2024-03-05,2\n"},
        "lines of orders need a column for amount",
    ),
    "nothing_known": ({"things.csv": "red,green\n1,2\n2,3\n"}, "is no table that a study knows"),
    "uneven_rows": ({"orders.csv": orders("a,1,2024-01-01,2.5", "b,2,2024-01-02,3.5,9")}, "row 3 has 5"),
    "open_quotation": ({"orders.csv": orders('a,1,2024-01-01,"2.5', "b,2,2024-01-02,3.5")}, "quotation mark"),
    "doubled_header": ({"orders.csv": "a,a,b\n1,2,3\n"}, "more than once"),
    "locked_workbook": ({"orders.xlsx": LOCKED}, "is locked by a password"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_files_that_cannot_be_a_study_are_refused_and_nothing_is_written(case, tmp_path):
    files, message = BAD[case]
    folder = tmp_path / case
    for name, content in files.items():
        written(folder, name, content)
    result = crm("new", str(folder), "--yes")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)


def test_all_faults_of_all_files_are_reported_at_once(tmp_path):
    written(tmp_path, "one.csv", "")
    written(tmp_path, "two.xlsx", "no")
    written(tmp_path, "three.db", "none")
    with pytest.raises(InputError) as refusal:
        propose([str(tmp_path)])
    assert len(refusal.value.faults) == 3


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="nothing that a study can read"):
        propose([str(tmp_path)])


def test_a_study_that_is_there_is_never_written_over(tmp_path):
    written(tmp_path, "orders.csv", orders("a,1,2024-01-01,2.50"))
    written(tmp_path, "study.yml", "mine")
    result = crm("new", str(tmp_path), "--yes")
    assert result.exit_code == 2
    assert "holds a study.yml already" in result.stderr
    assert (tmp_path / "study.yml").read_text() == "mine"


def test_a_study_written_meanwhile_is_not_written_over(tmp_path):
    proposal = propose([str(written(tmp_path, "orders.csv", orders("a,1,2024-01-01,2.50", "b,2,2024-01-02,3.50")))])
    written(tmp_path, "study.yml", "mine")
    with pytest.raises(InputError, match="none is written over"):
        proposal.write()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["orders.csv", "study.yml"]
    assert (tmp_path / "study.yml").read_text() == "mine"


def test_a_password_in_an_address_is_not_written_down(tmp_path):
    with pytest.raises(InputError, match="holds a password") as refusal:
        propose(["postgres://me:hush-hush@host/shop"], into=str(tmp_path))
    assert "hush" not in str(refusal.value)


def test_a_folder_without_a_study_names_the_command_that_proposes_one(tmp_path):
    result = crm("check", str(tmp_path))
    assert result.exit_code == 2
    assert f"crm new {tmp_path}" in result.stderr


def test_files_named_one_by_one_go_into_a_folder_of_their_own(tmp_path):
    export = written(tmp_path / "exports", "orders.csv", orders("a,1,2024-01-01,2.50", "b,2,2024-01-02,3.50"))
    study = read(propose([str(export / "orders.csv")], name="shop", into=str(tmp_path / "study")).text)
    assert study["study"] == "shop"
    assert study["tables"]["transactions"]["source"] == "../exports/orders.csv"


def test_names_in_other_scripts_become_a_name_a_study_may_have(tmp_path):
    folder = written(tmp_path / "Café & Söhne", "orders.csv", orders("a,1,2024-01-01,2.50", "b,2,2024-01-02,3.50"))
    assert proposed(folder)["study"] == "Cafe_Sohne"


def test_a_sound_file_is_checked_at_once_and_stays_sound(tmp_path):
    folder = tmp_path / "sound_shop"
    folder.mkdir()
    shop().to_csv(folder / "transactions.csv", index=False)
    result = crm("new", str(folder), "--yes")
    assert result.exit_code == 0, result.stderr
    assert f"crm run {folder}" in result.stderr
    assert read_study_file(folder / "study.yml").faults == []


def test_chinook_like_database_joins_lines_with_invoices(tmp_path):
    table = shop(40)
    with sqlite3.connect(tmp_path / "chinook.db") as connection:
        table.drop_duplicates("order_id")[["order_id", "customer_id", "time"]].set_axis(
            ["InvoiceId", "CustomerId", "InvoiceDate"], axis=1
        ).to_sql("Invoice", connection, index=False)
        table[["order_id", "product_id", "amount", "quantity"]].set_axis(
            ["InvoiceId", "TrackId", "UnitPrice", "Quantity"], axis=1
        ).to_sql("InvoiceLine", connection, index=False)
    connection.close()
    lines = proposed(tmp_path)["tables"]["transactions"]
    assert lines["source"] == "sqlite:///chinook.db"
    assert lines["join"] == {"source": "sqlite:///chinook.db", "table": "Invoice", "on": "InvoiceId"}
    assert lines["computed"] == {"amount": "Quantity * UnitPrice"}


def spoil(change: Callable[[pd.DataFrame], None]) -> pd.DataFrame:
    table = shop(40)
    change(table)
    return table


def test_the_share_of_dates_is_never_rounded_up_to_all(tmp_path):
    def one_wrong(table: pd.DataFrame) -> None:
        table["time"] = table["time"].dt.strftime("%d.%m.%Y")
        table.loc[3, "time"] = "soon"

    spoil(one_wrong).to_csv(tmp_path / "lines.csv", index=False)
    text = propose([str(tmp_path)]).text
    assert "99.9 % of" in text
    assert 'date_format: "%d.%m.%Y"  # 100 %' not in text


def test_customers_with_one_sign_of_a_contract_are_no_contracts(tmp_path):
    written(tmp_path, "list.csv", "customer,date,months\nC1,2024-03-01,5\n")
    assert list(proposed(tmp_path)["tables"]) == ["customers"]
