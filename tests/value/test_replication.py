"""Every figure of `data/replication/published_values.csv`, worked out anew; one test a quantity, by its name there.

The sources stand with each figure in the table. Benchmarks of classifiers take longer: a slow test.
"""

from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pytest
from ibis import read_parquet

from helpers.errors import InputError
from helpers.study import load_study
from helpers.value import replication

DATA = Path(__file__).parents[2] / "data"
PUBLISHED = pd.read_csv(DATA / "replication" / "published_values.csv", keep_default_na=False)
CLASSIFIERS = {"telco.interpret", "telco.cv", "credit_data.cv"}
WORKED_OUT = [
    entry
    for entry, kind in PUBLISHED.groupby("entry", sort=False)["kind"].first().items()
    if kind != "context" and entry not in CLASSIFIERS
]


@pytest.fixture(scope="module")
def compared(cdnow_lines: ir.Table) -> pd.DataFrame:
    cohort = read_parquet(DATA / "cdnow" / "cohort.parquet").rename(time="date")
    donors = pd.read_csv(DATA / "donations" / "donors_1995.csv").rename(columns={"donors": "customers"})
    ours = {
        **replication.sample_figures(cdnow_lines),
        **replication.stated_figures(),
        **replication.cohort_figures(cdnow_lines, cohort),
        **replication.donation_figures(donors),
        **replication.retention_figures(PUBLISHED),
        **replication.pairwise_figures(np.random.default_rng(1)),
    }
    return replication.compare_published(PUBLISHED, ours)


@pytest.mark.parametrize("entry", WORKED_OUT)
def test_published_figures_of(entry: str, compared: pd.DataFrame) -> None:
    part = compared[compared["entry"] == entry]
    assert part["ours"].notna().all()
    assert part["agrees"].all(), part[["item", "published", "ours", "tolerance"]].to_string()


@pytest.mark.slow
def test_benchmarks_of_classifiers() -> None:
    """Telco churn (InterpretML's quarters; ten folds) and applicants for credit (ten folds)."""
    contracts = load_study("telco").table("contracts").to_pandas()
    applicants = load_study("credit").table("applicants").to_pandas()
    found = replication.compare_published(PUBLISHED, replication.classifier_figures(contracts, applicants))
    part = found[found["entry"].isin(CLASSIFIERS)]
    assert part["agrees"].all(), part[["item", "published", "ours", "tolerance"]].to_string()
    assert len(part) == 18


def test_the_table_names_every_figure_once_and_says_where_it_was_printed() -> None:
    assert not PUBLISHED.duplicated(["entry", "item"]).any()
    assert (PUBLISHED["source"].str.len() > 5).all()
    assert (PUBLISHED["tolerance"] >= 0).all()
    assert set(PUBLISHED["kind"]) == {"published", "recomputed", "given", "context"}


def test_inputs_and_context_are_not_called_reproduced(compared: pd.DataFrame) -> None:
    verdicts = replication.summarise_entries(compared).set_index("entry")["verdict"]
    assert verdicts["sbg.table.highend"] == "taken over"
    assert verdicts["whale.kanthal"] == "context only"
    assert verdicts["telco.interpret"] == "not worked out here"
    assert verdicts["cdnow.bgnbd.params"] == "reproduced"


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [("a", "x", 1.0, 0.1, "published"), ("a", "y", 2.0, 0.0, "published"), ("b", "x", 3.0, 0.1, "given")]
    frame = pd.DataFrame(rows, columns=["entry", "item", "published", "tolerance", "kind"])
    return frame.assign(measure="m", source="s")


def test_a_difference_beyond_its_tolerance_is_told(table: pd.DataFrame) -> None:
    found = replication.compare_published(table, {"a": {"x": 1.11, "y": 2.0}})
    assert found["agrees"].tolist()[:2] == [False, True]
    assert pd.isna(found["agrees"].iloc[2])
    assert found["difference"].iloc[0] == pytest.approx(0.11)
    summary = replication.summarise_entries(found).set_index("entry")
    assert summary.loc["a", ["figures", "reproduced", "verdict"]].tolist() == [2, 1, "differs"]
    assert summary.loc["a", "largest_share"] == pytest.approx(1.1)
    assert summary.loc["b", "verdict"] == "not worked out here"


def test_the_last_bit_of_a_difference_does_not_decide(table: pd.DataFrame) -> None:
    thirds = table.assign(published=0.3)
    assert 0.4 - 0.3 > 0.1
    assert replication.compare_published(thirds, {"a": {"x": 0.4}})["agrees"].iloc[0]


def test_a_name_on_one_side_only_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"no published figure for 'a / z'"):
        replication.compare_published(table, {"a": {"z": 1.0}})
    with pytest.raises(InputError, match=r"unknown kind 'printed'(?s:.*)published, recomputed, given, context"):
        replication.compare_published(table.assign(kind="printed"), {})


def test_figures_are_counted_by_kind_and_what_differs_is_named(table: pd.DataFrame) -> None:
    kinds = table.assign(kind=["published", "recomputed", "given"])
    found = replication.count_figures(replication.compare_published(kinds, {"a": {"x": 1.0, "y": 2.5}}))
    assert (found.checked, found.reproduced, found.missing) == (1, 1, 0)
    assert (found.elsewhere, found.elsewhere_reproduced) == (1, 0)
    assert found.differing == ("m (y)",)
    assert not found.all_reproduced


def test_a_printed_figure_without_ours_is_missing_not_reproduced(table: pd.DataFrame) -> None:
    found = replication.count_figures(replication.compare_published(table, {"a": {"x": 1.0}}))
    assert (found.checked, found.reproduced, found.missing, found.differing) == (1, 1, 1, ())
    assert not found.all_reproduced
    assert replication.count_figures(replication.compare_published(table, {"a": {"x": 1.0, "y": 2.0}})).all_reproduced


def test_figures_are_written_with_the_digits_that_were_printed(table: pd.DataFrame) -> None:
    written = replication.write_figures(replication.compare_published(table, {"a": {"x": 1.05}}))
    assert written["published"].tolist() == ["1", "2", "3"]
    assert written["ours"].tolist()[0] == "1.05"
    assert written["ours"].isna().tolist() == [False, True, True]
