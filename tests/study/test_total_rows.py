"""Rows that are the sum of others are refused or reported, whatever they are called."""

from pathlib import Path

import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import Fault, InputError
from helpers.study.oddities.total_rows import is_called_total
from helpers.study.study import Study, load_study


def study_of(folder: Path, lines: pd.DataFrame, **spec: object) -> Study:
    return load_study(make_study(folder, {"transactions": lines}, **spec))


def refusal(study: Study) -> str:
    with pytest.raises(InputError) as error:
        study.require_sound()
    return str(error.value)


def total_of(lines: pd.DataFrame, **ids: str) -> pd.DataFrame:
    """Return one row with the sum of all."""
    last = {"time": lines["time"].max(), "amount": round(lines["amount"].sum(), 2), "quantity": 1, "product_id": "P01"}
    return pd.DataFrame([last | {"customer_id": "Total", "order_id": "Total"} | ids])


@pytest.mark.parametrize("name", ["Total", "TOTAL:", "Grand Total", "Summe", "Gesamtergebnis", "合计", "C17 Total"])
def test_names_of_sums(name: str) -> None:
    assert is_called_total(name)


@pytest.mark.parametrize("name", ["C0017", "Totalizer", "Sumner", "Totale Gastro", "Gesamtschule Bonn", "Ergebnis AG"])
def test_names_of_customers(name: str) -> None:
    assert not is_called_total(name)


def test_total_row_is_customer(tmp_path: Path) -> None:
    lines = shop(60)
    spoilt = pd.concat([lines, total_of(lines)])
    said = refusal(study_of(tmp_path / "total", spoilt))
    assert "one row of table transactions is the sum of the others: EUR" in said
    assert "customer_id 'Total'" in said
    assert 'missing_in: {customer_id: ["Total"]} to table transactions' in said
    study = study_of(tmp_path / "left", spoilt, sources={"transactions": {"missing_in": {"customer_id": ["Total"]}}})
    assert study.check() == []
    assert study.facts("transactions").rows_kept == len(lines)


def test_a_total_booked_on_a_customer_like_any_other(tmp_path: Path) -> None:
    lines = shop(60)
    said = refusal(study_of(tmp_path / "x", pd.concat([total_of(lines, customer_id="C0001", order_id="O1"), lines])))
    assert "is the sum of the others" in said
    assert 'missing_in: {order_id: ["O1"]}' in said


def test_sums_of_groups_and_of_all(tmp_path: Path) -> None:
    lines = shop(60)
    months = (
        lines.groupby(lines["time"].dt.to_period("M"))
        .agg(time=("time", "max"), amount=("amount", "sum"))
        .round({"amount": 2})
    )
    sums = months.assign(customer_id="Subtotal", order_id="S", quantity=1, product_id="P01")
    assert "is the sum of the others" in refusal(study_of(tmp_path / "all", pd.concat([lines, sums, total_of(lines)])))
    assert "is called as a sum is: 'Subtotal'" in refusal(study_of(tmp_path / "named", pd.concat([lines, sums])))
    unnamed = pd.concat([lines, sums.assign(customer_id="M1")])
    assert "of the months of table transactions" in refusal(study_of(tmp_path / "months", unnamed))


def test_a_sum_on_every_order(tmp_path: Path) -> None:
    lines = shop(60)
    orders = lines.groupby("order_id", as_index=False).agg(
        customer_id=("customer_id", "first"), time=("time", "max"), amount=("amount", "sum")
    )
    said = refusal(study_of(tmp_path / "orders", pd.concat([lines, orders.round({"amount": 2})])))
    assert "of the orders of table transactions with at least 3 rows one row is the sum of the others" in said


def test_a_few_named_sums_are_reported_with_their_money(tmp_path: Path) -> None:
    lines = shop(60)
    lines.loc[[3, 4], "customer_id"] = "Zwischensumme"
    (warning,) = study_of(tmp_path / "few", lines).warnings()
    assert warning.rows == 2
    assert warning.amount == pytest.approx(lines.loc[[3, 4], "amount"].sum(), abs=0.005)


def test_a_row_far_larger_than_any_other_is_reported(tmp_path: Path) -> None:
    lines = shop(60)
    lines.loc[7, "amount"] = round(lines["amount"].sum() * 0.97, 2)
    (warning,) = study_of(tmp_path / "slip", lines).warnings()
    assert "one row of table transactions, customer_id" in warning.what
    assert warning.amount == lines.loc[7, "amount"]


