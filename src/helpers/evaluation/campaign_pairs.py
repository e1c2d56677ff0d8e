"""Campaign pairs: which customer was approached or held back by which campaign, and which responses count.

One row is one customer and one campaign. A response counts from the contact to the end of its window; one dated before
the contact, or after the window, cannot be an answer to it.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.core.any_engine import moved_by_days
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.lines import lines_until
from helpers.core.matching_rows import unmatched_rows

MOST = 0.5
"""Share of responses without a contact from which on no rate of response is given."""
_KEYS = ["customer_id", "campaign_id"]
_BROUGHT = ["kind", "amount"]
_OPTIONAL = (("campaign_type", "string"), ("end_time", "timestamp"), ("treated", "boolean"))


@dataclass(frozen=True)
class ResponseCounts:
    """Responses before the analysis date, each counted once.

    Parameters
    ----------
    counted : int
        Within the window of a contact of that customer by that campaign.
    before_contact, after_window : int
        Dated before the contact, or after the last day on which it could be answered.
    unmatched : int
        Of customers whom the contacts do not name for that campaign.
    undated : int
        Without a time, in a table that has times: they cannot be placed.
    """

    counted: int
    before_contact: int
    after_window: int
    unmatched: int
    undated: int

    @property
    def dated(self) -> int:
        """Responses that can be placed in time."""
        return self.counted + self.before_contact + self.after_window + self.unmatched


def campaign_pairs(
    contacts: ir.Table,
    responses: ir.Table,
    as_of: date,
    *,
    observed_from: date | None = None,
    response_days: int | None = None,
) -> pd.DataFrame:
    """One row per customer and campaign, with whether the customer responded and how much of the window was seen.

    Parameters
    ----------
    contacts, responses : Table
        Standard tables `contacts` (with `time`) and `responses`.
    as_of : date
        Contacts and responses on or after it are not used.
    observed_from : date, optional
        First day for which responses are recorded, where windows may have opened earlier.
    response_days : int, optional
        Days after a contact without `end_time` on which it can be answered; without it, until `as_of`.

    Returns
    -------
    DataFrame
        `customer_id`, `campaign_id`, `campaign_type`, `treated` (false for those held back; true where it is not
        known), `start`, `end` (dates), `responses` (rows within the window), `responded` (flag), `observed_share` (of
        the days of the window, nan without an end), ordered by campaign and customer. A row without a time, as of
        somebody held back, has the window of its campaign.

    Raises
    ------
    InputError
        When a column is missing, no contact lies before `as_of`, everybody was held back, or most responses match no
        contact: no rate could be right then.
    """
    pairs, placed = placed_responses(contacts, responses, as_of, response_days)
    in_time = placed.filter(placed.place == "counted").group_by(_KEYS).agg(responses=ibis._.count())
    frame: pd.DataFrame = (
        pairs.left_join(in_time, _KEYS)
        .select(*_KEYS, "campaign_type", "treated", "start", "end", responses=ibis._.responses.fill_null(0))
        .order_by("campaign_id", "customer_id")
        .to_pyarrow()
        .to_pandas()
    )
    if frame.empty:
        raise InputError(Fault(f"no contact lies before {as_of}", where="contacts", remedy="check as_of and the times"))
    if not frame["treated"].any():
        remedy = "check which of its words means yes; no rate of response is there without a contact"
        raise InputError(Fault("everybody was held back", where="contacts, column treated", remedy=remedy))
    _require_matches(_counts(placed))
    frame["start"], frame["end"] = _days(frame["start"]), _days(frame["end"])
    frame["responded"] = frame["responses"] > 0
    frame["observed_share"] = _observed_share(frame["start"], frame["end"], as_of, observed_from)
    return frame


def count_responses(
    contacts: ir.Table, responses: ir.Table, as_of: date, *, response_days: int | None = None
) -> ResponseCounts:
    """Count which responses stand in the rates, and why the others do not.

    Parameters
    ----------
    contacts, responses, as_of, response_days
        As for `campaign_pairs`.
    """
    return _counts(placed_responses(contacts, responses, as_of, response_days)[1])


def never_bought(contacts: ir.Table, transactions: ir.Table, as_of: date) -> int:
    """Count the customers contacted before the analysis date who have no purchase before it; nobody held back."""
    buyers = lines_until(transactions, as_of).select("customer_id").distinct()
    contacted = treated_contacts(_before(contacts, as_of)).select("customer_id").distinct()
    return int(unmatched_rows(contacted, buyers, ["customer_id"]).count().to_pyarrow().as_py())


def treated_contacts(contacts: ir.Table) -> ir.Table:
    """Return the contacts that were made: without the rows of customers held back."""
    return contacts.filter(ibis.coalesce(contacts.treated, True)) if "treated" in contacts.columns else contacts


def placed_responses(
    contacts: ir.Table, responses: ir.Table, as_of: date, response_days: int | None
) -> tuple[ir.Table, ir.Table]:
    """Return the pairs before a day, and the responses before it: keys, kind, amount and `place`.

    The place is a name of `ResponseCounts`; kind and amount are missing where the table has none.
    """
    require_columns(contacts.columns, ("customer_id", "campaign_id", "time"), where="contacts")
    require_columns(responses.columns, ("customer_id", "campaign_id"), where="responses")
    if response_days is not None:
        require_within({"response_days": response_days}, low=0, high=3660)
    pairs = _pairs(contacts, as_of, response_days)
    known = contacts.select(*_KEYS).distinct().mutate(known=True)
    opens = pairs.select(*_KEYS, "start", "end").rename(of_customer="customer_id", of_campaign="campaign_id")
    dated = "time" in responses.columns
    for name, kind in (("kind", "string"), ("amount", "float64")):
        if name not in responses.columns:
            responses = responses.mutate(**{name: ibis.null(kind)})
    time = responses.time.cast("timestamp") if dated else ibis.null("timestamp")
    answers = responses.select(*_KEYS, *_BROUGHT, time=time)
    answers = answers.filter(ibis.coalesce(answers.time < ibis.timestamp(as_of.isoformat()), True))
    answers = answers.left_join(known, _KEYS)
    answers = answers.select(*_KEYS, *_BROUGHT, "time", known=ibis.coalesce(answers.known, False))
    same = [answers.customer_id == opens.of_customer, answers.campaign_id == opens.of_campaign]
    both = answers.left_join(opens, same)
    return pairs, both.select(*_KEYS, *_BROUGHT, place=_place(both, dated))


def _pairs(contacts: ir.Table, as_of: date, response_days: int | None) -> ir.Table:
    for name, kind in _OPTIONAL:
        if name not in contacts.columns:
            contacts = contacts.mutate(**{name: ibis.null(kind)})
    time, until = contacts.time.cast("timestamp"), contacts.end_time.cast("timestamp")
    # Of customers held back a list may give no day: theirs is the campaign's.
    opened = ibis.coalesce(time, time.min().over(group_by=contacts.campaign_id))
    until = ibis.coalesce(until, until.max().over(group_by=contacts.campaign_id))
    if response_days is not None:
        until = ibis.coalesce(until, moved_by_days(opened, response_days))
    timed = contacts.mutate(opened=opened, until=until, was_treated=ibis.coalesce(contacts.treated, True))
    return (
        timed.filter(timed.opened < ibis.timestamp(as_of.isoformat()))
        .group_by(_KEYS)
        .agg(
            campaign_type=ibis._.campaign_type.min(),
            treated=ibis._.was_treated.any(),
            start=ibis._.opened.min(),
            end=ibis._.until.max(),
        )
    )


def _place(both: ir.Table, dated: bool) -> ir.StringValue:
    """Name where a response stands: a day without an hour lies in time from the day of the contact on."""
    if not dated:
        return ibis.cases((~both.known, "unmatched"), else_="counted")
    day = both.time.truncate("D")
    on_the_day = (both.time == day) & (day == both.start.truncate("D"))
    return ibis.cases(
        (both.time.isnull(), "undated"),  # noqa: PD003 (a column of Ibis)
        (~both.known, "unmatched"),
        (ibis.coalesce((both.time < both.start) & ~on_the_day, True), "before_contact"),
        (ibis.coalesce(day > both.end.truncate("D"), False), "after_window"),
        else_="counted",
    )


def _counts(placed: ir.Table) -> ResponseCounts:
    rows = placed.group_by("place").agg(rows=ibis._.count()).to_pyarrow().to_pylist()
    found = {row["place"]: int(row["rows"]) for row in rows}
    return ResponseCounts(*(found.get(name, 0) for name in ResponseCounts.__dataclass_fields__))


def _require_matches(counts: ResponseCounts) -> None:
    """Refuse responses of which most match no contact: the identifiers are written differently, or contacts lack."""
    if counts.unmatched > MOST * counts.dated:
        what = f"{counts.unmatched:,} of {counts.dated:,} responses are of customers whom no contact names for that "
        remedy = "write customers and campaigns alike in both tables, or add the contacts that are missing"
        raise InputError(Fault(f"{what}campaign", where="responses", remedy=remedy))


def _before(table: ir.Table, as_of: date) -> ir.Table:
    return table.filter(table.time.cast("timestamp") < ibis.timestamp(as_of.isoformat()))


def _days(times: pd.Series) -> pd.Series:
    return pd.to_datetime(times).dt.normalize()


def _observed_share(start: pd.Series, end: pd.Series, as_of: date, observed_from: date | None) -> pd.Series:
    closes = end + pd.Timedelta(days=1)  # the last day counts
    seen_until = closes.where(closes < pd.Timestamp(as_of), pd.Timestamp(as_of))
    seen_from = start if observed_from is None else start.where(start > pd.Timestamp(observed_from), str(observed_from))
    days_seen, days = (seen_until - pd.to_datetime(seen_from)).dt.days, (closes - start).dt.days
    share: pd.Series = (days_seen / days).clip(0, 1)
    return share
