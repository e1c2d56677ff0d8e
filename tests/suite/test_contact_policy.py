"""What a study's policy takes off a list for contact, and that the list says how many and why."""

from collections import Counter

import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.interaction.contact_policy import beyond_cap, held_back, out_of_quiet_hours, recent_contacts
from helpers.study.study import load_study
from helpers.suite.notebook.contact_gate import ContactGate
from helpers.suite.notebook.policy_gate import PLANNED

LINES = shop(40)
BUYERS = sorted(LINES["customer_id"].unique())


def gate(folder, policy, run_folder=None, **tables):
    known = pd.DataFrame({"customer_id": BUYERS, "do_not_contact": ["yes"] + ["no"] * (len(BUYERS) - 1)})
    known = known.assign(preferred_channel="mail", language="de")
    made = make_study(folder / "s", {"transactions": LINES, "customers": known, **tables}, contact_policy=policy)
    return ContactGate(load_study(made), run_folder, after_lists=True)


def contacts(ids, day="2024-12-20", **more):
    return pd.DataFrame({"customer_id": ids, "campaign_id": "c", "time": day}).assign(**more)


EVERYBODY = pd.DataFrame({"customer_id": BUYERS})


def test_caps_count_recent_contacts_and_the_lists_of_the_run(tmp_path):
    sent = contacts([BUYERS[1], BUYERS[2]], treated=[True, False])
    old = contacts([BUYERS[3]], day="2024-01-05", treated=[True])
    (tmp_path / "lists").mkdir()
    pd.DataFrame({"customer_id": [BUYERS[4]], PLANNED: ["2025-01-05"]}).to_parquet(
        tmp_path / "lists" / "offers.parquet"
    )
    found = gate(tmp_path, {"most_contacts": 1}, tmp_path, contacts=pd.concat([sent, old])).apply(EVERYBODY, "contact")
    assert set(BUYERS) - set(found.frame["customer_id"]) == {BUYERS[0], BUYERS[1], BUYERS[4]}
    assert (found.removed, found.by_policy) == (1, {"capped": 2})


def test_a_second_list_of_a_chapter_finds_the_contacts_of_its_first(tmp_path):
    one = gate(tmp_path, {"most_contacts": 1})
    first = one.apply(EVERYBODY.head(3).assign(**{PLANNED: pd.Timestamp("2025-01-07")}), "contact")
    assert len(first.frame) == 2
    assert one.apply(EVERYBODY, "contact").by_policy == {"capped": 2}


def test_caps_that_forbid_everything_leave_an_empty_list_that_says_why(tmp_path):
    found = gate(tmp_path, {"most_contacts": 0}).apply(EVERYBODY, "contact")
    assert found.frame.empty
    assert "allows no contact at all" in found.note


def test_the_part_held_back_is_the_same_on_every_list_and_stands_apart(tmp_path):
    one = gate(tmp_path, {"held_back_share": 0.3, "seed": 4})
    whole, part = one.apply(EVERYBODY, "contact"), one.apply(EVERYBODY.tail(20), "contact")
    assert set(part.held_back["customer_id"]) == set(whole.held_back["customer_id"]) & set(BUYERS[-20:])
    assert set(whole.held_back["customer_id"]).isdisjoint(whole.frame["customer_id"])
    assert BUYERS[0] not in set(whole.held_back["customer_id"])
    assert whole.by_policy == {"held_back": len(whole.held_back)}


def test_contacts_in_quiet_hours_are_moved_to_their_end(tmp_path):
    planned = EVERYBODY.assign(**{PLANNED: pd.Timestamp("2025-01-07 22:00")})
    found = gate(tmp_path, {"quiet_from": "20:00", "quiet_until": "08:00"}).apply(planned, "contact")
    assert set(found.frame[PLANNED]) == {pd.Timestamp("2025-01-08 08:00")}
    assert found.rules["moved"] == len(BUYERS) - 1


def test_channel_and_language_stay_with_the_customer(tmp_path):
    found = gate(tmp_path, None).apply(EVERYBODY, "contact")
    assert set(found.frame["preferred_channel"]) == {"mail"}
    assert set(found.frame["language"]) == {"de"}


def test_lists_for_reading_and_of_contracts_are_left_whole(tmp_path):
    one = gate(tmp_path, {"most_contacts": 0, "held_back_share": 0.5})
    assert len(one.apply(EVERYBODY, "reading").frame) == len(one.apply(EVERYBODY, "contract").frame) == len(BUYERS)


def test_a_policy_with_faults_is_refused_with_all_of_them(tmp_path):
    with pytest.raises(InputError) as raised:
        gate(tmp_path, {"most_contact": 2, "held_back_share": 1.5, "quiet_from": "25:00", "within_days": 0})
    text = str(raised.value)
    assert all(word in text for word in ("most_contact", "held_back_share", "quiet_from", "within_days"))


def test_quiet_hours_need_both_ends(tmp_path):
    with pytest.raises(InputError, match="both quiet_from and quiet_until"):
        gate(tmp_path, {"quiet_from": "20:00"})


def test_the_lot_takes_about_its_share_and_none_or_all_at_the_ends():
    ids = [str(number) for number in range(5000)]
    assert held_back(ids, share=0.1, seed=1).mean() == pytest.approx(0.1, abs=0.015)
    assert not held_back(ids, share=0, seed=1).any()
    assert held_back(ids, share=1, seed=1).all()
    assert (held_back(ids, share=0.5, seed=1) != held_back(ids, share=0.5, seed=2)).any()


def test_missing_moments_stay_missing_and_quiet_within_a_day_ends_that_day():
    moments = pd.Series(pd.to_datetime(["2025-01-07 13:00", None, "2025-01-07 15:00"]))
    found = out_of_quiet_hours(moments, quiet_from="12:00", quiet_until="15:00")
    assert found.tolist()[0] == found.tolist()[2] == pd.Timestamp("2025-01-07 15:00")
    assert found.isna().tolist() == [False, True, False]


def test_rows_beyond_the_cap_are_the_later_ones():
    assert beyond_cap(["a", "b", "a", "a"], Counter({"b": 1}), most=2).tolist() == [False, False, False, True]


def test_contacts_without_a_time_are_refused():
    ibis = pytest.importorskip("ibis")
    with pytest.raises(InputError, match="time"):
        recent_contacts(ibis.memtable({"customer_id": ["a"]}), pd.Timestamp("2025-01-01").date(), within_days=3)
