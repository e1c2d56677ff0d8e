"""The three systems' records: presence, copies, gaps, errors, and the names they are made of."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.simulation import CompanyParameters
from helpers.simulation.arrays import scramble
from helpers.simulation.corruption import mistype
from helpers.simulation.words import regions, word_list, word_table

from .conftest import Reader, made

TEXTS = ("first_name", "last_name", "street", "city", "postcode", "email", "phone", "identifier")


@pytest.fixture(scope="module")
def records(table: Reader) -> pd.DataFrame:
    """Return the records with who they truly are."""
    return table("tables/customer_records").merge(table("truth/identity"), on="record_id", validate="one_to_one")


def test_each_system_knows_its_share_and_holds_its_share_twice(
    records: pd.DataFrame, parameters: CompanyParameters, table: Reader
) -> None:
    known = table("tables/customers").groupby("kind", observed=True).size()
    for source, shares in parameters.systems.presence.items():
        here = records[records["source"] == source]
        first = here[~here["duplicate"]]
        for kind, share in shares.items():
            spread = np.sqrt(share * (1 - share) / known[kind])
            found = (first["kind"] == kind).sum() / known[kind]
            assert found == pytest.approx(share, abs=4 * spread), (source, kind)
        share = parameters.systems.duplicates[source]
        spread = np.sqrt(share * (1 - share) / len(first))
        assert here["duplicate"].sum() / len(first) == pytest.approx(share, abs=4 * spread), source
        assert not first["customer_id"].duplicated().any()


def test_gaps_and_errors_have_their_rates(records: pd.DataFrame, parameters: CompanyParameters) -> None:
    systems = parameters.systems
    persons = records[records["kind"] == "person"]
    for source, fields in systems.missing.items():
        here = persons[persons["source"] == source]
        for field, share in fields.items():
            spread = np.sqrt(share * (1 - share) / len(here))
            assert here[field].isna().mean() == pytest.approx(share, abs=4 * spread), (source, field)
    assert records["error_moved"].mean() == pytest.approx(systems.moved_share, abs=0.005)
    assert records["error_other_email"].mean() == pytest.approx(systems.other_email_share, abs=0.008)
    present = records[list(TEXTS)].notna().sum(axis=1)
    expected = 1 - (1 - systems.error_level) ** present
    assert records["error_typing"].mean() == pytest.approx(expected.mean(), abs=0.01)
    assert not persons.loc[~persons["error_script"], "last_name"].dropna().str.contains("[\u4e00-\u9fff]").any()


def test_without_errors_records_repeat_the_customer(tmp_path: Path) -> None:
    changes = {
        "customers": 800,
        "systems.error_level": 0.0,
        "systems.moved_share": 0.0,
        "systems.other_email_share": 0.0,
    }
    _, folder = made(changes, tmp_path)
    records = pd.read_parquet(folder / "tables" / "customer_records.parquet")
    identity = pd.read_parquet(folder / "truth" / "identity.parquet")
    customers = pd.read_parquet(folder / "tables" / "customers.parquet").set_index("customer_id")
    true = customers.loc[identity["customer_id"]].reset_index(drop=True)
    for field in (*TEXTS, "birth_date", "region"):
        known = records[field].notna()
        assert known.any()
        assert (records.loc[known, field].astype(str) == true.loc[known, field].astype(str)).all(), field
    assert not identity.filter(like="error_").any(axis=None)


def test_errors_are_of_many_kinds(records: pd.DataFrame, table: Reader) -> None:
    true = table("tables/customers").set_index("customer_id").loc[records["customer_id"]].reset_index(drop=True)
    alone = records.filter(like="error_").sum(axis=1) == 1
    swapped = records["error_swapped_names"] & alone & records["first_name"].notna()
    assert (records.loc[swapped, "first_name"] == true.loc[swapped, "last_name"]).all()
    assert (records.loc[swapped, "last_name"] == true.loc[swapped, "first_name"]).all()
    script = records["error_script"] & alone
    assert script.sum() > 20
    assert records.loc[script, "last_name"].str.fullmatch("[\u4e00-\u9fff]{1,2}").all()
    nick = records["error_nickname"] & alone & (records["kind"] == "person") & records["first_name"].notna()
    assert (records.loc[nick, "first_name"] != true.loc[nick, "first_name"]).mean() > 0.9
    dates = records["error_swapped_date"] & alone & records["birth_date"].notna()
    seen, real = (pd.to_datetime(frame.loc[dates, "birth_date"]) for frame in (records, true))
    swaps = (seen.dt.day == real.dt.month) & (seen.dt.month == real.dt.day) & (seen.dt.year == real.dt.year)
    assert (swaps | (seen == real)).all()
    assert swaps.mean() > 0.3
    moved = records["error_moved"] & alone & records["street"].notna()
    assert (records.loc[moved, "street"] != true.loc[moved, "street"]).mean() > 0.95


def test_a_refusal_is_known_to_some_systems_and_never_invented(
    records: pd.DataFrame, table: Reader, parameters: CompanyParameters
) -> None:
    refuses = (
        table("tables/customers").set_index("customer_id")["do_not_contact"].loc[records["customer_id"]].to_numpy()
    )
    said = records["do_not_contact"].to_numpy()
    assert not said[~refuses].any()
    assert said[refuses].mean() == pytest.approx(parameters.systems.refusal_recorded, abs=0.03)


def test_names_are_plausible_and_seldom_shared(table: Reader, parameters: CompanyParameters) -> None:
    customers = table("tables/customers")
    persons = customers[customers["kind"] == "person"]
    assert persons["identifier"].is_unique
    chinese = persons["last_name"].isin(word_table("chinese_surnames")["pinyin"])
    assert chinese.mean() == pytest.approx(parameters.systems.chinese_share, abs=0.02)
    assert persons.duplicated(["first_name", "last_name", "birth_date"]).mean() < 0.002
    firms = customers[customers["kind"] == "firm"]
    assert firms.duplicated(["last_name", "city"]).mean() < 0.002
    assert persons.groupby(["street", "postcode", "last_name"]).size().value_counts().get(2, 0) > 50
    age = (pd.Timestamp("2026-01-01") - pd.to_datetime(persons["birth_date"])).dt.days / 365.25
    assert (age.min() > 18, age.max() < 95) == (True, True)
    assert customers["phone"].str.fullmatch(r"0\d{1,4} \d{7}").all()
    assert customers["postcode"].str.fullmatch(r"\d{4,5}").all()
    assert customers["email"].str.fullmatch(r"[^@ ]+@[^@ ]+\.example").all()


@pytest.mark.parametrize("name", ["surnames", "streets", "firm_words", "mail_domains"])
def test_word_lists_have_no_doubles(name: str) -> None:
    words = word_list(name).tolist()
    assert len(words) == len(set(words)) >= 10
    assert all(word == word.strip() and word for word in words)


@pytest.mark.parametrize(
    "name", ["given_names", "chinese_surnames", "chinese_given", "cities", "trades", "legal_forms"]
)
def test_word_tables_are_complete(name: str) -> None:
    table = word_table(name)
    first = next(iter(table.values())).tolist()
    assert len(first) == len(set(first))
    assert all((column != "").all() for column in table.values())
    assert len(regions()) == 7


def _distance(a: str, b: str) -> int:
    """Optimal string alignment: edits with swapped neighbours counted once."""
    rows = [[max(i, j) if 0 in (i, j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            best = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                best = min(best, rows[i - 2][j - 2] + 1)
            rows[i][j] = best
    return rows[-1][-1]


TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=9)


@given(st.lists(TEXT, min_size=1, max_size=8), st.integers(0, 1000))
def test_one_typing_error_is_one_edit(words: list[str], seed: int) -> None:
    texts = np.array(words)
    hit = np.arange(len(words)) % 2 == 0
    wrong = mistype(np.random.default_rng(seed), texts, hit)
    for old, new, struck in zip(texts.tolist(), wrong.tolist(), hit, strict=True):
        assert _distance(old, new) <= (1 if struck and len(old) > 1 else 0)


def test_all_kinds_of_typing_errors_occur_and_digits_stay_digits() -> None:
    wrong = mistype(np.random.default_rng(3), np.full(4_000, "20457"), np.ones(4_000, dtype=bool))
    lengths = pd.Series(wrong).str.len().value_counts(normalize=True)
    np.testing.assert_allclose(lengths[[4, 5, 6]], [0.25, 0.5, 0.25], atol=0.03)
    assert all(word.isdigit() for word in wrong)
    same_length = [word for word in wrong.tolist() if len(word) == 5]
    assert sum(sorted(word) == sorted("20457") for word in same_length) / len(same_length) == pytest.approx(
        0.5, abs=0.05
    )
    assert "20457" not in same_length


@given(st.integers(0, 2**32), st.integers(0, 2**30 - 600))
def test_scrambling_loses_no_number(key: int, start: int) -> None:
    numbers = np.arange(start, start + 500)
    mixed = scramble(numbers, key)
    assert len(set(mixed.tolist())) == 500
    assert ((mixed >= 0) & (mixed < 2**30)).all()


def test_orders_are_booked_under_a_record_of_their_customer(tmp_path: Path) -> None:
    """Web orders under the web account, all others under sales; where the one is missing, under the other."""
    sales = {"systems.presence.sales.person": 0.5, "systems.presence.sales.firm": 0.9, "systems.duplicates.sales": 0.3}
    _, folder = made({"customers": 900, **sales}, tmp_path)
    lines = pd.read_parquet(folder / "tables" / "transactions.parquet")
    identity = pd.read_parquet(folder / "truth" / "identity.parquet").set_index("record_id")
    records = pd.read_parquet(folder / "tables" / "customer_records.parquet").set_index("record_id")
    records = records.assign(owner=identity["customer_id"])
    booked = lines.dropna(subset="account_id")
    account = booked["account_id"].astype("int64")
    assert (records["owner"].loc[account].to_numpy() == booked["customer_id"].to_numpy()).all()
    online = (booked["channel"] == "web").to_numpy()
    source = records["source"].astype("str").loc[account].to_numpy()
    in_web, in_sales = (
        booked["customer_id"].isin(records.loc[records["source"] == name, "owner"]) for name in ("web", "sales")
    )
    assert (source[online & in_web] == "web").all()
    assert (source[~online & in_sales] == "sales").all()
    assert (source[~online & ~in_sales] == "web").all()
    nowhere = lines.loc[lines["account_id"].isna(), "customer_id"]
    assert not nowhere.isin(records.loc[records["source"] != "service", "owner"]).any()
    twice = records[records["source"] == "sales"].groupby("owner").size() == 2
    used = booked[~online & in_sales].groupby("customer_id")["account_id"].nunique()
    assert used[used.index.isin(twice.index[~twice])].max() == 1
    assert used[used.index.isin(twice.index[twice])].mean() > 1.5
