"""The purchase process that was put in comes out: rates, life, order values, days, choices."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers.simulation import CompanyParameters, read_parameters
from helpers.simulation.catalogue import stock_shelf
from helpers.simulation.parameters import Segment
from helpers.simulation.season import make_season

from .conftest import COMPANY, Reader, made

QUIET = {"customers": 12_000, "seed": 4, "campaigns": {}, "fraud.share": 0.0, "fraud.returns_share": 0.0}
SEGMENTS = ("household", "enthusiast", "craft", "reseller", "industry")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> tuple[CompanyParameters, Path]:
    """Return a company in which nothing but the customers' own wish makes them order."""
    return made(QUIET, tmp_path_factory.mktemp("quiet"))


@pytest.fixture(scope="module")
def customers(quiet: tuple[CompanyParameters, Path]) -> pd.DataFrame:
    """Return the true and the observed facts of each customer of the quiet company."""
    parameters, folder = quiet
    truth = pd.read_parquet(folder / "truth" / "customers.parquet")
    seen = pd.read_parquet(folder / "tables" / "customers.parquet", columns=["customer_id", "customer_since"])
    both = truth.merge(seen, on="customer_id", validate="one_to_one")
    since = (pd.to_datetime(both["customer_since"]) - pd.Timestamp(parameters.start)).dt.days
    return both.assign(since_day=since, new=since >= 0)


def _gamma(segment: Segment, name: str) -> tuple[float, float]:
    """Return shape and rate (per year) of a segment's gamma distribution."""
    shape, mean = getattr(segment, f"{name}_shape"), getattr(segment, f"{name}_per_year")
    return shape, shape / mean


def test_segments_have_their_shares(customers: pd.DataFrame, quiet: tuple[CompanyParameters, Path]) -> None:
    weights = pd.Series({name: part.share for name, part in quiet[0].segments.items()})
    expected = weights / weights.sum() * len(customers)
    observed = customers["segment"].value_counts()[expected.index]
    assert stats.chisquare(observed, expected).pvalue > 0.001
    assert customers["new"].mean() == pytest.approx(1 - quiet[0].existing_share, abs=0.015)


@pytest.mark.parametrize("name", SEGMENTS)
def test_rates_are_gamma_and_life_depends_on_the_age_already_reached(
    customers: pd.DataFrame, quiet: tuple[CompanyParameters, Path], name: str
) -> None:
    """Schmittlein, Morrison and Colombo (1987): dropout rates given survival to age a are Gamma(s, beta + a)."""
    here = customers[customers["segment"] == name]
    shape, rate = _gamma(quiet[0].segments[name], "orders")
    assert stats.kstest(here["orders_per_year"], stats.gamma(shape, scale=1 / rate).cdf).pvalue > 0.001
    shape, rate = _gamma(quiet[0].segments[name], "dropouts")
    age = np.maximum(-here["since_day"], 0) / 365.25
    assert stats.kstest(stats.gamma(shape).cdf(here["dropouts_per_year"] * (rate + age)), "uniform").pvalue > 0.001


@pytest.mark.parametrize("name", SEGMENTS)
def test_new_customers_order_as_the_pareto_nbd_expects(
    customers: pd.DataFrame, quiet: tuple[CompanyParameters, Path], name: str
) -> None:
    """Repeat orders and survival by age t: Fader and Hardie (2005, "A note on deriving the Pareto/NBD model")."""
    here = customers[(customers["segment"] == name) & customers["new"]]
    r, alpha = _gamma(quiet[0].segments[name], "orders")
    s, beta = _gamma(quiet[0].segments[name], "dropouts")
    age = (quiet[0].history_days - here["since_day"] - 0.5) / 365.25
    expected = r * beta / (alpha * (s - 1)) * (1 - (beta / (beta + age)) ** (s - 1))
    repeats = here["orders"] - 1
    error = np.sqrt((repeats - expected).var() / len(here))
    assert abs(repeats.mean() - expected.mean()) < 3.5 * error
    survival = ((beta / (beta + age)) ** s).mean()
    assert here["alive"].mean() == pytest.approx(survival, abs=3.5 * np.sqrt(0.25 / len(here)))


