"""Ways to segment, and how well each foretells later value."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from tests.cases import shop

from helpers.core.errors import InputError
from helpers.differentiation.segment_ways import (
    compare_ways,
    fact_features,
    facts_to_compare,
    later_value,
    sort_facts,
    split_for_value,
)

AS_OF = date(2025, 1, 1)


def worth(rows: int = 300) -> tuple[pd.Series, pd.Series, pd.Series]:
    rng = np.random.default_rng(1)
    group = pd.Series(rng.integers(0, 3, rows))
    noise = pd.Series(rng.permutation(group))
    return group, noise, 100.0 * group + rng.normal(0, 20, rows)


def test_a_way_that_holds_the_value_explains_it_and_chance_does_not():
    group, noise, value = worth()
    found = compare_ways({"true": group, "chance": noise}, value, np.random.default_rng(1), against="chance")
    table = found.table.set_index("way")
    assert table.index.tolist() == ["true", "chance"]
    assert table.loc["true", "explained_share"] > 0.9
    assert abs(table.loc["chance", "explained_share"]) < 0.05
    assert table.loc["true", "beyond_low"] > 0.8
    assert (found.verdict.status, found.customers) == ("better", 300)


def test_features_are_cut_into_groups_that_know_nothing_of_the_customer_forecast():
    group, noise, value = worth()
    features = {"true": pd.get_dummies(group, dtype=float), "chance": pd.DataFrame({"a": noise * 1.0})}
    found = compare_ways({"rule": noise}, value, np.random.default_rng(1), against="rule", features=features, leaves=3)
    table = found.table.set_index("way")
    assert table.loc["true", "explained_share"] > 0.9
    assert abs(table.loc["chance", "explained_share"]) < 0.05
    assert table.loc["true", "groups"] == 3


def test_chance_alone_is_no_better_than_the_mean():
    _, noise, value = worth()
    found = compare_ways({"chance": noise}, value, np.random.default_rng(1), against="chance")
    assert found.verdict.status == "no better"


def test_the_value_of_a_customer_takes_no_part_in_its_own_forecast():
    """A group of one has nothing learnt elsewhere: it is forecast by the mean of all."""
    value = worth()[2]
    alone = pd.Series(np.arange(len(value)))
    share = compare_ways({"alone": alone}, value, np.random.default_rng(1), against="alone").table["explained_share"]
    assert abs(share.iloc[0]) < 1e-9


def test_values_that_are_all_the_same_or_few_cannot_be_compared():
    ones = pd.Series(np.ones(80))
    with pytest.raises(InputError, match="worth the same"):
        compare_ways({"a": ones}, ones, np.random.default_rng(1), against="a")
    with pytest.raises(InputError, match="too few customers to compare ways to segment them: 1"):
        compare_ways({"a": ones.head(1)}, ones.head(1), np.random.default_rng(1), against="a")


def test_the_last_year_is_held_back_or_the_later_half():
    lines = ibis.memtable(shop(60))
    assert split_for_value(lines, date(2025, 6, 1)).whole_year
    half = split_for_value(lines, date(2024, 1, 1))
    assert not half.whole_year
    assert half.days == pytest.approx(182, abs=10)
    with pytest.raises(InputError, match="too short to hold a part"):
        split_for_value(ibis.memtable(shop(60).head(5)), shop(60)["time"].iloc[4].date() + pd.Timedelta(days=1))


def test_who_bought_nothing_later_is_worth_nothing():
    frame = shop(60)
    lines, split = ibis.memtable(frame), split_for_value(ibis.memtable(frame), AS_OF)
    known = pd.Index(frame.loc[frame["time"] < pd.Timestamp(split.cutoff), "customer_id"].unique())
    value = later_value(lines, split, AS_OF, known)
    later = frame[frame["time"] >= pd.Timestamp(split.cutoff)].groupby("customer_id")["amount"].sum()
    np.testing.assert_allclose(value, later.reindex(known).fillna(0.0))


def test_facts_are_sorted_by_name_or_by_the_user():
    columns = ["customer_id", "region", "age", "shoe_size"]
    assert sort_facts(columns, inner=["shoe_size"]) == {"outer facts": ["region"], "inner facts": ["shoe_size"]}
    with pytest.raises(InputError, match=r"unknown column 'regoin'(?s:.*)did you mean 'region'"):
        sort_facts(columns, outer=["regoin"])


def test_facts_become_features_whatever_their_kind():
    rng = np.random.default_rng(1)
    facts = pd.DataFrame(
        {
            "birth_date": [date(1950 + n % 50, 1, 1) if n % 7 else None for n in range(100)],
            "employees": rng.integers(1, 500, 100).astype(float),
            "kind": rng.choice(["firm", "person"], 100),
            "on_account": rng.random(100) < 0.5,
            "sector": [f"s{n}" for n in range(100)],
        }
    )
    found = fact_features(facts, facts.columns)
    assert found.filter(like="employees = ").sum().tolist() == [25.0] * 4
    assert "birth_date = unknown" in found
    assert found.filter(like="sector").columns.tolist() == ["sector = other"]
    np.testing.assert_allclose(found.sum(axis=1), 5.0)


def test_facts_of_few_customers_are_left_out_of_the_comparison():
    facts = pd.DataFrame({"region": ["north"] * 10 + [None] * 90, "colour": "red"})
    kinds, compared = facts_to_compare(facts)
    assert kinds == {}
    assert compared.all()
    kinds, compared = facts_to_compare(facts.assign(region=["north"] * 60 + [None] * 40))
    assert kinds == {"outer facts": ["region"]}
    assert compared.sum() == 60
