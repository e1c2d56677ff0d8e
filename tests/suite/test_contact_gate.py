"""Whoever refused contact is on no list for contact, in whatever system and table the refusal stands."""

import ast
from pathlib import Path
from typing import ClassVar

import nbformat
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from tests.cases import make_study, shop

from helpers.core.results import Ledger
from helpers.study.study import load_study
from helpers.suite.notebook import display
from helpers.suite.notebook.book import Book
from helpers.suite.notebook.contact_gate import PURPOSES, ContactGate
from helpers.suite.notebook.refusers import find_refusers
from helpers.suite.planning.notebook_file import read_notebook
from helpers.suite.report.blocks import KEY

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[0-9]*.ipynb"))
LISTS = {
    "customers_classified": "contact",
    "customers_by_loyalty": "contact",
    "customers_by_phase": "contact",
    "customers_in_clusters": "contact",
    "key_accounts": "contact",
    "key_account_reasons": "reading",
    "next_actions": "contact",
    "customers_differentiated": "contact",
    "customers_likely_to_leave": "contact",
    "customers_in_cube": "contact",
    "customers_falling_silent": "contact",
    "credit_limits": "contract",
    "collection": "contract",
    "balances_to_confirm": "contract",
    "applicants_scored": "contract",
    "customers_judged": "reading",
    "lifetime_values": "reading",
    "customers_valued": "reading",
    "profit_by_customer": "reading",
    "profit_losses": "reading",
    "credit_risks": "reading",
    "weakest_link": "reading",
    "golden_records": "reading",
    "golden_ids": "reading",
    "golden_origins": "reading",
    "customer_ids": "reading",
    "crosswalk": "reading",
    "next_products": "contact",
    "recommendations": "contact",
    "unusual_accounts": "reading",
    "unusual_orders": "reading",
    "refunds_beyond": "reading",
    "accounts_sharing": "reading",
    "orders_to_check": "reading",
    "unbilled": "reading",
}
LINES = shop(12)
BUYERS = sorted(LINES["customer_id"].unique())
FOUR = LINES[LINES["customer_id"].isin(BUYERS[:4])]