def test_expected_orders_of_the_next_year_follow_from_the_rates(customers: pd.DataFrame) -> None:
    alive = customers[customers["alive"]]
    lost = alive["dropouts_per_year"]
    expected = alive["orders_per_year"] * (1 - np.exp(-lost)) / lost
    np.testing.assert_allclose(alive["expected_orders_next_year"], expected, rtol=1e-6)
    assert (customers.loc[~customers["alive"], "expected_orders_next_year"] == 0).all()


@pytest.mark.parametrize("name", SEGMENTS)
def test_order_values_are_gamma_gamma(
    customers: pd.DataFrame, quiet: tuple[CompanyParameters, Path], name: str
) -> None:
    """Fader and Hardie (2013, "The gamma-gamma model of monetary value"): p / mean value is Gamma(q, v)."""
    segment = quiet[0].segments[name]
    here = customers[customers["segment"] == name]
    p, q = segment.order_value_shape, segment.customer_value_shape
    rate = segment.order_value * (q - 1) / p
    assert stats.kstest(p / here["mean_order_value"], stats.gamma(q, scale=1 / rate).cdf).pvalue > 0.001
    # What is on the invoice meets the true mean: rounding to whole units must not bend it.
    expected = (here["mean_order_value"] * here["orders"]).sum()
    assert here["revenue"].sum() / expected == pytest.approx(1, abs=0.03)


def test_firms_order_on_working_days_in_office_hours(quiet: tuple[CompanyParameters, Path]) -> None:
    lines = pd.read_parquet(quiet[1] / "tables" / "transactions.parquet", columns=["customer_id", "time"])
    kinds = pd.read_parquet(quiet[1] / "tables" / "customers.parquet", columns=["customer_id", "kind"])
    lines = lines.merge(kinds, on="customer_id")
    firms, persons = (lines.loc[lines["kind"] == kind, "time"].dt for kind in ("firm", "person"))
    assert (firms.day_of_week < 5).mean() > 0.998  # a first order may fall on a weekend
    assert (persons.day_of_week >= 5).mean() == pytest.approx(2 / 7, abs=0.01)
    assert (firms.hour.min(), firms.hour.max()) == (7, 17)


def test_season_is_off_by_default_and_a_wave_of_mean_one_when_on() -> None:
    off = make_season(read_parameters(COMPANY))
    np.testing.assert_array_equal(off.clock, off.calendar)
    on = make_season(read_parameters(COMPANY, {"seasonality.amplitude": 0.6, "seasonality.peak_month": 11}))
    assert on.elapsed(np.array([365.25]))[0] == pytest.approx(365.25, abs=0.01)
    rate = np.diff(on.clock)
    assert (np.diff(on.clock) > 0).all()
    assert pd.Timestamp("2023-01-01") + pd.Timedelta(days=int(rate[:365].argmax())) == pytest.approx(
        pd.Timestamp("2023-11-15"), abs=pd.Timedelta(days=2)
    )
    assert (rate.max(), rate.min()) == (pytest.approx(1.6, abs=0.001), pytest.approx(0.4, abs=0.001))
    days = np.linspace(0, 1_000, 7)
    np.testing.assert_allclose(on.day(on.elapsed(days)), days)


def test_orders_follow_the_season(tmp_path: Path) -> None:
    stay = {f"segments.{name}.dropouts_per_year": 1e-4 for name in SEGMENTS}
    changes = {"customers": 1_500, "existing_share": 1.0, "campaigns": {}, "seasonality.amplitude": 0.5, **stay}
    parameters, folder = made(changes, tmp_path)
    lines = pd.read_parquet(folder / "tables" / "transactions.parquet", columns=["order_id", "time"])
    observed = lines.drop_duplicates("order_id")["time"].dt.month.value_counts(normalize=True).sort_index()
    rate = np.diff(make_season(parameters).clock)
    months = pd.date_range(parameters.start, periods=parameters.history_days).month
    expected = pd.Series(rate).groupby(months).sum() / rate.sum()
    np.testing.assert_allclose(observed, expected, rtol=0.05)
    assert expected[11] > 2.5 * expected[5]


