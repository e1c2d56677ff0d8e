"""Records with few columns: linked with what they have, or refused with the name of what is missing."""

from pathlib import Path

import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.identification.linkage import LinkageSettings, explain_pair, link_records, score_clusters
from helpers.narrative.linkage_notes import text_of_note
from helpers.simulation import read_parameters, simulate

COMPANY = Path(__file__).parents[3] / "data" / "simulated" / "company.yml"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The records of 200 customers in three systems, and who is who."""
    made = simulate(read_parameters(COMPANY, {"customers": 200, "seed": 5}), tmp_path_factory.mktemp("company"))
    records = pd.read_parquet(made.folder / "tables" / "customer_records.parquet")
    truth = pd.read_parquet(made.folder / "truth" / "identity.parquet")
    return records, truth.rename(columns={"customer_id": "true_customer_id"})[["record_id", "true_customer_id"]]


@pytest.mark.parametrize(
    ("columns", "recall"),
    [
        ("first_name last_name city", 0.8),
        ("first_name last_name birth_date", 0.4),
        ("first_name last_name phone", 0.7),
        ("first_name last_name street city postcode", 0.85),
        ("first_name last_name birth_date street city postcode", 0.85),
        ("last_name email", 0.4),
        ("first_name email", 0.2),
    ],
)
def test_a_block_on_one_name_teaches_neither_name_and_stops_nothing(company, columns, recall):
    """The comparison of either name reads both, so Splink leaves both out where one of them blocks."""
    records, truth = company
    linkage = link_records(records[["source", "record_id", *columns.split()]])
    score = score_clusters(linkage.clusters, truth)
    assert score.precision.value > 0.95
    assert score.recall.value > recall


def test_a_company_of_a_hundred_customers_is_linked(tmp_path):
    made = simulate(read_parameters(COMPANY, {"customers": 100, "seed": 1}), tmp_path)
    linkage = link_records(pd.read_parquet(made.folder / "tables" / "customer_records.parquet"))
    assert 95 <= linkage.customers <= 110


def test_febrl_links_without_its_best_identifier(febrl1, febrl_fields):
    fields = {name: kind for name, kind in febrl_fields.items() if name != "soc_sec_id"}
    linkage = link_records(febrl1.records, LinkageSettings(fields))
    assert score_clusters(linkage.clusters, febrl1.truth).f1.value > 0.97


@pytest.mark.parametrize("column", ["email", "phone", "identifier"])
def test_one_field_held_by_one_customer_links_its_exact_copies_and_says_so(company, column):
    records, _ = company
    linkage = link_records(records[["source", "record_id", column]])
    value = linkage.records.table.iloc[:, 0]
    assert linkage.customers == value.nunique() + value.isna().sum()
    assert linkage.clusters.groupby(value)["customer_id"].nunique().eq(1).all()
    assert any("is the only field that identifies" in text_of_note(note) for note in linkage.notes)
    assert "training" not in [note.topic for note in linkage.notes]
    pair = linkage.pairs.iloc[0]
    parts = explain_pair(linkage, (pair["source_l"], pair["record_id_l"]), (pair["source_r"], pair["record_id_r"]))
    assert parts["match_weight"].iloc[-1] == pytest.approx(pair["match_weight"], abs=1e-4)


@pytest.mark.parametrize("columns", ["first_name last_name", "last_name", "birth_date", "street", "city"])
def test_what_many_people_share_is_not_enough_and_it_is_said_what_is(company, columns):
    records, _ = company
    with pytest.raises(InputError, match=r"(?s)nothing but '.*add a date of birth, an e-mail address"):
        link_records(records[["source", "record_id", *columns.split()]])
