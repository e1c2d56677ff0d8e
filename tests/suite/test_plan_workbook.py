"""One sheet per key account: names that Excel accepts, and whatever stands in client data stays text."""

from datetime import date
from io import BytesIO

import ibis
import numpy as np
import openpyxl
import pytest
from tests.differentiation.test_key_accounts import WEIGHTS, customers_of, trade

from helpers import differentiation as d
from helpers.narrative.key_accounts import AccountSheet, account_sheets
from helpers.suite.report.plan_workbook import plan_workbook

AS_OF = date(2025, 1, 1)
HOSTILE = [
    '=HYPERLINK("http://evil.example","x")',
    "History",
    "history",
    "[a]:*?/\\b",
    "'quoted'",
    "x" * 60,
    "x" * 60,
    "  ",
    "+1+1\x00",
    "contents",
]


def sheets_of(names: list[str | None]) -> list[AccountSheet]:
    lines = trade(len(names))
    firms = d.business_accounts(customers_of(lines, last_name=names, sector="@SUM(A1)"))
    facts = d.gather_account_facts(ibis.memtable(lines), firms, AS_OF)
    accounts = d.choose_key_accounts(facts, count=len(names), weights=WEIGHTS)
    stay = d.stay_shares(accounts, np.random.default_rng(1), draws=20)
    known = d.information_known(facts.table)
    material = (accounts, facts, d.expected_trade(facts), stay, known, d.measure_signs(facts))
    return account_sheets(*material, customers=accounts.chosen.index, currency="EUR")


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(content))


@pytest.fixture(scope="module")
def hostile():
    return opened(plan_workbook(sheets_of(HOSTILE), title="Plans", as_of=AS_OF))


def test_every_account_has_a_sheet_of_a_name_that_excel_accepts(hostile):
    names = hostile.sheetnames
    assert names[0] == "Contents"
    assert len(names) == 1 + len(HOSTILE)
    assert len({name.casefold() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") and name.strip("'") == name for name in names)


def test_nothing_of_client_data_is_a_formula(hostile):
    cells = [cell for page in hostile for line in page.iter_rows() for cell in line if cell.value is not None]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert {cell.value for cell in cells} >= {"@SUM(A1)"}


def test_a_sheet_holds_the_three_parts_and_rows_to_fill_in(hostile):
    shown = {line[0].value for line in hostile.worksheets[1].iter_rows()}
    parts = {"Part one: the client", "Part two: the competitor", "Part three: ourselves", "Goals and actions"}
    assert parts | {"strength", "weakness", "opportunity", "threat", *d.MEASURES, *d.INFORMATION} <= shown
    heads = [cell.value for line in hostile.worksheets[1].iter_rows() for cell in line]
    assert {"Goal", "Action", "Owner", "Date", "Expected revenue", "Expected margin"} <= set(heads)


def test_the_same_plans_are_the_same_file():
    one, other = (plan_workbook(sheets_of(["A", "B"]), title="Plans", as_of=AS_OF) for _ in range(2))
    assert one == other


def test_no_account_to_contact_is_a_workbook_of_contents_alone():
    assert opened(plan_workbook([], title="Plans", as_of=AS_OF)).sheetnames == ["Contents"]
