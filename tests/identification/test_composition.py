"""Composition of the base by an attribute, its intervals, and whether the known stand for all."""

from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers.core.errors import InputError
from helpers.identification import (
    NOT_KNOWN,
    compare_coverage,
    compose,
    find_extremes,
    groupable_attributes,
    summarise_customers,
)
from helpers.identification.composition import order_labels

SUMMARY = pd.DataFrame(
    {"customer_id": [1, 2, 3, 4, 5], "revenue": [10.0, 20.0, 30.0, 40.0, 100.0], "orders": [1, 2, 3, 4, 10]}
)


def people(**columns: list[object]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"customer_id": range(1, n + 1), **columns})


class TestCompose:
    def test_by_hand(self) -> None:
        table = compose(SUMMARY, people(sex=["f", "m", "f", None]), "sex")
        assert table.index.tolist() == ["f", "m", NOT_KNOWN]
        assert table["customers"].tolist() == [2, 1, 2]
        assert table["customer_share"].tolist() == [0.4, 0.2, 0.4]
        assert table["revenue"].tolist() == [40.0, 20.0, 140.0]
        assert table["revenue_share"].tolist() == [0.2, 0.1, 0.7]
        assert table["index"].tolist() == [50.0, 50.0, 175.0]
        assert table["orders_per_customer"].tolist() == [2.0, 2.0, 7.0]
        assert table["known_share"].tolist()[:2] == [2 / 3, 1 / 3]
        assert table["known_index"].tolist()[:2] == [100.0, 100.0]
        assert table.loc[NOT_KNOWN, ["known_share", "share_low", "share_high", "known_index"]].isna().all()

    @pytest.mark.parametrize(
        ("hits", "n", "low", "high"),
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
    )
    def test_intervals_of_newcombe_1998_table_1(self, hits: int, n: int, low: float, high: float) -> None:
        """Newcombe (1998), Statistics in Medicine 17(8), 857-872, table I, method 3 (score)."""
        summary = pd.DataFrame({"customer_id": range(1, n + 1), "revenue": 1.0, "orders": 1})
        table = compose(summary, people(kind=["hit"] * hits + ["miss"] * (n - hits)), "kind", order=["hit", "miss"])
        assert table.loc["hit", "share_low"] == pytest.approx(low, abs=5e-5)
        assert table.loc["hit", "share_high"] == pytest.approx(high, abs=5e-5)

    def test_labels_on_both_sides_of_not_known_in_the_alphabet(self) -> None:
        table = compose(SUMMARY, people(a=["a", "z", "z", None]), "a")
        assert table.index.tolist() == ["z", "a", NOT_KNOWN]
        assert table["known_share"].tolist()[:2] == [2 / 3, 1 / 3]
        assert table["known_index"].tolist()[:2] == [100 * 25 / 20, 100 * 10 / 20]
        assert table.loc[NOT_KNOWN, ["known_share", "share_low", "share_high", "known_index"]].isna().all()

    def test_confidence_is_that_of_the_intervals(self) -> None:
        half = compose(SUMMARY, people(a=["x", "y", "x"]), "a", confidence=0.5)
        usual, stated = (compose(SUMMARY, people(a=["x", "y", "x"]), "a", **one) for one in ({}, {"confidence": 0.95}))
        pd.testing.assert_frame_equal(usual, stated)
        known = half.index != NOT_KNOWN
        assert (half["share_low"] > usual["share_low"])[known].all()
        assert (half["share_high"] < usual["share_high"])[known].all()

    def test_one_who_is_known_is_a_group_whose_revenue_is_compared_with_all(self) -> None:
        table = compose(SUMMARY, people(a=["x"]), "a")
        one = table.loc["x", ["revenue_per_customer", "orders_per_customer", "known_share", "known_index"]]
        assert one.tolist() == [10.0, 1.0, 1.0, 100.0]
        assert table["index"].tolist() == [25.0, 118.75]

    def test_nobody_known_is_one_group_without_shares(self) -> None:
        table = compose(SUMMARY, people(a=[None, None]), "a")
        assert table["customers"].tolist() == [5]
        assert table[["known_share", "share_low", "share_high", "known_index"]].isna().all(axis=None)

    def test_flags_and_whole_numbers_are_reported_as_a_reader_expects_them(self) -> None:
        paying = people(on_account=[True, False, None], term_days=[14.0, 30.0, np.nan], rate=[0.5, 1.5, 0.5])
        assert compose(SUMMARY, paying, "on_account").index.tolist() == ["no", "yes", NOT_KNOWN]
        most_pay_so = compose(SUMMARY, people(on_account=[True, True, False]), "on_account")
        assert most_pay_so["customers"].to_dict() == {"yes": 2, "no": 1, NOT_KNOWN: 2}
        assert compose(SUMMARY, paying, "term_days").index.tolist() == ["14", "30", NOT_KNOWN]
        assert compose(SUMMARY, paying, "rate").index.tolist() == ["0.5", "1.5", NOT_KNOWN]

    def test_labels_with_numbers_stand_in_their_order(self) -> None:
        bands = ["100-124K", "15-24K", "Under 15K", "250K+"]
        table = compose(SUMMARY, people(income=bands), "income")
        assert table.index.tolist() == ["Under 15K", "15-24K", "100-124K", "250K+", NOT_KNOWN]

    @pytest.mark.parametrize(
        "labels",
        [
            ["9", "10", "100"],
            ["<18", "18-64", "65+"],
            ["under 1,000", "1,000-1,999", "2,000"],
            ["0-9", "10", "10 or more", "Less than 11", "11-20"],
            ["up to 5", "5 to 10"],
        ],
    )
    def test_numbers_in_labels_are_read_as_people_read_them(self, labels: list[str]) -> None:
        assert order_labels(pd.Series(labels[::-1]), "band", None) == labels

    def test_a_label_without_a_number_among_numbers_leaves_all_by_size(self) -> None:
        assert order_labels(pd.Series(["9", "10", "10", "many", "many", "many"]), "band", None) == ["many", "10", "9"]

    def test_a_given_order_wins_over_that_of_a_categorical(self) -> None:
        sizes = pd.Categorical(["big", "small"], categories=["small", "big"])
        assert compose(SUMMARY, people(size=sizes), "size", order=["big", "small"]).index.tolist()[0] == "big"

    def test_other_labels_stand_by_size(self) -> None:
        table = compose(SUMMARY, people(city=["Bonn", "Aachen", "Aachen", "Calw", "Bonn"]), "city")
        assert table.index.tolist() == ["Aachen", "Bonn", "Calw"]

    def test_categories_and_a_given_order_are_kept_with_empty_groups(self) -> None:
        sizes = pd.Categorical(["big", "small"], categories=["small", "middle", "big"])
        table = compose(SUMMARY, people(size=sizes), "size")
        assert table["customers"].tolist() == [1, 0, 1, 3]
        assert np.isnan(table.loc["middle", "revenue_per_customer"])
        given = compose(SUMMARY, people(size=["big", "small"]), "size", order=["small", "middle", "big"])
        assert given.index.tolist() == ["small", "middle", "big", NOT_KNOWN]

    def test_blank_text_is_not_known_and_numbers_are_labels(self) -> None:
        assert compose(SUMMARY, people(a=["x", "", "  ", NOT_KNOWN, "x"]), "a")["customers"].tolist() == [2, 3]
        assert compose(SUMMARY, people(rooms=[3, 1, 3, 2, 3]), "rooms").index.tolist() == ["1", "2", "3"]

    def test_customers_without_purchases_are_left_out(self) -> None:
        assert compose(SUMMARY, people(a=["x"] * 9), "a")["customers"].tolist() == [5]

    def test_shares_add_up_on_the_complete_journey(self, journey_customers: pd.DataFrame) -> None:
        assert len(journey_customers) == 801
        summary = pd.DataFrame({"customer_id": range(1, 2501), "revenue": 1.0, "orders": 1})
        for attribute in journey_customers.columns.drop("customer_id"):
            table = compose(summary, journey_customers, attribute)
            assert table["customers"].sum() == 2500
            assert table["known_share"].sum() == pytest.approx(1.0)
            assert ((table["share_low"] < table["known_share"]) | table["known_share"].isna()).all()

    def test_unknown_attribute(self) -> None:
        with pytest.raises(InputError, match=r"unknown attribute 'sexx'(.|\n)*did you mean 'sex'"):
            compose(SUMMARY, people(sex=["f"]), "sexx")

    def test_several_records_of_one_customer(self) -> None:
        records = pd.DataFrame({"customer_id": [4, 4], "sex": ["f", "m"]})
        with pytest.raises(InputError, match="several records of customers 4"):
            compose(SUMMARY, records, "sex")

    def test_order_that_leaves_a_group_out(self) -> None:
        with pytest.raises(InputError, match="groups left out: 'm'"):
            compose(SUMMARY, people(sex=["f", "m"]), "sex", order=["f"])


