"""Economic profit of a corner shop worked by hand, the identities it must keep, and what is refused."""

from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.core.periods import Period, periods_before
from helpers.value import credit
from helpers.value.profitability import (
    CostDrivers,
    CustomerFacts,
    EconomicProfit,
    ProfitAssumptions,
    explain_losses,
    gather_facts,
    measure_credit_costs,
    measure_economic_profit,
    set_unit_costs,
    summarise_losses,
    tied_up,
    whole_history,
)
from helpers.value.profitability.drivers import Activity

from .conftest import SHOP, YEAR, tables_of

Tables = dict[str, ir.Table]


def measure(tables: Tables, assumed: ProfitAssumptions, credit_costs: pd.DataFrame | None = None) -> EconomicProfit:
    return measure_economic_profit(
        gather_facts(tables, SHOP, YEAR), set_unit_costs(SHOP), assumed, credit_costs=credit_costs
    )


def test_activities_are_counted_by_hand(shop: Tables) -> None:
    facts = gather_facts(shop, SHOP, YEAR)
    assert facts.customers["customer_id"].tolist() == ["anna", "ben", "cleo"]
    assert facts.customers["revenue"].tolist() == [90.0, 20.0, 0.0]
    assert facts.customers["orders"].tolist() == [2, 1, 0]
    counted = facts.quantities.assign(customer=facts.customers["customer_id"]).set_index("customer")
    assert counted.loc["anna"].tolist() == [2, 3, 1, 1, 0]
    assert counted.loc["ben"].tolist() == [0, 1, 0, 0, 0]  # held back, and his order was made in the shop
    assert counted.loc["cleo"].tolist() == [0, 0, 0, 2, 2]
    assert facts.left_out.empty
    assert facts.cost_is_known


def test_economic_profit_is_worked_out_by_hand(shop: Tables) -> None:
    """Anna owes 73 on average of half a year; goods stand 36.5 days: 10 % a year on both."""
    owed = pd.DataFrame({"customer_id": ["anna"], "period": [0], "money_days": [7300.0], "expected_loss": [1.5]})
    found = measure(shop, ProfitAssumptions(None, cost_of_capital=0.10, stock_days=36.5), owed)
    table = found.customers.set_index("customer_id")
    assert table.loc["anna", "cost_to_serve"] == 2 * 2.0 + 3 * 0.5 + 6.0 + 1.0
    assert table.loc["anna", "capital_charge"] == pytest.approx(2.0 + 47.0 * 0.01)
    assert table.loc["anna", "economic_profit"] == pytest.approx(90.0 - 47.0 - 12.5 - 1.5 - 2.47)
    assert table.loc["ben", "economic_profit"] == pytest.approx(20.0 - 21.0 - 0.5 - 0.21)
    assert table.loc["cleo", "economic_profit"] == -102.0


def test_steps_add_up_to_the_total(shop: Tables) -> None:
    found = measure(shop, ProfitAssumptions(None))
    steps = found.steps().set_index("step")["amount"]
    costs = steps.drop(["list_revenue", "discount", "revenue", "economic_profit"]).sum()
    assert steps["list_revenue"] + steps["discount"] == pytest.approx(steps["revenue"])
    assert steps["revenue"] + costs == pytest.approx(steps["economic_profit"], abs=0.01)
    assert found.total == pytest.approx(found.customers["economic_profit"].sum())


def facts_of(rows: list[tuple[int, float, float, float]]) -> CustomerFacts:
    table = pd.DataFrame(rows, columns=["orders", "revenue", "discount", "visits"])
    customers = table[["orders", "revenue", "discount"]].assign(customer_id=range(len(table)), period=0)
    nothing = pd.DataFrame(columns=["activity", "driver", "reason"])
    return CustomerFacts(customers, table[["orders", "visits"]].astype(float), nothing, YEAR)


COSTS = pd.DataFrame(
    {
        "activity": ["visits", "orders"],
        "unit_cost": [30.0, 2.0],
        "low": [20.0, 1.0],
        "high": [50.0, 2.0],
        "basis": "assumed",
    }
)


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.floats(0.5, 1e4), st.floats(0, 1e3), st.floats(0, 9)), min_size=1, max_size=20
    ),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_profit_is_margin_less_all_costs_and_the_same_under_the_same_assumptions(rows, margin, capital) -> None:
    facts = facts_of(rows)
    found = measure_economic_profit(facts, COSTS, ProfitAssumptions(margin, 0.1, capital, stock_days=30))
    table = found.customers
    revenue = table["revenue"].sum()
    assert table["revenue"].sum() - table["cost_of_goods"].sum() == pytest.approx(margin * revenue, abs=1e-6 * revenue)
    served = 2.0 * facts.quantities["orders"].sum() + 30.0 * facts.quantities["visits"].sum()
    charge = capital * 30 / 365 * table["cost_of_goods"].sum()
    assert found.total == pytest.approx(margin * revenue - served - charge, abs=1e-6 * (revenue + served))
    assert np.allclose(found.activity_costs.sum(axis=1), table["cost_to_serve"])
    again = found.profit_under(found.unit_costs["unit_cost"].to_numpy(), margin, capital)
    assert np.allclose(again, table["economic_profit"], atol=1e-6)


