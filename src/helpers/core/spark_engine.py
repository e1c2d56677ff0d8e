"""Spark through Ibis, so that tables keep their values: what goes in and what comes out passes as Arrow.

Ibis 12 leads both through pandas, where a missing whole number is a floating-point NaN and a missing text the text
'NaN'. It knows no temporary tables on Spark, and forgets which timestamps are moments and which are clock times.
Import it only where pyspark is installed: see `helpers.core.spark_session`.
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.schema as sch
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyspark.sql.functions as spark
import pyspark.sql.types as pt
from ibis.backends.pyspark import Backend
from ibis.backends.pyspark.datatypes import PySparkType
from ibis.common.exceptions import TableNotFound
from ibis.formats.pandas import PandasData
from pyspark.errors import AnalysisException

from helpers.core.shared_spark import is_shared
from helpers.core.spark_columns import in_one_form, quoted

HELD_AT_MOST_BYTES = 64 * 2**20
"""Of Parquet files that make one table: more is read anew for every question."""
_NO_PATTERNS = {"__globPaths__": "false"}
"""Spark's own switch: without it a path such as `orders[1].parquet` names another file."""


class SparkEngine(Backend):  # type: ignore[misc]
    """Ibis' Spark with tables that pass as Arrow, and temporary tables kept by Spark."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._own: set[str] = set()

    def look_anew(self, table: str) -> None:
        """Let Spark list the files of a table of its catalogue anew at the next question."""
        self._session.catalog.refreshTable(".".join(f"`{part}`" for part in table.split(".")))

    def leave(self) -> None:
        """Drop the temporary tables made here, in a Java that goes on; what Spark holds of files is for others too."""
        for name in self._own:
            self._session.catalog.dropTempView(name)  # what is held of it in memory goes with it
        self._own.clear()

    def read_files(self, paths: Sequence[Path | str], *, table_name: str) -> ir.Table:
        """Return Parquet files as one table, read by Spark where they are.

        Spark reads no timestamps of nanoseconds, which pandas writes: they come to microseconds, as in DuckDB. Times of
        96 bits, which Spark takes for moments, are clock times for DuckDB, and so they are here. What is small is read
        once, and Spark holds it for all programs that share it.

        Parameters
        ----------
        paths : sequence of Path or str
            Files with the same columns, in any order; types that differ are widened, with texts all become texts.
        table_name : str
            Name of the view.
        """
        self._session.conf.set("spark.sql.legacy.parquet.nanosAsLong", "true")
        alike = _of_one_form(paths)
        empty = [_columns_without_type(group[0]) for group in alike]
        frames = in_one_form([self._read(group) for group in alike], empty)
        frame = reduce(lambda one, other: one.unionByName(other), frames)
        if sum(Path(path).stat().st_size for path in paths) <= HELD_AT_MOST_BYTES:
            self._hold(frame, paths)
        frame.createOrReplaceTempView(table_name)
        return self.table(table_name)

    def create_table(
        self,
        name: str,
        /,
        obj: Any = None,
        *,
        schema: Any = None,
        temp: bool | None = None,
        overwrite: bool = False,
        **options: Any,
    ) -> ir.Table:
        """Create a table as Ibis does; a temporary one is worked out once and kept by Spark until the session ends."""
        if not temp:
            return super().create_table(name, obj, schema=schema, overwrite=overwrite, **options)
        if isinstance(obj, ir.Table):
            self._run_pre_execute_hooks(obj)
            frame = self._session.sql(self.compile(obj)).persist()
        else:
            arrow = obj if isinstance(obj, pa.Table) else ibis.memtable(obj, schema=schema).to_pyarrow()
            frame = self._frame(arrow, schema or sch.Schema.from_pyarrow(arrow.schema))
        frame.createOrReplaceTempView(name)
        self._own.add(name)
        return self.table(name)

    def get_schema(self, table_name: str, *, catalog: str | None = None, database: str | None = None) -> sch.Schema:
        """Return the columns of a table; a timestamp that names a moment carries UTC, one of a clock no zone.

        Of a type that Ibis has no word for, such as a variant or an interval of months, a column is of an unknown one:
        the table can be used for its other columns.
        """
        place = ".".join(f"`{part}`" for part in (catalog, database, table_name) if part)
        try:
            fields = self._session.table(place).schema.fields
        except AnalysisException as error:
            if self._session.catalog.tableExists(place):
                raise
            raise TableNotFound(table_name) from error
        return sch.Schema({field.name: _ibis_type(field.dataType) for field in fields})

    def to_pyarrow(
        self, expr: ir.Expr, /, *, params: Mapping[ir.Scalar, Any] | None = None, limit: Any = None, **options: Any
    ) -> Any:
        """Return an expression's answer as Arrow: missing values stay missing, whole numbers whole."""
        self._run_pre_execute_hooks(expr)
        table = expr.as_table()
        sql = self.compile(table, params=params, limit=limit, **options)
        wanted = table.schema().to_pyarrow()
        found = self._session.sql(sql).toArrow()
        columns = [_as_type(column, field.type) for column, field in zip(found.columns, wanted, strict=True)]
        return expr.__pyarrow_result__(pa.table(columns, schema=wanted))

    def execute(
        self, expr: ir.Expr, /, *, params: Mapping[ir.Scalar, Any] | None = None, limit: Any = None, **options: Any
    ) -> Any:
        """Return an expression's answer as pandas has it from DuckDB."""
        table = expr.as_table()
        found = self.to_pyarrow(table, params=params, limit=limit, **options)
        columns = {
            name: pd.Series(column.to_pylist(), dtype=object) if pa.types.is_nested(column.type) else column.to_pandas()
            for name, column in zip(found.column_names, found.columns, strict=True)
        }
        return expr.__pandas_result__(PandasData.convert_table(pd.DataFrame(columns), table.schema()))

    def _read(self, paths: Sequence[Path | str]) -> Any:
        """Return files of one form as a frame, its times clock times or moments as in DuckDB."""
        reader = self._session.read.options(mergeSchema="false", **_NO_PATTERNS)
        frame = reader.parquet(*map(str, paths))
        as_read = {field.name: field.dataType for field in frame.schema.fields}
        times = {
            name: _from_nanoseconds(name, aware)
            if isinstance(as_read[name], pt.LongType)
            else spark.col(quoted(name)).cast(pt.TimestampType() if aware else pt.TimestampNTZType())
            for name, aware in _nanosecond_columns(paths[:1]).items()
        }
        return frame.withColumns(times) if times else frame

    def _hold(self, frame: Any, paths: Sequence[Path | str]) -> None:
        """Let Spark hold files that it reads; without others it looks at them anew: they may have changed."""
        if not is_shared():
            for path in paths:
                self._session.catalog.refreshByPath(str(path))
        frame.persist()

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        self._frame(op.data.to_pyarrow(op.schema), op.schema).createOrReplaceTempView(op.name)
        self._own.add(op.name)

    def _frame(self, arrow: pa.Table, schema: sch.Schema) -> Any:
        """Return an Arrow table as Spark has it: times without zone stay clock times."""
        fields = [pt.StructField(name, _spark_type(kind), nullable=True) for name, kind in schema.items()]
        plain = arrow.cast(pa.schema([_plain_field(field) for field in arrow.schema]))
        return self._session.createDataFrame(plain, schema=pt.StructType(fields))


