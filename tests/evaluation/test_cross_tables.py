"""Any measure by any dimension: equal to plain pandas on two engines, with totals that are true."""

import sqlite3
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from tests.cases import shop

from helpers.core.errors import InputError
from helpers.evaluation import (
    FACTS,
    MEASURES,
    CrossTable,
    Question,
    check_question,
    cross_table,
    dimensions_of,
    drill_down,
)
from helpers.evaluation.asked_period import window_of

AS_OF = date(2025, 1, 1)
FRAMES = dict[str, pd.DataFrame]
ORDER = ["others", "not recorded", "not matched"]


def business(customers: int = 60, *, seed: int = 3) -> FRAMES:
    """A shop with regions, sellers and categories; some customers and products are not described."""
    random = np.random.default_rng(seed)
    lines = shop(customers)
    lines["channel"] = random.choice(["shop", "web", None], len(lines), p=[0.5, 0.4, 0.1])
    lines["discount"] = (lines["amount"] * random.uniform(0, 0.3, len(lines))).round(4)
    ids = np.unique(lines["customer_id"])
    people = pd.DataFrame({"customer_id": ids})
    people["region"] = random.choice(["North", "South", "East", None], len(ids), p=[0.4, 0.3, 0.2, 0.1])
    people["seller_id"] = random.choice(["S1", "S2", "S3", "S4"], len(ids))
    people["on_account"] = random.random(len(ids)) < 0.5
    products = pd.DataFrame({"product_id": [f"P{n:02d}" for n in range(27)]})  # three are not on the list
    products["category"] = random.choice(["Tools", "Paint", "total", "others"], 27)
    cases = pd.DataFrame({"case_id": [f"K{n}" for n in range(200)], "customer_id": random.choice(ids, 200)})
    cases["time"] = pd.Timestamp("2023-06-01") + pd.to_timedelta(random.integers(0, 500, 200), unit="D")
    cases["complaint"] = random.random(200) < 0.3
    cases["cause"] = random.choice(["late", "broken", "wrong"], 200)
    cases["minutes"] = random.integers(1, 90, 200).astype(float)
    return {"transactions": lines, "customers": people.iloc[:-5], "products": products, "service_cases": cases}


def in_duckdb(frames: FRAMES) -> dict[str, ibis.Table]:
    return {name: ibis.memtable(frame) for name, frame in frames.items()}


def in_sqlite(frames: FRAMES, folder: Path) -> dict[str, ibis.Table]:
    file = folder / "shop.sqlite"
    with sqlite3.connect(file) as connection:
        for name, frame in frames.items():
            flags = {column: "BOOLEAN" for column in frame if frame[column].dtype == bool}
            frame.to_sql(name, connection, index=False, dtype=flags)
    connection.close()
    backend = ibis.sqlite.connect(file)
    return {name: backend.table(name) for name in frames}


def by_pandas(frames: FRAMES, question: Question, shown: int) -> pd.DataFrame:
    """The same cross-table, in pandas alone: members are joined, cut to those shown, and grouped; totals are anew."""
    measure = MEASURES[question.measure]
    rows = frames[measure.fact].copy()
    since, until = window_of(question.period, AS_OF)
    rows = rows[(rows["time"] < pd.Timestamp(until)) & (rows["time"] >= pd.Timestamp(since or date(1900, 1, 1)))]
    names = [name for name in (question.rows, question.columns) if name]
    for name in names:
        rows[f"by_{name}"] = members_by_pandas(frames, rows, name, measure.fact)
    axes = []
    for name in names:
        totals = rows.groupby(f"by_{name}").apply(lambda part: values_by_pandas(part, measure)[-1])
        real = [one for one in totals.index if one not in ORDER[1:]]
        if name in ("year", "quarter", "month", "weekday"):
            kept = sorted(real)[-max(shown, 7 if name == "weekday" else 0) :]
            kept = WEEKDAYS if name == "weekday" else kept
        else:
            kept = sorted(real, key=lambda one, totals=totals: (-totals[one], one.removeprefix("~")))[:shown]
        left = [one for one in real if one not in kept]
        rows[f"by_{name}"] = rows[f"by_{name}"].where(~rows[f"by_{name}"].isin(left), "others")
        axes.append([*kept, *(one for one in ORDER if (rows[f"by_{name}"] == one).any())])
    cells = np.array(
        [[cell(rows, measure, dict(zip(names, (r, c), strict=False))) for c in across(axes)] for r in [*axes[0], None]]
    )
    return pd.DataFrame(cells, index=[*axes[0], None])


WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def across(axes: list[list[str]]) -> list[str | None]:
    return [*axes[1], None] if len(axes) > 1 else [None]


def members_by_pandas(frames: FRAMES, rows: pd.DataFrame, name: str, fact: str) -> pd.Series:
    time = rows["time"].dt
    periods = {
        "year": time.strftime("%Y"),
        "quarter": time.year.astype(str) + "-Q" + time.quarter.astype(str),
        "month": time.strftime("%Y-%m"),
        "weekday": time.day_name(),
    }
    if name in periods:
        return periods[name]
    owner = next(table for table in (fact, "customers", "products") if name in frames[table])
    if owner == fact:
        values, matched = rows[name], pd.Series(True, index=rows.index)
    else:
        key = {"customers": "customer_id", "products": "product_id"}[owner]
        table = frames[owner].set_index(key)
        values, matched = rows[key].map(table[name]), rows[key].isin(table.index)
    text = values.map(lambda one: {True: "yes", False: "no"}.get(one, one) if isinstance(one, bool) else one)
    text = text.map(lambda one: f"~{one}" if one in (*ORDER, "total") else one)
    return text.astype("object").where(text.notna(), "not recorded").where(matched, "not matched")


def values_by_pandas(part: pd.DataFrame, measure) -> list[float]:
    if measure.parts:
        above, below = (values_by_pandas(part, MEASURES[one])[-1] for one in measure.parts)
        return [above / below if below else np.nan, above]
    if measure.kind == "sum":
        return [round(part[measure.column].sum(), 4)]
    if measure.kind == "distinct":
        return [part[measure.column].nunique()]
    return [float(part[measure.column].sum()) if measure.column else float(len(part))]


def cell(rows: pd.DataFrame, measure, wanted: dict[str, str | None]) -> float:
    for name, member in wanted.items():
        if member is not None:
            rows = rows[rows[f"by_{name}"] == member]
    return values_by_pandas(rows, measure)[0]


def random_questions(frames: FRAMES, count: int) -> list[tuple[Question, int]]:
    random = np.random.default_rng(11)
    tables = in_duckdb(frames)
    measures = [name for name, one in MEASURES.items() if one.fact in frames and name not in ("goods_cost",)]
    asked = []
    for _ in range(count):
        measure = str(random.choice(measures))
        rows, columns = random.choice([*dimensions_of(tables, MEASURES[measure].fact)], 2, replace=False)
        period = str(random.choice(["", "2024", "2023-Q4..2024-05", "2024-03"]))
        asked.append(
            (Question(measure, str(rows), str(random.choice([columns, ""])), period), int(random.choice([1, 2, 30])))
        )
    return asked


@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
@pytest.mark.parametrize("count", [3, pytest.param(100, marks=pytest.mark.slow)])
def test_random_cross_tables_equal_plain_pandas(engine, count, tmp_path):
    frames = business()
    tables = in_duckdb(frames) if engine == "duckdb" else in_sqlite(frames, tmp_path)
    for question, shown in random_questions(frames, count):
        found, expected = cross_table(tables, question, AS_OF, shown=shown), by_pandas(frames, question, shown)
        assert found.cells.shape == expected.shape, question
        np.testing.assert_allclose(found.cells.to_numpy(), expected.to_numpy(), rtol=1e-12, err_msg=str(question))


def ask(frames: FRAMES, shown: int = 12, **asked: str) -> CrossTable:
    return cross_table(in_duckdb(frames), Question(**asked), AS_OF, shown=shown)


def test_what_matches_no_row_is_shown_with_its_money_and_totals_add_up_to_the_last_cent():
    frames = business()
    found = ask(frames, measure="revenue", rows="region", columns="category")
    values = (found.cells * 10_000).round().astype("int64")
    assert {"not recorded", "not matched"} <= set(found.cells.index)
    assert found.cells.columns[-2] == "not matched"
    assert (values.iloc[:-1].sum() == values.iloc[-1]).all()
    assert (values.iloc[:, :-1].sum(axis=1) == values.iloc[:, -1]).all()
    lines = frames["transactions"]
    strangers = ~lines["customer_id"].isin(frames["customers"]["customer_id"])
    assert found.without_member(3) == round(lines.loc[strangers, "amount"].sum(), 4)
    assert found.total == round(lines["amount"].sum(), 4)


