"""Pairs left out before scoring are those that could not have been read back: nothing else changes, to the last bit."""

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from tests.identification.linkage.conftest import FEBRL_FIELDS, read_febrl

from helpers.identification.linkage import FIELD_KINDS, FieldKind, Linkage, LinkageSettings, link_records
from helpers.identification.linkage.compared import ComparedField
from helpers.identification.linkage.comparisons import at_all_alike, compare_field

VALUES: dict[str, list[str]] = {
    "given_name": ["ann", "anna", "annabel", "lee", "jo", "john", "jon", "王伟", "伟", "mary ann"],
    "family_name": ["lee", "ann", "leigh", "mueller", "muller", "王", "smith", "smyth", "de la cruz"],
    "name": ["ann lee", "lee ann", "anna lee", "王伟", "j smith", "john smith"],
    "date": ["19800102", "19800201", "19810102", "19800120", "1980010", "198001021", "19801002", "20010102030405"],
    "postcode": ["10115", "10151", "1015", "10116", "sw1a1aa", "sw1a2aa", "11015"],
    "phone": ["441234567", "441234576", "44123456", "441234567x5", "987654321"],
    "email": ["ann.lee@a.com", "dan.lee@a.com", "ann.lee@b.org", "annlee@a.com", "x@y.z", "ann.lee@a.co"],
    "identifier": ["ab123456", "ab123465", "ab12346", "ba123465", "zz999999"],
    "address": ["12 high st", "21 high st", "12 high street", "high st 12", "4 low rd"],
    "place": ["london", "londn", "paris", "new london"],
    "category": ["m", "f", "x"],
    "text": ["some words", "some word", "other words"],
}


def scrambled(values: list[str], count: int, seed: int) -> list[str]:
    """Values with slips: letters left out, doubled, swapped."""
    rng = np.random.default_rng(seed)
    made = list(values)
    while len(made) < count:
        text, at = made[rng.integers(len(values))], int(rng.integers(20))
        at = min(at, max(len(text) - 2, 0))
        swapped = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
        made.append([text[:at] + text[at + 1 :], text[:at] + text[at : at + 1] + text[at:], swapped][rng.integers(3)])
    return [text for text in made if text]


@pytest.mark.parametrize("kind", FIELD_KINDS)
def test_what_is_not_at_all_alike_meets_no_level_between_same_and_different(kind: FieldKind) -> None:
    fields = [ComparedField("a", "given_name", "given"), ComparedField("b", "family_name", "family")]
    field = next((one for one in fields if one.kind == kind), ComparedField("c", kind, "other"))
    fields = list(dict.fromkeys([*fields, field]))
    levels = compare_field(field, fields).get_comparison("duckdb").as_dict()["comparison_levels"]
    between = " or ".join(f"coalesce({level['sql_condition']}, false)" for level in levels[2:-1]) or "false"
    values = scrambled(VALUES[kind], 150, seed=1)
    other = "family" if field.name == "given" else "given"
    table = pd.DataFrame({field.name: values, other: np.resize(VALUES[f"{other}_name"], len(values))})
    columns = ", ".join(f"{side}.{name} as {name}_{side}" for side in "lr" for name in table.columns)
    query = f"""
        select count(*) filter ({between}) as partly,
               count(*) filter (({between}) and not coalesce({at_all_alike(field, fields)}, false)) as missed
        from (select {columns} from "table" as l, "table" as r where l.{field.name} <> r.{field.name})
    """  # noqa: S608 (names given here)
    (partly, missed), *_ = duckdb.sql(query).fetchall()
    assert missed == 0
    assert partly > 0 or kind == "category"


def records_of_every_kind(count: int = 400) -> pd.DataFrame:
    """Half as many people as records, with slips and gaps in every field."""
    rng = np.random.default_rng(5)
    people = {kind: scrambled(values, count // 2, seed=3)[: count // 2] for kind, values in VALUES.items()}
    people["identifier"] = [f"id{place:06d}" for place in range(count // 2)]
    people["email"] = [f"p{place}.{place % 7}@mail{place % 5}.com" for place in range(count // 2)]
    base = pd.DataFrame(
        {kind: np.resize(np.array(values, dtype=object), count // 2) for kind, values in people.items()}
    )
    twice = pd.concat([base, base], ignore_index=True)
    for kind in base.columns:
        hit = np.flatnonzero(rng.random(count) < 0.2)
        twice.loc[hit, kind] = [str(text)[1:] or str(text) for text in twice.loc[hit, kind]]
        twice.loc[rng.random(count) < 0.15, kind] = None
    return twice.assign(source=np.repeat(["shop", "web"], count // 2), record_id=np.arange(count))


def link_without_leaving_out(monkeypatch: pytest.MonkeyPatch, records: Any, settings: LinkageSettings) -> Linkage:
    with monkeypatch.context() as patch:
        patch.setattr("helpers.identification.linkage.linking.hopeful_of", lambda *_: None)
        return link_records(records, settings)


def assert_same(one: Linkage, other: Linkage) -> None:
    pd.testing.assert_frame_equal(one.pairs, other.pairs, check_exact=True)
    pd.testing.assert_frame_equal(one.clusters, other.clusters)
    assert one.candidate_pairs == other.candidate_pairs
    assert one.notes == other.notes


def test_records_of_every_kind_are_linked_as_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    records, settings = records_of_every_kind(), LinkageSettings({kind: kind for kind in VALUES})
    linkage = link_records(records, settings)
    assert len(linkage.pairs) > 100
    assert_same(linkage, link_without_leaving_out(monkeypatch, records, settings))


def test_febrl1_in_several_blocks_is_linked_as_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    records, _ = read_febrl("febrl1", "records")
    settings = LinkageSettings(FEBRL_FIELDS)
    whole = link_without_leaving_out(monkeypatch, records, settings)
    monkeypatch.setattr("helpers.identification.linkage.scoring.PAIRS_AT_ONCE", 500)
    assert_same(link_records(records, settings), whole)


def test_most_candidate_pairs_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of strangers who were born on one day, those that have nothing else in common are not scored."""
    kept: list[int] = []

    def counting(linker: Any, blocked: Any, hopeful: str | None, chunk: tuple[int, int]) -> Any:
        assert hopeful is not None
        kept.append(len(blocked.query_sql(hopeful).as_record_list()))
        return plain(linker, blocked, hopeful, chunk)

    from helpers.identification.linkage import scoring

    plain = scoring._score_block
    monkeypatch.setattr(scoring, "_score_block", counting)
    rng = np.random.default_rng(2)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = ["".join(rng.choice(letters, 8)) for _ in range(900)]
    records = pd.DataFrame(
        {
            "record_id": range(300),
            "first_name": words[:300],
            "last_name": words[300:600],
            "street": words[600:],
            "birth_date": [f"19{60 + place % 30}0101" for place in range(300)],
        }
    )
    linkage = link_records(pd.concat([records, records.head(60).assign(record_id=range(300, 360))]))
    assert linkage.customers == 300
    assert sum(kept) < linkage.candidate_pairs / 5
