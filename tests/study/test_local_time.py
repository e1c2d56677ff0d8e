"""Local clock time: where the clocks of two zones change, to the second, and which zones a file's offsets fit."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.study.local_time import Piece, pieces, shift_at, to_local, zones_with

UTC, BERLIN, NEW_YORK = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def test_a_year_in_berlin_has_three_pieces() -> None:
    assert pieces(datetime(2017, 1, 1), datetime(2017, 12, 31), UTC, BERLIN) == [
        Piece(datetime(2017, 3, 26, 1), HOUR),
        Piece(datetime(2017, 10, 29, 1), 2 * HOUR),
        Piece(datetime(2017, 12, 31, 0, 0, 1), HOUR),
    ]


def test_two_zones_that_change_weeks_apart() -> None:
    """New York on 12 March 2017, two in the morning; London on 26 March, one o'clock UTC: nine in the evening there."""
    assert pieces(datetime(2017, 3, 1, 8, 30), datetime(2017, 4, 1), NEW_YORK, ZoneInfo("Europe/London")) == [
        Piece(datetime(2017, 3, 12, 3), 5 * HOUR),
        Piece(datetime(2017, 3, 25, 21), 4 * HOUR),
        Piece(datetime(2017, 4, 1, 0, 0, 1), 5 * HOUR),
    ]


def test_two_zones_that_change_in_the_same_night_are_apart_for_an_hour() -> None:
    """Chicago follows New York an hour later; at both ends of the night the shift is the same."""
    found = pieces(datetime(2017, 3, 11, 20), datetime(2017, 3, 12, 20), NEW_YORK, ZoneInfo("America/Chicago"))
    assert found == [
        Piece(datetime(2017, 3, 12, 3), -HOUR),
        Piece(datetime(2017, 3, 12, 4), -2 * HOUR),
        Piece(datetime(2017, 3, 12, 20, 0, 1), -HOUR),
    ]


@pytest.mark.parametrize("moment", [datetime(2017, 7, 1, 12), datetime(2017, 7, 1, 12, 0, 0, 999_999)])
def test_one_moment_is_one_piece_that_ends_after_it(moment: datetime) -> None:
    assert pieces(moment, moment, UTC, BERLIN) == [Piece(datetime(2017, 7, 1, 12, 0, 1), 2 * HOUR)]


@pytest.mark.parametrize("back", [0, 1, 2, 3, 86_399, 86_400, 86_401])
def test_a_change_is_found_to_the_second_however_close_the_ends(back: int) -> None:
    change = datetime(2017, 3, 26, 1)
    first = change - back * SECOND
    before = [Piece(change, HOUR)] if back else []
    assert pieces(first, change, UTC, BERLIN) == [*before, Piece(change + SECOND, 2 * HOUR)]
    if back:
        assert pieces(first, change - SECOND, UTC, BERLIN) == before


@pytest.mark.parametrize(("back", "on"), [(1, 1), (1, 3), (2, 2), (3, 1), (2, 4), (86_397, 2)])
def test_a_change_is_found_to_the_second_between_ends_on_both_sides(back: int, on: int) -> None:
    change = datetime(2017, 3, 26, 1)
    found = pieces(change - back * SECOND, change + on * SECOND, UTC, BERLIN)
    assert found == [Piece(change, HOUR), Piece(change + (on + 1) * SECOND, 2 * HOUR)]


def test_an_offset_of_odd_seconds_is_kept() -> None:
    """Liberia kept 44 minutes and 30 seconds behind UTC until 1972."""
    day = datetime(1970, 6, 1, 12)
    found = pieces(day, day, UTC, ZoneInfo("Africa/Monrovia"))
    assert found == [Piece(day + SECOND, -timedelta(minutes=44, seconds=30))]
    table = ibis.memtable(pd.DataFrame({"t": [day]}))
    assert table.select(local=to_local(table.t, found)).to_pandas()["local"].tolist() == [
        datetime(1970, 6, 1, 11, 15, 30)
    ]


def test_each_piece_of_the_expression_ends_where_the_next_begins() -> None:
    stretches = [Piece(datetime(2020, 1, day), timedelta(minutes=day)) for day in (2, 3, 4)]
    times = [
        datetime(2020, 1, 1),
        *(datetime(2020, 1, day) + part for day in (2, 3) for part in (-SECOND, timedelta(0))),
    ]
    table = ibis.memtable(pd.DataFrame({"t": times}))
    found = table.select("t", moved=to_local(table.t, stretches)).to_pandas().sort_values("t")
    minutes = (found["moved"] - found["t"]).dt.total_seconds() / 60
    assert minutes.tolist() == [2, 2, 3, 3, 4]


