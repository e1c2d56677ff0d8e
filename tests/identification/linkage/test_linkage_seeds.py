"""Links over seeds: how far the result hangs on the pairs drawn, where agreement by chance rests on few of them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from helpers.core.results import Ledger
from helpers.identification.linkage import (
    Linkage,
    LinkageSettings,
    count_sampled_pairs,
    follow_seeds,
    link_records,
)
from helpers.identification.linkage.seeds import FEW_PAIRS
from helpers.narrative.chapter import chapter_words
from helpers.narrative.identification import RECORDS

RARE = LinkageSettings(training_pairs=1000)


def members(n_people: int) -> pd.DataFrame:
    """Return members of a club, every third of them twice, both fields with a slip in one of two second records."""
    rng = np.random.default_rng(5)
    surnames = ["".join(rng.choice(list("abcdefghijklmnoprstuvw"), 7)) for _ in range(200)]
    rows = []
    for number in range(n_people):
        name = surnames[rng.integers(200)]
        born = str((pd.Timestamp("1980-01-01") + pd.Timedelta(days=int(rng.integers(20_000)))).date())
        rows.append((name, born))
        if number % 3 == 0:
            cut = int(rng.integers(1, 6)) if rng.random() < 0.5 else len(name)
            slip = born[:-1] + str(rng.integers(10)) if rng.random() < 0.5 else born
            rows.append((name[:cut] + name[cut + 1 :], slip))
    return pd.DataFrame(rows, columns=["last_name", "birth_date"]).assign(record_id=range(len(rows)))


def counts_of(linkage: Linkage) -> tuple[int, int]:
    return int((linkage.pairs["match_probability"] >= linkage.threshold).sum()), linkage.customers


@pytest.fixture(scope="module")
def club() -> SimpleNamespace:
    """A club whose dates of birth nearly never agree among the few pairs drawn, and its links over seeds."""
    records = members(400)
    linkage = link_records(records, RARE)
    return SimpleNamespace(records=records, linkage=linkage, spread=follow_seeds(linkage, other_seeds=2))


def test_the_spread_is_named_where_links_hang_on_the_pairs_drawn(club):
    assert club.spread.status == "spread"
    assert club.spread.fields == ("last_name", "birth_date")
    assert (club.spread.few["pairs"] < FEW_PAIRS).all()
    by_seed = club.spread.by_seed
    assert by_seed["seed"].tolist() == [1, 2, 3]
    assert tuple(by_seed.loc[0, ["links", "customers"]]) == counts_of(club.linkage)
    assert by_seed["links"].max() > 1.1 * by_seed["links"].min()


def test_weighing_the_pairs_anew_gives_what_linking_with_the_seed_gives(club):
    for seed, links, customers in club.spread.by_seed.iloc[1:].itertuples(index=False):
        assert counts_of(link_records(club.records, replace(RARE, seed=seed))) == (links, customers)


def test_households_and_removals_are_weighed_anew_too(households):
    shown = ["record_id", "last_name", "birth_date", "street"]
    records = {name: frame[shown].head(150) for name, frame in households.records.items()}
    linkage = link_records(records, RARE)
    spread = follow_seeds(linkage, other_seeds=1)
    assert set(spread.fields) >= {"birth_date", "street"}
    assert tuple(spread.by_seed.loc[1, ["links", "customers"]]) == counts_of(
        link_records(records, replace(RARE, seed=2))
    )


def test_the_same_records_in_another_order_give_the_same_spread(club):
    again = follow_seeds(link_records(club.records.sample(frac=1, random_state=4), RARE), other_seeds=2)
    pd.testing.assert_frame_equal(again.by_seed, club.spread.by_seed)
    pd.testing.assert_frame_equal(again.few, club.spread.few)


def test_nothing_is_said_where_all_pairs_are_counted(club):
    """All pairs of 533 records are fewer than the training pairs: no seed changes which are counted."""
    linkage = link_records(club.records)
    assert count_sampled_pairs(linkage).empty
    assert follow_seeds(linkage) is None


def test_nothing_is_said_where_every_agreement_is_seen_often():
    rng = np.random.default_rng(2)
    groups = pd.DataFrame({name: rng.integers(0, 9, 300).astype(str) for name in ("club", "shop", "guild", "band")})
    kinds = dict.fromkeys(groups, "category")
    linkage = link_records(groups.assign(record_id=range(300)), LinkageSettings(kinds, training_pairs=20_000))
    counted = count_sampled_pairs(linkage)
    assert len(counted) == 8
    assert counted["pairs"].min() >= FEW_PAIRS
    assert follow_seeds(linkage) is None


def test_nothing_is_said_of_a_field_alone(club):
    """Its agreement by chance is not counted but set, so no draw of pairs changes it."""
    alone = LinkageSettings({"birth_date": "identifier"}, training_pairs=1000)
    assert follow_seeds(link_records(club.records, alone)) is None


def test_pairs_that_lack_a_field_are_not_counted_for_it(club):
    half = club.records.assign(birth_date=club.records["birth_date"].where(club.records["record_id"] % 2 == 0))
    counted = count_sampled_pairs(link_records(half, RARE)).groupby("field")["pairs"].sum()
    assert counted["last_name"] == pytest.approx(1000, rel=0.01)
    assert counted["birth_date"] == pytest.approx(250, rel=0.03)


def test_too_many_records_are_not_linked_again_and_that_is_said(club):
    spread = follow_seeds(club.linkage, records_at_most=100)
    assert spread.status == "untried"
    assert [one.name for one in spread.named_results()] == ["few_pair_fields"]
    assert spread.by_seed.empty


def _sentence(spread: object) -> str:
    ledger = Ledger()
    ledger.add("customer_records", 533, unit="records", about="")
    for one in spread.named_results():
        ends = None if one.low is None else (one.low, one.high)
        ledger.add(one.name, one.value, unit=one.unit, about=one.about, interval=ends)
    return ledger.sentence(chapter_words(RECORDS).sentence(f"seeds_{spread.status}"), markdown=False)


def test_the_sentence_names_fields_and_spread(club):
    links, customers = club.spread.by_seed["links"], club.spread.by_seed["customers"]
    said = _sentence(club.spread)
    assert "agree in last name and birth date was counted on few" in said
    assert f"over 3 draws there are {links[0]} ({links.min()} to {links.max()}) links" in said
    assert f"{customers[0]} ({customers.min()} to {customers.max()}) customers" in said


def test_a_spread_of_nil_and_none_tried_are_said_as_such(club):
    level = replace(club.spread, by_seed=club.spread.by_seed.assign(links=76, customers=458))
    assert level.status == "same"
    assert "over 3 draws the number of links is 76 and that of customers 458 each time" in _sentence(level)
    untried = replace(club.spread, by_seed=club.spread.by_seed.iloc[:0])
    assert "was not tried, which takes long for 533 records" in _sentence(untried)
