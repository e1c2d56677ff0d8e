"""Tables that match only in part are reported with their counts, and refused where nothing matches."""

from datetime import date
from pathlib import Path

import ibis
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.evaluation import campaign_pairs, never_bought
from helpers.study.data_warnings import DataWarning
from helpers.study.study import Study, load_study

CUSTOMERS = [f"C{number:04d}" for number in range(300)]


def contacts(customers: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": customers, "campaign_id": "autumn", "time": "2024-09-01"})


def responses(customers: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": customers, "campaign_id": "autumn", "time": "2024-09-10"})


def hyphened(known: int) -> list[str]:
    return CUSTOMERS[:known] + [f"{name[0]}-{name[1:]}" for name in CUSTOMERS[known:]]


def study_of(folder: Path, **tables: pd.DataFrame) -> Study:
    return load_study(make_study(folder, {"transactions": shop(), **tables}))


def named(study: Study, table: str) -> DataWarning:
    assert study.check() == []
    (warning,) = [one for one in study.warnings() if one.table == table]
    return warning


def refusal(study: Study) -> str:
    with pytest.raises(InputError) as error:
        study.require_sound()
    return str(error.value)


class TestContactsOfStrangers:
    def test_contacts_of_strangers(self, tmp_path: Path) -> None:
        study = study_of(tmp_path / "few", contacts=contacts(hyphened(3)), responses=responses(CUSTOMERS[:50]))
        sent, received = named(study, "contacts"), named(study, "responses")
        assert "297 of 300 customers of table contacts (99.0 %) do not stand in table transactions" in sent.what
        assert "47 of 50 customer and campaign pairs of table responses (94.0 %)" in received.what
        assert (sent.rows, received.rows) == (297, 47)
        assert "clean_ids: [marks]" in sent.remedy
        with pytest.raises(InputError, match="47 of 50 responses are of customers whom no contact names"):
            campaign_pairs(study.table("contacts"), study.table("responses"), study.as_of)
        assert never_bought(study.table("contacts"), study.table("transactions"), study.as_of) == 297

    def test_the_remedy_works(self, tmp_path: Path) -> None:
        tables = {"transactions": shop(), "contacts": contacts(hyphened(3)), "responses": responses(CUSTOMERS[:50])}
        study = load_study(make_study(tmp_path / "clean", tables, clean_ids=["marks"]))
        assert study.check() == []
        assert not [one for one in study.warnings() if one.spoils_figures]
        pairs = campaign_pairs(study.table("contacts"), study.table("responses"), study.as_of)
        assert pairs["responded"].sum() == 50

    def test_a_rate_stands_where_most_responses_match(self) -> None:
        sent, received = (
            ibis.memtable(frame.assign(time=pd.to_datetime(frame["time"])))
            for frame in (contacts(hyphened(300)), responses([*CUSTOMERS[:30], *(f"X{n}" for n in range(30))]))
        )
        assert campaign_pairs(sent, received, date(2025, 1, 1))["responded"].sum() == 30

    def test_none_at_all_is_refused(self, tmp_path: Path) -> None:
        said = refusal(study_of(tmp_path / "none", contacts=contacts(hyphened(0)), responses=responses(CUSTOMERS[:50])))
        assert "no customer of table contacts stands in table transactions: 'C-0000'" in said
        assert "no customer and campaign pair of table responses stands in table contacts" in said
        assert "clean_ids: [marks] to the study" in said


class TestOtherPairsOfTables:
    def test_products(self, tmp_path: Path) -> None:
        few = pd.DataFrame({"product_id": [f"P{n:02d}" for n in range(10)], "category": "x"})
        warning = named(study_of(tmp_path / "few", products=few), "transactions")
        lines = shop()
        lost = ~lines["product_id"].isin(few["product_id"])
        assert warning.rows == lost.sum()
        assert warning.amount == pytest.approx(lines.loc[lost, "amount"].sum(), abs=0.005)
        none = few.assign(product_id=few["product_id"] + "x")
        assert "no product of table transactions stands in table products" in refusal(
            study_of(tmp_path / "n", products=none)
        )

    def test_customers_of_buyers(self, tmp_path: Path) -> None:
        few = pd.DataFrame({"customer_id": CUSTOMERS[:30], "city": "Bonn"})
        warning = named(study_of(tmp_path / "few", customers=few), "transactions")
        assert "customers of table transactions (90.0 %) do not stand in table customers" in warning.what

    @pytest.mark.parametrize("table", ["surveys", "contracts", "service_cases", "invoices"])
    def test_every_table_of_customers(self, tmp_path: Path, table: str) -> None:
        more = {
            "surveys": {"overall": 3},
            "contracts": {"tenure_months": 3},
            "service_cases": {"case_id": range(100), "time": "2024-12-01"},
            "invoices": {"invoice_id": range(100), "time": "2024-12-01", "amount": 10.0},
        }
        strangers = [*CUSTOMERS[:20], *(f"S{n}" for n in range(80))]
        frame = pd.DataFrame({"customer_id": strangers, **more[table]})
        what = named(study_of(tmp_path / table, **{table: frame}), table).what
        assert f"80 of 100 customers of table {table} (80.0 %) do not stand in table transactions" in what

    def test_payments_and_invoices(self, tmp_path: Path) -> None:
        days = {"time": "2024-12-01", "amount": 10.0}
        owed = pd.DataFrame({"invoice_id": range(100), "customer_id": CUSTOMERS[:100], **days})
        paid = pd.DataFrame({"invoice_id": range(60, 160), **days})
        warning = named(study_of(tmp_path / "part", invoices=owed, payments=paid), "payments")
        assert (warning.rows, warning.amount) == (60, 600.0)
        none = paid.assign(invoice_id=range(1000, 1100))
        said = refusal(study_of(tmp_path / "none", invoices=owed, payments=none))
        assert "no invoice of table payments stands in table invoices" in said

    def test_without_transactions_the_contracts_are_the_base(self, tmp_path: Path) -> None:
        held = pd.DataFrame({"customer_id": CUSTOMERS[:100], "tenure_months": 3})
        asked = pd.DataFrame({"customer_id": CUSTOMERS[90:190], "overall": 4})
        study = load_study(make_study(tmp_path / "mobile", {"contracts": held, "surveys": asked}))
        assert (
            "90 of 100 customers of table surveys (90.0 %) do not stand in table contracts"
            in named(study, "surveys").what
        )

    def test_tables_that_match_are_not_named(self, tmp_path: Path) -> None:
        whole = pd.DataFrame({"customer_id": CUSTOMERS, "city": "Bonn"})
        goods = pd.DataFrame({"product_id": [f"P{n:02d}" for n in range(30)], "category": "x"})
        assert (
            study_of(tmp_path / "sound", customers=whole, products=goods, contacts=contacts(CUSTOMERS)).warnings() == ()
        )
