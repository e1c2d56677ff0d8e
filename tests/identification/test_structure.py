"""Customer structure: penetration by group, products held, age bands, and the bank of M4 from its published totals."""

from datetime import date

import ibis
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.identification import (
    band_ages,
    count_products_held,
    count_products_of_all,
    find_holdings,
    group_customers,
    list_gaps,
    measure_penetration,
    most_different,
    read_bank_totals,
    spread_products_held,
    work_bank_example,
    young_bands,
)
from helpers.narrative.chapter import chapter_words
from helpers.suite.report.units import unit_of_result

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
AS_OF = date(2025, 1, 1)
YOUNG, OLD = range(100), range(100, 300)
GROUPS = pd.Series(["young"] * 100 + ["old"] * 200, name="age")
HOLDINGS = pd.DataFrame(
    [(customer, "account") for customer in (*YOUNG, *OLD)]
    + [(customer, "deposit") for customer in (*YOUNG[:5], *OLD[:80])]
    + [(customer, "card") for customer in (*YOUNG[:20], *OLD[:40])],
    columns=["customer_id", "product"],
)


class TestAgeBands:
    def test_a_birthday_on_the_day_counts_and_one_after_it_does_not(self) -> None:
        born = pd.Series(pd.to_datetime(["2000-01-01", "2000-01-02", "1965-01-01", "1965-01-02"]))
        assert band_ages(born, AS_OF).tolist() == ["25-39", "under 25", "60 and over", "40-59"]

    def test_the_unborn_and_the_impossible_have_no_band(self) -> None:
        born = pd.Series(pd.to_datetime(["2025-01-02", "1900-01-01", None]))
        assert band_ages(born, AS_OF).isna().all()

    @pytest.mark.parametrize("edges", [[], [40, 25], [0, 25], [25, 25]])
    def test_edges_must_ascend(self, edges: list[int]) -> None:
        with pytest.raises(InputError, match="does not ascend"):
            band_ages(pd.Series(dtype="datetime64[s]"), AS_OF, edges)


class TestGroups:
    PEOPLE = pd.DataFrame(
        {
            "customer_id": [1, 2, 3],
            "birth_date": pd.to_datetime(["2010-05-05", "1950-05-05", None]),
            "income": ["50-74K", "Under 15K", None],
        }
    )

    def test_age_is_made_from_the_date_of_birth(self) -> None:
        groups = group_customers(self.PEOPLE, "age_band", AS_OF)
        assert groups.loc[[1, 2]].tolist() == ["under 25", "60 and over"]
        assert pd.isna(groups.loc[3])

    def test_labels_with_numbers_stand_in_their_order(self) -> None:
        groups = group_customers(self.PEOPLE, "income", AS_OF)
        assert list(groups.cat.categories) == ["Under 15K", "50-74K"]

    def test_an_unknown_attribute_names_the_nearest(self) -> None:
        with pytest.raises(InputError, match=r"unknown attribute 'incom'(?s:.*)'income'"):
            group_customers(self.PEOPLE, "incom", AS_OF)

    def test_several_records_of_a_customer_are_refused(self) -> None:
        with pytest.raises(InputError, match="several records of customers 1"):
            group_customers(self.PEOPLE.assign(customer_id=[1, 1, 2]), "income", AS_OF)


class TestHoldings:
    LINES = ibis.memtable(
        pd.DataFrame(
            {
                "customer_id": [1, 1, 1, 2, 2, 3],
                "order_id": range(6),
                "time": pd.to_datetime(["2024-06-01"] * 4 + ["2023-06-01", "2025-01-01"]),
                "product_id": [10, 11, 11, 99, 10, 10],
                "amount": [5.0, 3.0, -3.0, 7.0, 5.0, 5.0],
            }
        )
    )
    PRODUCTS = ibis.memtable(pd.DataFrame({"product_id": [10, 11, 12], "category": ["tea", "rum", None]}))

    def test_held_is_what_was_bought_in_the_window_and_kept(self) -> None:
        held = find_holdings(self.LINES, self.PRODUCTS, "category", AS_OF, since=date(2024, 1, 1))
        assert held.to_numpy().tolist() == [[1, "tea"]]

    def test_a_longer_window_holds_more(self) -> None:
        held = find_holdings(self.LINES, self.PRODUCTS, "category", AS_OF, since=date(2023, 1, 1))
        assert held["customer_id"].tolist() == [1, 2]

    def test_a_column_of_the_lines_called_product_takes_nothing_over(self) -> None:
        lines = self.LINES.mutate(product=ibis.literal("a bag"), category=ibis.literal("a box"))
        held = find_holdings(lines, self.PRODUCTS, "category", AS_OF, since=date(2024, 1, 1))
        assert held.to_numpy().tolist() == [[1, "tea"]]

    def test_an_unknown_level_is_reported(self) -> None:
        with pytest.raises(InputError, match="unknown column 'brand'"):
            find_holdings(self.LINES, self.PRODUCTS, "brand", AS_OF, since=date(2024, 1, 1))


