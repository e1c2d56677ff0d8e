"""Key accounts: attractiveness, potential and relationship in points, a list with its reasons, and how firm it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError
from helpers.core.verdicts import Verdict
from helpers.differentiation.key_account_facts import RELATIONSHIP_STATES, AccountFacts, judge_relationship

AXES = ("attractiveness", "potential", "relationship")
ATTRACTIVE_FACTS = ("employees", "years_in_business", "equity_ratio")
LEVELS = ("low", "middle", "high")
_ALIKE_AT_LEAST = 5
_PEER_QUANTILE = 0.80
_MOVED_BY = 2.0
"""Each weight is drawn between its value over this and its value times this."""

Criteria = dict[tuple[str, str], "pd.Series[Any]"]
"""By axis and criterion: a value per account."""


@dataclass(frozen=True)
class KeyAccounts:
    """Business accounts in points, the best first.

    Parameters
    ----------
    table : DataFrame
        One row per account by customer_id: place (1 for the best), score (0..100), attractiveness, potential,
        relationship (points, 0..100; missing where nothing is known), their levels (LEVEL_of_attractiveness,
        level_of_potential: low, middle, high), state of the relationship, revenue_year, margin_year, headroom_revenue
        (study currency a year), on_list.
    reasons : DataFrame
        One row per account and criterion: customer_id, axis, criterion, value (as measured), points (0..100), weight
        (share of the score), adds (points it adds to the score). What an account adds sums to its score.
    weights : dict of str to float
        Weight of each axis, summing to one.
    count : int
        Accounts on the list.
    """

    table: pd.DataFrame
    reasons: pd.DataFrame
    weights: dict[str, float]
    count: int

    @property
    def chosen(self) -> pd.DataFrame:
        """The accounts on the list, the best first."""
        return self.table[self.table["on_list"]]


def points_by_rank(values: pd.Series) -> "pd.Series[float]":
    """Return the share of the other accounts that lie below, those equal counted half, times a hundred.

    Equal values get equal points, and a missing value gets none. A single account gets fifty.

    Examples
    --------
    >>> points_by_rank(pd.Series([10.0, 30.0, 30.0, None])).round(1).tolist()
    [16.7, 66.7, 66.7, nan]
    """
    known = values.astype("float64")
    points: pd.Series[float] = 100 * (known.rank(method="average") - 0.5) / max(int(known.notna().sum()), 1)
    return points


def points_by_size(amounts: pd.Series) -> "pd.Series[float]":
    """Return points on a logarithmic scale, so that the largest stand apart: 100 for the largest, 0 for nothing.

    An amount x gets log(1 + x / m) over the same of the largest, with m the median of the amounts above zero. Amounts
    below zero get no points, and a missing one is missing.

    Examples
    --------
    >>> points_by_size(pd.Series([-5.0, 10.0, 10.0, 70.0])).round(1).tolist()
    [0.0, 33.3, 33.3, 100.0]
    """
    known = amounts.astype("float64").clip(lower=0.0)
    above = known[known > 0]
    if above.empty:
        return known
    logs = pd.Series(np.log1p(known / float(above.median())), index=known.index)
    return 100 * logs / float(logs.max())


def choose_key_accounts(
    facts: AccountFacts,
    *,
    count: int,
    weights: Mapping[str, float],
    attractive: Iterable[str] = (),
) -> KeyAccounts:
    """Score business accounts and put the best on the list.

    Attractiveness is the mean of the points by rank of the facts named. Potential is the mean of the points by size of
    the reachable revenue (that of the last year or, where it is more, what a fifth of the accounts alike exceed; alike
    are those of one sector and size, where there are five) and of last year's margin. The relationship gets points by
    its state, in equal steps. The score is the weighted mean of the axes that are known of an account. Equal scores are
    ordered by revenue, then by customer number.

    Parameters
    ----------
    facts : AccountFacts
        From `helpers.differentiation.gather_account_facts`.
    count : int
        Accounts wanted, 1 or more; at most all.
    weights : dict of str to float
        Weight of attractiveness, potential and relationship, none below zero, not all zero.
    attractive : iterable of str
        Columns of the customers of which more is more attractive; those of `ATTRACTIVE_FACTS` where none are named.

    Raises
    ------
    InputError
        When the count or a weight is out of range, or a fact is no column of numbers.
    """
    _require_settings(count, weights)
    table = facts.table
    names = _attractive_columns(table, tuple(attractive))
    relationship = judge_relationship(facts)
    headroom = _headroom(table)
    of_potential = {"reachable_revenue": table["revenue_year"] + headroom, "margin_year": table["margin_year"]}
    measured: Criteria = {("attractiveness", name): table[name] for name in names}
    points: Criteria = {key: points_by_rank(values) for key, values in measured.items()}
    for name, values in of_potential.items():
        if values.notna().any():
            measured["potential", name] = values
            points["potential", name] = points_by_size(values)
    measured["relationship", "state"] = relationship["state"].astype("str")
    steps = relationship["state"].cat.codes.astype("float64") / (len(RELATIONSHIP_STATES) - 1)
    points["relationship", "state"] = 100 * steps
    axes = pd.DataFrame({axis: _of_axis(points, axis).mean(axis=1) for axis in AXES}, index=table.index)
    total = sum(weights[axis] for axis in AXES)
    shares = {axis: weights[axis] / total for axis in AXES}
    score = weighted_scores(axes.to_numpy(), np.array([[shares[axis] for axis in AXES]]))[:, 0]
    found = axes.assign(score=score, state=relationship["state"], headroom_revenue=headroom)
    found = found.join(table[["revenue_year", "margin_year"]])
    for axis in ("attractiveness", "potential"):
        found[f"level_of_{axis}"] = level_of(axes[axis])
    found = _placed(found, count)
    return KeyAccounts(found, _reasons(points, measured, axes, shares), shares, int(found["on_list"].sum()))


def weighted_scores(axes: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the weighted mean of what is known of each account.

    Parameters
    ----------
    axes : array of shape (accounts, axes)
        Points, missing where nothing is known.
    weights : array of shape (draws, axes)
        Not below zero.

    Returns
    -------
    array of shape (accounts, draws)
        Zero where all that is known has no weight.
    """
    known = ~np.isnan(axes)
    weight = known.astype(np.float64) @ weights.T
    total = np.where(known, axes, 0.0) @ weights.T
    scores: FloatArray = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    return scores


