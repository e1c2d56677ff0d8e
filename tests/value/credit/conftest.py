"""Ledgers written by hand, and the simulated company's books."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from helpers.simulation import read_parameters, simulate
from helpers.value.credit import Receivables, prepare_receivables

AS_OF = date(2025, 1, 1)
ROOT = Path(__file__).parents[3]
Bill = tuple[object, str, str, int, float]
Payment = tuple[object, str, float]


def make_invoices(*bills: Bill) -> pd.DataFrame:
    """Return invoices from (id, customer, date, term in days, amount); sellers s1 and s2 take turns by customer."""
    table = pd.DataFrame(bills, columns=["invoice_id", "customer_id", "time", "term", "amount"])
    table["time"] = pd.to_datetime(table["time"])
    table["due_date"] = table["time"] + pd.to_timedelta(table.pop("term"), unit="D")
    table["seller_id"] = [f"s{1 + ord(name[0]) % 2}" for name in table["customer_id"]]
    return table


def make_payments(*paid: Payment) -> pd.DataFrame:
    """Return payments from (invoice, date, amount)."""
    table = pd.DataFrame(paid, columns=["invoice_id", "time", "amount"])
    return table.assign(time=pd.to_datetime(table["time"]), amount=table["amount"].astype("float64"))


@pytest.fixture(scope="session")
def invoices() -> Callable[..., pd.DataFrame]:
    return make_invoices


@pytest.fixture(scope="session")
def payments() -> Callable[..., pd.DataFrame]:
    return make_payments


@pytest.fixture(scope="session")
def ledger() -> Callable[..., Receivables]:
    """Make a ledger from lists of bills and payments."""

    def make(bills: list[Bill], paid: list[Payment], as_of: date = AS_OF) -> Receivables:
        return prepare_receivables(make_invoices(*bills), make_payments(*paid), as_of)

    return make


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> tuple[Receivables, pd.DataFrame]:
    """The ledger of a small simulated company, and the truth about its customers."""
    folder = tmp_path_factory.mktemp("company")
    parameters = read_parameters(ROOT / "data" / "simulated" / "company.yml").model_copy(update={"customers": 800})
    simulate(parameters, folder)
    tables = [pd.read_parquet(folder / "tables" / f"{name}.parquet") for name in ("invoices", "payments")]
    truth = pd.read_parquet(folder / "truth" / "customers.parquet").set_index("customer_id")
    return prepare_receivables(tables[0], tables[1], parameters.as_of), truth
