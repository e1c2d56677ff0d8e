"""Local clock time from stored times, as an expression every database understands.

Databases differ in what they know of time zones, and some know nothing without an extension. The shift between two
zones is constant but for a few moments a year, so over the range of the data at hand it is a short list of pieces,
taken from the zone database of Python, and one `CASE` with intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from helpers.core.any_engine import interval_of

_WELL_KNOWN = (
    "Europe/Berlin",
    "Europe/London",
    "Europe/Athens",
    "Europe/Istanbul",
    "Europe/Moscow",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Halifax",
    "America/Sao_Paulo",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Asia/Bangkok",
    "Asia/Karachi",
    "Asia/Dhaka",
    "Asia/Jerusalem",
    "Australia/Sydney",
    "Australia/Brisbane",
    "Australia/Perth",
    "Pacific/Auckland",
    "Africa/Lagos",
    "Africa/Johannesburg",
    "Africa/Cairo",
    "Africa/Nairobi",
)
_NEARLY_ALL = 0.8
_ONE_SECOND = timedelta(seconds=1)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Piece:
    """A stretch of stored time over which the shift to local time is constant.

    Parameters
    ----------
    until : datetime
        End of the stretch in stored time, excluded.
    shift : timedelta
        What to add to a stored time to get local time.
    """

    until: datetime
    shift: timedelta


def shift_at(moment: datetime, stored: ZoneInfo, local: ZoneInfo) -> timedelta:
    """Return what to add to one naive stored time to get naive local time.

    Examples
    --------
    >>> shift_at(datetime(2017, 7, 1), ZoneInfo("UTC"), ZoneInfo("America/New_York"))
    datetime.timedelta(days=-1, seconds=72000)
    """
    return moment.replace(tzinfo=stored).astimezone(local).replace(tzinfo=None) - moment


def pieces(first: datetime, last: datetime, stored: ZoneInfo, local: ZoneInfo) -> list[Piece]:
    """Return the stretches of constant shift that cover `first` to `last`, in order.

    Parameters
    ----------
    first, last : datetime
        Naive stored times; whole seconds are enough, since zones change on whole seconds.
    stored, local : ZoneInfo
        Zone of the stored times, and the zone wanted. Where the stored clock shows an hour twice, the first is meant.

    Returns
    -------
    list of Piece
        At least one; the last ends after `last`.
    """
    first, last = first.replace(microsecond=0), last.replace(microsecond=0) + _ONE_SECOND
    found: list[Piece] = []
    day = first
    while day < last:
        end = min(day + _ONE_DAY, last)
        for until, shift in _within(day, end, stored, local):
            if found and found[-1].shift == shift:
                found[-1] = Piece(until, shift)
            else:
                found.append(Piece(until, shift))
        day = end
    return found


def _within(start: datetime, end: datetime, stored: ZoneInfo, local: ZoneInfo) -> list[tuple[datetime, timedelta]]:
    """Halve a stretch until each part has one shift; `end` is excluded."""
    last = end - _ONE_SECOND
    # Both offsets are compared, not only the shift: two zones that change in the same night cancel out at its ends.
    same = _offsets(start, stored, local) == _offsets(last, stored, local)
    if same or last <= start:
        return [(end, shift_at(start, stored, local))]
    middle = start + timedelta(seconds=int((end - start).total_seconds()) // 2)
    return _within(start, middle, stored, local) + _within(middle, end, stored, local)


def _offsets(moment: datetime, stored: ZoneInfo, local: ZoneInfo) -> tuple[timedelta | None, timedelta | None]:
    aware = moment.replace(tzinfo=stored)
    return aware.utcoffset(), aware.astimezone(local).utcoffset()


def zones_with(offsets: Sequence[tuple[datetime, int]]) -> list[str]:
    """Return well-known zones whose clocks were ahead of UTC by nearly all of these offsets, the best first.

    Some programs change the clock on the wrong night; where no clock is ahead, nothing is known.

    Parameters
    ----------
    offsets : sequence of (datetime, int)
        Naive UTC times, each with what the clock was ahead, in minutes.

    Examples
    --------
    >>> zones_with([(datetime(2024, 1, 5), 60), (datetime(2024, 7, 5), 120)])[0]
    'Europe/Berlin'
    """
    if not any(minutes for _, minutes in offsets):
        return []
    fits = {zone: sum(_ahead(moment, zone) == minutes for moment, minutes in offsets) for zone in _WELL_KNOWN}
    near = [zone for zone in _WELL_KNOWN if fits[zone] >= _NEARLY_ALL * len(offsets)]
    return sorted(near, key=lambda zone: -fits[zone])


def _ahead(moment: datetime, zone: str) -> int:
    offset = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return int(offset.total_seconds()) // 60


def to_local(column: Any, stretches: list[Piece]) -> Any:
    """Return a stored timestamp column as local clock time.

    Parameters
    ----------
    column : ibis timestamp column
        Naive stored times.
    stretches : list of Piece
        From `pieces`, over at least the range of the column.

    Returns
    -------
    ibis timestamp column
        Naive local times.
    """
    *earlier, last = stretches
    moved = column + _interval(last.shift)
    if not earlier:
        return moved
    branches = [(column < ibis.timestamp(piece.until), column + _interval(piece.shift)) for piece in earlier]
    return ibis.cases(*branches, else_=moved)


def _interval(shift: timedelta) -> Any:
    return interval_of(int(shift.total_seconds()), "s")
