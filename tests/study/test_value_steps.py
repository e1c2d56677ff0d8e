"""Steps on values: money as people write it, values in other words, computed columns; and what is refused."""

from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import Fault, InputError
from helpers.study.grammar import TableSpec
from helpers.study.money_text import CODES, common_currencies
from helpers.study.number_text import parse_money
from helpers.study.steps.expressions import circle_among, parse_expression
from helpers.study.study import Study, load_study

MONEY = {
    "£1,299.00": 1299.0,
    "-£12.50": -12.5,
    "£-12.50": -12.5,
    "12.50-": -12.5,
    "12.50 -": -12.5,
    "(12.50)": -12.5,
    "(£12.50)": -12.5,
    "£(12.50)": -12.5,
    "- £ 5": -5.0,
    "−12.50": -12.5,
    "+£5": 5.0,
    "GBP 12": 12.0,
    "12 gbp": 12.0,
    "US$ 5": 5.0,
    "12.50 kr.": 12.5,
    "Rs.500": 500.0,
    "Fr. 12.-": 12.0,
    "12.-": 12.0,
    "￥12.00": 12.0,
    "12元": 12.0,
    "CHF 1'200.50": 1200.5,
    "£.50": 0.5,
    "7": 7.0,
    "1,299.5": 1299.5,
}
NO_MONEY = ["12 pcs", "ABC 12", "-(5)", "--5", "(5", "5)", "12 - 5", "£", "$5 USD", "refund", "-£5-", "€1,00"]


def money_of(texts: list[str], **options: Any) -> list[float | None]:
    table = ibis.duckdb.connect().create_table("texts", ibis.memtable({"text": texts}))
    spec = TableSpec(source="lines.csv", **options)
    return table.select(value=parse_money(table["text"], spec)).to_pyarrow().to_pydict()["value"]


def test_money_is_read_wherever_its_sign_and_minus_stand():
    assert money_of(list(MONEY)) == list(MONEY.values())
    assert money_of(["1.299,00 €", "-12,50 €", "€ 12,-", "(0,99)"], decimal=",") == [1299.0, -12.5, 12.0, -0.99]


def test_what_is_no_money_is_not_read():
    assert money_of(NO_MONEY) == [None] * len(NO_MONEY)


@pytest.mark.parametrize("code", sorted(CODES)[::20])
def test_a_code_of_a_currency_is_read_before_and_behind(code: str):
    assert money_of([f"{code} 1.50", f"1.50{code.lower()}"]) == [1.5, 1.5]
    assert common_currencies([code]) == {code.replace("CNH", "CNY")}


def shop_with(folder: Path, lines: pd.DataFrame, *, currency: str = "EUR", **entry: Any) -> Path:
    columns = {name: name for name in shop(1).columns if name in lines}
    sources = {"transactions": {"columns": columns} | entry}
    return make_study(folder, {"transactions": lines}, sources=sources, currency=currency)


def faults_of(folder: Path) -> list[Fault]:
    try:
        return load_study(folder).check()
    except InputError as error:
        return list(error.faults)


def sound(folder: Path) -> Study:
    study = load_study(folder)
    assert study.check() == []
    return study


def total(study: Study) -> float:
    return study.table("transactions")["amount"].sum().to_pyarrow().as_py()


def in_pounds(amount: float) -> str:
    return f"-£{-amount:,.2f}" if amount < 0 else f"£{amount:,.2f}"