def test_four_lines_that_happen_to_add_up_are_sound(tmp_path: Path) -> None:
    lines = shop(60).head(4).assign(amount=[10, 2, 3, 5])
    assert study_of(tmp_path / "small", lines, as_of="2023-02-01", after_as_of="drop").check() == []


def slip(lines: pd.DataFrame, undone_by: float, *, days: int = 1) -> pd.DataFrame:
    """Return the lines with an order of EUR 77,183.60, and its return some days later under a number of its own."""
    row = {"customer_id": "C0006", "product_id": "P01", "quantity": 1, "time": pd.Timestamp("2024-03-01 12:00:00")}
    mistyped = row | {"order_id": "O-slip", "amount": 77183.60}
    cancelled = row | {"order_id": "O-back", "amount": -undone_by, "time": row["time"] + pd.Timedelta(days=days)}
    return pd.concat([lines, pd.DataFrame([mistyped, cancelled])], ignore_index=True).sort_values("time")


def test_cancelled_next_day_is_no_far_larger_row(tmp_path: Path) -> None:
    assert study_of(tmp_path / "cancelled", slip(shop(), 77183.60)).warnings() == ()


def test_cancelled_next_day_under_invoices_and_payments(tmp_path: Path) -> None:
    lines = slip(shop(), 77183.60)
    invoices = lines[["customer_id", "time", "amount"]].assign(invoice_id=[f"I{row}" for row in range(len(lines))])
    payments = lines[["order_id", "time", "amount"]].rename(columns={"order_id": "invoice_id"})
    payments["invoice_id"] = payments["invoice_id"].replace("O-back", "O-slip")
    for name, table in (("invoices", invoices), ("payments", payments)):
        warnings = load_study(make_study(tmp_path / name, {name: table})).warnings()
        assert not [one for one in warnings if "the next largest" in one.what]


def test_a_slip_of_which_a_part_came_back_is_reported_without_leaving_it_out(tmp_path: Path) -> None:
    (warning,) = study_of(tmp_path / "part", slip(shop(), 2000.0)).warnings()
    assert "order_id 'O-slip', holds EUR 77,184, of which EUR 75,184 did not come back" in warning.what
    assert "take the row out, and with it the returns that belong to it" in warning.remedy
    assert "missing_in" not in warning.remedy


def test_a_slip_cancelled_before_it_was_booked_names_both_rows(tmp_path: Path) -> None:
    (warning,) = study_of(tmp_path / "before", slip(shop(), 77183.60, days=-300)).warnings()
    assert "order_id 'O-slip', holds EUR 77,184" in warning.what
    assert "and with it the row that undoes it: customer_id 'C0006', order_id 'O-back'" in warning.remedy
    assert "missing_in" not in warning.remedy


def test_one_of_two_equal_slips_is_cancelled_and_the_other_reported(tmp_path: Path) -> None:
    lines = slip(shop(), 77183.60)
    other = lines[lines["order_id"] == "O-slip"].assign(customer_id="C0007", order_id="O-other")
    (warning,) = study_of(tmp_path / "two", pd.concat([lines, other])).warnings()
    assert "order_id 'O-other', holds EUR 77,184" in warning.what
    assert 'missing_in: {order_id: ["O-other"]}' in warning.remedy


def test_customers_that_are_whole_numbers_with_gaps(tmp_path: Path) -> None:
    lines = shop(60).assign(customer_id=lambda one: one["customer_id"].str[1:].astype(int))
    leads = pd.DataFrame({"lead_id": range(40), "time": lines["time"].iloc[:40], "won": True})
    leads["customer_id"] = [None, *lines["customer_id"].iloc[:39]]
    for name, table in {"transactions": lines, "leads": leads.astype({"customer_id": "Int64"})}.items():
        (tmp_path / "tables").mkdir(exist_ok=True)
        table.to_parquet(tmp_path / "tables" / f"{name}.parquet")
    text = "study: gaps\ntitle: Gaps\ncurrency: EUR\nas_of: 2025-01-01\ntables:\n"
    text += "".join(f"  {name}: {{source: tables/{name}.parquet}}\n" for name in ("transactions", "leads"))
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    study = load_study(tmp_path)
    assert study.facts("leads").rows_kept == len(leads)
    assert not [one.what for one in study.warnings() if "nobody" in one.what]


