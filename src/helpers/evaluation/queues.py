"""How many agents a number of calls needs: Erlang's formulas for queues, with and without patience."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from helpers.core.arrays import FloatArray, IntArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError

_MOST_AGENTS = 100_000


def waiting_share(load: npt.ArrayLike, agents: npt.ArrayLike) -> FloatArray:
    r"""Return the share of calls that must wait, by Erlang C.

    With the load $A$ in erlangs and $n$ agents, from Erlang's loss formula $B_0 = 1$,
    $B_k = A B_{k-1} / (k + A B_{k-1})$ follows $C = n B_n / (n - A (1 - B_n))$.

    Parameters
    ----------
    load : array-like of float
        Calls per time unit times their mean handling time in it, erlangs.
    agents : array-like of int
        Same shape; at or below the load every call waits.

    References
    ----------
    Erlang (1917), "Solution of some problems in the theory of probabilities of significance in automatic telephone
    exchanges"; Cooper (1981), Introduction to Queueing Theory, section 3.5.

    Examples
    --------
    >>> waiting_share([10.0], [14]).round(4).tolist()
    [0.1741]
    """
    offered, staff = np.broadcast_arrays(np.asarray(load, dtype=np.float64), np.asarray(agents, dtype=np.int64))
    _require_loads(offered)
    blocked = np.ones(offered.shape)
    for count in range(1, int(staff.max(initial=0)) + 1):
        blocked = np.where(count <= staff, offered * blocked / (count + offered * blocked), blocked)
    with np.errstate(invalid="ignore", divide="ignore"):
        waiting = staff * blocked / (staff - offered * (1 - blocked))
    return np.asarray(np.where(staff > offered, waiting, 1.0), dtype=np.float64)


def answered_share(
    load: npt.ArrayLike, agents: npt.ArrayLike, *, handling_seconds: float, within_seconds: float
) -> FloatArray:
    r"""Return the share of calls answered within some seconds: $1 - C e^{-(n - A)\,t / h}$; none at or below the load.

    Examples
    --------
    >>> answered_share([10.0], [14], handling_seconds=180, within_seconds=20).round(4).tolist()
    [0.8884]
    """
    offered, staff = np.asarray(load, dtype=np.float64), np.asarray(agents, dtype=np.int64)
    spare = np.maximum(staff - offered, 0)
    answered = 1 - waiting_share(offered, staff) * np.exp(-spare * within_seconds / handling_seconds)
    return np.asarray(np.where(staff > offered, answered, 0.0), dtype=np.float64)


def agents_needed(
    load: npt.ArrayLike, *, handling_seconds: float, target_share: float, within_seconds: float
) -> IntArray:
    """Return the fewest agents with whom a share of calls is answered within some seconds, by Erlang C.

    Parameters
    ----------
    load : array-like of float, shape (n,)
        Erlangs; 0 needs nobody.
    handling_seconds : float
        Mean time to handle a call.
    target_share : float
        Between 0 and 1.
    within_seconds : float
        0 or more.

    Raises
    ------
    InputError
        When a load is negative or no number, or a parameter is out of range.

    Examples
    --------
    >>> agents_needed([10.0, 0.0], handling_seconds=180, target_share=0.8, within_seconds=20).tolist()
    [14, 0]
    """
    require_within({"target_share": target_share}, low=0, high=1, low_open=True, high_open=True)
    require_within({"handling_seconds": handling_seconds}, low=0, high=np.inf, low_open=True, high_open=True)
    require_within({"within_seconds": within_seconds}, low=0, high=np.inf, high_open=True)
    offered = np.atleast_1d(np.asarray(load, dtype=np.float64))
    _require_loads(offered)
    blocked, needed = np.ones(offered.shape), np.where(offered > 0, -1, 0)
    count = 0
    while (needed < 0).any():
        count += 1
        blocked = offered * blocked / (count + offered * blocked)
        spare = count - offered
        with np.errstate(invalid="ignore", divide="ignore"):
            waiting = count * blocked / (count - offered * (1 - blocked))
            answered = 1 - waiting * np.exp(-spare * within_seconds / handling_seconds)
        needed = np.where((needed < 0) & (spare > 0) & (answered >= target_share), count, needed)
    return needed.astype(np.int64)


def _require_loads(loads: FloatArray) -> None:
    if loads.size and not ((loads >= 0) & (loads <= _MOST_AGENTS)).all():
        wrong = float(loads[~((loads >= 0) & (loads <= _MOST_AGENTS))][0])
        raise InputError(Fault(f"a load of {wrong:g} erlangs", "load", f"0 to {_MOST_AGENTS:,}", "check the counts"))


@dataclass(frozen=True)
class ImpatientQueue:
    """A queue whose callers hang up.

    Parameters
    ----------
    waiting_share : float
        Calls that find all agents busy.
    abandoned_share : float
        Calls that hang up before they are answered.
    mean_wait_seconds : float
        Over all calls, those that hung up included.
    """

    waiting_share: float
    abandoned_share: float
    mean_wait_seconds: float


def impatient_queue(load: float, agents: int, *, handling_seconds: float, patience_seconds: float) -> ImpatientQueue:
    r"""Solve the queue of Erlang A: callers wait for an exponential time and then hang up.

    The number of calls in the system is a birth-and-death process with births $\lambda$ and deaths
    $\min(j, n)\,\mu + \max(j - n, 0)\,\theta$; its stationary distribution is summed until nothing is left to add.

    Parameters
    ----------
    load : float
        Erlangs; may exceed the agents.
    agents : int
        At least 1.
    handling_seconds, patience_seconds : float
        Means of handling and of patience, more than 0.

    References
    ----------
    Palm (1957), "Research on telephone traffic carried by full availability groups"; Garnett, Mandelbaum and Reiman
    (2002), "Designing a call center with impatient customers", Manufacturing & Service Operations Management 4.

    Examples
    --------
    >>> queue = impatient_queue(48.0, 50, handling_seconds=60, patience_seconds=120)
    >>> round(queue.abandoned_share, 3), round(queue.mean_wait_seconds, 1)
    (0.031, 3.7)
    """
    _require_loads(np.array([load]))
    require_within({"agents": agents}, low=1, high=_MOST_AGENTS)
    times = {"handling_seconds": handling_seconds, "patience_seconds": patience_seconds}
    require_within(times, low=0, high=np.inf, low_open=True, high_open=True)
    per_handling = handling_seconds / patience_seconds  # rate of hanging up, in handling times
    longest = agents + int(np.ceil((load + 40 * np.sqrt(load + 1) + 40) / min(per_handling, 1.0)))
    states = np.arange(1, longest + 1, dtype=np.float64)
    deaths = np.minimum(states, agents) + np.maximum(states - agents, 0) * per_handling
    weights = np.concatenate([[0.0], np.cumsum(np.log(load) - np.log(deaths))]) if load > 0 else np.array([0.0])
    chances = np.exp(weights - weights.max())
    chances /= chances.sum()
    in_queue = np.maximum(np.arange(len(chances)) - agents, 0)
    waiting_calls = float((in_queue * chances).sum())
    wait = waiting_calls / load * handling_seconds if load > 0 else 0.0
    return ImpatientQueue(float(chances[agents:].sum()), wait / patience_seconds, wait)
