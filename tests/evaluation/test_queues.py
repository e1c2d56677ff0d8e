"""Erlang's formulas against published figures and against each other."""

import math

import numpy as np
import pytest

from helpers.core.errors import InputError
from helpers.evaluation import agents_needed, answered_share, impatient_queue, waiting_share


def waiting_by_sums(load: float, agents: int) -> float:
    """Erlang C as the textbook writes it: sums of powers over factorials."""
    last = load**agents / math.factorial(agents) * agents / (agents - load)
    return last / (sum(load**count / math.factorial(count) for count in range(agents)) + last)


def test_erlang_c_of_pyworkforce_s_published_example():
    """A hundred calls in half an hour of three minutes each, 80 % within 20 seconds: 14 agents, .8883500, .1741319."""
    pace = {"handling_seconds": 180, "within_seconds": 20}
    assert agents_needed(10.0, target_share=0.8, **pace).tolist() == [14]
    assert waiting_share(10.0, 14) == pytest.approx(0.1741319335950498)
    assert answered_share(10.0, 14, **pace) == pytest.approx(0.8883500191794669)


def test_erlang_b_table_of_one_per_cent_blocking():
    """The load that ten, twenty and fifty lines carry at 1 % blocking (4.461, 12.03, 37.90) has that Erlang B."""
    load, agents = np.array([4.461, 12.03, 37.90]), np.array([10, 20, 50])
    waiting = waiting_share(load, agents)
    blocked = waiting * (agents - load) / (agents - load * waiting)
    assert blocked == pytest.approx(0.01, abs=2e-5)


def test_patience_in_garnett_mandelbaum_and_reiman_s_example():
    """Forty-eight calls a minute of one minute, fifty agents, patience of two minutes: 3.1 % hang up; else 20.8 s."""
    queue = impatient_queue(48.0, 50, handling_seconds=60, patience_seconds=120)
    assert round(queue.abandoned_share, 3) == 0.031
    assert round(queue.mean_wait_seconds, 1) == 3.7
    assert round(float(waiting_share(48.0, 50)) * 60 / (50 - 48), 1) == 20.8


def test_patience_of_pyworkforce_s_published_example():
    queue = impatient_queue(10.0, 13, handling_seconds=180, patience_seconds=300)
    assert (round(queue.waiting_share, 3), round(queue.abandoned_share, 3)) == (0.226, 0.025)
    assert round(queue.mean_wait_seconds / 60, 3) == 0.125


@pytest.mark.parametrize(("load", "agents"), [(0.5, 1), (3.0, 5), (10.0, 11), (40.0, 44)])
def test_waiting_is_that_of_the_textbook_sums(load, agents):
    assert waiting_share(load, agents) == pytest.approx(waiting_by_sums(load, agents))


def test_callers_of_endless_patience_wait_as_in_erlang_c():
    queue = impatient_queue(10.0, 13, handling_seconds=180, patience_seconds=1e7)
    assert queue.waiting_share == pytest.approx(float(waiting_share(10.0, 13)), rel=1e-3)
    assert queue.abandoned_share < 1e-5


def test_a_fewer_agent_misses_the_target_and_more_never_answer_less():
    load = np.linspace(0.1, 120, 60)
    pace = {"handling_seconds": 240, "within_seconds": 20}
    needed = agents_needed(load, target_share=0.8, **pace)
    assert (answered_share(load, needed, **pace) >= 0.8).all()
    assert (answered_share(load, needed - 1, **pace) < 0.8).all()
    assert (np.diff(needed) >= 0).all()


def test_no_calls_need_nobody_and_too_few_agents_answer_nobody():
    assert agents_needed([0.0], handling_seconds=60, target_share=0.8, within_seconds=0).tolist() == [0]
    assert answered_share([5.0], [5], handling_seconds=60, within_seconds=20).tolist() == [0.0]
    assert waiting_share([5.0], [3]).tolist() == [1.0]
    assert impatient_queue(20.0, 10, handling_seconds=60, patience_seconds=60).abandoned_share > 0.4


@pytest.mark.parametrize("load", [-1.0, float("nan"), 1e9])
def test_a_load_that_can_be_none_is_refused(load):
    with pytest.raises(InputError):
        agents_needed([3.0, load], handling_seconds=60, target_share=0.8, within_seconds=20)


@pytest.mark.parametrize("spoilt", [{"target_share": 1.0}, {"handling_seconds": 0.0}, {"within_seconds": -1.0}])
def test_parameters_out_of_range_are_refused(spoilt):
    with pytest.raises(InputError):
        agents_needed([3.0], **({"handling_seconds": 60, "target_share": 0.8, "within_seconds": 20} | spoilt))
