"""Each customer's own limit of silence."""

from datetime import date

import ibis
import pandas as pd
import pytest
from tests.cases import shop

from helpers.core.errors import InputError
from helpers.value import learn_states, own_silence_limits

AS_OF = date(2025, 1, 1)


def test_who_is_silent_for_longer_than_the_limit_has_a_smaller_chance_than_stated() -> None:
    learning = learn_states(ibis.memtable(shop()), AS_OF)
    limits, states = own_silence_limits(learning), learning.customers
    silence = states["silence_in_gaps"] * states["expected_gap_days"]
    assert ((silence > limits) == (states["silence_chance"] < learning.limits.unusual_silence)).all()


def test_the_smaller_the_chance_the_later_the_limit() -> None:
    learning = learn_states(ibis.memtable(shop()), AS_OF)
    assert (own_silence_limits(learning, 0.05) > own_silence_limits(learning, 0.2)).all()


def test_without_a_rhythm_no_limit_is_given() -> None:
    once = pd.DataFrame({"customer_id": ["a", "b"], "order_id": ["1", "2"], "amount": [5.0, 6.0]})
    learning = learn_states(ibis.memtable(once.assign(time=pd.to_datetime(["2024-03-01", "2024-05-01"]))), AS_OF)
    with pytest.raises(InputError, match="no customer's own rhythm is known: too few customers bought again"):
        own_silence_limits(learning)
