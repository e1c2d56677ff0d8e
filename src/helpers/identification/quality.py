"""Data quality per field and purpose, and the required fields that fail.

Measured are completeness, validity, timeliness and duplication. A field is required or desirable *for a purpose*: the
same column may be needed to classify customers and be of no use for talking to them. What has no purpose at all should
not have been collected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.core.any_engine import is_no_number
from helpers.core.errors import Fault, InputError, some_of
from helpers.identification.field_rules import FIELD_RULES, PURPOSES, FieldRule, Need

_UNKNOWN_TEXT = ("", "-", "?", "n/a", "null", "unknown")
_UPDATED = "updated_at"
_KIND = "kind"
_IDENTITY = "_id"  # numbers of records and customers do not age


@dataclass(frozen=True)
class QualityLimits:
    """What a required field must reach, each as a share between 0 and 1.

    Parameters
    ----------
    completeness : float
        Smallest share of records in which the field is known.
    validity : float
        Smallest share of known values that can be true.
    timeliness : float
        Smallest share of known values updated within `fresh_days`.
    duplication : float
        Largest share of values that repeat another one, where every record should have its own.
    fresh_days : int
        Days before the analysis date within which a record counts as up to date.
    """

    completeness: float = 0.95
    validity: float = 0.99
    timeliness: float = 0.80
    duplication: float = 0.01
    fresh_days: int = 365

    def __post_init__(self) -> None:
        names = ("completeness", "validity", "timeliness", "duplication")
        faults = [
            Fault(
                f"{getattr(self, name)!r} is no share",
                where=name,
                allowed="0..1",
                remedy="give a share within this range",
            )
            for name in names
            if not 0 <= getattr(self, name) <= 1
        ]
        if faults:
            raise InputError(faults)


@dataclass(frozen=True)
class TableStanding:
    """Which tables can be relied on.

    Parameters
    ----------
    sound : tuple of str
        Tables of which no required field falls short.
    poor : tuple of str
        Tables of which one does.
    doubted : tuple of str
        Tables whose required fields are filled, but that hold what spoils figures.
    good : bool or None
        False where the table that counts most is not sound, None where another is not.
    """

    sound: tuple[str, ...]
    poor: tuple[str, ...]
    doubted: tuple[str, ...]
    good: bool | None


def measure_fields(
    table: ir.Table,
    name: str,
    as_of: date,
    *,
    attributes: Sequence[str] = (),
    expected_rows: int | None = None,
    fresh_days: int = 365,
    by: str | None = None,
    rules: Sequence[FieldRule] = FIELD_RULES,
) -> pd.DataFrame:
    """Measure every field of one table in one pass, with the purposes it serves.

    Parameters
    ----------
    table : ibis Table
        A standard table.
    name : str
        Its name: customers, transactions, …
    as_of : date
        Analysis date.
    attributes : sequence of str
        The study's own columns that serve to analyse and classify (desirable).
    expected_rows : int, optional
        Records there should be, where some are missing altogether: customers who buy but have no record. Shares of
        completeness are taken of the larger of the two.
    fresh_days : int
        Days before `as_of` within which a record counts as up to date.
    by : str, optional
        Column to measure separately for, such as `source`.
    rules : sequence of FieldRule
        What each field must be.

    Returns
    -------
    DataFrame
        One row per field the table has or a rule asks for (and per value of `by`): table, field, present, rows, known,
        completeness (of the records that can have it: a firm without a date of birth lacks nothing), validity,
        timeliness, duplication (shares; NaN where there is nothing to measure), and one column
        per purpose (talk, analyse, relate, manage): "required", "desirable" or "".

    Raises
    ------
    InputError
        When `by` or an attribute is not a column of the table.
    """
    absent = [column for column in (*attributes, *([by] if by else [])) if column not in table.columns]
    if absent:
        raise InputError(
            Fault(
                f"no column {some_of(absent)}",
                where=name,
                allowed=", ".join(table.columns),
                remedy="take columns of the table",
            )
        )
    asked = _rules_of(table, name, attributes, rules)
    present = [rule for rule in asked if rule.field in table.columns]
    measures: dict[str, ir.Value] = {"rows": table.count()}
    for place, rule in enumerate(present):
        measures |= {f"{kind}_{place}": value for kind, value in _count(table, rule, as_of, fresh_days).items()}
    grouped = table.group_by(by).agg(**measures).order_by(by) if by else table.agg(**measures)
    blocks = [_lay_out(row, name, asked, present, expected_rows, by) for _, row in grouped.to_pandas().iterrows()]
    nothing = pd.Series({"rows": 0, by: None})
    return pd.concat(blocks or [_lay_out(nothing, name, asked, present, expected_rows, by)], ignore_index=True)


def measure_tables(
    tables: Mapping[str, ir.Table],
    as_of: date,
    *,
    attributes: Mapping[str, Sequence[str]] = MappingProxyType({}),
    expected_rows: Mapping[str, int] = MappingProxyType({}),
) -> pd.DataFrame:
    """Measure every field of several tables, see `measure_fields`.

    Parameters
    ----------
    tables : mapping of str to ibis Table
        Standard tables by name.
    as_of : date
        Analysis date.
    attributes, expected_rows : mapping by name of the table, optional
        The study's own columns, and the records there should be.
    """
    measured = [
        measure_fields(table, name, as_of, attributes=attributes.get(name, ()), expected_rows=expected_rows.get(name))
        for name, table in tables.items()
    ]
    return pd.concat(measured, ignore_index=True)


def _rules_of(table: ir.Table, name: str, attributes: Sequence[str], rules: Sequence[FieldRule]) -> list[FieldRule]:
    """Rules of the table, then of the study's attributes, then of columns nobody stated a purpose for."""
    asked = {rule.field: rule for rule in rules if rule.table == name}
    analyse: dict[str, Need] = {"analyse": "desirable"}
    asked |= {field: FieldRule(name, field, analyse) for field in attributes if field not in asked}
    asked |= {field: FieldRule(name, field, {}) for field in table.columns if field not in asked}
    return list(asked.values())


