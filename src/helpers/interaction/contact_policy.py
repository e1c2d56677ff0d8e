"""The company's own rules for speaking to customers: how often, at what hours, and who is held back by lot."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from hashlib import blake2b

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.arrays import BoolArray
from helpers.core.checks import require_columns, require_within

_LOTS = 2**64


def held_back(customers: Iterable[str], *, share: float, seed: int) -> BoolArray:
    """Say which customers are held back by lot: the same ones on every list, whatever else is on it.

    The lot of a customer follows from the seed and the customer id alone, as in a randomised trial that assigns by a
    hash (Kohavi, Tang and Xu 2020, *Trustworthy Online Controlled Experiments*, chapter 14).

    Parameters
    ----------
    customers : iterable of str
        Customer ids.
    share : float
        Share held back, 0..1.
    seed : int
        Another number, another lot.

    Returns
    -------
    bool array, shape (customers,)

    Raises
    ------
    InputError
        When the share is not within 0..1.

    Examples
    --------
    >>> held_back(["a", "b", "c", "d"], share=0.5, seed=1).tolist()
    [False, False, False, True]
    """
    require_within({"share": share}, low=0, high=1)
    lots = [int.from_bytes(blake2b(f"{seed}:{one}".encode(), digest_size=8).digest()) / _LOTS for one in customers]
    return np.array(lots, dtype=np.float64) < share


def recent_contacts(contacts: ir.Table, as_of: date, *, within_days: int) -> pd.Series:
    """Count the contacts of each customer in the days before the analysis date.

    Parameters
    ----------
    contacts : ibis Table
        Standard table with `customer_id`, `campaign_id`, `time`; rows of customers held back are no contacts.
    as_of : date
        Contacts on or after it are not counted.
    within_days : int
        Length of the period, days.

    Returns
    -------
    Series
        Contacts by `customer_id`, those with one at least.

    Raises
    ------
    InputError
        When a column is missing or the period is shorter than a day.
    """
    require_columns(contacts.columns, ("customer_id", "time"), where="contacts")
    require_within({"within_days": within_days}, low=1, high=3660)
    start = as_of - timedelta(days=within_days)
    moment = contacts.time.cast("timestamp")
    made = contacts.filter(moment >= ibis.timestamp(start.isoformat()), moment < ibis.timestamp(as_of.isoformat()))
    if "treated" in contacts.columns:
        made = made.filter(ibis.coalesce(made.treated, True))
    counted = made.drop_null("customer_id").group_by("customer_id").agg(contacts=ibis._.count())
    frame: pd.DataFrame = counted.order_by("customer_id").to_pyarrow().to_pandas()
    numbers: pd.Series = frame.set_index("customer_id")["contacts"]
    return numbers


def beyond_cap(customers: Iterable[str], before: Counter[str], *, most: int) -> BoolArray:
    """Say which rows of a list would be one contact too many, counting the rows before them on the list itself.

    Parameters
    ----------
    customers : iterable of str
        Customer id of each row, the most important row first.
    before : Counter of str
        Contacts each customer has had already.
    most : int
        Contacts a customer may get in the period.

    Returns
    -------
    bool array, shape (rows,)

    Examples
    --------
    >>> beyond_cap(["a", "a", "b"], Counter({"b": 2}), most=1).tolist()
    [False, True, True]
    """
    ids = pd.Series(list(customers), dtype="object")
    place = ids.groupby(ids, sort=False).cumcount()
    had = ids.map(lambda one: before[one]).astype("int64")
    beyond: BoolArray = (had + place >= most).to_numpy(dtype=bool)
    return beyond


def out_of_quiet_hours(moments: pd.Series, *, quiet_from: str, quiet_until: str) -> pd.Series:
    """Move moments within the quiet hours to their end.

    Parameters
    ----------
    moments : Series of datetime
        Local times; missing ones stay missing.
    quiet_from, quiet_until : str
        Times of day such as "20:00" and "08:00"; the quiet may last over midnight.

    Returns
    -------
    Series of datetime

    Examples
    --------
    >>> late = pd.Series(pd.to_datetime(["2026-01-05 21:30", "2026-01-05 10:00", "2026-01-06 07:59"]))
    >>> out_of_quiet_hours(late, quiet_from="20:00", quiet_until="08:00").dt.strftime("%d %H:%M").tolist()
    ['06 08:00', '05 10:00', '06 08:00']
    """
    begins, ends = (_since_midnight(time.fromisoformat(text)) for text in (quiet_from, quiet_until))
    midnight = moments.dt.normalize()
    clock = moments - midnight
    over_midnight = ends <= begins
    evening = (clock >= begins) & (over_midnight | (clock < ends))
    morning = over_midnight & (clock < ends)
    later = midnight + ends + pd.to_timedelta(np.where(evening & over_midnight, 1, 0), unit="D")
    return moments.where(~(evening | morning), later)


def _since_midnight(clock: time) -> pd.Timedelta:
    return pd.Timedelta(datetime.combine(date.min, clock) - datetime.combine(date.min, time()))