def level_of(points: pd.Series) -> pd.Series:
    """Return high above two thirds of the points, low below one third, else middle; nothing where nothing is known.

    Examples
    --------
    >>> level_of(pd.Series([90.0, 50.0, 10.0])).tolist()
    ['high', 'middle', 'low']
    """
    return pd.cut(points, [-np.inf, 100 / 3, 200 / 3, np.inf], labels=list(LEVELS), right=False)


def stay_shares(accounts: KeyAccounts, rng: np.random.Generator, *, draws: int = 999) -> "pd.Series[float]":
    """Return how often each account is on the list when the weights move.

    Each weight is multiplied by a number drawn between a half and two, evenly on the scale of logarithms, and the list
    made anew.

    Parameters
    ----------
    accounts : KeyAccounts
        From `choose_key_accounts`.
    rng : Generator
        Source of randomness.
    draws : int
        Times the weights are moved.

    Returns
    -------
    Series
        By customer_id, in the order of the accounts: share of the draws in which the account is on the list.
    """
    reach = np.log(_MOVED_BY)
    moved = np.exp(rng.uniform(-reach, reach, (draws, len(AXES)))) * [accounts.weights[axis] for axis in AXES]
    ties = accounts.table.reset_index().sort_values(["revenue_year", "customer_id"], ascending=[False, True]).index
    scores = weighted_scores(accounts.table[list(AXES)].to_numpy(dtype=np.float64), moved).round(9)[ties]
    best = np.argsort(-scores, axis=0, kind="stable")[: accounts.count]
    stayed = np.bincount(best.ravel(), minlength=len(ties)) / draws
    shares = np.zeros(len(ties))
    shares[ties] = stayed
    return pd.Series(shares, index=accounts.table.index, name="stay_share")