class TestPenetration:
    def test_shares_and_what_is_missing(self) -> None:
        cells = measure_penetration(HOLDINGS, GROUPS).set_index(["product", "group"])
        assert cells.loc[("deposit", "young"), ["customers", "holders", "penetration"]].tolist() == [100, 5, 0.05]
        assert cells.loc[("deposit", "young"), "elsewhere"] == 0.4
        assert cells.loc[("deposit", "young"), "missing_customers"] == 35
        assert cells.loc[("card", "young"), "missing_customers"] == 0
        assert cells.loc[("account", "old"), "p_value"] == 1

    def test_intervals_are_those_of_wilson(self) -> None:
        # Newcombe (1998), Statistics in Medicine 17, table I, method 3: 15 of 148 gives 0.0624 to 0.1605.
        groups = pd.Series(["all"] * 148)
        cells = measure_penetration(pd.DataFrame({"customer_id": range(15), "product": "x"}), groups)
        assert cells.loc[0, ["low", "high"]].tolist() == pytest.approx([0.0624, 0.1605], abs=5e-5)

    def test_gaps_are_listed_widest_first_and_only_those_beyond_chance(self) -> None:
        gaps = list_gaps(measure_penetration(HOLDINGS, GROUPS))
        assert gaps[["product", "group", "missing_customers"]].to_numpy().tolist() == [["deposit", "young", 35]]
        assert "p_value" not in gaps

    def test_a_gap_within_chance_is_no_gap(self) -> None:
        few = HOLDINGS[HOLDINGS["customer_id"].isin([*YOUNG[:3], *OLD[:4]])]
        cells = measure_penetration(few, GROUPS.loc[[*YOUNG[:6], *OLD[:8]]])
        assert (cells["missing_customers"] == 0).all()

    def test_customers_of_no_group_are_left_out(self) -> None:
        groups = GROUPS.astype("object")
        groups.iloc[:50] = None
        cells = measure_penetration(HOLDINGS, groups).set_index(["product", "group"])
        assert cells.loc[("account", "young"), "customers"] == 50

    def test_a_holding_counts_once_and_order_does_not_matter(self) -> None:
        again = pd.concat([HOLDINGS, HOLDINGS]).sample(frac=1, random_state=1)
        pd.testing.assert_frame_equal(measure_penetration(again, GROUPS), measure_penetration(HOLDINGS, GROUPS))

    def test_chosen_products_stand_in_the_order_asked_for(self) -> None:
        cells = measure_penetration(HOLDINGS, GROUPS, products=["card", "account"])
        assert list(dict.fromkeys(cells["product"])) == ["card", "account"]

    def test_the_surest_difference_comes_first(self) -> None:
        assert most_different(measure_penetration(HOLDINGS, GROUPS), 1) == ["deposit"]

    @pytest.mark.parametrize(
        ("groups", "products", "message"),
        [
            (GROUPS.where(GROUPS == "nobody"), [], "no customer has a known group"),
            (pd.concat([GROUPS, GROUPS.head(1)]), [], "several groups of customers 0"),
            (GROUPS, ["yacht"], "nobody holds 'yacht'"),
        ],
    )
    def test_what_cannot_be_compared_is_refused(self, groups: pd.Series, products: list[str], message: str) -> None:
        with pytest.raises(InputError, match=message):
            measure_penetration(HOLDINGS, groups, products=products)


