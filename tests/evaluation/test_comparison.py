"""Without customers held back: a known effect is found where the choice is known, and nothing is claimed elsewhere."""

from dataclasses import replace
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from tests.cases import shop

from helpers.core.errors import InputError
from helpers.evaluation import compare_first_contacts, first_contacts, judge_comparison
from helpers.evaluation.comparison import e_value


def panel(effect=0.0, *, hidden=0.0, n=3000, seed=1):
    """Customers whose chance of contact rises with what they spent long before, and with a trend that nobody sees."""
    rng = np.random.default_rng(seed)
    taste, trend = rng.normal(0, 1, n), rng.normal(0, 1, n)
    spend = {k: 100 + 15 * taste - hidden * trend * k + rng.normal(0, 8, n) for k in (3, 2, 1, 0)}
    chance = 1 / (1 + np.exp(-(0.05 * (spend[2] + spend[3] - 200) / 2 + hidden * 0.2 * trend)))
    treated = rng.random(n) < chance
    columns = {"wave": pd.Timestamp("2024-06-01"), "customer_id": range(n), "treated": treated}
    frame = pd.DataFrame(columns)
    frame = frame.assign(**{f"spend_{k}": value for k, value in spend.items()})
    frame["spend_0"] += effect * treated
    return frame.assign(**{f"orders_{k}": np.maximum(spend[k] // 25, 0) for k in spend})


def test_a_known_effect_is_found_where_the_plain_difference_misleads():
    held, plain = [], []
    for seed in range(20):
        found = compare_first_contacts(panel(3.0, n=1500, seed=seed))
        held.append(found.low <= 3.0 <= found.high)
        plain.append(found.plain)
    assert np.mean(held) >= 0.85
    assert min(plain) > 8


def test_no_effect_may_be_chance():
    found = compare_first_contacts(panel(0.0, seed=4))
    assert judge_comparison(found).status == "may be chance"
    assert found.imbalance < 0.1 < found.imbalance_before
    assert found.e_value_of_interval == 1.0


def test_a_clear_effect_is_named_with_what_a_hidden_reason_would_need():
    found = compare_first_contacts(panel(6.0, seed=2))
    assert judge_comparison(found).status == "more than the others"
    assert found.e_value > found.e_value_of_interval > 1
    assert judge_comparison(compare_first_contacts(panel(-6.0, seed=2))).status == "less than the others"


def test_groups_apart_before_the_contact_allow_no_claim():
    found = compare_first_contacts(panel(0.0, hidden=8.0, seed=3))
    assert judge_comparison(found).status in {"apart before the contact", "groups not alike"}
    apart = replace(found, imbalance=0.05, placebo=4.0, placebo_low=1.0, placebo_high=7.0)
    assert judge_comparison(apart).status == "apart before the contact"
    assert judge_comparison(replace(apart, imbalance=0.2)).status == "groups not alike"
    assert judge_comparison(replace(apart, imbalance=np.nan)).status == "groups not alike"


def test_e_values_are_those_of_the_paper():
    """VanderWeele and Ding (2017): a risk ratio of 3.9 has the E-value 7.26, and its lower limit 1.8 has 3.0."""
    assert round(e_value(np.log(3.9) / 0.91), 2) == 7.26
    assert round(e_value(np.log(1.8) / 0.91), 2) == 3.0


def contacts_of(lines, waves):
    people = sorted(lines["customer_id"].unique())
    rows = [(who, "a", day) for k, who in enumerate(people) for m, day in enumerate(waves) if k % 4 == m]
    return pd.DataFrame(rows, columns=["customer_id", "campaign_id", "time"]).astype({"time": "datetime64[us]"})


def test_waves_hold_first_contacts_and_those_who_wait():
    lines = shop()
    sent = contacts_of(lines, ["2024-03-01", "2024-08-01"])
    again = pd.concat([sent, sent.assign(time=pd.Timestamp("2024-10-01"))], ignore_index=True)
    found = first_contacts(
        ibis.memtable(again), ibis.memtable(lines), date(2025, 1, 1), days=28, observed_from=date(2023, 1, 1)
    )
    assert sorted(found["wave"].unique()) == [pd.Timestamp("2024-03-01"), pd.Timestamp("2024-08-01")]
    assert found["customer_id"].isin(sent["customer_id"]).sum() < len(found)
    second = found[found["wave"] == pd.Timestamp("2024-08-01")]
    first_wave = sent.loc[sent["time"] == pd.Timestamp("2024-03-01"), "customer_id"]
    assert not second["customer_id"].isin(first_wave).any()
    begin, end = pd.Timestamp("2024-07-04"), pd.Timestamp("2024-08-01")
    before = lines[lines["time"].between(begin, end, inclusive="left")].groupby("customer_id")["amount"].sum()
    expected = second["customer_id"].map(before).fillna(0.0)
    np.testing.assert_allclose(second["spend_1"], expected)


def test_three_customers_are_refused_with_the_number_needed():
    lines = shop()
    sent = contacts_of(lines, ["2024-03-01"]).head(3)
    with pytest.raises(InputError, match=r"(?s)3 customers contacted for the first time.*50 of either kind are needed"):
        first_contacts(ibis.memtable(sent), ibis.memtable(lines), date(2025, 1, 1), observed_from=date(2023, 1, 1))
    late = contacts_of(lines, ["2024-12-20"])
    with pytest.raises(InputError, match="0 customers contacted for the first time"):
        first_contacts(ibis.memtable(late), ibis.memtable(lines), date(2025, 1, 1), observed_from=date(2023, 1, 1))
