"""Profit, cost to serve, credit, leads and fraud: what was put in comes out."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from helpers.simulation import CompanyParameters, read_parameters
from helpers.simulation.population import make_population
from helpers.simulation.streams import blocks

from .conftest import COMPANY, Reader


def test_the_whale_curve_is_that_of_a_real_distributor(table: Reader) -> None:
    """The best fifth earn more than all profit, and a good part of the customers cost money (methods digest, M11)."""
    profit = table("truth/customers")["profit"].sort_values(ascending=False)
    total = profit.sum()
    assert 1.0 < profit.head(len(profit) // 5).sum() / total < 1.5
    assert 1.05 < profit.clip(lower=0).sum() / total < 1.6
    assert 0.15 < (profit < 0).mean() < 0.45
    revenue = table("truth/customers")["revenue"]
    assert 0.03 < total / revenue.sum() < 0.2


def test_true_profit_is_made_of_what_the_tables_hold(table: Reader, parameters: CompanyParameters) -> None:
    truth = table("truth/customers").set_index("customer_id")
    lines = (
        table("tables/transactions").groupby("customer_id")[["amount", "cost"]].sum().reindex(truth.index, fill_value=0)
    )
    np.testing.assert_allclose(truth["revenue"], lines["amount"], atol=0.01)
    np.testing.assert_allclose(truth["cost_of_goods"], lines["cost"], atol=0.01)
    activities = table("tables/activities")
    unit = activities["activity"].astype(str).map(parameters.unit_costs)
    serve = (activities["quantity"] * unit).groupby(activities["customer_id"]).sum().reindex(truth.index, fill_value=0)
    np.testing.assert_allclose(truth["cost_to_serve"], serve, atol=0.01)
    contacts = table("tables/contacts").groupby("customer_id")["cost"].sum().reindex(truth.index, fill_value=0)
    np.testing.assert_allclose(truth["cost_of_contacts"], contacts, atol=0.01)
    parts = truth["revenue"] - truth[["cost_of_goods", "cost_to_serve", "cost_of_contacts", "credit_loss"]].sum(axis=1)
    np.testing.assert_allclose(truth["profit"], parts, atol=0.03)


def test_cost_pools_over_quantities_give_the_unit_costs(table: Reader, parameters: CompanyParameters) -> None:
    pools = table("tables/cost_pools")
    rate = (
        pools.groupby("activity", observed=True)["cost"].sum()
        / pools.groupby("activity", observed=True)["quantity"].sum()
    )
    true = pd.Series(dict(parameters.unit_costs))
    np.testing.assert_allclose(rate[true.index], true, rtol=0.03)
    booked = table("tables/activities").groupby(["year", "activity"], observed=True)["quantity"].sum()
    assert (
        pools.set_index(["year", "activity"])["quantity"] == booked.reindex(pools.set_index(["year", "activity"]).index)
    ).all()


def test_activities_agree_with_orders_and_visits_with_their_rate(table: Reader, parameters: CompanyParameters) -> None:
    done = table("tables/activities").groupby("activity", observed=True)["quantity"].sum()
    lines = table("tables/transactions")
    orders = lines.drop_duplicates("order_id")["channel"].value_counts()
    for channel in ("shop", "web", "telephone", "representative"):
        assert done[f"order_{channel}"] == orders[channel]
    assert done["order_line"] == (lines["line_type"] == "sale").sum()
    assert done["return"] == (lines["line_type"] == "return").sum()
    assert done["service_minute"] == table("tables/service_cases")["minutes"].sum()
    assert done["delivery"] / (orders.sum() - orders["shop"]) == pytest.approx(1.12, abs=0.01)
    truth = table("truth/customers")
    since = pd.to_datetime(table("tables/customers")["customer_since"]).clip(lower=pd.Timestamp(parameters.start))
    until = pd.to_datetime(truth["dropped_out_on"]).fillna(pd.Timestamp(parameters.as_of))
    years = ((until - since).dt.days / 365.25)[truth["segment"] == "industry"].sum()
    firms = truth.loc[truth["segment"] == "industry", "customer_id"]
    visits = table("tables/activities").query("activity == 'visit'")
    made = visits.loc[visits["customer_id"].isin(firms), "quantity"].sum()
    assert made / years == pytest.approx(parameters.segments["industry"].visits_per_year, rel=0.03)


def test_insolvency_follows_the_books(parameters: CompanyParameters) -> None:
    """Logistic regression on those who stopped buying on account recovers the true coefficients."""
    size = {"customers": 40_000, "seed": 2, "fraud.share": 0.0}
    larger = read_parameters(COMPANY, size)
    parts = [make_population(larger, block) for block in blocks(larger.customers, larger.seed)]
    rows = pd.concat(
        pd.DataFrame(
            {
                "gone": part.gone < larger.history_days,
                "candidate": part.firm & part.on_account,
                "defaulted": part.defaulted,
                "log_years": np.log(part.years_in_business),
                "equity": part.equity_ratio,
            }
        )
        for part in parts
    )
    assert not rows.loc[~rows["gone"], "defaulted"].any()
    here = rows[rows["gone"] & rows["candidate"]].astype(float)
    fit = sm.Logit(here["defaulted"], sm.add_constant(here[["log_years", "equity"]])).fit(disp=0)
    credit = larger.credit
    true = np.array([credit.default_intercept, credit.default_log_years, credit.default_equity])
    assert (np.abs((fit.params - true) / fit.bse) < 3.5).all()
    assert (np.abs(fit.bse / true)[1:] < 0.3).all()


def test_payments_follow_the_payer_classes(table: Reader, parameters: CompanyParameters) -> None:
    truth = table("truth/customers")[["customer_id", "payer", "defaulted"]]
    bills = table("tables/invoices").merge(truth, on="customer_id")
    bills = bills[~bills["defaulted"] & (pd.to_datetime(bills["time"]) < pd.Timestamp("2024-06-01"))]
    first = table("tables/payments").groupby("invoice_id").agg(paid=("time", "min"), total=("amount", "sum"))
    bills = bills.merge(first, left_on="invoice_id", right_index=True, how="left", validate="one_to_one")
    late = (pd.to_datetime(bills["paid"]) - pd.to_datetime(bills["due_date"])).dt.days
    mean = late.groupby(bills["payer"], observed=True).mean()
    for name, payer in parameters.credit.payers.items():
        assert mean[name] == pytest.approx(payer.delay_days, abs=max(1.5, 0.15 * payer.delay_days)), name
    prompt = bills[bills["payer"] == "prompt"]
    np.testing.assert_allclose(prompt["total"], prompt["amount"], atol=0.005)
    halves = table("tables/payments").groupby("invoice_id").size().reindex(prompt["invoice_id"])
    assert (halves == 2).mean() == pytest.approx(parameters.credit.instalments, abs=0.005)


def test_invoices_are_orders_on_account_and_only_the_insolvent_leave_losses(
    table: Reader, parameters: CompanyParameters
) -> None:
    bills, truth = table("tables/invoices"), table("truth/customers")
    sold = table("tables/transactions").query("line_type == 'sale'").groupby("order_id")["amount"].sum()
    np.testing.assert_allclose(bills["amount"], sold.loc[bills["invoice_id"]], atol=0.005)
    customers = table("tables/customers")
    on_account = customers.set_index("customer_id")["on_account"]
    assert on_account.loc[bills["customer_id"]].all()
    for kind, share in parameters.credit.on_account.items():
        assert customers.loc[customers["kind"] == kind, "on_account"].mean() == pytest.approx(share, abs=0.02)
    due = pd.to_datetime(bills["due_date"]) - pd.to_datetime(bills["time"])
    assert set(due.dt.days) == set(parameters.credit.term_days)
    assert (truth.loc[~truth["defaulted"], "credit_loss"] == 0).all()
    assert (truth.loc[truth["defaulted"], "credit_loss"] > 0).mean() > 0.5
    paid = table("tables/payments").groupby("invoice_id")["amount"].sum()
    owed = bills.set_index("invoice_id")["amount"]
    assert (paid <= owed.loc[paid.index] + 0.005).all()


def test_sources_win_their_share_of_closed_leads(table: Reader, parameters: CompanyParameters) -> None:
    leads = table("tables/leads")
    counts = pd.crosstab(leads["source"], leads["stage"])
    for name, source in parameters.leads.sources.items():
        closed = counts.loc[name, "won"] + counts.loc[name, "lost"]
        spread = np.sqrt(source.win * (1 - source.win) / closed)
        assert counts.loc[name, "won"] / closed == pytest.approx(source.win, abs=3.5 * spread + 0.01), name
    still_open = leads["stage"].isin(["new", "qualified", "offer", "negotiation"])
    assert 0.01 < still_open.mean() < 0.15
    assert leads.loc[still_open, "closed_date"].isna().all()
    assert (leads["customer_id"].notna() == (leads["stage"] == "won")).all()
    since = table("tables/customers").set_index("customer_id")["customer_since"]
    won = leads.dropna(subset="customer_id")
    assert (
        pd.to_datetime(won["closed_date"]).to_numpy() == pd.to_datetime(since.loc[won["customer_id"]]).to_numpy()
    ).all()


def test_stages_follow_each_other(table: Reader) -> None:
    steps, leads = table("tables/lead_stages"), table("tables/leads")
    in_order = steps.sort_values(["lead_id", "step"])
    elapsed = pd.to_datetime(in_order["time"]).groupby(in_order["lead_id"]).diff().dropna()
    assert (elapsed >= pd.Timedelta(0)).all()
    last = in_order.groupby("lead_id")["stage"].last()
    assert (last.astype(str) == leads.set_index("lead_id")["stage"].astype(str).loc[last.index]).all()
    first = in_order.groupby("lead_id")["stage"].first()
    assert (first.astype(str) == "new").all()


def test_fraudulent_accounts_are_few_and_stand_out(table: Reader, parameters: CompanyParameters) -> None:
    truth = table("truth/customers")
    pattern = truth.set_index("customer_id")["fraud_pattern"].astype("str")
    assert pattern.notna().mean() == pytest.approx(parameters.fraud.share, abs=0.002)
    lines = table("tables/transactions").assign(
        pattern=lambda frame: frame["customer_id"].map(pattern).fillna("honest")
    )
    by = lines.groupby("pattern")
    returned = by.apply(
        lambda group: group.loc[group["line_type"] == "return", "order_id"].nunique() / group["order_id"].nunique()
    )
    assert returned["refunds"] > 10 * returned["honest"]
    night = by["time"].apply(lambda times: (times.dt.hour < 5).mean())
    assert (night["night_orders"] > 0.6, night["honest"]) == (True, 0)
    cut = by["discount"].sum() / (by["amount"].sum() + by["discount"].sum())
    assert cut["discounts"] > 0.4 > 2 * cut["honest"]
    bust = truth[truth["fraud_pattern"] == "bust_out"]
    assert len(bust) >= 5
    assert bust["defaulted"].all()
    assert (bust["credit_loss"] / bust["revenue"]).median() > 0.3


def test_what_an_insolvent_customer_still_owes_is_lost_but_for_the_recovery(
    table: Reader, parameters: CompanyParameters
) -> None:
    truth = table("truth/customers").query("defaulted").set_index("customer_id")
    bills = table("tables/invoices").query("customer_id in @truth.index")
    gone = truth["dropped_out_on"].loc[bills["customer_id"]].to_numpy()
    rows = bills.assign(gone=gone).merge(table("tables/payments"), on="invoice_id", suffixes=("", "_paid"))
    before = rows[rows["time_paid"] <= rows["gone"]]
    after = rows[rows["time_paid"] > rows["gone"]]
    shares = before.groupby("invoice_id")["amount_paid"].sum() / before.groupby("invoice_id")["amount"].first()
    assert (shares > 0.49).all()
    assert len(before) > len(after) > 20
    late = after[~after["invoice_id"].isin(before["invoice_id"])]
    recovered = late["amount_paid"] / late["amount"]
    assert recovered.median() == pytest.approx(parameters.credit.recovery, abs=0.001)
    assert ((late["time_paid"] - late["gone"]).dt.days >= 200).mean() > 0.9
    unpaid = bills[~bills["invoice_id"].isin(before["invoice_id"])].groupby("customer_id")["amount"].sum()
    lost = truth.loc[unpaid.index, "credit_loss"]
    assert lost.sum() / unpaid.sum() == pytest.approx(1 - parameters.credit.recovery, abs=0.02)