def test_customers_and_ratios_are_counted_anew_and_never_added_up():
    frames = business()
    lines = frames["transactions"]
    buyers = ask(frames, measure="customers", rows="category")
    assert buyers.total == lines["customer_id"].nunique()
    assert buyers.cells.iloc[:-1, -1].sum() > buyers.total
    assert list(buyers.by_row) == ["value"]  # shares of a total that the rows do not add up to
    per_order = ask(frames, measure="revenue_per_order", rows="category")
    assert per_order.total == pytest.approx(lines["amount"].sum() / lines["order_id"].nunique(), rel=1e-12)


def test_of_ten_thousand_members_the_first_are_shown_and_the_others_add_up():
    random = np.random.default_rng(5)
    count = 12_000
    lines = pd.DataFrame({"customer_id": random.choice(list("abc"), count), "order_id": np.arange(count).astype(str)})
    lines["time"], lines["amount"] = pd.Timestamp("2024-05-01"), random.lognormal(3, 1, count).round(2)
    lines["tag"] = [f"T{n % 10_000:05d}" for n in range(count)]
    found = ask({"transactions": lines}, 5, measure="revenue", rows="tag")
    assert found.cells.index.tolist()[-2:] == ["others", "total"]
    assert (len(found.cells), found.members_in_others) == (7, 9_995)
    by_tag = lines.groupby("tag")["amount"].sum().sort_values(ascending=False)
    np.testing.assert_allclose(found.cells.iloc[:-2, 0], by_tag.head(5), rtol=1e-12)
    assert found.cells.iloc[-2, 0] == pytest.approx(by_tag.iloc[5:].sum(), rel=1e-12)
    buyers = ask({"transactions": lines}, 5, measure="customers", rows="tag")
    assert (buyers.cells.loc["others", "total"], buyers.total) == (3, 3)


def test_a_name_of_ours_that_a_member_bears_stands_in_brackets():
    found = ask(business(), 2, measure="lines", rows="category")
    members = set(found.cells.index)
    assert {"others", "total"} & members
    assert len(members) == len(found.cells)


def test_a_month_without_rows_is_shown_as_nothing():
    frames = {"transactions": shop(30)}
    lines = frames["transactions"]
    frames["transactions"] = lines[lines["time"].dt.strftime("%Y-%m") != "2024-03"]
    found = ask(frames, 24, measure="revenue", rows="month")
    assert found.cells.loc["2024-03", "total"] == 0


def test_what_came_back_is_set_off_by_the_rule_of_the_suite():
    frames = {"transactions": shop(30)}
    lines = frames["transactions"]
    first = lines.iloc[[0]].assign(amount=-lines.iloc[0]["amount"], time=lines.iloc[0]["time"] + pd.Timedelta(days=90))
    frames["transactions"] = pd.concat([lines, first], ignore_index=True)
    found = ask(frames, measure="revenue", rows="month")
    alone = ask({"transactions": lines.iloc[1:]}, measure="revenue", rows="month")
    pd.testing.assert_frame_equal(found.cells, alone.cells)


@pytest.mark.parametrize("measure", ["revenue", "orders"])
def test_what_came_back_is_set_off_on_a_second_engine_too(measure, tmp_path):
    frames = business()
    lines = frames["transactions"]
    back = lines.iloc[:40].assign(
        amount=-lines["amount"].iloc[:40], time=lines["time"].iloc[:40] + pd.Timedelta(days=9)
    )
    frames["transactions"] = pd.concat([lines, back.assign(amount=back["amount"].round(2))], ignore_index=True)
    question = Question(measure, "region", "category")
    found = cross_table(in_sqlite(frames, tmp_path), question, AS_OF).cells
    pd.testing.assert_frame_equal(found, cross_table(in_duckdb(frames), question, AS_OF).cells)


def test_a_single_customer_is_a_cross_table_too():
    lines = shop(40)
    one = lines[lines["customer_id"] == "C0003"]
    assert ask({"transactions": one}, measure="customers", rows="year").total == 1