class TestProductsHeld:
    def test_the_mean_is_over_all_customers_of_the_group(self) -> None:
        held = count_products_held(HOLDINGS, GROUPS)
        assert held.loc["young", "products_held"] == 1.25
        assert held.loc["young", "single_share"] == 0.8
        assert held["customers"].sum() == 300

    def test_many_products_stand_in_bands_that_hold_everybody(self) -> None:
        many = pd.DataFrame([(c, n) for c in range(4) for n in range(c * 20)], columns=["customer_id", "product"])
        spread = spread_products_held(many, pd.Index(range(4)))
        assert spread.to_dict() == {
            "0": 1, "1-10": 0, "11-20": 1, "21-30": 0, "31-40": 1, "41-50": 0, "51-60": 1,
        }  # fmt: skip


class TestBankOfM4:
    """A rural bank of about 2014; the totals are those of the method sheet M4, the rest is arithmetic by hand."""

    example = work_bank_example()

    def test_penetration_of_each_product(self) -> None:
        shares = self.example.products["penetration"].round(4).to_dict()
        assert shares == {
            "current account": 0.9967,
            "term deposit": 0.0319,
            "loan": 0.0909,
            "e-banking": 0.134,
            "mobile banking": 0.0904,
            "credit card": 0.074,
        }
        assert round(self.example.products_held, 3) == 1.418

    def test_balances_and_what_the_parts_leave_open(self) -> None:
        balances = self.example.products["balance_per_holder"]
        assert balances[["current account", "term deposit", "loan"]].round(-2).tolist() == [7400, 113900, 146600]
        assert self.example.unexplained_deposits == 6_473_000_000

    def test_growth_and_markets(self) -> None:
        assert self.example.growth["growth_rate"].round(3).tolist() == [0.124, 0.247, 0.358]
        assert round(self.example.market_deposits / 1e9, 1) == 48.7
        assert round(self.example.market_loans / 1e9, 1) == 62.2

    def test_borrowers(self) -> None:
        assert round(self.example.small_borrower_share, 4) == 0.8146
        assert self.example.borrowers_outside_25_to_59 == 5593
        assert self.example.firm_credit_cards == 2119

    def test_single_figures_have_their_names_and_the_chapter_their_units(self) -> None:
        figures, words = self.example.figures, chapter_words("12_customer_structure").results
        assert figures["bank_borrowers_outside_band"] == 5593
        assert figures["bank_electronic_share"] == 0.7145
        assert round(figures["bank_market_loans"] / 1e9, 1) == 62.2
        units = {name: words[name].unit or unit_of_result(name) for name in figures}
        assert set(units.values()) == {"products", "share", "CNY", "customers"}
        assert units["bank_market_loans"] == "CNY"

    def test_every_total_has_a_meaning(self) -> None:
        totals = read_bank_totals()
        assert len(totals) == 21
        assert totals.index.is_unique
        assert totals[["value", "unit", "about"]].notna().all(axis=None)


def test_products_held_stand_with_the_unknown_and_all() -> None:
    held = pd.DataFrame({"customer_id": [1, 1, 2, 3], "product": ["a", "b", "a", "a"]})
    groups = pd.Series(pd.Categorical(["young", None, "old", None], categories=["young", "old"]), index=[1, 2, 3, 4])
    said = count_products_of_all(held, groups)
    assert said["customers"].to_dict() == {"young": 1, "old": 1, "not known": 2, "all": 4}
    assert said["products_held"].to_dict() == {"young": 2.0, "old": 1.0, "not known": 0.5, "all": 1.0}
    known_to_all = count_products_of_all(held, groups.dropna())
    assert list(known_to_all.index) == ["young", "old", "all"]


@pytest.mark.parametrize(
    ("labels", "attribute", "young"),
    [
        (["under 25", "25-39", "40-59", "60 and over"], "age_band", ["under 25", "25-39"]),
        (["19-24", "25-34", "35-44", "45-54", "65+"], "age", ["19-24", "25-34"]),
        (["1-2", "3+"], "household_size", []),
        (["15-34K", "35-49K"], "income", []),
        (["under 30"], "average_bill", []),
        (["young", "old"], "age_group", []),
    ],
)
def test_the_next_generation_is_the_young_bands_only(labels, attribute, young):
    assert young_bands(labels, attribute=attribute) == young
