"""Times whose zone cannot be known: offsets in a study that names no zone, and moments mixed with local clocks."""

from collections.abc import Iterator
from typing import Any

from helpers.core.errors import Fault, counted, some_of
from helpers.study.grammar import StudyFile, TableSpec
from helpers.study.local_time import zones_with
from helpers.study.text_tables import ROW
from helpers.study.time_text import Moments, of_the_calendar, offsets_by_month


def zone_faults(
    raw: Any, column: str, moments: Moments, spec: TableSpec, study: StudyFile, where: str
) -> Iterator[Fault]:
    """Yield what keeps the times of a text column from being moments.

    Parameters
    ----------
    raw : RawTable
        The source.
    column : str
        Its column.
    moments : Moments
        What was counted in it.
    spec : TableSpec
        What the study says about the source.
    study : StudyFile
        The study.
    where : str
        Place in the study file.
    """
    text = raw.table[column]
    if moments.without:
        lone = raw.table.filter(of_the_calendar(text, spec))
        first = lone.order_by(ROW).limit(1).select(row=ROW, value=text).to_pyarrow().to_pylist()[0]
        named = counted(moments.with_offset + moments.counted, "time")
        yield Fault(
            f"column {column!r} mixes {named} that say their offset from UTC with {counted(moments.without, 'time')} "
            f"that do not, the first {first['value']!r} in row {first['row']}",
            where=f"{where}, {raw.label}",
            allowed="all with an offset, or none",
            remedy="export the times anew, all in one form",
        )
    elif moments.with_offset and study.timezone is None:
        first_values = raw.table.filter(text.notnull()).order_by(ROW).limit(2).select(value=text)
        shown = some_of(first_values.to_pyarrow().to_pydict()["value"])
        zones = zones_with(offsets_by_month(raw.table, text, spec))
        local = zones[0] if zones else "<zone of the customers>"
        yield Fault(
            f"column {column!r} carries offsets from UTC ({shown}), but the study names no time zone",
            where=where,
            allowed="a timezone, or times: local on the table where the clock shall be read as written",
            remedy=f"add timezone: {{stored: UTC, local: {local}}} to the study",
        )