def bare_total(lines: pd.DataFrame, **cells: object) -> pd.DataFrame:
    """Return lines with a last row that holds the sum and, beside it, these cells alone."""
    last = {"amount": round(float(lines["amount"].sum()), 2), **cells}
    return pd.concat([lines.astype({"time": str}), pd.DataFrame([last])], ignore_index=True)


def faults_of(folder: Path, lines: pd.DataFrame, **entry: object) -> list[Fault]:
    folder = make_study(folder, {"transactions": shop(2)}, sources={"transactions": {"source": "list.csv", **entry}})
    lines.to_csv(folder / "list.csv", index=False)
    try:
        return load_study(folder).check()
    except InputError as error:
        return list(error.faults)


@pytest.mark.parametrize("column", ["customer_id", "order_id", "product_id", "time"])
@pytest.mark.parametrize("word", ["Total", "Summe", "Totale", "合计", "Итого", "Sous-total:"])
def test_a_last_row_without_a_date_that_is_called_a_total(column: str, word: str, tmp_path: Path) -> None:
    lines = shop(20)
    (fault,) = faults_of(tmp_path / "last", bare_total(lines, **{column: word}))
    assert f"1 row of table transactions is a total (row {len(lines) + 2} of list.csv): {word!r}" == fault.what
    assert fault.allowed == "rows of single purchases, no totals"
    assert "take the row out of the file" in fault.remedy


def test_the_remedy_for_a_total_without_a_date_helps(tmp_path: Path) -> None:
    lines = bare_total(shop(20), customer_id="Total")
    (fault,) = faults_of(tmp_path / "last", lines)
    assert "add where: {time: {present: true}} to table transactions" in fault.remedy
    assert faults_of(tmp_path / "without", lines, where={"time": {"present": True}}) == []


def test_a_last_row_that_holds_the_sum_and_nothing_else(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path / "bare", bare_total(shop(20)))
    assert fault.what.startswith("1 row of table transactions is a total")
    assert fault.what.endswith("the sum of the others")


def test_a_word_for_a_sum_in_a_column_of_no_use_beside_the_amount_alone(tmp_path: Path) -> None:
    lines = shop(20)
    lines["remark"] = ""
    (fault,) = faults_of(tmp_path / "remark", bare_total(lines.assign(amount=lines["amount"] + 0.01), remark="Summe"))
    assert fault.what.endswith("'Summe'")


def test_other_rows_without_a_date_are_named_beside_the_total(tmp_path: Path) -> None:
    lines = shop(20).astype({"time": str})
    lines.loc[4, "time"] = None
    lines.loc[5, "customer_id"] = None
    found = faults_of(tmp_path / "both", bare_total(lines, order_id="Total"))
    assert [fault.what.partition(" (")[0] for fault in found] == [
        "1 row of table transactions is a total",
        "customer_id is missing in 1 row",
        "time is missing in 1 row",
    ]
    assert "row 6 of list.csv" in found[2].what


def test_an_amount_alone_that_is_no_sum_is_a_row_without_a_date(tmp_path: Path) -> None:
    lines = bare_total(shop(20))
    lines.loc[len(lines) - 1, "amount"] = 5
    found = faults_of(tmp_path / "slip", lines)
    assert [fault.what.partition(" is missing")[0] for fault in found if "missing" in fault.what][-1] == "time"
    assert not [fault for fault in found if "total" in fault.what]


def test_an_amount_of_a_customer_like_the_sum_of_the_others_is_no_total(tmp_path: Path) -> None:
    found = faults_of(tmp_path / "customer", bare_total(shop(20), customer_id="C0003", order_id="O9"))
    assert [fault.what.partition(" in ")[0] for fault in found] == ["time is missing"]


def test_a_total_without_a_date_in_a_file_of_typed_columns(tmp_path: Path) -> None:
    lines = shop(20)
    sums = pd.DataFrame([{"customer_id": "Summe", "amount": lines["amount"].sum()}])
    lines.loc[3, "time"] = None
    folder = make_study(
        tmp_path / "typed", {"transactions": lines}, sources={"transactions": {"source": "list.parquet"}}
    )
    pd.concat([lines, sums], ignore_index=True).to_parquet(folder / "list.parquet")
    with pytest.raises(InputError) as error:
        load_study(folder).require_sound()
    first, second = error.value.faults
    assert first.what == "1 row of table transactions is a total: 'Summe'"
    assert second.what == "time is missing in 1 row"
