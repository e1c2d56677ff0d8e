"""One Ibis expression, several answers: what each engine makes of expressions that a study of customers uses.

`python -m tests.engines.differences` measures them on the engines that are installed and writes the table into
docs/engines.md; `test_differences.py` holds the table to what the engines answer today.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from tests.engines.loading import load

DOCUMENT = Path(__file__).parents[2] / "docs" / "engines.md"
BEGIN, END = "<!-- differences: begin -->", "<!-- differences: end -->"
ENGINES = ("duckdb", "sqlite", "postgres", "spark", "polars", "datafusion")
ROWS = pa.table(
    {
        "place": pa.array([1, 2, 3, 4], pa.int64()),
        "customer": pa.array(["a", "B", None, "ä"]),
        "whole": pa.array([1, 2, None, 4], pa.int64()),
        "half": pa.array([2.5, -2.5, 3.5, 0.5], pa.float64()),
        "gap": pa.array([1.0, None, -1.0, 0.0], pa.float64()),
        "cents": pa.array([0.125, 1.005, 2.675, 0.375], pa.float64()),
        "money": pa.array([Decimal("1.00"), Decimal("2.00"), None, Decimal("10.00")], pa.decimal128(18, 2)),
        "flag": pa.array([True, False, None, True]),
        "begin": pa.array([datetime(2024, 1, 31, 23), datetime(2024, 2, 29, 1), datetime(2023, 12, 31, 12), None]),
        "end": pa.array([datetime(2024, 2, 1, 1), datetime(2024, 3, 29, 0), datetime(2025, 1, 1, 12), None]),
        "day": pa.array([date(2024, 1, 31), date(2024, 2, 29), date(2023, 12, 31), None]),
    }
)


@dataclass(frozen=True)
class Difference:
    """An expression that engines answer differently.

    Parameters
    ----------
    asked : str
        In Ibis, as a reader would write it.
    ask : callable
        From the table to a scalar, or to a table with the column `found`.
    kept_equal : str
        How the suite keeps its own results equal.
    """

    asked: str
    ask: Callable[[ir.Table], Any]
    kept_equal: str


def _empty(table: ir.Table) -> ir.Table:
    return table.filter(table["place"] > 9)


def _each(table: ir.Table, found: ir.Column) -> ir.Table:
    return table.select("place", found=found).order_by("place")


def _back(table: ir.Table, column: str) -> ir.Table:
    rows = ibis.memtable(ROWS.select(["place", column]))
    return table.select("place").inner_join(rows, "place").select("place", found=column).order_by("place")


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "whole.median() of 1 and 2",
        lambda t: t.filter(t["place"] <= 2)["whole"].median(),
        "median_of: of float64, and by a function of ours in SQLite",
    ),
    Difference(
        "customer.nunique() of a, B, ä and one missing",
        lambda t: t["customer"].nunique(),
        "not run on Polars",
    ),
    Difference(
        "half.cast('int64') of 2.5, -2.5, 3.5, 0.5",
        lambda t: _each(t, t["half"].cast("int64")),
        "only after floor() or round()",
    ),
    Difference("half.round() of the same", lambda t: _each(t, t["half"].round()), "only of what adding left behind"),
    Difference(
        "cents.round(2) of 0.125, 1.005, 2.675, 0.375",
        lambda t: _each(t, t["cents"].round(2)),
        "money is rounded by cast to decimal(18, 4), of amounts with fewer decimals",
    ),
    Difference(
        "cents.cast('decimal(18, 2)') of the same",
        lambda t: _each(t, t["cents"].cast("decimal(18, 2)")),
        "four decimals are kept",
    ),
    Difference(
        "end.delta(begin, unit='day') over 2, 695 and 8,808 hours",
        lambda t: _each(t, t["end"].delta(t["begin"], unit="day")),
        "days are counted between dates",
    ),
    Difference(
        "end.delta(begin, unit='month'), from 31 January to 1 February and so on",
        lambda t: _each(t, t["end"].delta(t["begin"], unit="month")),
        "months are counted from year and month",
    ),
    Difference(
        "money / 3 of the decimals 1, 2 and 10",
        lambda t: _each(t, (t["money"] / ibis.literal(Decimal("3.00"), "decimal(18, 2)")).cast("float64").round(6)),
        "decimals become float64 before they are divided",
    ),
    Difference(
        "whole / 2 beside whole itself",
        lambda t: t.select("place", "whole", found=t["whole"] / 2).order_by("place"),
        "ratio_of: whole numbers become float64 before they are divided",
    ),
    Difference(
        "greatest(gap, 0) of 1, missing, -1, 0",
        lambda t: _each(t, ibis.greatest(t["gap"], 0)),
        "missing values are filled first",
    ),
    Difference(
        "whole.sum().over(order_by=place), no frame",
        lambda t: _each(t, t["whole"].sum().over(order_by="place")),
        "running sums name their rows: ibis.window(rows=(None, 0))",
    ),
    Difference("whole / 0", lambda t: _each(t, (t["whole"] / 0)), "divisors of nil are made missing: nullif(0)"),
    Difference(
        "gap.ln() of 1, missing, -1, 0", lambda t: _each(t, t["gap"].ln()), "values of nil and below are left out first"
    ),
    Difference(
        "half % 2 of 2.5, -2.5, 3.5, 0.5", lambda t: _each(t, t["half"] % 2), "remainders are taken of counts from 0"
    ),
    Difference("place // -2", lambda t: _each(t, t["place"] // -2), "whole divisions are of counts from 0"),
    Difference("flag.sum()", lambda t: t["flag"].sum(), "the same where it is there"),
    Difference("flag.any() of no rows", lambda t: _empty(t)["flag"].any(), "missing is read as false"),
    Difference("whole.sum() of no rows", lambda t: _empty(t)["whole"].sum(), "missing is read as 0"),
    Difference("half.var() of one row", lambda t: t.filter(t["place"] == 1)["half"].var(), "worked out from sums"),
    Difference(
        "half.quantile(0.25) of 2.5, -2.5, 3.5, 0.5", lambda t: t["half"].quantile(0.25), "the same where it is there"
    ),
    Difference(
        "customer.lower() of a, B, ä in capitals",
        lambda t: _each(t, t["customer"].upper().lower()),
        "ids are compared as stored",
    ),
    Difference("whole.cast('string')", lambda t: _each(t, t["whole"].cast("string")), "the same on all engines"),
    Difference("half.cast('string')", lambda t: _each(t, t["half"].cast("string")), "numbers are not turned into text"),
    Difference(
        "customers in the order of customer",
        lambda t: t.filter(t["customer"].notnull()).order_by("customer").select(found="customer"),
        "results are put in order in this process",
    ),
    Difference(
        "begin.day_of_week.index()", lambda t: _each(t, t["begin"].day_of_week.index()), "the same where it is there"
    ),
    Difference("begin.truncate('W')", lambda t: _each(t, t["begin"].truncate("W")), "no week is cut by an engine"),
    Difference(
        "begin + interval(months=1) of 31 January",
        lambda t: _each(t, t["begin"] + ibis.interval(months=1)),
        "months are added in this process",
    ),
    Difference(
        "rank() in the order of flag",
        lambda t: _each(t, ibis.rank().over(order_by=[t["flag"], t["place"]])),
        "counts from 0",
    ),
    Difference(
        "memtable with a missing time, back again",
        lambda t: _back(t, "begin"),
        "rows of this process go in by rows_beside",
    ),
    Difference(
        "memtable with a missing text, back again",
        lambda t: _back(t, "customer"),
        "rows go to Spark as Arrow: helpers.core.spark_engine",
    ),
)


def shown(found: Any) -> str:
    """Return an answer as the table shows it: missing, counts, numbers to six figures, times."""
    if isinstance(found, list):
        return ", ".join(shown(one) for one in found)
    if found is None:
        return "missing"
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, datetime):
        return f"{found:%Y-%m-%d %H:%M}" if (found.hour, found.minute) != (0, 0) else f"{found:%Y-%m-%d}"
    if isinstance(found, Decimal):
        return str(found)
    return f"{found:.6g}" if isinstance(found, float) else str(found)


def measure(connection: Any, table: ir.Table, difference: Difference) -> str:
    """Return what an engine answers, `refused` where Ibis or the engine raises."""
    try:
        asked = difference.ask(table)
        answer = connection.to_pyarrow(asked)
        return shown(answer["found"].to_pylist() if isinstance(asked, ir.Table) else answer.as_py())
    except Exception as error:  # noqa: BLE001 (whatever the engine raises is the answer)
        return f"refused: {type(error).__name__}"


def measured(connection: Any) -> dict[str, str]:
    """Return the answers of one engine to all expressions."""
    table = load(connection, "rows_to_ask", ROWS)
    return {one.asked: measure(connection, table, one) for one in DIFFERENCES}


def version(engine: str, connection: Any) -> str:
    """Return the version of an engine in a few figures."""
    return re.match(r"[\d.]+", str(connection.version))[0]


def as_markdown(answers: Mapping[str, Mapping[str, str]], versions: Mapping[str, str]) -> str:
    """Return the table of the document, engines as columns."""
    engines = [one for one in ENGINES if one in answers]
    head = ["Ibis expression", *(f"{one} {versions[one]}" for one in engines), "how results of the suite stay equal"]
    rows = [
        [f"`{one.asked}`", *(answers[engine][one.asked] for engine in engines), one.kept_equal] for one in DIFFERENCES
    ]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def documented() -> dict[str, dict[str, str]]:
    """Return what the document says, by engine and expression."""
    text = DOCUMENT.read_text(encoding="utf-8")
    inside = text[text.index(BEGIN) + len(BEGIN) : text.index(END)]
    rows = [
        [cell.strip() for cell in line.strip("| ").split(" | ")] for line in inside.splitlines() if line.startswith("|")
    ]
    engines = [cell.split()[0] for cell in rows[0][1:-1]]
    return {
        engine: {row[0].strip("`"): row[place] for row in rows[2:]} for place, engine in enumerate(engines, start=1)
    }


def put_between(document: Path, begin: str, end: str, text: str) -> None:
    """Put a text into a document, between two marks."""
    whole = document.read_text(encoding="utf-8")
    head, tail = whole[: whole.index(begin) + len(begin)], whole[whole.index(end) :]
    document.write_text(f"{head}\n{text}\n{tail}", encoding="utf-8")
