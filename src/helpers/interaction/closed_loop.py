"""Does the model of the customers still hold? Expected against actual response, drift, and when to fit anew."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import wilson_ends

GROUPS = 10
LOG_COLUMNS = ("customer_id", "offer", "channel", "contact_on", "expected")
_DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


def response_by_tenth(expected: FloatArray, actual: FloatArray, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return expected and actual response of ten groups of equal size, from the lowest expectation to the highest.

    Parameters
    ----------
    expected : array, shape (contacts,)
        Expected chance to respond, 0..1.
    actual : array, shape (contacts,)
        Responded (1) or not (0).
    confidence : float
        Coverage of the intervals (Wilson 1927).

    Returns
    -------
    DataFrame
        By `tenth`: `contacts`, `expected`, `actual`, `low`, `high`.

    Raises
    ------
    InputError
        When an expectation lies outside 0..1, an answer is neither 0 nor 1, or there are fewer than ten contacts.
    """
    expected, actual = _checked(expected, actual)
    order = np.argsort(expected, kind="stable")
    tenth = np.empty(len(order), dtype=np.int64)
    tenth[order] = np.arange(len(order)) * GROUPS // len(order) + 1
    rows = pd.DataFrame({"tenth": tenth, "expected": expected, "actual": actual})
    found = rows.groupby("tenth").agg(
        contacts=("actual", "size"), expected=("expected", "mean"), actual=("actual", "mean")
    )
    counts = found["contacts"].to_numpy(dtype=np.float64)
    low, high = wilson_ends(found["actual"].to_numpy() * counts, counts, alpha=1 - confidence)
    return found.assign(low=low, high=high)


@dataclass(frozen=True)
class Calibration:
    """Two tests of whether responses came as expected.

    Parameters
    ----------
    hosmer_lemeshow, hosmer_lemeshow_p : float
        Statistic over tenths, and the chance of one as large from a model that holds.
    spiegelhalter_z, spiegelhalter_p : float
        Standardised excess of the Brier score; the chance of one as far from nil.
    """

    hosmer_lemeshow: float
    hosmer_lemeshow_p: float
    spiegelhalter_z: float
    spiegelhalter_p: float


def check_calibration(expected: FloatArray, actual: FloatArray) -> Calibration:
    """Return the tests of Hosmer and Lemeshow (1980) and Spiegelhalter (1986), for expectations made beforehand.

    As the expectations were not fitted to these answers, the first has ten degrees of freedom.

    Raises
    ------
    InputError
        As `response_by_tenth`.
    """
    expected, actual = _checked(expected, actual)
    tenths = response_by_tenth(expected, actual)
    size, chance = tenths["contacts"], tenths["expected"].clip(1e-9, 1 - 1e-9)
    statistic = float((size * (tenths["actual"] - chance) ** 2 / (chance * (1 - chance))).sum())
    weight = 1 - 2 * expected
    variance = float(np.sum(weight**2 * expected * (1 - expected)))
    z = float(np.sum((actual - expected) * weight) / np.sqrt(variance)) if variance > 0 else 0.0
    tail = float(stats.chi2.sf(statistic, len(tenths)))
    return Calibration(statistic, tail, z, float(2 * stats.norm.sf(abs(z))))


@dataclass(frozen=True)
class DriftWatch:
    """A two-sided cumulative sum over contacts in order of time.

    Parameters
    ----------
    sums : DataFrame
        `rising` and `falling`, one row per batch.
    limit : float
        Where drift is flagged.
    flagged_after : int or None
        Batches until the flag; None where there is none.
    false_alarm_rate : float
        Share of runs of this length, simulated without drift, that are flagged.
    """

    sums: pd.DataFrame
    limit: float
    flagged_after: int | None
    false_alarm_rate: float