def _count(table: ir.Table, rule: FieldRule, as_of: date, fresh_days: int) -> dict[str, ir.Value]:
    column = table[rule.field]
    known = ~column.isnull()  # noqa: PD003 (an Ibis column)
    if column.type().is_string():
        known &= ~column.strip().lower().isin(_UNKNOWN_TEXT)
    elif column.type().is_floating():
        known &= ~is_no_number(column)
    counts: dict[str, ir.Value] = {"known": known.fill_null(False).sum()}
    if rule.of_persons and _KIND in table.columns:
        counts["spared"] = (~known & (table[_KIND] == "firm")).fill_null(False).sum()
    if rule.valid is not None:
        value = (table[rule.signed_by] < 0).ifelse(-column, column) if rule.signed_by in table.columns else column
        counts["valid"] = (known & rule.valid(value, as_of)).fill_null(False).sum()
    if _UPDATED in table.columns and not rule.field.endswith(_IDENTITY):
        oldest = as_of - timedelta(days=fresh_days)
        fresh = table[_UPDATED] >= ibis.timestamp(datetime(oldest.year, oldest.month, oldest.day))
        counts["fresh"] = (known & fresh).fill_null(False).sum()
    if rule.unique:
        counts["distinct"] = _own_value(table, rule).nunique(where=known)
    return counts


def _own_value(table: ir.Table, rule: FieldRule) -> ir.Value:
    """Return the value that no other record should have, with the system it must be single in."""
    column = table[rule.field]
    if rule.unique_within not in table.columns:
        return column
    return table[rule.unique_within].cast("string").fill_null("") + " " + column.cast("string")


def _lay_out(
    row: pd.Series,
    name: str,
    asked: Sequence[FieldRule],
    present: Sequence[FieldRule],
    expected_rows: int | None,
    by: str | None,
) -> pd.DataFrame:
    """Turn the one row of counts of a pass into one row per field."""
    rows = int(row["rows"])
    out_of = max(rows, expected_rows or 0)
    lines = []
    for rule in asked:
        place = present.index(rule) if rule in present else None
        known = 0 if place is None else int(row.get(f"known_{place}") or 0)

        def share(kind: str, known: int = known, place: int | None = place) -> float:
            count = row.get(f"{kind}_{place}")
            return float(count) / known if known and count is not None else float("nan")

        lines.append(
            {
                **({by: row[by]} if by else {}),
                "table": name,
                "field": rule.field,
                "present": place is not None,
                "rows": rows,
                "known": known,
                "completeness": _completeness(known, out_of - int(row.get(f"spared_{place}") or 0)),
                "validity": share("valid"),
                "timeliness": share("fresh"),
                "duplication": 1 - share("distinct"),
                **{purpose: rule.needs.get(purpose, "") for purpose in PURPOSES},
            }
        )
    return pd.DataFrame(lines)


