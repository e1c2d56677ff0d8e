"""The chapter on campaigns: the trial of two e-mails, shops with and without customers held back, too little to say."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.study.downloads import hillstrom_tables

from .test_client_text import OURS, client_texts

CHAPTER = "50_campaigns"
ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT.parent / "shared" / "data" / "hillstrom.csv"
# Difference in means and its standard error, computed from the published file by another program.
HILLSTROM = {
    "mens_visit": (0.07659, 0.003386),
    "mens_conversion": (0.006805, 0.000921),
    "mens_spend": (0.769827, 0.145247),
    "womens_visit": (0.045233, 0.003234),
    "womens_conversion": (0.003111, 0.000823),
    "womens_spend": (0.424412, 0.130333),
}


def trial(folder: Path, content: bytes) -> Path:
    """Write the study of the trial beside the tables made of it."""
    for name, table in hillstrom_tables(content).items():
        (folder / name).write_bytes(table)
    text = (ROOT / "data" / "hillstrom" / "study.yml").read_text(encoding="utf-8")
    (folder / "study.yml").write_text(text.replace("study: hillstrom", f"study: {folder.name}"), encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.skipif(not COPY.is_file(), reason="needs a copy of the trial's file beside the checkout, ../shared/data")
def test_the_trial_has_the_average_effects_and_standard_errors_computed_elsewhere(tmp_path, run_notebook):
    pieces = run_notebook(CHAPTER, trial(tmp_path, COPY.read_bytes()))
    found = pieces[-1]["results"]
    for name, (effect, error) in HILLSTROM.items():
        assert found[f"ate_{name}"]["value"] == pytest.approx(effect, abs=1e-6)
        assert found[f"ate_{name}_standard_error"]["value"] == pytest.approx(error, abs=1e-6)
    assert found["qini_response"]["low"] > 0
    assert found["uplift_yes"]["low"] > found["uplift_no"]["high"]  # of those who had bought women's goods


def published(n: int) -> bytes:
    """A file of the trial's form, of few customers."""
    rng = np.random.default_rng(6)
    arm = rng.choice(["Mens E-Mail", "Womens E-Mail", "No E-Mail"], n)
    visit = (rng.random(n) < np.where(arm == "No E-Mail", 0.2, 0.4)).astype(int)
    conversion = visit * (rng.random(n) < 0.5)
    columns = {"recency": rng.integers(1, 13, n), "history_segment": "1) $0 - $100", "history": 50.0}
    flags = {name: rng.integers(0, 2, n) for name in ("mens", "womens", "newbie")}
    words = {"zip_code": "Rural", "channel": "Web", "segment": arm}
    answers = {"visit": visit, "conversion": conversion, "spend": conversion * 30.0}
    frame = pd.DataFrame({**columns, **flags, **words, **answers})
    return frame.to_csv(index=False).encode()


def test_a_trial_without_transactions_says_what_it_brought(tmp_path, run_notebook):
    pieces = run_notebook(CHAPTER, trial(tmp_path, published(900)), bootstrap_draws=99)
    found = pieces[-1]["results"]
    assert found["campaign_effect_mens"]["low"] > 0
    assert {"ate_womens_conversion", "ate_womens_spend_standard_error", "qini_net"} <= set(found)
    assert "comparison_verdict" not in found
    assert not any(name.startswith("contacted_share") for name in found)


def contacts_of(lines: pd.DataFrame, held_back: int) -> pd.DataFrame:
    """Every second customer is on the list; of those every so many-th is held back, none where it is nil."""
    people = sorted(lines["customer_id"].unique())[::2]
    table = pd.DataFrame({"customer_id": people, "campaign_id": "c1", "time": "2024-06-03", "end_time": "2024-06-30"})
    if held_back:
        table["treated"] = np.arange(len(people)) % held_back != 0
    return table


def study_of(folder: Path, contacts: pd.DataFrame, responses: pd.DataFrame) -> Path:
    return make_study(folder, {"transactions": shop(), "contacts": contacts, "responses": responses})


def test_without_customers_held_back_the_choice_is_named_and_no_effect_claimed(tmp_path, run_notebook):
    lines = shop()
    sent = contacts_of(lines, 0)
    answered = sent.iloc[::4][["customer_id", "campaign_id"]].assign(time="2024-06-10")
    pieces = run_notebook(CHAPTER, study_of(tmp_path, sent, answered), bootstrap_draws=99)
    found = pieces[-1]["results"]
    assert found["has_control_group"]["value"] is False
    assert found["comparison_verdict"]["value"] in {"groups not alike", "may be chance", "apart before the contact"}
    assert not [name for name in found if name.startswith(("campaign_effect", "ate_", "qini_"))]


@pytest.mark.slow
@pytest.mark.parametrize("held_back", [0, 3], ids=["nobody held back", "some held back"])
def test_a_client_reads_no_trace_of_the_machinery(held_back, tmp_path, run_notebook):
    sent = contacts_of(shop(), held_back)
    answered = sent.iloc[::2][["customer_id", "campaign_id"]].assign(time="2024-06-10", amount=20.0)
    texts = client_texts(run_notebook(CHAPTER, study_of(tmp_path, sent, answered), bootstrap_draws=99))
    found = {name: [text for text in texts if re.search(pattern, text)] for name, pattern in OURS.items()}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_three_responses_are_not_enough_to_say_whom_contact_moves(tmp_path, run_notebook):
    sent = contacts_of(shop(), 3)
    answered = sent[sent["treated"]].head(3)[["customer_id", "campaign_id"]].assign(time="2024-06-10", amount=20.0)
    pieces = run_notebook(CHAPTER, study_of(tmp_path, sent, answered), bootstrap_draws=99)
    found, texts = pieces[-1]["results"], " ".join(str(piece.get("text")) for piece in pieces)
    assert found["campaign_effect_verdict"]["value"] == "not distinguished from chance"
    assert "Whom contact moves cannot be known: of those contacted" in texts
    assert "25 of either kind are needed" in texts
    assert not [name for name in found if name.startswith("qini_")]


def test_responses_before_the_contact_bring_nothing(tmp_path, run_notebook):
    sent = contacts_of(shop(), 3)
    early = sent[["customer_id", "campaign_id"]].assign(time="2024-05-10", amount=20.0)
    found = run_notebook(CHAPTER, study_of(tmp_path, sent, early), bootstrap_draws=99)[-1]["results"]
    assert found["redemption_rate_all"]["value"] == 0
    assert found["responses_before_contact"]["value"] == len(sent)
    assert found["campaign_effect"]["value"] == 0