def test_other_assumptions_move_profit_by_what_they_cost() -> None:
    facts = facts_of([(4, 200.0, 0.0, 1.0), (1, 100.0, 0.0, 0.0)])
    found = measure_economic_profit(facts, COSTS, ProfitAssumptions(0.5, cost_of_capital=0.0))
    assert found.unit_costs["activity"].tolist() == ["orders", "visits"]
    assert found.customers["economic_profit"].tolist() == [62.0, 48.0]
    assert found.profit_under(np.array([2.0, 40.0]), 0.5, 0.0).tolist() == [52.0, 48.0]
    assert found.profit_under(np.array([2.0, 30.0]), 0.4, 0.0).tolist() == [42.0, 38.0]


def test_what_a_study_lacks_is_left_out_and_reported(shop: Tables) -> None:
    drivers = CostDrivers(
        "some",
        "",
        "",
        (
            Activity("order", "orders", 1.0),
            Activity("case", "service_cases", 8.0),
            Activity("recorded", "contact_cost", 1.0),
            Activity("mailing", "contacts", 1.0, unless="recorded"),
            Activity("by_shop", "orders", 1.0, where={"branch": 1}),
            Activity("late", "contacts", 1.0, unless="order"),
        ),
    )
    facts = gather_facts(shop, drivers, YEAR)
    assert facts.quantities.columns.tolist() == ["order", "mailing"]
    assert facts.left_out["reason"].tolist() == [
        "the study has no service cases",
        "the contacts have no cost",
        "the transactions have no branch",
        "order is known instead",
    ]


def test_periods_share_out_what_belongs_to_the_whole(shop: Tables) -> None:
    timed = {name: table for name, table in shop.items() if name != "activities"}
    halves = gather_facts(timed, SHOP, periods_before(date(2025, 1, 1), months=6, count=2))
    whole = gather_facts(timed, SHOP, YEAR)
    assert halves.quantities.sum().tolist() == whole.quantities.sum().tolist()
    assert halves.customers["revenue"].sum() == whole.customers["revenue"].sum()
    assert len(halves.customers) == 4  # Anna twice
    assert halves.years == pytest.approx(whole.years)


def test_the_whole_history_begins_with_the_first_line(shop: Tables) -> None:
    assert whole_history(shop["transactions"], date(2025, 1, 1)) == (Period(date(2024, 2, 1), date(2025, 1, 1)),)
    with pytest.raises(InputError, match="no transaction before 2024-01-15"):
        whole_history(shop["transactions"], date(2024, 1, 15))


def test_counts_by_year_hold_for_whole_years_only(shop: Tables) -> None:
    history = whole_history(shop["transactions"], date(2024, 12, 1))  # cut by the history itself, not within it
    assert gather_facts(shop, SHOP, history).quantities["visit"].sum() == 2
    with pytest.raises(InputError, match="cannot be split on 2024-07-01"):
        gather_facts(shop, SHOP, periods_before(date(2025, 1, 1), months=6, count=2))
    without = shop | {"activities": shop["activities"].drop("year")}
    with pytest.raises(InputError, match="has neither time nor year"):
        gather_facts(without, SHOP, YEAR)


def test_what_no_business_has_is_refused(shop: Tables) -> None:
    with pytest.raises(
        InputError, match=r"cost_of_capital: 1.5 is out of range(?s:.*)gross_margin: -0.1 is out of range"
    ):
        ProfitAssumptions(-0.1, cost_of_capital=1.5)
    facts, costs = gather_facts(shop, SHOP, YEAR), set_unit_costs(SHOP).query("activity not in ['line', 'return']")
    with pytest.raises(InputError, match=r"no unit cost for line, return"):
        measure_economic_profit(facts, costs, ProfitAssumptions(None))
    stranger = pd.DataFrame({"customer_id": ["zoe"], "period": [0], "money_days": [1.0], "expected_loss": [0.0]})
    with pytest.raises(InputError, match="1 customer with invoices and neither order nor activity: "):
        measure(shop, ProfitAssumptions(None), stranger)


def test_a_stray_invoice_counts_in_the_customer_s_last_period() -> None:
    facts = facts_of([(4, 200.0, 0.0, 0.0)])
    stray = pd.DataFrame({"customer_id": [0], "period": [1], "money_days": [3650.0], "expected_loss": [7.0]})
    found = measure_economic_profit(facts, COSTS, ProfitAssumptions(0.5, cost_of_capital=0.1), credit_costs=stray)
    assert found.customers["economic_profit"].tolist() == [pytest.approx(100.0 - 8.0 - 7.0 - 1.0)]