def _completeness(known: int, asked: int) -> float:
    return known / asked if asked else float("nan")


def list_failing(fields: pd.DataFrame, limits: QualityLimits | None = None, *, by: str | None = None) -> pd.DataFrame:
    """List the required fields that fall short, worst first.

    Parameters
    ----------
    fields : DataFrame
        From `measure_fields`, of one or several tables below one another.
    limits : QualityLimits, optional
        What must be reached; the defaults when missing.
    by : str, optional
        Column the fields were measured separately for, such as `source`.

    Returns
    -------
    DataFrame
        One row per field and measure that fails (and value of `by`): rank, table, field, present, purposes (those it is
        required for, in words), measure, value, limit, shortfall (distance to the limit, a share). Ranked by shortfall,
        then by the number of purposes hit, table and field.
    """
    limits = limits or QualityLimits()
    kept = [*([by] if by else []), "table", "field", "present"]
    lines = []
    for record in fields.to_dict("records"):
        purposes = [words for purpose, words in PURPOSES.items() if record[purpose] == "required"]
        if not purposes:
            continue
        for measure in ("completeness", "validity", "timeliness", "duplication"):
            value, limit = record[measure], getattr(limits, measure)
            shortfall = value - limit if measure == "duplication" else limit - value
            if shortfall > 0:  # false for what could not be measured
                lines.append(
                    {
                        **{key: record[key] for key in kept},
                        "purposes": ", ".join(purposes),
                        "measure": measure,
                        "value": value,
                        "limit": limit,
                        "shortfall": shortfall,
                        "hits": len(purposes),
                    }
                )
    columns = [*kept, "purposes", "measure", "value", "limit", "shortfall", "hits"]
    named = [*kept[:-1], "measure"]
    failing = pd.DataFrame(lines, columns=columns).sort_values(
        ["shortfall", "hits", *named], ascending=[False, False, *[True] * len(named)], ignore_index=True
    )
    failing.insert(0, "rank", range(1, len(failing) + 1))
    return failing.drop(columns="hits")


def judge_tables(
    failing: pd.DataFrame, names: Sequence[str], warned: Sequence[str] = (), *, counts_most: str = "transactions"
) -> TableStanding:
    """Say of each table whether it can be relied on: one poor table does not spoil the others.

    Parameters
    ----------
    failing : DataFrame
        From `list_failing`.
    names : sequence of str
        Tables judged.
    warned : sequence of str
        Tables that hold what spoils figures.
    counts_most : str
        Table without which nothing can be relied on.

    Examples
    --------
    >>> judge_tables(pd.DataFrame({"table": ["customers"]}), ["transactions", "customers"])
    TableStanding(sound=('transactions',), poor=('customers',), doubted=(), good=None)
    """
    short = set(failing["table"])
    poor = tuple(name for name in names if name in short)
    doubted = tuple(name for name in names if name not in short and name in warned)
    unsound = {*poor, *doubted}
    good = False if counts_most in unsound else None if unsound else True
    return TableStanding(tuple(name for name in names if name not in unsound), poor, doubted, good)


def grade_purposes(fields: pd.DataFrame, limits: QualityLimits | None = None) -> pd.DataFrame:
    """Say for each purpose whether the data serve it.

    Parameters
    ----------
    fields : DataFrame
        From `measure_fields`, of one or several tables below one another.
    limits : QualityLimits, optional
        What must be reached.

    Returns
    -------
    DataFrame
        One row per purpose, indexed by its words: required (fields), failing (required fields that fall short),
        desirable (fields), desirable_completeness (their mean, NaN without any), served (nothing required fails).
    """
    failing = list_failing(fields, limits)
    bad = set(zip(failing["table"], failing["field"], strict=True))
    lines = {}
    for purpose, words in PURPOSES.items():
        required, desirable = (fields[fields[purpose] == need] for need in ("required", "desirable"))
        named = set(zip(required["table"], required["field"], strict=True))
        lines[words] = {
            "required": len(named),
            "failing": len(named & bad),
            "desirable": len(desirable.drop_duplicates(["table", "field"])),
            "desirable_completeness": desirable["completeness"].mean(),
            "served": bool(named) and not named & bad,
        }
    return pd.DataFrame.from_dict(lines, orient="index").rename_axis("purpose")