def test_categories_follow_the_themes(parameters: CompanyParameters, table: Reader) -> None:
    shelf = stock_shelf(parameters)
    truth = table("truth/customers")
    weights = truth[[f"theme_{name}" for name in shelf.themes]].to_numpy()
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    lines = table("tables/transactions")[["customer_id", "product_id"]].merge(
        table("tables/products")[["product_id", "category"]], on="product_id"
    )
    counts = lines.groupby("customer_id").size().reindex(truth["customer_id"], fill_value=0).to_numpy()
    expected = counts @ (weights @ shelf.theme_weights) / counts.sum()
    observed = lines["category"].value_counts(normalize=True)[list(shelf.categories)]
    np.testing.assert_allclose(observed, expected, atol=0.01)
    for at, name in enumerate(shelf.themes):
        segment = parameters.segments["craft"].themes
        share = segment.get(name, 0.0) / sum(segment.values())
        assert weights[truth["segment"] == "craft", at].mean() == pytest.approx(share, abs=0.02)


def test_brand_choice_follows_loyalty_and_offers(parameters: CompanyParameters, table: Reader) -> None:
    """The logit of popularity, favourite brand and price cut predicts how often the favourite is bought."""
    shelf = stock_shelf(parameters)
    lines = table("tables/transactions").iloc[:300_000]
    product = lines["product_id"].to_numpy() - 1
    items, brands = len(shelf.item_share), len(shelf.brands)
    category, brand = product // (items * brands), product // items % brands
    truth = table("truth/customers").set_index("customer_id").loc[lines["customer_id"]]
    favourites = table("truth/favourite_brands").set_index(["category", "customer_id"])["brand"]
    favourites = pd.DataFrame({name: favourites[name] for name in shelf.categories})
    codes = favourites.apply(lambda column: column.cat.set_categories(shelf.brands).cat.codes)
    favourite = codes.loc[lines["customer_id"]].to_numpy()[np.arange(len(lines)), category]
    sold = (lines["line_type"] == "sale").to_numpy()
    day = (lines["time"] - pd.Timestamp(parameters.start)).dt.days.to_numpy()
    cuts = shelf.offer(day, category)
    utility = shelf.brand_utility + truth["price_sensitivity"].to_numpy()[:, None] * cuts
    utility[np.arange(len(lines)), favourite] += truth["brand_loyalty"].to_numpy()
    chance = np.exp(utility) / np.exp(utility).sum(axis=1, keepdims=True)
    bought = brand[:, None] == np.arange(brands)
    for group in (sold & (truth["segment"] == "household"), sold & (truth["segment"] == "industry")):
        loyal = (np.arange(len(lines))[group], favourite[group])
        assert bought[loyal].mean() == pytest.approx(chance[loyal].mean(), abs=0.01)
    on_offer = (cuts > 0) & sold[:, None]
    assert bought[on_offer].mean() == pytest.approx(chance[on_offer].mean(), abs=0.01)
    assert bought[on_offer].mean() > 1.2 * bought[(cuts == 0) & sold[:, None]].mean()


def test_prices_add_up(parameters: CompanyParameters, table: Reader) -> None:
    lines = table("tables/transactions").merge(table("tables/products"), on="product_id")
    np.testing.assert_allclose(lines["amount"] + lines["discount"], lines["quantity"] * lines["list_price"], atol=0.011)
    np.testing.assert_allclose(lines["cost"], lines["quantity"] * lines["unit_cost"], atol=0.011)
    assert ((lines["quantity"] < 0) == (lines["line_type"] == "return")).all()
    assert (lines["quantity"] != 0).all()
    honest = table("truth/customers").loc[lambda frame: frame["fraud_pattern"].isna(), "customer_id"]
    lines = lines[lines["customer_id"].isin(honest)]
    returned = lines.loc[lines["line_type"] == "return", "order_id"].nunique() / lines["order_id"].nunique()
    assert returned == pytest.approx(parameters.fraud.returns_share, abs=0.002)
