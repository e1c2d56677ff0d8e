"""One small system of the simulated company: few pairs to learn from, and families that must stay apart."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.identification.linkage import FIELD_KINDS, Linkage, LinkageScore, link_records, score_clusters
from helpers.identification.linkage.comparisons import usual_agreement
from helpers.narrative.linkage_notes import text_of_note
from helpers.simulation import read_parameters, simulate

COMPANY = Path(__file__).parents[3] / "data" / "simulated" / "company.yml"
CUSTOMERS = 400


@dataclass(frozen=True)
class SmallSystem:
    """The sales system of one small company, linked by itself."""

    records: pd.DataFrame
    truth: pd.DataFrame
    linkage: Linkage

    @property
    def score(self) -> LinkageScore:
        """How right the links are."""
        return score_clusters(self.linkage.clusters, self.truth)


def _sales_of(seed: int, folder: Path) -> SmallSystem:
    company = simulate(read_parameters(COMPANY, {"customers": CUSTOMERS, "seed": seed}), folder)
    records = pd.read_parquet(company.folder / "tables" / "customer_records.parquet").query("source == 'sales'")
    truth = pd.read_parquet(company.folder / "truth" / "identity.parquet")
    truth = truth.rename(columns={"customer_id": "true_customer_id"})[["record_id", "true_customer_id"]]
    return SmallSystem(records, truth[truth["record_id"].isin(records["record_id"])], link_records(records))


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> list[SmallSystem]:
    return [_sales_of(seed, tmp_path_factory.mktemp("company")) for seed in (2, 3)]


def test_few_pairs_in_one_system_are_linked_right(systems):
    """Learnt from these pairs alone, three of 32 links joined two people of one household."""
    for system in systems:
        assert len(system.records) < 450
        assert 10 <= system.score.true_pairs < 20
        assert system.score.precision.value == 1
        assert system.score.recall.value > 0.9


def test_nobody_is_linked_against_first_name_and_another_own_field(systems):
    for system in systems:
        pairs = system.records.reset_index(drop=True).merge(
            system.linkage.clusters.astype({"record_id": "int64"}), on=["source", "record_id"]
        )
        both = pairs.merge(pairs, on="customer_id", suffixes=("_l", "_r")).query("record_id_l < record_id_r")
        against = {
            field: both[f"{field}_l"].notna() & both[f"{field}_r"].notna() & (both[f"{field}_l"] != both[f"{field}_r"])
            for field in ("first_name", "birth_date", "identifier")
        }
        assert len(both) > 10
        assert not (against["first_name"] & (against["birth_date"] | against["identifier"])).any()


def test_it_is_reported_that_few_pairs_stood_behind_the_training(systems, households):
    for system in systems:
        said = [text_of_note(note) for note in system.linkage.notes if note.topic == "training"]
        assert len(said) == 1
        assert said[0].startswith("Fewer than 50 likely pairs show how two records of one customer agree in any field")
    assert "training" not in [note.topic for note in households.linkage.notes]


def test_what_is_usual_is_taken_where_nothing_could_be_learnt(systems):
    learnt = systems[0].linkage.model.parameters
    for column, kind in (("birth_date", "date"), ("email", "email"), ("first_name", "given_name")):
        m = learnt.loc[learnt["field"] == column, "m"].to_numpy()
        np.testing.assert_allclose(m, usual_agreement(kind, len(m)), atol=1e-9)


@pytest.mark.parametrize("kind", FIELD_KINDS)
@pytest.mark.parametrize("n_levels", [2, 3, 5])
def test_usual_agreement_is_a_distribution_that_favours_agreement(kind, n_levels):
    shares = usual_agreement(kind, n_levels)
    assert len(shares) == n_levels
    assert shares.sum() == pytest.approx(1)
    assert (shares > 0).all()
    assert shares[0] > 0.6
    assert shares[0] == shares.max()
