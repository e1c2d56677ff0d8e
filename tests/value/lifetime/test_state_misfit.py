"""Living customers by other assumptions: where those who buy seldom leave sooner, and where all are of one kind."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from tests.cases import shop

from helpers.value import ParetoNBD, StateLearning, learn_states
from helpers.value.lifetime import customer_states
from helpers.value.lifetime.state_misfit import living_by_other_assumptions

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
WEEKS = 156.0


def kind(customers: int, spend: float, random: np.random.Generator, **rates: float) -> pd.DataFrame:
    """Histories of customers won over two years, drawn from a Pareto/NBD, with whether they live at the end."""
    rate = random.gamma(rates["r"], 1 / rates["alpha"], customers)
    age = random.uniform(52, WEEKS, customers)
    life = random.exponential(1 / random.gamma(rates["s"], 1 / rates["beta"], customers))
    on = np.minimum(age, life)
    frequency = random.poisson(rate * on)
    last = np.where(frequency > 0, on * random.uniform(size=customers) ** (1 / np.maximum(frequency, 1)), 0.0)
    table = {"frequency": frequency, "age_at_last_purchase": last, "age": age, "alive": life > age}
    return pd.DataFrame(table).assign(spend_to_date=(frequency + 1) * spend * random.lognormal(0, 0.2, customers))


def living(history: pd.DataFrame) -> tuple[float, tuple[float, float]]:
    model = ParetoNBD().fit(history)
    count = float(model.probability_alive(history).sum())
    return count, living_by_other_assumptions(history, "pareto_nbd", count)


def test_simulated_households_buy_seldom_and_leave_sooner_so_that_fewer_live_than_one_model_of_all_counts():
    random = np.random.default_rng(3)
    seldom = kind(900, 20.0, random, r=1.3, alpha=23.0, s=1.2, beta=100.0)
    often = kind(600, 200.0, random, r=2.0, alpha=5.0, s=1.5, beta=600.0)
    history = pd.concat([seldom, often], ignore_index=True)
    count, (smallest, largest) = living(history)
    actual = int(history["alive"].sum())
    assert count > 1.1 * actual
    assert count * smallest - actual < (count - actual) / 2
    assert largest >= 1.0


def test_of_customers_of_one_kind_their_spend_tells_nothing():
    random = np.random.default_rng(4)
    history = kind(1_000, 50.0, random, r=1.0, alpha=6.0, s=1.2, beta=100.0)
    _, (smallest, largest) = living(history)
    assert 0.97 < smallest <= 1.0 <= largest < 1.1


def test_histories_that_settle_no_parameters_lead_nowhere_else():
    once = pd.DataFrame({"frequency": 0, "age_at_last_purchase": 0.0, "age": [20.0, 30.0, 40.0], "spend_to_date": 9.0})
    assert living_by_other_assumptions(once, "mbg_nbd", 3.0) == (1.0, 1.0)


@pytest.fixture(scope="module")
def learning() -> StateLearning:
    return learn_states(ibis.memtable(shop()), date(2025, 1, 1))


@pytest.mark.parametrize(("least", "most"), [(0.5, 1.0), (1.0, 1.25)])
def test_the_interval_of_living_customers_reaches_as_far_as_other_assumptions(learning, monkeypatch, least, most):
    ends = {}
    for name, ratios in {"own": (1.0, 1.0), "other": (least, most)}.items():
        monkeypatch.setattr(customer_states, "living_by_other_assumptions", lambda *_, ratios=ratios: ratios)
        ends[name] = learning.living_customers()
    assert ends["own"][0] == ends["other"][0]
    assert ends["other"][1] == pytest.approx(ends["own"][1] * least, abs=1)
    assert ends["other"][2] == pytest.approx(min(ends["own"][2] * most, len(learning.history)), abs=1.3)