class TestGroupableAttributes:
    def test_two_to_fifteen_values_are_groups(self) -> None:
        counts = {"one": 1, "two": 2, "fifteen": 15, "sixteen": 16}
        records = pd.DataFrame({name: np.arange(240) % many for name, many in counts.items()})
        assert groupable_attributes(records, [*counts, "elsewhere"]) == ["two", "fifteen"]
        assert groupable_attributes(records, list(counts), most_groups=16) == ["two", "fifteen", "sixteen"]


class TestExtremes:
    def test_those_not_known_are_left_aside_wherever_the_others_stand_in_the_alphabet(self) -> None:
        table = compose(SUMMARY, people(a=["z", "z", "b"]), "a")
        assert find_extremes(table, measure="revenue") == {"largest": "z", "smallest": "z"}  # 30 each
        assert find_extremes(table, measure="orders_per_customer") == {"largest": "b", "smallest": "z"}

    def test_by_other_measure(self) -> None:
        table = compose(SUMMARY, people(a=["x", "x", "y", "z"]), "a")
        assert find_extremes(table) == {"largest": "x", "smallest": "y"}
        assert find_extremes(table, measure="index") == {"largest": "z", "smallest": "x"}

    def test_nobody_known(self) -> None:
        with pytest.raises(InputError, match="a: no group is known"):
            find_extremes(compose(SUMMARY, people(a=[None, None]), "a"))

    def test_unknown_measure(self) -> None:
        with pytest.raises(InputError, match="unknown measure 'size'"):
            find_extremes(compose(SUMMARY, people(a=["x"]), "a"), measure="size")


