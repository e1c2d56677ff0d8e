"""A corner shop small enough to work out by hand, and a simulated company whose true profit is known."""

from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pytest

from helpers.core.periods import Period
from helpers.simulation import read_parameters, simulate
from helpers.value import credit, profitability
from helpers.value.profitability.drivers import Activity, CostDrivers

DATA = Path(__file__).parents[3] / "data"
YEAR = (Period(date(2024, 1, 1), date(2025, 1, 1)),)
SHOP = CostDrivers(
    "shop",
    "A corner shop",
    "",
    (
        Activity("web_order", "orders", 2.0, 1.0, 4.0, {"channel": "web"}),
        Activity("line", "order_lines", 0.5),
        Activity("return", "returned_lines", 6.0),
        Activity("mailing", "contacts", 1.0),
        Activity("visit", "counted", 50.0),
    ),
)


def tables_of(**frames: pd.DataFrame) -> dict[str, ir.Table]:
    return {name: ibis.memtable(frame) for name, frame in frames.items()}


@pytest.fixture(scope="session")
def shop() -> dict[str, ir.Table]:
    """Anna: two web orders, one line came back. Ben: one in the shop. Cleo: only contacted and visited."""
    lines = pd.DataFrame(
        [
            ("anna", 1, "2024-02-01", "web", 1, 40.0, 0.0, 20.0),
            ("anna", 1, "2024-02-01", "web", 2, 60.0, 10.0, 35.0),
            ("anna", 1, "2024-07-05", "web", -1, -40.0, 0.0, -20.0),
            ("anna", 2, "2024-08-01", "web", 1, 30.0, 0.0, 12.0),
            ("ben", 3, "2024-03-01", "shop", 1, 20.0, 5.0, 21.0),
        ],
        columns=["customer_id", "order_id", "time", "channel", "quantity", "amount", "discount", "cost"],
    )
    contacts = pd.DataFrame(
        {
            "customer_id": ["anna", "cleo", "cleo", "ben"],
            "campaign_id": [1, 1, 2, 1],
            "time": pd.to_datetime(["2024-04-01"] * 4),
            "treated": [True, True, None, False],
        }
    )
    done = pd.DataFrame(
        {"customer_id": ["cleo", "anna"], "activity": ["visit", "phone"], "quantity": [2, 9], "year": [2024, 2024]}
    )
    return tables_of(
        transactions=lines.assign(time=pd.to_datetime(lines["time"])),
        contacts=contacts.astype({"treated": "boolean"}),
        activities=done,
    )


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parameters = read_parameters(DATA / "simulated" / "company.yml")
    return simulate(parameters, tmp_path_factory.mktemp("company")).folder


@pytest.fixture(scope="session")
def truth(company: Path) -> pd.DataFrame:
    return pd.read_parquet(company / "truth" / "customers.parquet").set_index("customer_id")


@pytest.fixture(scope="session")
def ledger(company: Path) -> credit.Receivables:
    invoices, payments = (pd.read_parquet(company / "tables" / f"{name}.parquet") for name in ("invoices", "payments"))
    return credit.prepare_receivables(invoices, payments, date(2026, 1, 1))


@pytest.fixture(scope="session")
def company_tables(company: Path) -> dict[str, ir.Table]:
    names = ("transactions", "activities", "contacts", "service_cases")
    return {name: ibis.read_parquet(company / "tables" / f"{name}.parquet") for name in names}


@pytest.fixture(scope="session")
def measured(
    company: Path, company_tables: dict[str, ir.Table], ledger: credit.Receivables
) -> profitability.EconomicProfit:
    """The simulated company as a user would measure it, from its tables alone."""
    drivers = profitability.read_cost_drivers(DATA / "simulated" / "cost_drivers.yml")
    periods = profitability.whole_history(company_tables["transactions"], date(2026, 1, 1))
    facts = profitability.gather_facts(company_tables, drivers, periods)
    costs = profitability.set_unit_costs(drivers, pd.read_parquet(company / "tables" / "cost_pools.parquet"))
    on_credit = profitability.measure_credit_costs(ledger, periods, rng=np.random.default_rng(1))
    assumed = profitability.ProfitAssumptions(None, cost_of_capital=0.08)
    return profitability.measure_economic_profit(facts, costs, assumed, credit_costs=on_credit)
