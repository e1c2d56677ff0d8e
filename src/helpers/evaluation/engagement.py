"""How far customers have come: from buying through experience to engagement, and from new to regular to fan."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.any_engine import number_of
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.core.intervals import Interval, newcombe_difference, wilson, wilson_ends
from helpers.core.periods import Period

NEW, OCCASIONAL, REGULAR, NOT_ASKED, FAN, NOT_SEEN = (
    "new",
    "occasional",
    "regular, answered",
    "regular, no answer",
    "fan",
    "not seen",
)
STATES = (NEW, OCCASIONAL, NOT_ASKED, REGULAR, FAN, NOT_SEEN)
"""States in order; a regular is a fan by an answer only, so regulars without one stand apart."""

LEAST_CUSTOMERS = 30
"""Fewer customers bear no share."""

REFERRAL = "referral"
"""Source of a lead whom a customer recommended."""

RELATIONSHIP, EXPERIENCE, ENGAGEMENT = "relationship", "experience", "engagement"


@dataclass(frozen=True)
class EngagementFacts:
    """What is known of the customers of one period.

    Parameters
    ----------
    frame : DataFrame
        One row per customer who bought in the period, by customer_id: orders, channels (different ones used), is_new
        (the first purchase on record lies in the period), answered (gave an answer to the question on feeling),
        feeling (the last answer), responded (to a campaign, after a contact), had_case, had_unsolved_case. What the
        data do not record is missing throughout.
    period : Period
        The period.
    not_recorded : tuple of str
        Columns of the frame that are missing throughout.
    """

    frame: pd.DataFrame
    period: Period
    not_recorded: tuple[str, ...]


def engagement_facts(
    orders: ir.Table,
    period: Period,
    *,
    surveys: pd.DataFrame | None = None,
    feeling: str = "",
    responses: pd.DataFrame | None = None,
    cases: pd.DataFrame | None = None,
) -> EngagementFacts:
    """Gather what each customer of a period did in it.

    Parameters
    ----------
    orders : ibis Table
        From `placed_orders`, also those before the period: customer_id, time, and channel if known. The engine counts
        them by customer.
    period : Period
        Half-open: its end is not in it.
    surveys : DataFrame, optional
        Standard surveys with the column `feeling`.
    feeling : str
        Column of the surveys with the answer that shows feeling.
    responses : DataFrame, optional
        Standard responses to campaigns.
    cases : DataFrame, optional
        Standard service cases.

    Returns
    -------
    EngagementFacts
        Answers, responses and cases of customers who did not buy in the period are not in it.

    Raises
    ------
    InputError
        When a column is missing, or fewer than `LEAST_CUSTOMERS` customers bought in the period.
    """
    require_columns(orders.columns, ("customer_id", "time"), where="orders")
    frame = _bought_within(orders, period)
    if len(frame) < LEAST_CUSTOMERS:
        raise InputError(
            Fault(
                f"{counted(len(frame), 'customer')} bought from {period.start} to {period.end}, "
                f"not enough to say: {LEAST_CUSTOMERS} are needed",
                where="transactions",
                allowed=f"at least {LEAST_CUSTOMERS}",
                remedy="take longer periods",
            )
        )
    frame["feeling"] = _feeling(surveys, feeling, period).reindex(frame.index) if surveys is not None else np.nan
    frame["answered"] = frame["feeling"].notna().astype(float) if surveys is not None else np.nan
    frame["responded"] = _took_part(responses, period, frame.index)
    frame["had_case"] = _took_part(cases, period, frame.index)
    has_solved = cases is not None and "solved_at_first_contact" in cases
    unsolved = cases[cases["solved_at_first_contact"].eq(False)] if has_solved and cases is not None else None
    frame["had_unsolved_case"] = _took_part(unsolved, period, frame.index)
    return EngagementFacts(frame, period, tuple(str(name) for name in frame if frame[name].isna().all()))


def _bought_within(orders: ir.Table, period: Period) -> pd.DataFrame:
    """Return orders, channels and is_new of the customers who bought in a period, by customer_id."""
    start, end = (ibis.timestamp(day.isoformat()) for day in (period.start, period.end))
    inside = (orders["time"] >= start) & (orders["time"] < end)
    sums = {"orders": number_of(inside).sum(), "first": orders["time"].min()}
    if "channel" in orders.columns:
        sums["channels"] = orders["channel"].nunique(where=inside)
    grouped = orders.group_by("customer_id").agg(**sums)
    found: pd.DataFrame = grouped.filter(grouped["orders"] > 0).order_by("customer_id").to_pyarrow().to_pandas()
    frame = found.set_index("customer_id").sort_index()
    known_channels = "channels" in frame and frame["channels"].any()
    channels = frame["channels"].astype(float) if known_channels else np.nan
    is_new = pd.to_datetime(frame["first"]) >= pd.Timestamp(period.start)
    return frame[["orders"]].astype("int64").assign(channels=channels, is_new=is_new)


def _within(rows: pd.DataFrame, period: Period) -> pd.DataFrame:
    time = pd.to_datetime(rows["time"])
    return rows[(time >= pd.Timestamp(period.start)) & (time < pd.Timestamp(period.end))]


def _took_part(rows: pd.DataFrame | None, period: Period, customers: pd.Index) -> "float | pd.Series[float]":
    """Say who has a row in the period, as 0 and 1; missing where no such rows are kept, or without a time."""
    if rows is None or "time" not in rows:
        return np.nan
    there = customers.isin(_within(rows, period)["customer_id"])
    return pd.Series(there.astype(float), index=customers)


def _feeling(surveys: pd.DataFrame, feeling: str, period: Period) -> "pd.Series[float]":
    """Return each customer's last answer in the period."""
    require_columns(surveys.columns, ("customer_id", "time", feeling), where="surveys")
    if not pd.api.types.is_numeric_dtype(surveys[feeling]):
        what = f"column {feeling!r} holds no numbers but {some_of(surveys[feeling].dropna().unique().tolist())}"
        raise InputError(Fault(what, "surveys", "numbers", "name a question that is answered by a number"))
    given = _within(surveys, period).dropna(subset=[feeling]).sort_values("time", kind="stable")
    return given.groupby("customer_id")[feeling].last().astype(float)