def expected_trade(facts: AccountFacts, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return revenue and margin of the next twelve months if an account goes on as in the last twelve.

    Orders that come by chance, each of its own size, add up to a sum whose variance is estimated by the sum of their
    squares (compound Poisson process; Ross 2014, Introduction to Probability Models).

    Parameters
    ----------
    facts : AccountFacts
        From `helpers.differentiation.gather_account_facts`.
    confidence : float
        Coverage of the range of the revenue, from last year's to next year's chance.

    Returns
    -------
    DataFrame
        expected_revenue, low, high, expected_margin (missing where the cost of goods is not known), study currency.
    """
    table = facts.table
    # Last year's sum and next year's both vary: twice the variance lies between them.
    half = stats.norm.ppf(0.5 + confidence / 2) * np.sqrt(2 * table["squared_orders"])
    revenue = table["revenue_year"]
    ends = {"low": (revenue - half).clip(lower=0.0), "high": revenue + half}
    return pd.DataFrame({"expected_revenue": revenue, **ends, "expected_margin": table["margin_year"]})


@dataclass(frozen=True)
class ListCheck:
    """What the accounts of a list made a year ago brought since, against lists anybody can make.

    Parameters
    ----------
    list_share, largest_share : float
        Share of all firms' later revenue from the accounts of the list, and from as many of the largest revenue.
    chance_share : float
        The same of as many drawn by lot: their share of the accounts.
    difference, low, high : float
        List less largest, with its interval.
    accounts, count : int
        Accounts, and how many were on either list.
    cutoff : date
        When the lists were made.
    verdict : Verdict
        "better", "worse" or "not distinguishable".
    """

    list_share: float
    largest_share: float
    chance_share: float
    difference: float
    low: float
    high: float
    accounts: int
    count: int
    cutoff: date
    verdict: Verdict


def check_key_accounts(
    accounts: KeyAccounts,
    later_revenue: pd.Series,
    cutoff: date,
    rng: np.random.Generator,
    *,
    resamples: int = 999,
    confidence: float = 0.95,
) -> ListCheck:
    """Hold a list made at an earlier date against what its accounts brought afterwards.

    Parameters
    ----------
    accounts : KeyAccounts
        Made of what was known at `cutoff`.
    later_revenue : Series
        Revenue after it, by customer_id; accounts that are missing brought nothing.
    cutoff : date
        When the list was made.
    rng : Generator
        Source of randomness.
    resamples : int
        Bootstrap draws of accounts.
    confidence : float
        Coverage of the interval.

    Raises
    ------
    InputError
        When no account brought anything afterwards, or all of them are on the list.
    """
    table = accounts.table
    revenue = later_revenue.reindex(table.index).fillna(0.0).to_numpy(dtype=np.float64)
    if not revenue.sum() > 0:
        raise InputError(
            Fault(
                f"no firm bought anything from {cutoff} on",
                "transactions",
                "later purchases",
                remedy="hold back more months",
            )
        )
    if accounts.count >= len(table):
        raise InputError(
            Fault(
                "all firms are on the list",
                "key_accounts_wanted",
                "fewer than there are firms",
                remedy="choose fewer accounts",
            )
        )
    order = table.reset_index().sort_values(["revenue_year", "customer_id"], ascending=[False, True]).index
    largest = np.zeros(len(table), dtype=bool)
    largest[order[: accounts.count]] = True
    listed = table["on_list"].to_numpy(dtype=bool)
    drawn = rng.multinomial(len(revenue), np.full(len(revenue), 1 / len(revenue)), size=resamples)
    gain = drawn @ (revenue * (listed.astype(float) - largest)) / np.maximum(drawn @ revenue, 1e-300)
    low, high = (float(end) for end in np.percentile(gain, [50 * (1 - confidence), 50 * (1 + confidence)]))
    shares = [float(revenue[chosen].sum() / revenue.sum()) for chosen in (listed, largest)]
    status = "better" if low > 0 else "worse" if high < 0 else "not distinguishable"
    verdict = Verdict("later revenue of the list less that of the largest", shares[0] - shares[1], 0.0, status, status)
    chance = accounts.count / len(table)
    of_list, of_largest = shares
    return ListCheck(
        of_list, of_largest, chance, of_list - of_largest, low, high, len(table), accounts.count, cutoff, verdict
    )


def _require_settings(count: int, weights: Mapping[str, float]) -> None:
    require_columns(weights, AXES, where="weights")
    faults = [
        Fault(f"{weights[axis]!r} is out of range", f"weight_{axis}", "0 or more", remedy="give 0 or more")
        for axis in AXES
        if not weights[axis] >= 0
    ]
    if not faults and not sum(weights[axis] for axis in AXES) > 0:
        faults.append(Fault("all weights are zero", "weights", "one above zero", "give one of them a weight"))
    if count < 1:
        faults.append(
            Fault(f"{count!r} accounts", "key_accounts_wanted", "1 or more", remedy="ask for one account or more")
        )
    if faults:
        raise InputError(faults)


def _attractive_columns(table: pd.DataFrame, named: tuple[str, ...]) -> list[str]:
    wanted = named or tuple(name for name in ATTRACTIVE_FACTS if name in table)
    require_columns(table.columns, wanted, where="customers")
    texts = [name for name in wanted if not pd.api.types.is_numeric_dtype(table[name])]
    if texts:
        faults = [
            Fault(
                f"column {name!r} holds {table[name].dtype}",
                "attractive_facts",
                "numbers",
                remedy="turn the column into numbers, or leave it out",
            )
            for name in texts
        ]
        raise InputError(faults)
    return list(wanted)


def _headroom(table: pd.DataFrame) -> "pd.Series[float]":
    """Return how far an account's revenue lies below what a fifth of the accounts alike exceed."""
    revenue = table["revenue_year"]
    goal = pd.Series(float(revenue.quantile(_PEER_QUANTILE)), index=table.index)
    keys: list[pd.Series[Any]] = [table["sector"].astype("str")] if "sector" in table else []
    if "employees" in table:
        keys.append((points_by_rank(table["employees"]) // 25).fillna(-1))
    for depth in range(1, len(keys) + 1):
        peers = revenue.groupby(keys[:depth])
        goal = peers.transform("quantile", _PEER_QUANTILE).where(peers.transform("size") >= _ALIKE_AT_LEAST, goal)
    gap: pd.Series[float] = (goal - revenue).clip(lower=0.0)
    return gap


def _placed(found: pd.DataFrame, count: int) -> pd.DataFrame:
    order = found.assign(rounded=found["score"].round(9)).reset_index()
    order = order.sort_values(["rounded", "revenue_year", "customer_id"], ascending=[False, False, True])
    placed = order.drop(columns="rounded").set_index("customer_id")
    place = np.arange(1, len(placed) + 1)
    placed.insert(0, "place", place)
    return placed.assign(on_list=place <= count)


def _of_axis(points: Criteria, axis: str) -> pd.DataFrame:
    """Return the points of one axis, one column per criterion."""
    own = {criterion: values for (of, criterion), values in points.items() if of == axis}
    index = next(iter(points.values())).index
    return pd.DataFrame(own, index=index, dtype="float64")


def _reasons(points: Criteria, measured: Criteria, axes: pd.DataFrame, shares: Mapping[str, float]) -> pd.DataFrame:
    """Take every score apart: criteria of an axis share its weight, and known axes share those of unknown ones."""
    weight = axes.notna().mul(pd.Series(shares)[axes.columns])
    weight = weight.div(weight.sum(axis=1).where(weight.sum(axis=1) > 0), axis=0).fillna(0.0)
    parts: list[pd.DataFrame] = []
    for (axis, criterion), own in points.items():
        known = _of_axis(points, axis).notna().sum(axis=1)
        share = (weight[axis] / known.where(known > 0)).where(own.notna(), 0.0).fillna(0.0)
        value = measured[axis, criterion].map(_as_text)
        columns = {"axis": axis, "criterion": criterion, "value": value, "points": own, "weight": share}
        parts.append(pd.DataFrame({**columns, "adds": (own * share).fillna(0.0)}))
    return pd.concat(parts).reset_index().sort_values(["customer_id", "axis", "criterion"], ignore_index=True)


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]  # of a column of numbers
    return "not known" if np.isnan(number) else f"{number:,.2f}"