def test_the_region_of_a_reader_comes_before_everything_else():
    frames = business()
    found = ask(frames, measure="revenue", rows="region", columns="seller_id", only_region="North")
    assert found.cells.index.tolist() == ["North", "total"]
    north = frames["customers"].query("region == 'North'")["customer_id"]
    lines = frames["transactions"]
    assert found.total == round(lines.loc[lines["customer_id"].isin(north), "amount"].sum(), 4)
    own = ask(frames, measure="revenue", rows="region", only_seller="S2", only="category: Tools, Paint")
    assert 0 < own.total < found.total


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"measure": "revenu"}, "unknown measure 'revenu'(.|\n)*did you mean 'revenue'"),
        ({"rows": "regoin"}, "explore_rows: unknown dimension 'regoin'(.|\n)*did you mean 'region'"),
        ({"rows": ""}, "no dimension is named"),
        ({"columns": "region"}, "rows and columns are both 'region'"),
        ({"measure": "complaints", "rows": "category"}, "unknown dimension 'category'"),
        ({"only": "region: Nort"}, "unknown region 'Nort'(.|\n)*did you mean 'North'"),
        ({"only": "region"}, "no member of 'region' is named"),
        ({"only": "year: 2024"}, "part of the calendar"),
        ({"only_region": "Mars"}, "only_region: unknown region 'Mars'"),
        ({"period": "2024-13"}, "'2024-13' names no period"),
        ({"period": "2024-02-30"}, "names no period"),
        ({"period": "2025-02"}, "holds no day before 2025-01-01"),
        ({"period": "2024-05..2024-01"}, "holds no day"),
        ({"rows": "customer_id"}, "unknown dimension 'customer_id'"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(asked, message):
    question = Question(**{"measure": "revenue", "rows": "region"} | asked)
    with pytest.raises(InputError, match=message):
        check_question(in_duckdb(business()), question, AS_OF)


def test_all_faults_of_a_question_come_at_once():
    question = Question("revenu", "regoin", "categry", "2024-13", only="chanel: shop")
    with pytest.raises(InputError) as raised:
        check_question(in_duckdb(business()), question, AS_OF)
    assert len(raised.value.faults) == 5


def test_a_period_without_rows_is_named():
    with pytest.raises(InputError, match="no row of transactions is left: 2019, before 2025-01-01"):
        ask(business(), measure="revenue", rows="region", period="2019")


def test_a_table_that_describes_a_row_twice_is_refused():
    frames = business()
    frames["customers"] = pd.concat([frames["customers"], frames["customers"].head(4)])
    with pytest.raises(InputError, match="table customers: 4 rows repeat a customer_id"):
        ask(frames, measure="revenue", rows="region")
    assert ask(frames, measure="revenue", rows="category").total  # not asked for: not joined


def test_money_of_two_currencies_is_not_added_up():
    frames = business()
    frames["transactions"]["currency"] = np.where(frames["transactions"]["quantity"] > 2, "USD", "EUR")
    with pytest.raises(InputError, match="2 currencies: 'EUR', 'USD'"):
        ask(frames, measure="revenue", rows="region")
    assert ask(frames, measure="revenue", rows="region", only="currency: EUR").total
    assert ask(frames, measure="orders", rows="currency").total


def test_every_measure_is_of_a_fact_and_its_parts_are_of_the_same():
    for measure in MEASURES.values():
        assert measure.fact in FACTS
        assert (measure.kind == "ratio") == (measure.parts is not None)
        assert all(MEASURES[part].fact == measure.fact for part in measure.parts or ())


def test_what_lacks_the_value_that_is_added_up_is_counted():
    frames = business()
    frames["transactions"].loc[:9, "discount"] = np.nan
    assert ask(frames, measure="discount", rows="region").without_value == 10


@pytest.mark.parametrize("rows", ["region", "category", "quarter"])
def test_a_row_opened_by_another_dimension_adds_up_to_the_row(rows):
    frames = business()
    tables = in_duckdb(frames)
    question = Question("revenue", rows, drill="channel")
    whole = cross_table(tables, question, AS_OF)
    opened = cross_table(tables, drill_down(question, whole.largest), AS_OF)
    assert opened.total == whole.cells.loc[whole.largest, "total" if "total" in whole.cells else "(total)"]
