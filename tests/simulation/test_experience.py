"""Service, satisfaction and campaigns: the effects that were put in come out."""

from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from helpers.simulation import CompanyParameters
from helpers.simulation.survey import DIMENSIONS

from .conftest import Reader, made


@pytest.fixture(scope="module")
def answers(table: Reader) -> pd.DataFrame:
    """Return the questionnaires with the score nobody asked for, and the kind of customer."""
    asked, hidden = table("tables/surveys"), table("truth/surveys")["hidden_score"]
    assert (asked["customer_id"] == table("truth/surveys")["customer_id"]).all()
    kinds = table("tables/customers")[["customer_id", "kind"]]
    return asked.assign(hidden=hidden).merge(kinds, on="customer_id", validate="many_to_one")


@pytest.mark.parametrize("kind", ["person", "firm"])
def test_regression_recovers_the_driver_weights(
    answers: pd.DataFrame, parameters: CompanyParameters, kind: str
) -> None:
    here = answers[answers["kind"] == kind]
    true = pd.Series(parameters.survey.weights[kind])[list(DIMENSIONS)]
    fit = sm.OLS(here["overall"], sm.add_constant(here[list(DIMENSIONS)])).fit()
    assert (((fit.params[true.index] - true) / fit.bse[true.index]).abs() < 3.5).all()
    assert (fit.bse[true.index] < 0.02).all()
    whole = sm.OLS(here["overall"], sm.add_constant(here[[*DIMENSIONS, "hidden"]])).fit()
    assert whole.params["hidden"] == pytest.approx(parameters.survey.hidden_weight, abs=3.5 * whole.bse["hidden"])
    # The driver not asked stays visible as what the asked ones cannot explain.
    assert whole.rsquared > fit.rsquared + 0.03


def test_scores_lie_on_the_scale_and_around_their_mean(answers: pd.DataFrame, parameters: CompanyParameters) -> None:
    scores = answers[list(DIMENSIONS)]
    assert scores.isin(range(1, 11)).all(axis=None)
    assert answers["recommendation"].between(0, 10).all()
    assert answers["empathy"].mean() == pytest.approx(parameters.survey.mean, abs=0.15)
    assert answers["empathy"].std() == pytest.approx(parameters.survey.spread, abs=0.1)
    common = parameters.survey.common_factor**2
    assert answers["empathy"].corr(answers["assurance"]) == pytest.approx(common, abs=0.04)


def test_there_are_customers_with_high_scores_and_a_low_overall(answers: pd.DataFrame) -> None:
    """The case to catch: every asked score at or above the mean, the overall below it, because of what is not asked."""
    caught = answers[(answers[list(DIMENSIONS)] >= 7).all(axis=1) & (answers["overall"] < 7)]
    assert len(caught) > 10
    assert caught["hidden"].mean() < answers["hidden"].mean() - 1


def test_the_response_rate_and_staying_are_as_put_in(table: Reader, parameters: CompanyParameters) -> None:
    truth, seen = table("truth/customers"), table("tables/customers")
    wave = pd.Timestamp(parameters.survey.waves[1])
    gone = pd.to_datetime(truth["dropped_out_on"]).fillna(pd.Timestamp("2100-01-01"))
    present = (pd.to_datetime(seen["customer_since"]) < wave) & (gone > wave)
    times = pd.to_datetime(table("tables/surveys")["time"])
    answered = ((times >= wave) & (times < wave + pd.Timedelta(days=30))).sum()
    assert answered / present.sum() == pytest.approx(parameters.survey.response_rate, abs=0.02)
    asked_for = parameters.survey.dropout_correlation
    assert truth[["experience", "hidden_driver"]].std().tolist() == pytest.approx([1, 1], abs=0.03)
    household = truth[truth["segment"] == "household"]
    new = household[
        household["customer_id"].isin(seen.loc[pd.to_datetime(seen["customer_since"]) >= "2023", "customer_id"])
    ]
    # Spearman's and Pearson's correlation of a bivariate normal: 6 / pi * arcsin(r / 2).
    expected = -6 / np.pi * np.arcsin(asked_for / 2)
    assert new["experience"].corr(new["dropouts_per_year"], method="spearman") == pytest.approx(expected, abs=0.05)


def test_service_cases_have_their_rates_causes_and_costs(table: Reader, parameters: CompanyParameters) -> None:
    cases, truth = table("tables/service_cases"), table("truth/customers")
    orders = truth.groupby("segment", observed=True)["orders"].sum()
    here = cases.merge(truth[["customer_id", "segment"]], on="customer_id").groupby("segment", observed=True).size()
    for name, segment in parameters.segments.items():
        # Frequent buyers stay longer and are better served, so the mean over orders lies below the parameter.
        assert 0.75 < here[name] / orders[name] / segment.cases_per_order < 1.1, name
    causes = parameters.service.causes
    total = sum(cause.share for cause in causes.values())
    by_cause = cases.groupby("cause", observed=True)["solved_at_first_contact"].agg(["mean", "size"])
    for name, cause in causes.items():
        assert by_cause.loc[name, "size"] / len(cases) == pytest.approx(cause.share / total, abs=0.02)
        spread = sqrt(cause.solved_first * (1 - cause.solved_first) / by_cause.loc[name, "size"])
        assert by_cause.loc[name, "mean"] == pytest.approx(cause.solved_first, abs=3.5 * spread)
    np.testing.assert_allclose(cases["cost"], cases["minutes"] * parameters.unit_costs["service_minute"], atol=0.006)
    assert ((cases["contacts"] == 1) == cases["solved_at_first_contact"]).all()
    closed = cases.dropna(subset="closed_time")
    assert (closed["closed_time"] > closed["time"]).all()
    per_contact = (cases["minutes"] / cases["contacts"]).groupby(cases["cause"], observed=True).mean()
    for name, cause in causes.items():
        assert per_contact[name] == pytest.approx(cause.minutes, rel=0.1)


