"""The year after the history, with and without contacts."""

from pathlib import Path

import pandas as pd
import pytest

from helpers.simulation import gain_of_contacts, read_parameters

COMPANY = Path(__file__).parents[2] / "data" / "simulated" / "company.yml"
PARAMETERS = read_parameters(COMPANY, {"customers": 400})
EVERYBODY = pd.DataFrame({"customer_id": range(1_000_001, 1_000_401), "offer": "catalogue", "cost": 2.6})
MARGIN = pd.Series(0.3, index=EVERYBODY["customer_id"])


def test_no_contacts_gain_nothing():
    assert gain_of_contacts(PARAMETERS, EVERYBODY.head(0), MARGIN) == 0


def test_contacts_without_effect_lose_their_cost():
    lost = gain_of_contacts(PARAMETERS, EVERYBODY, MARGIN, changes={"catalogue": 0.0})
    assert lost == pytest.approx(-EVERYBODY["cost"].sum())


def test_the_same_list_gains_the_same_and_two_halves_gain_what_the_whole_does():
    whole = gain_of_contacts(PARAMETERS, EVERYBODY, MARGIN)
    halves = [gain_of_contacts(PARAMETERS, part, MARGIN) for part in (EVERYBODY.head(200), EVERYBODY.tail(200))]
    assert whole == gain_of_contacts(PARAMETERS, EVERYBODY, MARGIN)
    assert whole == pytest.approx(sum(halves))


def test_a_stronger_effect_gains_more():
    gains = [gain_of_contacts(PARAMETERS, EVERYBODY, MARGIN, changes={"catalogue": factor}) for factor in (0.5, 1, 2)]
    assert gains == sorted(gains)
