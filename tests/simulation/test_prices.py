"""The price list, what truly leaked, approvals and deliveries of the simulated company: what was put in comes out."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from helpers.simulation import CompanyParameters, read_parameters, simulate

from .conftest import COMPANY

OFFER = 0.20


@pytest.fixture(scope="module")
def parameters() -> CompanyParameters:
    return read_parameters(
        COMPANY, {"customers": 600, "seed": 5, "fraud.patterns": {"discounts": 1}, "fraud.share": 0.02}
    )


@pytest.fixture(scope="module")
def made(parameters: CompanyParameters, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    folder = simulate(parameters, tmp_path_factory.mktemp("prices")).folder
    names = ("tables/price_list", "tables/orders", "tables/transactions", "tables/invoices", "tables/service_cases")
    truths = ("truth/price_leaks", "truth/customers")
    return {
        name: pq.read_table(folder / f"{name}.parquet").to_pandas(date_as_object=False) for name in (*names, *truths)
    }


def test_the_list_holds_prices_for_all_offers_for_all_and_where_they_do_not_hold(made) -> None:
    listed = made["tables/price_list"]
    always = listed[listed["valid_to"].isna()].set_index("product_id")["price"]
    part = listed["price"] / listed["product_id"].map(always)
    assert len(always) == 240
    offers, exceptions = listed["valid_to"].notna() & listed["region"].isna(), listed["region"].notna()
    np.testing.assert_allclose(part[offers], 1 - OFFER, atol=1e-3)
    np.testing.assert_allclose(part[exceptions], 1.0)
    assert exceptions.sum() / offers.sum() == pytest.approx(0.05 * 7 * 2, rel=0.25)


def test_what_lies_below_the_list_is_negotiated_or_a_leak(made) -> None:
    truth, leaks = (
        made["truth/customers"].set_index("customer_id"),
        made["truth/price_leaks"].set_index("order_id")["leak"],
    )
    sold = made["tables/transactions"].query("line_type == 'sale'")
    given = sold["discount"] / (sold["amount"] + sold["discount"])
    honest = truth["fraud_pattern"].isna()
    of_customer = sold["customer_id"].map(truth["negotiated_discount"])
    stacked = 1 - (1 - of_customer) * (1 - OFFER)
    clean = sold["customer_id"].map(honest)
    near = np.minimum((given - of_customer).abs(), (given - stacked).abs())
    assert near[clean].max() < 0.02
    colluders = set(truth.index[~honest])
    assert colluders
    assert set(sold.loc[sold["customer_id"].isin(colluders), "order_id"]) <= set(leaks.index)


def test_no_leak_is_approved_and_most_negotiated_orders_are(made, parameters: CompanyParameters) -> None:
    orders = made["tables/orders"].set_index("order_id")["approved"]
    leaked = orders.index.isin(made["truth/price_leaks"]["order_id"])
    assert not orders[leaked].fillna(False).any()
    assert orders[leaked].notna().all()
    assert orders[~leaked].dropna().mean() == pytest.approx(parameters.prices.filed_share, abs=0.02)


def test_deliveries_come_before_the_invoice_but_for_late_ones(made) -> None:
    orders = made["tables/orders"].set_index("order_id")["delivered_time"]
    begun = made["tables/transactions"].groupby("order_id")["time"].min()
    assert (orders >= begun.reindex(orders.index)).sum() == orders.notna().sum()
    late = made["tables/service_cases"].query("cause == 'late delivery'")["order_id"]
    invoiced = made["tables/invoices"].set_index("invoice_id")["time"]
    after = orders.reindex(invoiced.index).dt.normalize() > invoiced
    assert after[after].index.isin(late).all()
    assert orders.isna().mean() < 0.01


def test_without_withdrawn_offers_and_fraud_nothing_leaks(tmp_path: Path) -> None:
    quiet = {"customers": 100, "fraud.share": 0.0, "prices.withdrawn_share": 0.0, "deliveries.undelivered_share": 0.0}
    company = simulate(read_parameters(COMPANY, quiet), tmp_path)
    assert company.rows["truth/price_leaks"] == 0
    assert (
        pq.read_table(tmp_path / "tables" / "price_list.parquet")["region"].null_count
        == company.rows["tables/price_list"]
    )