def calls(path):
    """Every call of a method of the book, with its keywords as written."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("book."):
                    yield ast.unparse(node.func), {one.arg: one.value for one in node.keywords}


def test_every_list_of_every_notebook_states_what_it_is_for():
    stated = {}
    for path in NOTEBOOKS:
        for called, given_ in calls(path):
            if called == "book.list":
                stated[ast.literal_eval(given_["name"])] = ast.literal_eval(given_["purpose"])
    assert stated == LISTS


def test_whoever_says_whom_to_contact_runs_after_the_linkage():
    for path in NOTEBOOKS:
        asks = any(
            called in ("book.may_be_contacted", "book.gate.without_refusers")
            or (called == "book.list" and ast.literal_eval(given_["purpose"]) == "contact")
            for called, given_ in calls(path)
        )
        assert read_notebook(path).after_linkage is asks, path.stem


def customers(refused, **more):
    return pd.DataFrame({"customer_id": BUYERS[:4], "do_not_contact": refused}).assign(**more)


def records(refused, **more):
    return pd.DataFrame(
        {"record_id": ["r0", "r1", "r2", "r3"], "last_name": list("abcd"), "do_not_contact": refused}
    ).assign(**more)


def refusing(folder, linkage=None, **tables):
    return find_refusers(load_study(make_study(folder, {"transactions": FOUR, **tables})), linkage)


def on_records(numbers):
    """The lines, booked under records."""
    return FOUR.assign(record_id=FOUR["customer_id"].map(dict(zip(BUYERS[:4], numbers, strict=True))))


class TestWhoRefused:
    def test_as_the_customers_table_says(self, tmp_path):
        found = refusing(tmp_path / "s", customers=customers(["yes", "no", "no", "no"]))
        assert (found.known, found.customers, found.tables) == (True, {BUYERS[0]}, ("customers",))

    def test_is_not_known_without_the_column(self, tmp_path):
        found = refusing(tmp_path / "s", customers=customers(None).drop(columns="do_not_contact").assign(city="Ulm"))
        assert (found.known, found.customers) == (False, frozenset())

    def test_under_a_record_that_orders_were_booked_on(self, tmp_path):
        lines = on_records(["r3", "r2", "r1", "r0"])
        found = refusing(tmp_path / "s", transactions=lines, customer_records=records([True, False, None, False]))
        assert found.customers == {BUYERS[3]}
        assert found.ways == ("the records under which orders were booked",)

    def test_half_known_in_one_of_two_systems(self, tmp_path):
        lines = on_records(["r0", "r1", "r2", "r3"])
        mails = ["a@x.example", "b@x.example", " A@X.example", ""]
        both = records([False, None, True, None], email=mails, source=["sales", "sales", "web", "web"])
        found = refusing(tmp_path / "s", transactions=lines, customer_records=both)
        assert found.customers == {BUYERS[0], BUYERS[2]}
        assert "equal e-mail addresses" in found.ways

    def test_where_customers_and_records_have_the_same_numbers(self, tmp_path):
        found = refusing(tmp_path / "s", customer_records=records([False, True, False, False], record_id=BUYERS[:4]))
        assert found.customers == {BUYERS[1]}

    def test_by_the_linkage_of_the_run(self, tmp_path):
        lines, linkage = on_records(["r0", "r1", "r2", "r2"]), pd.DataFrame({"record_id": ["r0", "r3"]})
        linkage = linkage.assign(source="records", lasting_id=[5, 5])
        tables = {"transactions": lines, "customer_records": records([False, False, False, True])}
        assert refusing(tmp_path / "s", **tables).customers == frozenset()
        assert refusing(tmp_path / "t", linkage, **tables).customers == {BUYERS[0]}

    def test_a_guest_account_passes_its_own_refusal_only(self, tmp_path):
        lines = LINES.assign(record_id=np.where(LINES["customer_id"] == BUYERS[0], "r1", "r0"))
        lines = pd.concat([lines, lines[lines["customer_id"] == BUYERS[0]].assign(record_id="r0")])
        refused = {"transactions": lines, "customer_records": records([False, True, False, False])}
        assert refusing(tmp_path / "s", **refused).customers == {BUYERS[0]}
        everybody = refused | {"customer_records": records([True, False, False, False])}
        assert refusing(tmp_path / "t", **everybody).customers == set(BUYERS)

    def test_numbers_that_two_systems_gave_join_no_strangers(self, tmp_path):
        twice = pd.concat([records([True, False, False, False], source="web"), records(False, source="sales")])
        mails = twice.assign(email=[f"{n}@x.example" for n in range(4)] + [f"{n}@x.example" for n in (4, 5, 6, 0)])
        lines = on_records(["r0", "r1", "r2", "r3"])
        found = refusing(tmp_path / "s", transactions=lines, customer_records=mails)
        assert found.customers == {BUYERS[0], BUYERS[3]}  # r0 in the web refused; r3 in sales has its address


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    pieces: list[dict] = []
    monkeypatch.setattr(display, "publish_display_data", lambda _data, metadata: pieces.append(metadata[KEY]))
    return pieces


def book_of(folder, **tables):
    study = load_study(make_study(folder, {"transactions": FOUR, **tables}))
    return Book(study, {}, Ledger("EUR"))


def listed(folder):
    return pd.read_parquet(folder / "lists" / "a.parquet")


class TestLists:
    frame = pd.DataFrame({"customer_id": BUYERS[:4], "score": [1, 2, 3, 4]})
    words: ClassVar = {"name": "a", "title": "All", "about": "One row per customer."}

    def test_without_a_purpose_are_refused(self, tmp_path):
        book = book_of(tmp_path / "s")
        with pytest.raises(TypeError, match="purpose"):
            book.list(self.frame, **self.words)
        with pytest.raises(ValueError, match="purpose 'fun' of a list is none of contact, reading, contract"):
            book.list(self.frame, **self.words, purpose="fun")
        assert PURPOSES == ("contact", "reading", "contract")

    def test_for_contact_hold_no_refuser_and_say_how_many_went(self, tmp_path, shown, monkeypatch):
        monkeypatch.setenv("CRM_RUN_FOLDER", str(tmp_path))
        book = book_of(tmp_path / "s", customers=customers([True, False, None, True]))
        book.list(self.frame, **self.words, purpose="contact")
        assert listed(tmp_path)["customer_id"].tolist() == BUYERS[1:3]
        assert book.value("a_refusers") == 2
        assert shown[0]["rows"] == 2
        assert "2 customers who refused contact were taken out (as the table customers says)." in shown[0]["about"]

    def test_for_reading_mark_refusers_and_are_no_lists_for_contact(self, tmp_path, shown, monkeypatch):
        monkeypatch.setenv("CRM_RUN_FOLDER", str(tmp_path))
        book = book_of(tmp_path / "s", customers=customers([True, False, None, True]))
        book.list(self.frame, **self.words, purpose="reading")
        assert listed(tmp_path)["do_not_contact"].tolist() == [True, False, False, True]
        assert "not for contact" in shown[0]["about"]

    def test_of_a_contract_keep_all_and_say_why(self, tmp_path, shown):
        book_of(tmp_path / "s", customers=customers([True, False, None, True])).list(
            self.frame, **self.words, purpose="contract"
        )
        assert shown[0]["rows"] == 4
        assert "A matter of contract, not of advertising" in shown[0]["about"]

    def test_say_where_refusals_are_not_known(self, tmp_path, shown, monkeypatch):
        monkeypatch.setenv("CRM_RUN_FOLDER", str(tmp_path))
        book = book_of(tmp_path / "s")
        for purpose in ("contact", "reading"):
            book.list(self.frame, **self.words, purpose=purpose)
            assert "Who refused contact is not known" in shown[-1]["about"]
        assert listed(tmp_path)["do_not_contact"].isna().all()
        assert book.value("a_refusers") is None
        assert book.may_be_contacted(BUYERS).all()

    def test_under_numbers_of_a_linkage_know_its_refusers(self, tmp_path, monkeypatch):
        monkeypatch.setenv("CRM_RUN_FOLDER", str(tmp_path))
        tables = {
            "transactions": on_records(["r0", "r1", "r2", "r3"]),
            "customers": customers([False, False, False, True]),
        }
        book = book_of(tmp_path / "s", customer_records=records([True, None, False, False]), **tables)
        linked = pd.DataFrame({"source": "records", "record_id": ["r0", "r1", "r2", "r3"], "customer_id": [1, 1, 2, 3]})
        golden = pd.DataFrame({"customer_id": [1, 2, 3]})
        book.list(golden, **self.words, purpose="reading", linked=linked)
        assert listed(tmp_path)["do_not_contact"].tolist() == [True, False, True]

    def test_in_the_chapter_that_links_carry_a_refusal_on_by_orders(self, tmp_path, monkeypatch):
        """One record refused; its twin has the orders of a customer who also ordered under a record of another."""
        monkeypatch.setenv("CRM_RUN_FOLDER", str(tmp_path))
        lines = on_records(["r1", "r1", "r3", "r3"])
        lines = pd.concat([lines, lines[lines["customer_id"] == BUYERS[0]].assign(record_id="r2")])
        book = book_of(tmp_path / "s", transactions=lines, customer_records=records([True, False, False, False]))
        linked = pd.DataFrame({"source": "records", "record_id": ["r0", "r1", "r2", "r3"], "customer_id": [1, 1, 2, 3]})
        book.list(pd.DataFrame({"customer_id": [1, 2, 3]}), **self.words, purpose="reading", linked=linked)
        assert listed(tmp_path)["do_not_contact"].tolist() == [True, True, False]
        assert book.gate.refusers.customers == {BUYERS[0], BUYERS[1]}
        pairs = book.gate.bookings.pairs
        assert set(zip(pairs["customer_id"], pairs["record_id"], strict=True)) == set(
            lines[["customer_id", "record_id"]].drop_duplicates().itertuples(index=False, name=None)
        )

    def test_for_contact_must_tell_their_customers(self, tmp_path):
        with pytest.raises(ValueError, match="needs the column customer_id or record_id"):
            book_of(tmp_path / "s").list(pd.DataFrame({"segment": ["a"]}), **self.words, purpose="contact")

    def test_numbers_with_gaps_are_the_same_customers(self, tmp_path):
        lines = FOUR.assign(customer_id=FOUR["customer_id"].str[1:].astype(int))
        numbers = sorted(lines["customer_id"].unique())
        book = book_of(
            tmp_path / "s", transactions=lines, customers=customers([True] + [False] * 3, customer_id=numbers)
        )
        gappy = pd.DataFrame({"customer_id": [float(numbers[0]), float(numbers[1]), np.nan]})
        assert book.gate.apply(gappy, "contact").frame["customer_id"].iloc[0] == numbers[1]
        kept = book.gate.without_refusers(book.study.table("transactions")).customer_id.min().to_pyarrow().as_py()
        assert int(kept) == numbers[1]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    some.lists(some.sampled_from([True, False, None]), min_size=4, max_size=4),
    some.lists(some.sampled_from([True, False, None]), min_size=4, max_size=4),
    some.integers(0, 3),
)
def test_one_more_refuser_puts_nobody_on_a_list(tmp_path_factory, of_customers, of_records, one):
    frame, lines = TestLists.frame, on_records(["r0", "r1", "r2", "r0"])

    def kept(marks):
        # A column without any mark is no flag.
        tables = {"customers": customers(marks, city="Ulm"), "customer_records": records(of_records)}
        study = load_study(make_study(tmp_path_factory.mktemp("s") / "shop_of_four", {"transactions": lines, **tables}))
        return set(ContactGate(study).apply(frame, "contact").frame["customer_id"])

    before = kept(of_customers)
    after = kept([True if place == one else mark for place, mark in enumerate(of_customers)])
    assert after <= before - {BUYERS[one]}