class TestMoney:
    def test_retail_money_column_with_refunds(self, tmp_path: Path):
        lines = shop(60)
        lines.loc[3::50, "amount"] *= -1
        text = lines.assign(amount=(lines["amount"] * 20).round(2).map(in_pounds))
        assert (
            "add money: [amount] to the table" in faults_of(shop_with(tmp_path / "a", text, currency="GBP"))[0].remedy
        )
        for number, money in enumerate((["amount"], True)):
            study = sound(shop_with(tmp_path / f"b{number}", text, currency="GBP", money=money))
            assert total(study) == pytest.approx((lines["amount"] * 20).sum())

    def test_two_currencies_in_a_column_are_a_fault_with_counts(self, tmp_path: Path):
        lines = shop(60)
        sign = np.where(np.arange(len(lines)) % 100 == 0, "$", "£")
        text = lines.assign(amount=sign + lines["amount"].map("{:.2f}".format))
        (fault,) = faults_of(shop_with(tmp_path / "a", text, currency="GBP", money=["amount"]))
        few = (sign == "$").sum()
        assert fault.what == (
            f"the money stands in several currencies: '£' in {len(lines) - few:,} rows, '$' in {few} rows"
        )
        assert fault.allowed == "one currency, GBP"

    def test_money_in_another_currency_than_the_studys_is_a_fault(self, tmp_path: Path):
        text = shop(60).assign(amount=lambda lines: lines["amount"].map("£{:.2f}".format))
        (fault,) = faults_of(shop_with(tmp_path / "a", text, currency="EUR", money=["amount"]))
        assert fault.what.startswith("the money stands in another currency than EUR: '£' in ")

    @pytest.mark.parametrize(("sign", "currency"), [("$", "CAD"), ("¥", "CNY"), ("¥", "JPY"), ("kr ", "NOK")])
    def test_a_sign_of_several_currencies_fits_each(self, sign: str, currency: str, tmp_path: Path):
        text = shop(60).assign(amount=lambda lines: lines["amount"].map(lambda one: f"{sign}{one:.2f}"))
        sound(shop_with(tmp_path / "a", text, currency=currency, money=["amount"]))

    def test_money_whose_mark_has_two_readings_is_not_guessed_at(self, tmp_path: Path):
        text = shop(60).assign(amount="£1,299")
        (fault,) = faults_of(shop_with(tmp_path / "a", text, currency="GBP", money=["amount"]))
        assert "fit two readings as amount" in fault.what
        study = sound(shop_with(tmp_path / "b", text, currency="GBP", money=["amount"], thousands=","))
        assert total(study) == 1299 * len(text)

    def test_typed_cells_of_a_workbook_are_read_beside_money(self, tmp_path: Path):
        lines = shop(20)
        mixed = lines.assign(amount=lines["amount"].astype(object))
        mixed.loc[::2, "amount"] = lines["amount"][::2].map(in_pounds)
        mixed.loc[1, "amount"] = 2.084
        mixed.to_excel(tmp_path / "lines.xlsx", index=False)
        entry = {"source": "../lines.xlsx", "money": ["amount"]}
        study = sound(make_study(tmp_path / "a", {}, sources={"transactions": entry}, currency="GBP"))
        assert total(study) == pytest.approx(lines["amount"].sum() - lines.loc[1, "amount"] + 2.084)

    def test_only_number_columns_hold_money(self, tmp_path: Path):
        (fault,) = faults_of(shop_with(tmp_path / "a", shop(60), money=["amont"]))
        assert fault.remedy == "did you mean 'amount'?"


def contacts_with(folder: Path, groups: list[str], values: dict[str, Any], **entry: Any) -> Path:
    """Write a shop with one campaign whose contacts say in the client's words who was treated."""
    lines = shop(60)
    who = sorted(lines["customer_id"].unique())
    contacts = pd.DataFrame({"customer_id": who, "campaign_id": "spring", "group": np.resize(groups, len(who))})
    columns = {"customer_id": "customer_id", "campaign_id": "campaign_id", "treated": "group"}
    sources = {"contacts": {"columns": columns, "values": values} | entry}
    return make_study(folder, {"transactions": lines, "contacts": contacts}, sources=sources)