def bills(**paid: float) -> credit.Receivables:
    invoices = pd.DataFrame(
        {
            "invoice_id": [1, 2],
            "customer_id": ["x", "y"],
            "time": pd.to_datetime(["2024-01-01", "2024-11-01"]),
            "amount": [100.0, 50.0],
        }
    )
    payments = pd.DataFrame(
        {"invoice_id": [1] * len(paid), "time": pd.to_datetime(list(paid)), "amount": list(paid.values())}
    )
    return credit.prepare_receivables(invoices, payments, date(2025, 1, 1), assumed_term_days=30)


def test_money_tied_up_is_added_up_day_by_day() -> None:
    """100 for ten days, then 40 for twenty more; the other invoice is open for 61 days."""
    found = tied_up(bills(**{"2024-01-11": 60.0, "2024-01-31": 40.0}))
    assert found.tolist() == [100 * 10 + 40 * 20, 50 * 61]
    assert tied_up(bills(**{"2024-12-31": 100.0}))[0] == 100 * 365


def test_money_tied_up_is_the_balance_of_every_day(ledger: credit.Receivables) -> None:
    """The same amount worked out another way: the ledger's own balance, day by day over a quarter's invoices."""
    kept = ledger.as_known_at("2023-04-01")
    total = sum(kept.open_at(day).sum() for day in pd.date_range("2023-01-02", "2023-04-01"))
    assert tied_up(kept).sum() == pytest.approx(total, rel=1e-9)


def test_credit_costs_belong_to_the_period_of_the_invoice(ledger: credit.Receivables) -> None:
    years = periods_before(date(2026, 1, 1), months=12, count=3)
    found = measure_credit_costs(ledger, years, rng=np.random.default_rng(1))
    whole = measure_credit_costs(ledger, (Period(date(2023, 1, 1), date(2026, 1, 1)),), rng=np.random.default_rng(2))
    for name in ("money_days", "expected_loss"):
        assert found[name].sum() == pytest.approx(whole[name].sum())
    assert (found["expected_loss"] >= 0).all()
    assert set(found["period"]) == {0, 1, 2}


def test_losses_are_put_down_to_the_first_step_that_leaves_nothing() -> None:
    columns = [
        "customer_id",
        "list_revenue",
        "discount",
        "revenue",
        "cost_of_goods",
        "cost_to_serve",
        "economic_profit",
    ]
    rows = [
        ("fine", 10.0, 0.0, 10.0, 5.0, 1.0, 4.0),
        ("visited", 0.0, 0.0, 0.0, 0.0, 30.0, -30.0),
        ("discounted", 100.0, 60.0, 40.0, 45.0, 1.0, -6.0),
        ("served", 10.0, 0.0, 10.0, 5.0, 9.0, -4.0),
        ("late", 10.0, 0.0, 10.0, 5.0, 2.0, -1.0),
    ]
    table = pd.DataFrame(rows, columns=columns)
    costs = pd.DataFrame({"order": [1.0, 0, 1, 9, 1], "visit": [0.0, 30, 0, 0, 1.5]})
    found = explain_losses(EconomicProfit(table, costs, costs, COSTS, None, np.zeros(5), ProfitAssumptions(None)))
    assert found["customer_id"].tolist() == ["visited", "discounted", "served", "late"]
    assert found["reason"].tolist() == ["nothing paid", "price below cost", "cost to serve", "credit"]
    assert found["costliest_activity"].tolist() == ["visit", "order", "order", "visit"]
    assert found.loc[1, "discount_rate"] == 0.6
    summary = summarise_losses(found)
    assert summary["loss"].tolist() == [30.0, 6.0, 4.0, 1.0]
    assert summary["loss_share"].sum() == pytest.approx(1)
    assert summary["customers"].tolist() == [1, 1, 1, 1]


def test_nobody_at_a_loss_leaves_an_empty_summary() -> None:
    facts = facts_of([(1, 100.0, 0.0, 0.0)])
    found = explain_losses(measure_economic_profit(facts, COSTS, ProfitAssumptions(0.5)))
    assert found.empty
    assert summarise_losses(found)["customers"].tolist() == [0, 0, 0, 0]


def test_no_table_of_contacts_leaves_only_lines(shop: Tables) -> None:
    lines = tables_of(transactions=shop["transactions"].drop("channel").to_pandas())
    facts = gather_facts(lines, SHOP, YEAR)
    assert facts.quantities.columns.tolist() == ["line", "return"]
    assert facts.left_out["activity"].tolist() == ["web_order", "mailing", "visit"]