class TestCoverage:
    def test_by_hand(self) -> None:
        table = compare_coverage(SUMMARY, people(a=["x", "y"]), measures=["revenue"]).loc["revenue"]
        assert (table["with_record"], table["median_without"]) == (15.0, 40.0)
        pooled = np.sqrt((50.0 + np.var([30.0, 40.0, 100.0], ddof=1)) / 2)
        assert table["difference"] == pytest.approx((15.0 - 170 / 3) / pooled)
        assert table["superiority"] == 0.0
        assert table["differs"]

    def test_equal_groups_do_not_differ(self) -> None:
        summary = pd.DataFrame({"customer_id": range(1, 9), "revenue": [1.0, 2.0, 3.0, 4.0] * 2})
        table = compare_coverage(summary, people(a=["x"] * 4), measures=["revenue"]).loc["revenue"]
        assert (table["difference"], table["superiority"], bool(table["differs"])) == (0.0, 0.5, False)

    @pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
    @pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning")
    def test_the_known_of_the_complete_journey_are_no_fair_sample(
        self, journey: ir.Table, journey_customers: pd.DataFrame
    ) -> None:
        summary = summarise_customers(journey, date(2018, 1, 1)).to_pandas()
        table = compare_coverage(summary, journey_customers)
        assert table["differs"].all()
        assert table.loc["revenue", ["with_record", "without_record"]].round(2).tolist() == [3277.13, 1181.69]
        assert table.loc["revenue", "superiority"] == pytest.approx(0.8548, abs=1e-4)

    def test_the_measures_compared_where_none_are_named(self) -> None:
        summary = SUMMARY.assign(mean_order_value=10.0, tenure_days=[1, 2, 3, 4, 5], days_since_last=[5, 4, 3, 2, 1])
        table = compare_coverage(summary, people(a=["x", "y"]))
        assert table.index.tolist() == ["revenue", "orders", "mean_order_value", "tenure_days", "days_since_last"]
        assert table.loc["mean_order_value", ["difference", "superiority", "differs"]].tolist() == [0.0, 0.5, False]
        assert table.loc["tenure_days", ["median_with", "median_without", "without_record"]].tolist() == [1.5, 4.0, 4.0]
        assert table.loc["days_since_last", "superiority"] == 1.0

    def test_superiority_counts_pairs_and_halves_ties(self) -> None:
        summary = pd.DataFrame({"customer_id": [1, 2, 3, 4, 5], "revenue": [1.0, 4.0, 0.0, 1.0, 2.0]})
        found = compare_coverage(summary, people(a=["x", "y"]), measures=["revenue"]).loc["revenue"]
        assert found["superiority"] == pytest.approx((1 + 0.5 + 3) / 6)
        assert found["p_value"] == pytest.approx(
            stats.mannwhitneyu([1, 4], [0, 1, 2], method="asymptotic", alternative="two-sided").pvalue
        )

    @pytest.mark.parametrize(("apart", "differs"), [(0.9, False), (1.0, True), (-1.0, True), (-0.9, False)])
    def test_a_tenth_of_a_standard_deviation_is_a_difference(self, apart: float, differs: bool) -> None:
        spend = np.array([-10.0, 0.0, 10.0])  # a standard deviation of ten
        summary = pd.DataFrame({"customer_id": range(1, 7), "revenue": [*(spend + apart), *spend]})
        found = compare_coverage(summary, people(a=["x"] * 3), measures=["revenue"]).loc["revenue"]
        assert found["difference"] == pytest.approx(apart / 10)
        assert found["differs"] == differs

    def test_a_small_spread_is_a_spread(self) -> None:
        summary = pd.DataFrame({"customer_id": [1, 2, 3, 4], "revenue": [0.0, 0.2, 0.2, 0.4]})
        found = compare_coverage(summary, people(a=["x", "y"]), measures=["revenue"]).loc["revenue"]
        assert found["difference"] == pytest.approx(-np.sqrt(2))

    def test_two_customers_on_either_side_are_enough(self) -> None:
        compare_coverage(SUMMARY, people(a=["x"] * 3), measures=["revenue"])
        with pytest.raises(InputError, match="4 customers with a record and 1 without"):
            compare_coverage(SUMMARY, people(a=["x"] * 4), measures=["revenue"])

    def test_too_few_and_unknown(self) -> None:
        with pytest.raises(InputError, match="1 customers with a record and 4 without"):
            compare_coverage(SUMMARY, people(a=["x"]), measures=["revenue"])
        with pytest.raises(InputError, match="unknown measure 'revenu'"):
            compare_coverage(SUMMARY, people(a=["x", "y"]), measures=["revenu"])