def engagement_states(facts: EngagementFacts, *, regular_orders: int = 4, fan_from: float = 9.0) -> "pd.Series[str]":
    """Place each customer between new and fan.

    Who bought for the first time is new; of the others who placed `regular_orders` orders or more is a regular, else
    occasional. A regular whose last answer is `fan_from` or more is a fan; a regular who gave no answer stands apart.

    Parameters
    ----------
    facts : EngagementFacts
        Of one period.
    regular_orders : int
        Orders in the period from which a customer is a regular.
    fan_from : float
        Least answer of a fan, on the scale of the survey.

    Returns
    -------
    Series of categorical
        By customer_id, with the categories `STATES`.

    Examples
    --------
    >>> from datetime import date
    >>> period = Period(date(2024, 1, 1), date(2025, 1, 1))
    >>> frame = pd.DataFrame({"orders": [1, 5, 5], "is_new": [True, False, False], "feeling": [9.0, 9.0, 7.0]})
    >>> engagement_states(EngagementFacts(frame, period, ())).tolist()
    ['new', 'fan', 'regular, answered']
    """
    require_within({"regular_orders": regular_orders}, low=2, high=10_000)
    frame = facts.frame
    rules = [frame["is_new"], frame["orders"] < regular_orders, frame["feeling"].isna(), frame["feeling"] >= fan_from]
    states = np.select(rules, [NEW, OCCASIONAL, NOT_ASKED, FAN], default=REGULAR)
    return pd.Series(pd.Categorical(states, categories=STATES), index=frame.index, name="state")


def later_states(before: pd.Series, after: pd.Series) -> "pd.Series[str]":
    """Return the later state of those with an earlier one: not seen where they did not buy again."""
    return after.reindex(before.index).fillna(NOT_SEEN)