@pytest.fixture(scope="module")
def trials(table: Reader) -> pd.DataFrame:
    """Return one row per targeted customer and campaign: assignment, whether the customer ordered, true effect."""
    contacts, effects = table("tables/contacts"), table("truth/campaign_effects")
    assert (contacts["customer_id"] == effects["customer_id"]).all()
    ordered = table("tables/responses")[["customer_id", "campaign_id"]].drop_duplicates().assign(ordered=1.0)
    truth = table("truth/customers")[["customer_id", "segment"]]
    both = effects.merge(ordered, on=["customer_id", "campaign_id"], how="left", validate="one_to_one")
    return both.fillna({"ordered": 0.0}).merge(truth, on="customer_id", validate="many_to_one")


def test_difference_in_means_recovers_the_effect_in_each_subgroup(trials: pd.DataFrame) -> None:
    def z(group: pd.DataFrame) -> float:
        treated, control = (group.loc[group["treated"] == flag, "ordered"] for flag in (True, False))
        error = sqrt(treated.var() / len(treated) + control.var() / len(control))
        return float((treated.mean() - control.mean() - group["effect"].mean()) / error)

    scores = trials.groupby(["campaign_id", "segment"], observed=True).apply(z)
    assert len(scores) == 19
    assert scores.abs().max() < 3.5
    assert 0.5 < scores.std() < 1.5
    held_back = trials[~trials["treated"]]
    error = sqrt(held_back["ordered"].var() / len(held_back))
    assert held_back["ordered"].mean() == pytest.approx(held_back["base_chance"].mean(), abs=3.5 * error)


def test_effects_differ_between_customers_and_some_are_harmful(
    trials: pd.DataFrame, parameters: CompanyParameters
) -> None:
    assert (trials["effect"] < 0).mean() > 0.01
    calls = trials[trials["campaign_id"] == "reorder_calls"]
    mean = calls.groupby("segment", observed=True)["effect"].mean()
    assert mean["household"] < 0 < mean["craft"]
    assert trials["effect"].groupby(trials["campaign_id"], observed=True).nunique().min() > 100


def test_assignment_is_random_and_only_the_treated_are_moved(
    trials: pd.DataFrame, table: Reader, parameters: CompanyParameters
) -> None:
    for name, campaign in parameters.campaigns.items():
        here = trials[trials["campaign_id"] == name]
        assert here["treated"].mean() == pytest.approx(campaign.treated_share, abs=0.02)
        assert abs(here["treated"].astype(float).corr(here["base_chance"])) < 0.04
    untouched = trials[~trials["treated"]]
    assert not untouched[["order_brought", "orders_lost"]].any(axis=None)
    assert trials.loc[trials["order_brought"], "ordered"].eq(1).all()
    assert trials.loc[trials["orders_lost"], "ordered"].eq(0).all()
    redeemed = table("tables/responses").query("kind == 'redemption'")
    assert len(redeemed) == trials["order_brought"].sum()
    contacts = table("tables/contacts")
    assert (contacts.loc[~contacts["treated"], "cost"] == 0).all()
    refused = table("tables/customers").query("do_not_contact")["customer_id"]
    assert not contacts["customer_id"].isin(refused).any()


def test_responses_are_orders_of_the_window_with_their_amount(table: Reader) -> None:
    responses, contacts = table("tables/responses"), table("tables/contacts")
    assert not responses.duplicated(["order_id", "campaign_id"]).any()
    dated = responses.merge(
        contacts, on=["customer_id", "campaign_id"], suffixes=("", "_contact"), validate="many_to_one"
    )
    assert len(dated) == len(responses)
    day = dated["time"].dt.normalize()
    assert ((day >= dated["time_contact"]) & (day <= dated["end_time"])).all()
    sold = table("tables/transactions").query("line_type == 'sale'").groupby("order_id")["amount"].sum()
    np.testing.assert_allclose(responses["amount"], sold.loc[responses["order_id"]], atol=0.005)


def test_without_noise_the_overall_score_is_the_weighted_sum_of_the_answers(tmp_path: Path) -> None:
    changes = {"customers": 900, "survey.noise": 0.0, "survey.hidden_weight": 0.0}
    parameters, folder = made(changes, tmp_path)
    asked = pd.read_parquet(folder / "tables" / "surveys.parquet")
    kinds = pd.read_parquet(folder / "tables" / "customers.parquet").set_index("customer_id")["kind"]
    weights = pd.DataFrame({kind: dict(found) for kind, found in parameters.survey.weights.items()}).T
    own = weights.loc[kinds.loc[asked["customer_id"]], list(DIMENSIONS)].to_numpy()
    expected = (asked[list(DIMENSIONS)].to_numpy() * own).sum(axis=1)
    assert len(asked) > 300
    assert np.abs(asked["overall"] - expected).max() <= 0.5 + 1e-9