class TestRecoding:
    def test_mailed_and_control_are_read_as_yes_and_no(self, tmp_path: Path):
        values = {"treated": {"mailed": "yes", "control": False}}
        study = sound(contacts_with(tmp_path / "a", ["mailed", "mailed", "control"], values))
        treated = study.table("contacts").to_pandas()["treated"]
        assert (treated.sum(), (~treated).sum()) == (40, 20)
        whats = [one.what for one in study.warnings()]
        assert (
            "values of treated in table contacts are read in other words: mailed as true (40), control as false (20)"
            in whats
        )

    def test_a_value_that_is_missing_from_the_list_is_a_fault_with_its_counts(self, tmp_path: Path):
        values = {"treated": {"mailed": True, "control": False}}
        (fault,) = faults_of(contacts_with(tmp_path / "a", ["mailed", "control", "opted out"], values))
        assert fault.what.startswith("20 rows (row 4, 7, 10, 13, 16 and more of contacts.csv) hold values of group")
        assert fault.what.endswith("that are not recoded: 'opted out' (20)")
        assert "_others: keep or _others: missing" in fault.remedy

    def test_others_may_be_missing_or_kept(self, tmp_path: Path):
        groups = ["mailed", "control", "no"]
        values = {"treated": {"mailed": True, "control": False, "_others": "missing"}}
        study = sound(contacts_with(tmp_path / "a", groups, values))
        assert study.table("contacts").to_pandas()["treated"].isna().sum() == 20
        assert any("20 rows of table contacts hold another value of treated" in one.what for one in study.warnings())
        values["treated"]["_others"] = "keep"
        study = sound(contacts_with(tmp_path / "b", groups, values))
        assert study.table("contacts").to_pandas()["treated"].tolist() == [True, False, False] * 20

    def test_a_value_that_is_kept_and_cannot_be_read_is_a_fault(self, tmp_path: Path):
        values = {"treated": {"mailed": True, "_others": "keep"}}
        (fault,) = faults_of(contacts_with(tmp_path / "a", ["mailed", "no", "perhaps"], values))
        assert fault.what.startswith("'perhaps' cannot be read as treated in 20 rows")

    def test_blank_values_and_those_listed_as_missing_are_no_others(self, tmp_path: Path):
        values = {"treated": {"mailed": True, "": False}}
        study = sound(contacts_with(tmp_path / "a", ["mailed", "", "-"], values, missing=["-"]))
        treated = study.table("contacts").to_pandas()["treated"]
        assert (treated.eq(True).sum(), treated.eq(False).sum(), treated.isna().sum()) == (20, 20, 20)

    def test_good_and_bad_applicants_and_typed_codes(self, tmp_path: Path):
        frame = pd.DataFrame({"customer_id": ["a", "b", "c"], "status": ["good", "bad", "good"], "rating": [1, 2, 2]})
        frame.to_parquet(tmp_path / "applicants.parquet")
        entry = {
            "source": "../applicants.parquet",
            "columns": {"customer_id": "customer_id", "defaulted": "status"},
            "attributes": {"score": "rating"},
            "values": {"defaulted": {"good": "no", "bad": "yes"}, "score": {1: 100, 2: 50}},
        }
        study = sound(make_study(tmp_path / "a", {}, sources={"applicants": entry}))
        found = study.table("applicants").to_pandas().sort_values("customer_id")
        assert found["defaulted"].tolist() == [False, True, False]
        assert found["score"].tolist() == [100.0, 50.0, 50.0]

    def test_identifiers_may_be_recoded(self, tmp_path: Path):
        values = {"customer_id": {"C0000": "C9999", "_others": "keep"}}
        study = sound(shop_with(tmp_path / "a", shop(60), values=values))
        found = study.table("transactions").to_pandas()["customer_id"]
        assert (found == "C9999").sum() == (shop(60)["customer_id"] == "C0000").sum()
        assert "C0000" not in set(found)

    @pytest.mark.parametrize(
        ("values", "what"),
        [
            ({"treated": {"mailed": "perhaps"}}, "'perhaps' cannot be read as treated"),
            ({"treatd": {"mailed": True}}, "unknown mapped column of table contacts 'treatd'"),
            ({"treated": {"mailed": True, "_others": "drop"}}, "_others of 'treated' cannot be 'drop'"),
            ({"treated": {"_others": "keep"}}, "'treated' lists no value"),
        ],
    )
    def test_a_recoding_that_the_file_alone_shows_to_be_wrong(self, values: Any, what: str, tmp_path: Path):
        faults = faults_of(contacts_with(tmp_path / "a", ["mailed", "control"], values))
        assert any(what in fault.what for fault in faults)