def layer_shares(facts: EngagementFacts, *, regular_orders: int, fan_from: float, confidence: float) -> pd.DataFrame:
    """Say how many customers show each sign of relationship, experience and engagement.

    Parameters
    ----------
    facts : EngagementFacts
        Of one period.
    regular_orders, fan_from
        As for `engagement_states`.
    confidence : float
        Coverage of Wilson's intervals.

    Returns
    -------
    DataFrame
        One row per sign: layer, sign, customers (with it), of (of whom it is known), share, low, high. A sign that the
        data do not record has no figures; one known of fewer than `LEAST_CUSTOMERS` customers has no share.
    """
    frame = facts.frame
    answers = frame["feeling"].dropna()
    signs: list[tuple[str, str, pd.Series]] = [
        (RELATIONSHIP, "bought more than once", frame["orders"] > 1),
        (RELATIONSHIP, "regular", frame["orders"] >= regular_orders),
        (EXPERIENCE, "used two channels or more", (frame["channels"] > 1).where(frame["channels"].notna())),
        (EXPERIENCE, "had a service case", frame["had_case"]),
        (EXPERIENCE, "had a case not solved at first contact", frame["had_unsolved_case"]),
        (ENGAGEMENT, "responded to a campaign", frame["responded"]),
        (ENGAGEMENT, "answered a survey", frame["answered"]),
        (ENGAGEMENT, "of those who answered: feels as a fan", answers >= fan_from),
    ]
    rows = [(layer, sign, known.sum(), known.count()) for layer, sign, known in signs]
    table = pd.DataFrame(rows, columns=["layer", "sign", "customers", "of"])
    return with_shares(table, confidence=confidence)


def with_shares(table: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Add share, low and high to counts `customers` and `of`; missing below `LEAST_CUSTOMERS`."""
    hits, whole = (table[name].to_numpy(dtype=np.float64) for name in ("customers", "of"))
    enough = whole >= LEAST_CUSTOMERS
    low, high = wilson_ends(np.where(enough, hits, 0.0), np.where(enough, whole, 1.0), alpha=1 - confidence)
    share = hits / np.where(enough, whole, np.nan)
    low, high = (np.where(enough, ends, np.nan) for ends in (low, high))
    counts = {"customers": hits.astype(np.int64), "of": whole.astype(np.int64)}
    return table.assign(**counts, share=share, low=low, high=high)


def shares_of_states(states: pd.Series, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return how many customers are in each state: state, customers, of, share, low, high; the last state left out."""
    counts = states.value_counts().reindex(list(STATES[:-1]), fill_value=0)
    table = pd.DataFrame({"state": list(STATES[:-1]), "customers": counts.to_numpy(), "of": len(states)})
    return with_shares(table, confidence=confidence)


def fans_stay(before: pd.Series, after: pd.Series, *, confidence: float = 0.95) -> Interval:
    """Compare fans with other regulars who answered: share seen again in the next period.

    Parameters
    ----------
    before : Series of categorical
        Earlier states.
    after : Series of categorical
        From `later_states`, same index.
    confidence : float
        Coverage of Newcombe's interval.

    Raises
    ------
    InputError
        When fewer than `LEAST_CUSTOMERS` of either are known.
    """
    seen = after != NOT_SEEN
    fans, others = before == FAN, before == REGULAR
    if min(int(fans.sum()), int(others.sum())) < LEAST_CUSTOMERS:
        raise InputError(
            Fault(
                f"{counted(int(fans.sum()), 'fan')} and {counted(int(others.sum()), 'other regular')} who answered, "
                f"{LEAST_CUSTOMERS} of each are needed",
                where="surveys",
                allowed=f"at least {LEAST_CUSTOMERS} of each",
                remedy="ask more customers",
            )
        )
    counts = (int((seen & fans).sum()), int(fans.sum()), int((seen & others).sum()), int(others.sum()))
    return newcombe_difference(*counts, confidence=confidence)


def referred_share(leads: pd.DataFrame, *, confidence: float = 0.95) -> Interval:
    """Return the share of won leads that came by referral, with Wilson's interval.

    Parameters
    ----------
    leads : DataFrame
        Standard leads with stage and source.
    confidence : float
        Coverage.

    Raises
    ------
    InputError
        When a column is missing, fewer than `LEAST_CUSTOMERS` leads were won, or none is marked as a referral.
    """
    require_columns(leads.columns, ("stage", "source"), where="leads")
    source = leads.loc[leads["stage"].astype(str).str.casefold() == "won", "source"].dropna().astype(str)
    if len(source) < LEAST_CUSTOMERS:
        found = counted(len(source), "lead")
        what = f"{found} won whose source is known, {LEAST_CUSTOMERS} are needed"
        remedy = "wait for more of them"
        raise InputError(Fault(what, "leads", f"at least {LEAST_CUSTOMERS}", remedy))
    referred = source.str.casefold() == REFERRAL
    if not referred.any():
        what, allowed = "no lead has the source 'referral'", some_of(sorted(source.unique()))
        raise InputError(Fault(what, "leads", allowed, "call the source of those who were recommended referral"))
    return wilson(int(referred.sum()), len(source), confidence=confidence)