def engine_of(session: Any) -> SparkEngine:
    """Return a running session of Spark as an engine of Ibis."""
    _ = ibis.pyspark  # which registers the options that Ibis asks for at every number with decimals
    engine = SparkEngine(session)
    engine.reconnect()
    return engine


def _ibis_type(kind: Any) -> dt.DataType:
    if isinstance(kind, pt.TimestampType):
        return dt.Timestamp(timezone="UTC")
    try:
        return PySparkType.to_ibis(kind)
    except NotImplementedError:
        return dt.unknown


def _spark_type(kind: dt.DataType) -> Any:
    if kind.is_timestamp():
        return pt.TimestampType() if kind.timezone else pt.TimestampNTZType()
    if kind.is_null():
        return pt.StringType()  # Spark stores no column without a type
    if kind.is_unsigned_integer():
        return pt.DecimalType(20, 0) if kind.is_uint64() else pt.LongType()
    if kind.is_decimal() and (kind.precision is None or kind.scale is None):
        return pt.DecimalType(38, 10)
    return PySparkType.from_ibis(kind)


def _plain_field(field: pa.Field) -> pa.Field:
    """Return a column's field with a type that Spark takes: no large or encoded texts, no nanoseconds."""
    kind = field.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_null(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        kind = pa.string()
    elif pa.types.is_timestamp(kind):
        kind = pa.timestamp("us", kind.tz)
    elif pa.types.is_uint64(kind):
        kind = pa.decimal128(20, 0)
    elif pa.types.is_unsigned_integer(kind):
        kind = pa.int64()
    return pa.field(field.name, kind)


def _as_type(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Return a column of Spark's with the type of the expression; a moment becomes its UTC clock time."""
    if column.type == kind:
        return column
    if pa.types.is_timestamp(column.type) and pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp(column.type.unit, "UTC" if kind.tz else None)).cast(kind)
    return column.cast(kind)


def _of_one_form(paths: Sequence[Path | str]) -> list[list[Path | str]]:
    """Return files in groups whose columns have the same names, order and types as they are stored."""
    groups: dict[Any, list[Path | str]] = {}
    for path in paths:
        stored = pq.read_metadata(path).schema
        form = tuple(
            (one.path, one.physical_type, str(one.logical_type)) for one in map(stored.column, range(len(stored)))
        )
        groups.setdefault(form, []).append(path)
    return list(groups.values())


def _nanosecond_columns(paths: Sequence[Path | str]) -> dict[str, bool]:
    """Return the columns with times in nanoseconds, and whether they name moments."""
    found: dict[str, bool] = {}
    for path in paths:
        for field in pq.read_schema(path):
            if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
                found[field.name] = field.type.tz is not None
    return found


def _columns_without_type(path: Path | str) -> frozenset[str]:
    """Return the columns that are empty in a whole file, and stored without a type."""
    return frozenset(field.name for field in pq.read_schema(path) if pa.types.is_null(field.type))


def _from_nanoseconds(name: str, aware: bool) -> Any:
    count = quoted(name)
    moment = spark.expr(f"timestamp_micros({count} div 1000 - if({count} % 1000 < 0, 1, 0))")
    return moment if aware else moment.cast(pt.TimestampNTZType())
