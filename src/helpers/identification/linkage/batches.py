"""Records of an engine brought to standard form a batch at a time, by the same functions as those of this process.

What stands here goes to Spark's Python processes as it is, together with `helpers.identification.linkage.fields`: they
need pandas and pyarrow there, and nothing of this package.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from helpers.identification.linkage.fields import FieldKind, standard_forms


@dataclass(frozen=True)
class BatchForm:
    """What is made of a batch of records.

    Parameters
    ----------
    schema : pyarrow.Schema
        Columns of the batches, as they are to be read.
    source : str
        Column naming the source; where there is none, the source of all is "records".
    record_id : str
        Column naming the record.
    fields : sequence of (str, FieldKind)
        Columns to bring to standard form, and what they hold.
    """

    schema: pa.Schema
    source: str
    record_id: str
    fields: Sequence[tuple[str, FieldKind]]

    def made_schema(self) -> pa.Schema:
        """Return the columns that come out: `source`, `record_id`, `field_N`, and `marks_N` of `standard_forms`."""
        texts = ["source", "record_id", *(f"field_{number}" for number in range(len(self.fields)))]
        marks = [f"marks_{number}" for number in range(len(self.fields))]
        return pa.schema([*((name, pa.string()) for name in texts), *((name, pa.int8()) for name in marks)])


def standardise_batches(batches: Iterator[pa.RecordBatch], form: BatchForm) -> Iterator[pa.RecordBatch]:
    """Return batches of records in standard form.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        Columns of `form.schema`, perhaps in other types of the same kind.
    form : BatchForm
        What to make of them.

    Examples
    --------
    >>> batch = pa.record_batch({"id": [1, 2], "phone": ["+44 20 7946 0958", "none"]})
    >>> form = BatchForm(batch.schema, "source", "id", [("phone", "phone")])
    >>> (made,) = standardise_batches(iter([batch]), form)
    >>> made.to_pydict()
    {'source': ['records', 'records'], 'record_id': ['1', '2'], 'field_0': ['079460958', None], 'marks_0': [0, 1]}
    """
    schema = form.made_schema()
    for batch in batches:
        frame = pa.Table.from_batches([batch]).cast(form.schema).to_pandas()
        made = [_key(frame, name) for name in (form.source, form.record_id)]
        standard = [_standard(frame[column], kind) for column, kind in form.fields]
        made += [texts for texts, _ in standard] + [marks for _, marks in standard]
        yield pa.RecordBatch.from_arrays(made, schema=schema)


def _key(frame: pd.DataFrame, name: str) -> pa.Array:
    if name not in frame.columns:
        return pa.repeat(pa.scalar("records", pa.string()), len(frame))
    return pa.array(frame[name].astype(str).to_numpy(dtype=object), pa.string())


def _standard(raw: pd.Series, kind: FieldKind) -> tuple[pa.Array, pa.Array]:
    codes, forms, marks = standard_forms(raw, kind)
    places = pa.array(codes, mask=codes < 0)
    texts = pa.array([form or None for form in forms], pa.string())
    return texts.take(places), pa.array(np.append(marks, np.int8(0))[codes])
