"""Records as they come, of one source or several, as one frame."""

from collections.abc import Mapping
from typing import TypeAlias

import ibis.expr.types as ir
import pandas as pd

from helpers.core.errors import Fault, InputError, nearest
from helpers.identification.linkage.compared import LinkageNote
from helpers.identification.linkage.fields import STANDARD_FIELD_KINDS
from helpers.identification.linkage.settings import LinkageSettings

Frames: TypeAlias = pd.DataFrame | Mapping[str, pd.DataFrame]
Records: TypeAlias = Frames | ir.Table


def read_table(table: ir.Table, settings: LinkageSettings) -> pd.DataFrame:
    """Return what the linkage needs of a table of an engine; its other columns stay there.

    Parameters
    ----------
    table : ibis Table
        Records, of any engine.
    settings : LinkageSettings
        Names the columns.

    Returns
    -------
    pandas.DataFrame
        Texts as Arrow holds them. Of a table that lacks a column asked for, the first row with all its columns: what is
        wrong with the names shows there.
    """
    needed = needed_columns(table, settings)
    if len(needed) == 1 or not set(needed) <= set(table.columns):
        first: pd.DataFrame = table.limit(1).to_pandas()
        return first
    held = [settings.source] if settings.source in table.columns else []
    read: pd.DataFrame = table.select(list(dict.fromkeys([*held, *needed]))).to_pyarrow().to_pandas()
    return read


def needed_columns(table: ir.Table, settings: LinkageSettings) -> list[str]:
    """Return the columns that a linkage asks of a table: the record id, and the fields to compare."""
    asked = settings.fields or [name for name in STANDARD_FIELD_KINDS if name in table.columns]
    return [settings.record_id, *asked]


def one_frame(records: Records, settings: LinkageSettings) -> tuple[pd.DataFrame, list[LinkageNote]]:
    """Return the records as one frame, and what is noted of their sources.

    Parameters
    ----------
    records : pandas.DataFrame, ibis Table, or mapping of str to pandas.DataFrame
        As in `helpers.identification.linkage.link_records`.
    settings : LinkageSettings
        Names the columns of source and record id.

    Returns
    -------
    tuple of pandas.DataFrame, list of LinkageNote
        With both columns.

    Raises
    ------
    InputError
        When there are no records, no record ids, or only one source where none is to hold a customer twice.
    """
    if isinstance(records, ir.Table):
        records = read_table(records, settings)
    if isinstance(records, pd.DataFrame):
        frame = records if settings.source in records.columns else records.assign(**{settings.source: "records"})
    else:
        if not records:
            raise InputError(
                Fault(
                    "no source given",
                    where="records",
                    allowed="a frame, or one frame per source",
                    remedy="give at least one frame of records",
                )
            )
        parts = [part.assign(**{settings.source: str(name)}) for name, part in records.items()]
        frame = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    if frame.empty:
        raise InputError(Fault("there are no records", where="records", remedy="check the filter or the file"))
    if settings.record_id not in frame.columns:
        match = nearest(settings.record_id, [str(name) for name in frame.columns])
        remedy = f"did you mean {match!r}?" if match else "name the column in the setting record_id"
        raise InputError(Fault(f"no column {settings.record_id!r}", where="records", remedy=remedy))
    return frame, note_sources(len(frame[settings.source].dropna().unique()), settings)


def note_sources(sources: int, settings: LinkageSettings) -> list[LinkageNote]:
    """Return what is noted of the number of sources; refuse one that is not to hold a customer twice."""
    if sources != 1:
        return []
    if not settings.duplicates_within_sources:
        raise InputError(
            Fault(
                "one source without duplicates leaves nothing to link",
                where="duplicates_within_sources",
                remedy="give a second source, or set it to true",
            )
        )
    return [LinkageNote("sources", "one_source")]