def watch_drift(
    expected: Sequence[FloatArray],
    actual: Sequence[FloatArray],
    *,
    false_alarm_rate: float = 0.05,
    slack: float = 0.5,
    seed: int = 1,
    runs: int = 2000,
) -> DriftWatch:
    r"""Watch whether responses leave what was expected, batch by batch of contacts (Page 1954).

    Of batch :math:`t` the standardised excess is :math:`z_t = \sum (y - p) / \sqrt{\sum p (1 - p)}`, and
    :math:`S_t = \max(0, S_{t-1} + z_t - k)`, with the same downwards. The limit is the one that a share
    `false_alarm_rate` of runs of the same length cross although the model holds, found by simulation.

    Parameters
    ----------
    expected, actual : sequence of arrays
        Of each batch, in order of time: expected chances and answers (0 or 1) of its contacts.
    false_alarm_rate : float
        Share of runs without drift that may be flagged, above 0 and below 1.
    slack : float
        Excess per batch, in standard deviations, that is let pass.
    seed, runs : int
        Of the simulation.

    Raises
    ------
    InputError
        When there are no batches, or an expectation or answer is out of range.
    """
    require_within({"false_alarm_rate": false_alarm_rate}, low=0, high=1, low_open=True, high_open=True)
    if not len(expected) or len(expected) != len(actual):
        raise InputError(Fault("no batches of contacts to watch", "log", remedy="give expected and actual of each"))
    scores = np.array([_excess(p, y) for p, y in zip(expected, actual, strict=True)])
    rng = np.random.default_rng(seed)
    chances = [np.asarray(p, dtype=np.float64) for p in expected]
    drawn = np.column_stack([_drawn_excess(p, rng, runs) for p in chances])
    highest = np.array([_cusum(row, slack).to_numpy().max() for row in drawn])
    limit = float(np.quantile(highest, 1 - false_alarm_rate, method="higher"))
    sums = _cusum(scores, slack)
    crossed = np.flatnonzero(sums.to_numpy().max(axis=1) > limit)
    rate = float((highest > limit).mean())
    return DriftWatch(sums, limit, int(crossed[0]) + 1 if len(crossed) else None, rate)


def _excess(expected: FloatArray, actual: FloatArray) -> float:
    p, y = _checked(expected, actual, fewest=1)
    return float((y - p).sum() / np.sqrt(max(float((p * (1 - p)).sum()), 1e-12)))


def _drawn_excess(p: FloatArray, rng: np.random.Generator, runs: int) -> FloatArray:
    """Draw the excess of a batch when the model holds; large batches by the exact sum of equal chances."""
    chances, counts = np.unique(p.round(4), return_counts=True)
    responses = rng.binomial(counts, chances, size=(runs, len(counts))).sum(axis=1)
    spread = np.sqrt(max(float((counts * chances * (1 - chances)).sum()), 1e-12))
    excess: FloatArray = (responses - float((counts * chances).sum())) / spread
    return excess


def _cusum(scores: FloatArray, slack: float) -> pd.DataFrame:
    rising, falling, up, down = [], [], 0.0, 0.0
    for score in scores:
        up, down = max(0.0, up + score - slack), max(0.0, down - score - slack)
        rising.append(up)
        falling.append(down)
    return pd.DataFrame({"rising": rising, "falling": falling})


def population_stability(before: pd.Series, now: pd.Series) -> float:
    """Return the population stability index of two distributions over the same groups (Siddiqi 2006).

    Parameters
    ----------
    before, now : Series
        Group of each customer then and now. Half a customer is added to each group, so that none is empty.

    Examples
    --------
    >>> round(population_stability(pd.Series(["a"] * 50 + ["b"] * 50), pd.Series(["a"] * 80 + ["b"] * 20)), 3)
    0.406
    """
    groups = sorted({*before.dropna(), *now.dropna()})
    if not groups:
        return 0.0
    shares = [part.value_counts().reindex(groups, fill_value=0) + 0.5 for part in (before, now)]
    old, new = (part / part.sum() for part in shares)
    return float(((new - old) * np.log(new / old)).sum())


