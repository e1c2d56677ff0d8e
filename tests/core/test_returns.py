"""Returns meet the purchases they undo: each way they are recorded, by hand, and against a stack worked by line."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import shop

from helpers.core.periods import Period, customers_by_period
from helpers.core.return_matching import STEPS
from helpers.core.returns import has_returns, purchase_lines, set_off_returns
from helpers.evaluation import cohort_retention, measure_retention
from helpers.identification import (
    ReturnFigures,
    check_lines,
    measure_base,
    measure_returns,
    returned,
    summarise_customers,
)
from helpers.value.lifetime.purchase_history import purchase_history

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
AS_OF = date(2025, 1, 1)
FIRST = datetime(2024, 1, 1)
COLUMNS = ["customer_id", "order_id", "time", "product_id", "amount"]
Line = tuple[str, str, int, str | None, float]


def frame(*rows: Line) -> pd.DataFrame:
    """Lay lines out: customer, order, day, product, amount."""
    lines = pd.DataFrame(list(rows), columns=COLUMNS)
    lines["time"] = [FIRST + timedelta(days=day) for day in lines["time"]]
    return lines


def table(lines: pd.DataFrame) -> ir.Table:
    return ibis.memtable(pa.Table.from_pandas(lines, preserve_index=False))


def figures(*rows: Line) -> ReturnFigures:
    return measure_returns(table(frame(*rows)), AS_OF)


def summary(lines: pd.DataFrame) -> pd.DataFrame:
    return summarise_customers(table(lines), AS_OF).to_pandas().set_index("customer_id")


WAYS: dict[str, tuple[list[Line], dict[str, float]]] = {
    "credit_note_with_an_order_number_of_its_own": (
        [("x", "1", 1, "P", 20.0), ("x", "2", 2, "Q", 70.0), ("x", "C2", 9, "Q", -70.0)],
        {"1": 20.0},
    ),
    "negative_line_under_the_old_order_number": (
        [("x", "1", 1, "P", 20.0), ("x", "1", 1, "Q", 5.0), ("x", "1", 30, "P", -20.0)],
        {"1": 5.0},
    ),
    "part_of_a_line_under_the_old_order_number": (
        [("x", "1", 1, "P", 20.0), ("x", "2", 2, "P", 20.0), ("x", "1", 30, "P", -8.0)],
        {"1": 12.0, "2": 20.0},
    ),
    "old_order_number_of_another_product": (
        [("x", "1", 1, "P", 20.0), ("x", "2", 2, "P", 9.0), ("x", "1", 3, None, -3.0)],
        {"1": 17.0, "2": 9.0},
    ),
    "weeks_later_under_another_number": (
        [("x", "1", 1, "P", 20.0), ("x", "2", 20, "Q", 20.0), ("x", "R", 60, "P", -20.0)],
        {"2": 20.0},
    ),
    "whole_order_in_one_line": (
        [("x", "1", 1, "P", 20.0), ("x", "1", 1, "Q", 5.0), ("x", "2", 2, "Z", 30.0), ("x", "C1", 3, None, -25.0)],
        {"2": 30.0},
    ),
    "part_of_a_product_bought_twice": (
        [("x", "1", 1, "P", 50.0), ("x", "2", 2, "Q", 10.0), ("x", "C", 3, "P", -20.0)],
        {"1": 30.0, "2": 10.0},
    ),
    "exchange_undoes_the_earlier_purchase": (
        [("x", "1", 1, "P", 50.0), ("x", "2", 9, "P", -50.0), ("x", "2", 9, "Q", 80.0)],
        {"2": 80.0},
    ),
    "nothing_tells_which_was_meant": (
        [("x", "1", 1, "P", 50.0), ("x", "2", 2, "Q", 10.0), ("x", "C", 3, "Z", -15.0)],
        {"1": 45.0},
    ),
    "more_than_was_bought": (
        [("x", "1", 1, "P", 50.0), ("x", "C", 3, "P", -60.0), ("x", "2", 4, "P", 60.0)],
        {"2": 60.0},
    ),
    "before_the_first_purchase_in_the_data": (
        [("x", "C", 1, "P", -50.0), ("x", "1", 2, "P", 50.0)],
        {"1": 50.0},
    ),
    "refunded_twice": (
        [("x", "1", 1, "P", 50.0), ("x", "C", 2, "P", -50.0), ("x", "C", 2, "P", -50.0)],
        {},
    ),
    "another_customer_is_not_touched": (
        [("x", "1", 1, "P", 50.0), ("y", "C1", 2, "P", -50.0)],
        {"1": 50.0},
    ),
    "free_lines_go_with_their_order": (
        [("x", "1", 1, "P", 50.0), ("x", "1", 1, "G", 0.0), ("x", "2", 2, "G", 0.0), ("x", "C1", 3, "P", -50.0)],
        {"2": 0.0},
    ),
    "the_day_of_both_decides_for_the_purchase_first": (
        [("x", "C", 1, "P", -50.0), ("x", "1", 1, "P", 50.0)],
        {},
    ),
}
"""By the way a return is recorded: the lines, and what is left of each order."""


@pytest.fixture(scope="module")
def left_of_each() -> dict[str, dict[str, float]]:
    """What is left of each order, all ways in one query: customers have nothing to do with each other."""
    rows = [(f"{way} {who}", *line) for way, (lines, _) in WAYS.items() for who, *line in lines]
    kept = set_off_returns(table(frame(*rows))).to_pandas()
    sums = kept.groupby([kept["customer_id"].str.split().str[0], "order_id"])["amount"].sum().round(4)
    left = {way: {} for way in WAYS}
    for (way, order), amount in sums.items():
        left[way][order] = amount
    return left


@pytest.mark.parametrize("way", WAYS)
def test_a_return_meets_the_purchase_it_undoes(way: str, left_of_each: dict[str, dict[str, float]]) -> None:
    assert left_of_each[way] == WAYS[way][1]


class TestFiguresOfReturns:
    def test_credit_note_with_an_order_number_of_its_own(self) -> None:
        found = figures(*WAYS["credit_note_with_an_order_number_of_its_own"][0])
        assert (found.orders_received, found.credit_note_orders, found.undone_orders) == (3, 1, 1)
        assert (found.returned_amount, found.set_off_amount, found.unmatched_return_amount) == (70.0, 70.0, 0.0)

    def test_more_than_was_bought(self) -> None:
        found = figures(*WAYS["more_than_was_bought"][0])
        assert (found.set_off_amount, found.unmatched_return_lines, found.unmatched_return_amount) == (50.0, 1, 10.0)

    @pytest.mark.parametrize("way", ["before_the_first_purchase_in_the_data", "refunded_twice"])
    def test_what_finds_nothing(self, way: str) -> None:
        assert figures(*WAYS[way][0]).unmatched_return_amount == 50.0

    def test_an_order_of_nothing_is_no_return(self) -> None:
        lines = table(frame(("x", "1", 1, "P", 0.0)))
        assert not has_returns(lines)
        assert measure_base(lines, AS_OF).orders == 1


def test_discount_cost_and_quantity_shrink_with_the_amount() -> None:
    lines = frame(("x", "1", 1, "P", 40.0), ("x", "1", 2, "P", -10.0)).assign(
        discount=[8.0, -2.0], cost=[20.0, -5.0], quantity=[4, -1]
    )
    (row,) = set_off_returns(table(lines)).to_pandas().to_dict("records")
    assert (row["amount"], row["discount"], row["cost"], row["quantity"]) == (30.0, 6.0, 15.0, 3)


def test_only_what_came_back_before_the_analysis_date_counts() -> None:
    lines = table(frame(("x", "1", 1, "P", 50.0), ("x", "C1", 40, "P", -50.0)))
    assert len(purchase_lines(lines, date(2024, 2, 1)).to_pandas()) == 1
    assert len(purchase_lines(lines, date(2024, 3, 1)).to_pandas()) == 0


def test_a_purchase_before_the_window_takes_a_return_in_it() -> None:
    lines = table(frame(("x", "1", 1, "P", 50.0), ("x", "2", 35, "Q", 7.0), ("x", "C1", 40, "P", -50.0)))
    assert purchase_lines(lines, AS_OF, since=date(2024, 2, 1)).to_pandas()["amount"].tolist() == [7.0]


def test_history_does_not_know_what_comes_back_in_the_holdout() -> None:
    lines = table(frame(("x", "1", 1, "P", 50.0), ("x", "2", 9, "Q", 5.0), ("x", "C2", 60, "Q", -5.0)))
    (row,) = purchase_history(lines, as_of=AS_OF, holdout_from=date(2024, 2, 1)).to_pandas().to_dict("records")
    assert (row["frequency"], row["holdout_purchases"]) == (1, 0)
    (row,) = purchase_history(lines, as_of=AS_OF).to_pandas().to_dict("records")
    assert row["frequency"] == 0


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake", "bigquery"])
def test_the_rule_is_a_query_of_other_databases_too(dialect: str) -> None:
    columns = {"customer_id": "string", "order_id": "string", "product_id": "int64", "time": "timestamp"}
    lines = ibis.table(columns | {"amount": "float64", "quantity": "int64"}, name="lines")
    assert "PARTITION BY" in str(ibis.to_sql(purchase_lines(lines, AS_OF), dialect=dialect))


AMOUNTS = st.sampled_from([1.0, 2.0, 3.5, 10.0, -1.0, -2.0, -3.5, -8.0, 0.0])
CUSTOMERS = [f"x{number:02}" for number in range(24)]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(CUSTOMERS),
        st.sampled_from("123C"),
        st.integers(0, 9),
        st.sampled_from(["P", "Q", None]),
        AMOUNTS,
    ),
    min_size=120,
    max_size=240,
)
"""Lines of several customers at once: a query costs the same for one as for two dozen."""


class TestProperties:
    @given(rows=ROWS)
    @settings(max_examples=3)
    def test_money_is_kept_but_for_what_found_no_purchase(self, rows: list[Line]) -> None:
        kept = set_off_returns(table(frame(*rows))).to_pandas()
        found = figures(*rows)
        assert (kept["amount"] >= 0).all()
        assert kept["amount"].sum() == pytest.approx(sum(row[-1] for row in rows) + found.unmatched_return_amount)
        assert found.set_off_amount + found.unmatched_return_amount == pytest.approx(found.returned_amount)
        assert found.by_step["amount"].sum() == pytest.approx(found.set_off_amount)

    @given(rows=ROWS, seed=st.randoms())
    @settings(max_examples=3)
    def test_permuting_rows_changes_nothing(self, rows: list[Line], seed: object) -> None:
        shuffled = list(rows)
        seed.shuffle(shuffled)  # type: ignore[attr-defined]
        pd.testing.assert_frame_equal(summary(frame(*rows)), summary(frame(*shuffled)))

    @given(rows=ROWS, bought=st.integers(0, 5), back=st.integers(6, 9), number=st.sampled_from(["new", "C-new"]))
    @settings(max_examples=3)
    def test_a_purchase_that_came_back_as_a_whole_changes_nothing(
        self, rows: list[Line], bought: int, back: int, number: str
    ) -> None:
        bits = [(who, "new", bought, "new", 4321.0) for who in CUSTOMERS]
        more: list[Line] = [*bits, *((who, number, back, "new", -4321.0) for who in CUSTOMERS)]
        pd.testing.assert_frame_equal(summary(frame(*rows)), summary(frame(*rows, *more)))

    @given(amounts=st.lists(st.lists(AMOUNTS, min_size=1, max_size=14), min_size=32, max_size=32))
    @settings(max_examples=3)
    def test_the_closed_form_is_the_stack(self, amounts: list[list[float]]) -> None:
        rows: list[Line] = [
            (str(who), "", day, None, amount) for who, each in enumerate(amounts) for day, amount in enumerate(each)
        ]
        kept = set_off_returns(table(frame(*rows).drop(columns=["order_id", "product_id"]))).to_pandas()
        for who, each in enumerate(amounts):
            theirs = kept.loc[(kept["customer_id"] == str(who)) & (kept["amount"] > 0), "amount"]
            assert sorted(theirs) == pytest.approx(sorted(_last_in_first_out(each)))


def _last_in_first_out(amounts: list[float]) -> list[float]:
    """Work the rule line by line: first pairs of equal amounts, then the latest purchases before."""
    open_amounts = list(amounts)
    for equal in (True, False):
        for place, amount in enumerate(open_amounts):
            for earlier in range(place - 1, -1, -1):
                due = -open_amounts[place]
                if due <= 0 or amount >= 0:
                    break
                bought = open_amounts[earlier]
                if bought > 0 and (not equal or bought == due):
                    taken = min(bought, due)
                    open_amounts[earlier] -= taken
                    open_amounts[place] += taken
    return [amount for amount in open_amounts if amount > 0]


class TestCases:
    """Shops of 300 customers, spoilt by returns as small clients recorded them."""

    def test_cancelled_next_day(self) -> None:
        """A mistyped order of 77,183.60, cancelled the next day, moves no figure of anybody."""
        sound = shop()
        line = sound.iloc[[len(sound) // 2]]
        typed = line.assign(order_id="O99999", amount=77183.6, quantity=74215)
        cancelled = line.assign(order_id="C99999", amount=-77183.6, quantity=-74215)
        day = pd.Timedelta(days=1)
        spoilt = pd.concat(
            [sound, typed.assign(time=line["time"] + day), cancelled.assign(time=line["time"] + 2 * day)]
        )
        pd.testing.assert_frame_equal(summary(sound), summary(spoilt))
        histories = [purchase_history(table(lines), as_of=AS_OF).to_pandas() for lines in (sound, spoilt)]
        pd.testing.assert_frame_equal(*histories)
        assert measure_base(table(spoilt), AS_OF) == measure_base(table(sound), AS_OF)

    def test_customers_of_whom_everything_came_back_have_no_orders(self) -> None:
        sound = shop()
        thirty = sorted(sound["customer_id"].unique())[:30]
        theirs = sound[sound["customer_id"].isin(thirty)]
        back = theirs.assign(order_id="C" + theirs["order_id"], amount=-theirs["amount"], quantity=-theirs["quantity"])
        spoilt = table(pd.concat([sound, back]))
        assert not set(thirty) & set(summarise_customers(spoilt, AS_OF).to_pandas()["customer_id"])
        assert measure_returns(spoilt, AS_OF).undone_customers == 30

    def test_refund_counts_as_visit(self) -> None:
        """Customers whose only line of the last half year is a refund have not stayed."""
        rows: list[Line] = []
        for who in ("a", "b", "c"):
            rows += [
                (who, f"{who}1", 10, "P", 50.0),
                (who, f"{who}1", 10, "Q", 20.0),
                (who, f"R{who}", 350, "Q", -20.0),
            ]
        lines = frame(*rows, ("d", "d1", 20, "P", 9.0), ("d", "d2", 300, "P", 9.0))
        halves = (Period(date(2024, 1, 1), date(2024, 7, 1)), Period(date(2024, 7, 1), AS_OF))
        activity = customers_by_period(table(lines), halves)
        kept = measure_retention(activity)
        assert (kept.before, kept.kept, kept.lost) == (4, 1, 3)
        assert activity.query("period == 0 and customer_id == 'a'")["revenue"].tolist() == [50.0]
        cohorts = cohort_retention(table(lines), AS_OF)
        assert cohorts.query("age > 0")["active"].sum() == 1  # the one who bought again
        assert summary(lines).loc["a", ["orders", "revenue", "days_since_last"]].tolist() == [1, 50.0, 356]

    def test_credit_notes_are_no_orders_and_leave_the_median_alone(self) -> None:
        """Every sixth order of a shop is a credit note: the median is that of the purchases."""
        sound = shop()
        others = sorted(sound["order_id"].unique())[::6]
        back = sound[sound["order_id"].isin(others)]
        back = back.assign(order_id="C" + back["order_id"], amount=-back["amount"], quantity=-back["quantity"])
        lines = table(pd.concat([sound, back]))
        rest = measure_base(table(sound[~sound["order_id"].isin(others)]), AS_OF)
        found, base = measure_returns(lines, AS_OF), measure_base(lines, AS_OF)
        assert found.orders_received == sound["order_id"].nunique() + len(others)
        assert found.credit_note_orders == len(others)
        assert (base.orders, base.median_order_value) == (rest.orders, rest.median_order_value)
        assert base.orders == found.orders_received - found.credit_note_orders - found.undone_orders

    def test_negative_lines_are_reported_as_returns(self) -> None:
        checks = check_lines(table(frame(("x", "1", 1, "P", 20.0), ("x", "1", 2, "P", -5.0))), AS_OF)
        assert checks.loc["negative amount", "lines"] == 1
        assert list(figures(("x", "1", 1, "P", 20.0), ("x", "1", 2, "P", -5.0)).by_step["step"]) == list(STEPS)

    def test_without_returns_the_figures_are_those_of_the_rule_but_the_rule_is_not_asked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lines = table(shop(40))
        with monkeypatch.context() as patch:
            patch.setattr(returned, "has_returns", lambda _lines: True)
            by_rule = measure_returns(lines, AS_OF)
        monkeypatch.delattr(returned, "match_returns")
        at_once = measure_returns(lines, AS_OF)
        pd.testing.assert_frame_equal(at_once.by_step, by_rule.by_step)
        assert repr(replace(at_once, by_step=pd.DataFrame())) == repr(replace(by_rule, by_step=pd.DataFrame()))
