"""Lifetime value: the published cohort of Fader, Hardie & Lee (2005, JMR), the definition, and its parts."""

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value import (
    BGBB,
    BGNBD,
    GammaGamma,
    ParetoNBD,
    ValueDefinition,
    draw_lifetime_value,
    estimate_lifetime_value,
)

PUBLISHED = ValueDefinition(horizon=None, discount_rate=0.15, margin_share=0.3, currency="USD")
BUYING = BGNBD.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426)
SPENDING = GammaGamma.from_parameters(p=6.25, q=3.74, gamma=15.44)


@pytest.fixture(scope="module")
def cohort_value(cdnow_78_weeks: pd.DataFrame, cdnow_cohort: pd.DataFrame) -> pd.DataFrame:
    buying, spending = ParetoNBD().fit(cdnow_78_weeks), GammaGamma().fit(cdnow_78_weeks)
    return estimate_lifetime_value(cdnow_cohort, buying, spending, PUBLISHED)


def test_jmr_2005_value_of_the_cohort(cohort_value: pd.DataFrame) -> None:
    """Printed: just over 1.1 million dollars, about 47 a customer."""
    assert cohort_value["lifetime_value"].sum() == pytest.approx(1_100_623, rel=1e-5)
    assert cohort_value["lifetime_value"].mean() == pytest.approx(46.72, abs=0.01)


def test_jmr_2005_value_of_the_zero_class(cohort_value: pd.DataFrame, cdnow_cohort: pd.DataFrame) -> None:
    """Printed: 4.40 dollars on average, 53,000 in all."""
    zero = cohort_value.loc[cdnow_cohort["frequency"] == 0, "lifetime_value"]
    assert zero.mean() == pytest.approx(4.404, abs=0.001)
    assert zero.sum() == pytest.approx(53_086, rel=1e-4)


def test_discount_rate_of_the_published_study() -> None:
    assert PUBLISHED.rate_per_unit == pytest.approx(np.log(1.15) / 52, rel=1e-12)


def test_definition_is_printed_in_full_and_travels_with_the_table(cdnow: pd.DataFrame) -> None:
    assert str(PUBLISHED) == (
        "margin (30 % of revenue) in USD, of all future purchases, discounted at 15 % per year, past excluded"
    )
    revenue = ValueDefinition(horizon=39, discount_rate=0, past_included=True)
    assert str(revenue) == "revenue, of purchases in the next 39 weeks, not discounted, past included, undiscounted"
    table = estimate_lifetime_value(cdnow.head(3), BUYING, SPENDING, revenue)
    assert table.attrs["definition"] == str(revenue)


def test_value_is_purchases_times_spend_times_margin(cdnow: pd.DataFrame) -> None:
    few = cdnow.head(50)
    definition = ValueDefinition(horizon=26, discount_rate=0.1, margin_share=0.4)
    table = estimate_lifetime_value(few, BUYING, SPENDING, definition)
    purchases = BUYING.discounted_purchases(few, 26, np.log(1.1) / 52)
    assert table["lifetime_value"].to_numpy() == pytest.approx(0.4 * purchases * SPENDING.expected_spend(few))
    assert table["customer_id"].tolist() == few["customer_id"].tolist()
    assert table["expected_purchases"].to_numpy() == pytest.approx(BUYING.expected_purchases(few, 26))


def test_past_is_added_when_asked_for(cdnow: pd.DataFrame) -> None:
    few = cdnow.head(20)
    without, included = (
        estimate_lifetime_value(few, BUYING, SPENDING, ValueDefinition(39, 0.1, margin_share=0.5, past_included=past))
        for past in (False, True)
    )
    past = (included["lifetime_value"] - without["lifetime_value"]).to_numpy()
    assert past == pytest.approx(0.5 * few["spend_to_date"].to_numpy())


def test_without_a_spend_model_customers_keep_their_own_mean(cdnow: pd.DataFrame) -> None:
    few = cdnow.head(200)
    table = estimate_lifetime_value(few, BUYING, None, ValueDefinition(39, 0.1))
    own = few["mean_repeat_spend"].where(few["frequency"] > 0)
    assert table["expected_spend"].to_numpy() == pytest.approx(own.fillna(own.mean()).to_numpy())


@pytest.mark.parametrize("horizon", [52.0, None])
def test_drawn_values_agree_with_the_estimate(horizon: float | None, cdnow: pd.DataFrame) -> None:
    definition = ValueDefinition(horizon, 0.15, margin_share=0.3)
    draws = 30_000
    customer = cdnow[cdnow["customer_id"] == "00111"]
    expected = estimate_lifetime_value(customer, BUYING, SPENDING, definition)["lifetime_value"].iloc[0]
    many = customer.loc[customer.index.repeat(draws)]
    drawn = draw_lifetime_value(many, BUYING, SPENDING, definition, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(expected, abs=4.5 * drawn.std() / np.sqrt(draws) + 2e-3 * expected)


def test_discrete_occasions_have_a_value_too() -> None:
    donors = pd.DataFrame(
        {"frequency": [4, 0], "last_occasion": [6, 0], "occasions": 6, "mean_repeat_spend": [40.0, 0]}
    )
    model = BGBB.from_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8, time_unit="years")
    definition = ValueDefinition(5, 0.1, time_unit="years")
    table = estimate_lifetime_value(donors, model, SPENDING, definition)
    assert table["lifetime_value"].tolist() == sorted(table["lifetime_value"], reverse=True)
    many = donors.loc[donors.index.repeat(20_000)]
    drawn = draw_lifetime_value(many, model, SPENDING, definition, np.random.default_rng(2)).reshape(2, -1)
    error = drawn.std(axis=1) / np.sqrt(20_000)
    assert (np.abs(drawn.mean(axis=1) - table["lifetime_value"].to_numpy()) < 4.5 * error).all()


def test_definitions_without_meaning_are_refused_with_all_faults() -> None:
    with pytest.raises(InputError) as caught:
        ValueDefinition(horizon=-1, discount_rate=-0.1, margin_share=30, discount_period="year")
    assert len(caught.value.faults) == 4
    assert caught.match("did you mean 'years'")
    with pytest.raises(InputError, match="the value is infinite"):
        ValueDefinition(horizon=None, discount_rate=0)


def test_units_must_agree(cdnow: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="the purchase model counts weeks, the definition days"):
        estimate_lifetime_value(cdnow, BUYING, SPENDING, ValueDefinition(39, 0.1, time_unit="days"))


def test_past_needs_its_column(cdnow: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="missing column 'spend_to_date'"):
        estimate_lifetime_value(
            cdnow.drop(columns="spend_to_date"), BUYING, SPENDING, ValueDefinition(39, 0.1, past_included=True)
        )