@dataclass(frozen=True)
class Challenge:
    """Champion against challenger on the same contacts, out of time.

    Parameters
    ----------
    champion, challenger : float
        Brier scores: the lower, the better.
    improvement, low, high : float
        Champion less challenger with its interval.
    """

    champion: float
    challenger: float
    improvement: float
    low: float
    high: float

    @property
    def replaces(self) -> bool:
        """Whether the challenger is better beyond chance."""
        return self.low > 0


def challenge(
    champion: FloatArray, challenger: FloatArray, actual: FloatArray, *, confidence: float = 0.95
) -> Challenge:
    """Compare two expectations of the same answers, pair by pair (Diebold and Mariano 1995, for independent pairs).

    Raises
    ------
    InputError
        As `response_by_tenth`.
    """
    first, answers = _checked(champion, actual)
    second, _ = _checked(challenger, actual)
    errors = [(one - answers) ** 2 for one in (first, second)]
    gain = errors[0] - errors[1]
    width = float(stats.norm.ppf(0.5 + confidence / 2) * stats.sem(gain))
    middle = float(gain.mean())
    return Challenge(float(errors[0].mean()), float(errors[1].mean()), middle, middle - width, middle + width)


def write_log(actions: pd.DataFrame) -> bytes:
    """Return the log of what is sent and expected: JSON lines, one per action, without any name or address.

    Parameters
    ----------
    actions : DataFrame
        `customer_id`, `offer`, `channel`, `contact_on`, `expected` (chance to respond, 0..1).
    """
    require_columns(actions.columns, LOG_COLUMNS, where="actions")
    rows = actions[list(LOG_COLUMNS)].assign(contact_on=pd.to_datetime(actions["contact_on"]).dt.strftime("%Y-%m-%d"))
    lines = [json.dumps(row, sort_keys=True, default=str) for row in rows.to_dict("records")]
    return "".join(f"{line}\n" for line in lines).encode()


def read_log(content: bytes) -> pd.DataFrame:
    """Read a log that `write_log` made.

    Parameters
    ----------
    content : bytes
        The whole file.

    Raises
    ------
    InputError
        When it is no log, or holds values out of range; the first ten faults together, each with its line.
    """
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(Fault("the log cannot be read", remedy="name a log of an earlier run")) from error
    rows, faults = [], list[Fault]()
    for number, line in enumerate(lines, 1):
        row = _entry(line)
        if row is None:
            faults.append(Fault("no entry of a log", f"line {number}", ", ".join(LOG_COLUMNS), "remove it"))
            continue
        wrong = not isinstance(row["expected"], int | float) or not 0 <= row["expected"] <= 1
        if wrong:
            what = f"expected is {row['expected']!r}"
            faults.append(Fault(what, f"line {number}", "a number in [0..1]", "correct it"))
        if not isinstance(row["contact_on"], str) or not _DAY.fullmatch(row["contact_on"]):
            faults.append(Fault(f"contact_on is {row['contact_on']!r}", f"line {number}", "2026-01-31", "correct it"))
        rows.append(row)
    if faults:
        raise InputError(faults[:10])
    frame = pd.DataFrame(rows, columns=list(LOG_COLUMNS))
    return frame.assign(contact_on=pd.to_datetime(frame["contact_on"]))


def _entry(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        return None
    return row if isinstance(row, dict) and set(row) == set(LOG_COLUMNS) else None


def _checked(expected: FloatArray, actual: FloatArray, *, fewest: int = GROUPS) -> tuple[FloatArray, FloatArray]:
    p, y = np.asarray(expected, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    faults = []
    if len(p) < fewest or len(p) != len(y):
        faults.append(
            Fault(
                f"{len(p)} expectations and {len(y)} answers",
                "responses",
                f"as many, {fewest} or more",
                remedy="give one answer to each expectation",
            )
        )
    if not ((p >= 0) & (p <= 1)).all():
        faults.append(Fault("an expectation is no chance", "expected", "[0..1]", remedy="give chances between 0 and 1"))
    if not np.isin(y, (0.0, 1.0)).all():
        faults.append(Fault("an answer is neither given nor not", "actual", "0 or 1", remedy="give 0 or 1"))
    if faults:
        raise InputError(faults)
    return p, y