WINTER, SUMMER = datetime(2024, 1, 5), datetime(2024, 7, 5)


@pytest.mark.parametrize(
    ("offsets", "first"),
    [
        ([(WINTER, 60), (SUMMER, 120)], "Europe/Berlin"),
        ([(WINTER, 0), (SUMMER, 60)], "Europe/London"),
        ([(WINTER, -300), (SUMMER, -240)], "America/New_York"),
        ([(WINTER, 330)], "Asia/Kolkata"),
        ([(SUMMER, 330)], "Asia/Kolkata"),
        ([(WINTER, 660), (SUMMER, 600)], "Australia/Sydney"),
    ],
)
def test_offsets_name_a_zone(offsets: list[tuple[datetime, int]], first: str) -> None:
    assert zones_with(offsets)[0] == first


@pytest.mark.parametrize("offsets", [[], [(WINTER, 0)], [(WINTER, 0), (SUMMER, 0)], [(WINTER, 61)], [(WINTER, 59)]])
def test_offsets_that_name_no_zone(offsets: list[tuple[datetime, int]]) -> None:
    assert zones_with(offsets) == []


def test_four_of_five_offsets_are_nearly_all_and_who_fits_all_is_first() -> None:
    at_home = [(datetime(2024, 1, day), -420) for day in (1, 2, 3)]
    assert zones_with([*at_home, (WINTER, -420), (SUMMER, -420)]) == ["America/Phoenix", "America/Denver"]
    assert zones_with([*at_home, (SUMMER, -420), (SUMMER, -420)]) == ["America/Phoenix"]
    assert zones_with([*at_home, (WINTER, -420), (SUMMER, -360)]) == ["America/Denver", "America/Phoenix"]


moments = st.datetimes(datetime(1990, 1, 1), datetime(2035, 12, 31))
zones = st.sampled_from(
    ["America/New_York", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe", "Africa/Casablanca"]
)


class TestLocalTime:
    @given(moments, st.timedeltas(timedelta(0), timedelta(days=900)), st.floats(0, 1), zones)
    def test_pieces_agree_with_the_zone_database(
        self, first: datetime, length: timedelta, share: float, zone: str
    ) -> None:
        utc, local = ZoneInfo("UTC"), ZoneInfo(zone)
        stretches = pieces(first, first + length, utc, local)
        moment = first + length * share
        found = next(piece.shift for piece in stretches if moment < piece.until)
        assert found == shift_at(moment, utc, local)
        edges = [piece.until for piece in stretches[:-1]]
        assert edges == sorted(edges)
        for edge in edges:
            before = edge - timedelta(seconds=1)
            assert shift_at(before, utc, local) != shift_at(edge, utc, local)

    @pytest.mark.parametrize("stored", ["UTC", "Europe/Berlin"])
    def test_expression_agrees_around_changes_of_the_clock(self, stored: str) -> None:
        here, there = ZoneInfo(stored), ZoneInfo("Europe/London")
        days = [datetime(2017, 3, 26), datetime(2017, 10, 29), datetime(2017, 7, 1)]
        times = [day + timedelta(minutes=30 * step) for day in days for step in range(-4, 12)]
        table = ibis.memtable(pd.DataFrame({"t": times}))
        moved = to_local(table.t, pieces(min(times), max(times), here, there)).name("local")
        found = table.select("t", moved).to_pandas()
        expected = [time + shift_at(time, here, there) for time in found["t"].dt.to_pydatetime()]
        assert found["local"].tolist() == expected

    def test_expression_is_known_to_other_databases(self) -> None:
        table = ibis.table({"t": "timestamp"}, name="lines")
        stretches = pieces(datetime(2017, 1, 1), datetime(2018, 1, 1), ZoneInfo("UTC"), ZoneInfo("America/New_York"))
        assert len(stretches) == 3
        for dialect in ("postgres", "snowflake", "bigquery", "pyspark", "mysql"):
            assert "CASE" in ibis.to_sql(table.select(local=to_local(table.t, stretches)), dialect=dialect)