class TestComputed:
    def test_amount_is_computed_from_a_standard_column_and_one_of_the_source(self, tmp_path: Path):
        lines = shop(60).assign(price=lambda frame: frame["amount"]).drop(columns="amount")
        study = sound(shop_with(tmp_path / "a", lines, computed={"amount": "quantity * price"}))
        assert total(study) == pytest.approx((lines["quantity"] * lines["price"]).sum())
        assert any(one.what.startswith("amount of table transactions is computed as") for one in study.warnings())

    def test_names_with_blanks_money_and_a_column_computed_before(self, tmp_path: Path):
        lines = shop(60).rename(columns={"amount": "Unit price"})
        lines["Unit price"] = lines["Unit price"].map(in_pounds)
        computed = {"amount": "quantity * `Unit price` - discount", "discount": "quantity / 10 * (1 + 1)"}
        folder = shop_with(tmp_path / "a", lines, currency="GBP", computed=computed, money=["amount"])
        expected = lines["quantity"] * shop(60)["amount"] - lines["quantity"] / 5
        assert total(sound(folder)) == pytest.approx(expected.sum())

    def test_a_column_that_names_itself_speaks_of_the_source(self, tmp_path: Path):
        folder = shop_with(tmp_path / "a", shop(60), computed={"amount": "amount * 2"})
        columns = {name: name for name in shop(1).columns if name != "amount"}
        study = sound(shop_with(folder, shop(60), computed={"amount": "amount * 2"}, columns=columns))
        assert total(study) == pytest.approx(shop(60)["amount"].sum() * 2)

    def test_a_number_alone_holds_for_every_row(self, tmp_path: Path):
        lines = shop(20).drop(columns=["amount", "quantity"])
        study = sound(shop_with(tmp_path / "a", lines, computed={"amount": 5, "quantity": "2"}))
        assert total(study) == 5 * len(lines)
        assert str(study.table("transactions").schema()["amount"]) == "float64"

    def test_division_by_nought_is_a_fault_with_its_rows(self, tmp_path: Path):
        lines = shop(60).assign(pieces=lambda frame: np.where(np.arange(len(frame)) == 5, 0, 1), total=9.0)
        columns = {name: name for name in shop(1).columns if name != "amount"}
        (fault,) = faults_of(shop_with(tmp_path / "a", lines, columns=columns, computed={"amount": "total / pieces"}))
        assert fault.what == "amount is divided by nought in 1 row (row 7 of transactions.csv): total / pieces"

    def test_a_factor_that_is_no_number_is_a_fault_of_its_own(self, tmp_path: Path):
        lines = shop(60).assign(price="3.00")
        lines.loc[4, "price"] = "three"
        columns = {name: name for name in shop(1).columns if name != "amount"}
        (fault,) = faults_of(shop_with(tmp_path / "a", lines, columns=columns, computed={"amount": "quantity * price"}))
        assert fault.what == (
            "'three' cannot be read as a number in 1 row (row 6 of transactions.csv), for amount: quantity * price"
        )
        assert fault.where.endswith("column price")

    @pytest.mark.parametrize(
        ("computed", "what"),
        [
            ({"amount": "quantity * prise"}, "unknown column of transactions.csv 'prise'"),
            ({"amount": "2 * cost", "cost": "amount / 2"}, "each of these columns is computed from the next: amount"),
            ({"amount": "quantity *"}, "a number or a column is missing at the end"),
            ({"amount": "quantity ** 2"}, "a number or a column is missing before '*'"),
            ({"amount": "quantity / 0"}, "divides by nought"),
            ({"amount": "(quantity"}, "a bracket is opened and not closed"),
            ({"amount": "quantity; DROP TABLE x"}, "cannot be read"),
            ({"amount": "1,5 * quantity"}, "decimals have a point"),
            ({"time": "quantity"}, "unknown number column of table transactions 'time'"),
            ({"amount": "+".join(["quantity"] * 100)}, "an expression has 500 letters at most"),
            ({"amount": "(" * 30 + "1" + ")" * 30}, "more than 20 deep"),
            ({"quantity": "amount * 2"}, "'quantity' stands under columns and under computed"),
        ],
    )
    def test_an_expression_that_cannot_be_meant(self, computed: Any, what: str, tmp_path: Path):
        columns = {name: name for name in shop(1).columns if name != "amount" or "quantity" in computed}
        folder = shop_with(tmp_path / "a", shop(60), columns=columns, computed=computed)
        assert any(what in fault.what for fault in faults_of(folder))

    def test_expressions_are_read_by_their_own_grammar_and_never_run(self):
        for text in ("__import__('os').system('x')", "a.b", "a[0]", "lambda: 1", "'text'", "a == b", "a if b else c"):
            with pytest.raises(ValueError, match=r"cannot be read|not expected"):
                parse_expression(text)

    def test_circles_of_three_are_found(self):
        assert (
            circle_among({"a": "b + 1", "b": "c * 2", "c": "a"})[0] == circle_among({"a": "b", "b": "c", "c": "a"})[-1]
        )
        assert circle_among({"a": "b + a", "b": "x"}) == ()
