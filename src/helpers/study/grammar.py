"""The grammar of the study file: every key it may have, with its meaning; anything else is refused."""

import re
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from helpers.core.errors import nearest, some_of
from helpers.study.identifiers import Cleaning
from helpers.study.steps.expressions import circle_among, names_in, parse_expression
from helpers.study.steps.keys import (
    OTHERS,
    WAYS_WITH_OTHERS,
    Expression,
    FillDown,
    Names,
    Recoding,
    RowRule,
    RowRules,
    Scalar,
    SourceName,
    Values,
    as_list,
)

FILE_PURPOSES = ("review_sheet", "action_log")
"""What files beside the tables are for: an answered review sheet of a record linkage, a log of actions sent."""
COPY_AT_MOST_GIB = 2.0
"""How much of one table may be copied from where it lies to where the study is answered, unless the study says."""
SEVERAL_COLUMNS = ("number", "text", "as_recorded")
"""Kinds of column that may be made of several source columns."""

_DATE_MARKS = frozenset([*"%aAbBcdfhHIjmMpSTxXyYz", *(f"-{mark}" for mark in "dHIjmMSy")])
"""What may stand after `%` in a date format, and DuckDB reads."""
_CLOCK = r"^$|^([01][0-9]|2[0-3]):[0-5][0-9]$"
UNIX_UNITS: dict[str, Literal["s", "ms"]] = {"unix_seconds": "s", "unix_milliseconds": "ms"}
"""Date formats that are no pattern: time passed since the first moment of 1970, UTC."""


def _as_mapping(value: object) -> object:
    if isinstance(value, str):
        return {value: value}
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return {name: name for name in value}
    return value


def _as_texts(value: object) -> object:
    """Take whole numbers for what they look like: nobody puts quotation marks around a -1."""
    if isinstance(value, list):
        return [str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in value]
    return value


def _named(value: object) -> object:
    """Take a text for the name of an engine."""
    return {"name": value} if isinstance(value, str) else value


def _setting(value: object) -> object:
    """Take numbers and true or false as the words that Spark knows them by."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _for_any_column(value: object) -> object:
    """Take a word or a list of words as said of every column."""
    return {"": as_list(value)} if isinstance(value, str | list) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_texts)]
NameMap = Annotated[dict[SourceName, SourceName], BeforeValidator(_as_mapping)]
WordsByColumn = Annotated[dict[str, Values], BeforeValidator(_for_any_column)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reading(_Part):
    """Where rows come from and how to open them.

    Text sources (csv, workbooks, sav, dta, sqlite) are read as text and turned into the types of the standard columns,
    so that an identifier such as `007` keeps its zeros.
    """

    source: str = Field(
        description="a file beside study.yml (several of one form as orders-*.csv), package:<package>/<path>, a "
        "database URL, or engine (a table that the engine of the study has)",
        min_length=1,
    )
    sheet: str | None = Field(default=None, description="name of a sheet, as text")
    table: str | None = Field(default=None, description="name of a table in the database, as text")
    query: str | None = Field(
        default=None, description="one SELECT that the database answers, instead of table", min_length=1
    )
    delimiter: str | None = Field(default=None, description="one character", min_length=1, max_length=1)
    encoding: str = Field(default="utf-8", description="name of a character encoding: utf-8, cp1252, gb18030")
    value_labels: Annotated[tuple[SourceName, ...], BeforeValidator(as_list)] | None = Field(
        default=None,
        description="list of columns of an SPSS or Stata file that are read by their labels, not their codes; else "
        "those of nominal level are, or in Stata those with a label for each value",
    )
    header_row: int | None = Field(
        default=None, description="number of the row that names the columns, 1 or more", ge=1
    )
    layout: Literal["rows", "baskets"] = Field(
        default="rows",
        description="'rows', or 'baskets': every line is one basket and its values are the items; read as the columns "
        "order_id (the number of the line) and product_id",
    )


class Join(Reading):
    """A second source whose columns are added to each row of the first, by one or more shared columns."""

    on: NameMap = Field(description="a column of both sources, or a mapping of first to second")
    columns: dict[SourceName, SourceName] = Field(
        default_factory=dict, description="mapping of new name to a column of the second source"
    )


def _one_or_several(value: object) -> object:
    """Take one joined source for a list of one."""
    return [value] if isinstance(value, dict) else value


class TableSpec(Reading):
    """What a study says about one of its tables: source, columns, and how values are written.

    A table whose rows come from several sources lists them under `sources`. Each is described like a table; what stands
    beside the list holds for all that do not say otherwise. Read back, `parts` are the sources in full, and the other
    fields are those of the first.
    """

    decimal: Literal[".", ","] = Field(default=".", description="'.' or ','")
    thousands: Literal[".", ",", " ", "'", "none"] | None = Field(
        default=None, description="what groups digits by three: '.', ',', ' ', \"'\" or none; not the decimal mark"
    )
    date_format: str | None = Field(
        default=None,
        description="a pattern such as '%d.%m.%Y' or '%m/%d/%y %H:%M %z' (%d day, %m month, %Y or %y year, %z offset "
        "from UTC, at the end), unix_seconds or unix_milliseconds",
    )
    calendar: Literal["gregorian", "buddhist"] = Field(
        default="gregorian",
        description="'gregorian', or 'buddhist': years of dates are 543 ahead, 2567 is 2024; four digits",
    )
    yes: WordsByColumn = Field(
        default_factory=dict, description="list of words that mean yes, or mapping of standard column to such a list"
    )
    no: WordsByColumn = Field(
        default_factory=dict, description="list of words that mean no, or mapping of standard column to such a list"
    )
    missing: tuple[str, ...] = Field(default=(), description="list of texts that stand for a missing value")
    missing_in: dict[str, Texts] = Field(
        default_factory=dict,
        description="mapping of an identifier such as customer_id to a list of texts that stand for none; rows without "
        "an identifier the table needs are left out and counted",
    )
    columns: dict[str, Names] | None = Field(
        default=None,
        description="mapping of standard column to source column (or a list of source columns: numbers are added up, "
        "texts joined by a blank)",
    )
    constants: dict[str, str] = Field(
        default_factory=dict, description="mapping of standard column to a text that holds for every row of the source"
    )
    attributes: NameMap = Field(
        default_factory=dict, description="list of source columns, or mapping of new name to source column"
    )
    not_countable: dict[SourceName, tuple[Scalar, ...]] = Field(
        default_factory=dict, description="mapping of source column to a list of its values"
    )
    money: bool | Names = Field(
        default=False,
        description="list of standard columns whose text may hold signs or codes of a currency and minus or brackets "
        "around it, or true for all numbers",
    )
    fill_down: FillDown | None = Field(
        default=None, description="{within: your order column, columns: [yours that are blank after its first line]}"
    )
    distinct: bool | Names = Field(
        default=False,
        description="true: equal rows are taken once; or a list of standard columns: one row for each of their values",
    )
    only_rows: dict[SourceName, Values] = Field(
        default_factory=dict, description="mapping of source column to the list of its values whose rows are used"
    )
    where: RowRules = Field(
        default_factory=dict,
        description="mapping of source column to the list of its values whose rows are used, or to a mapping of not, "
        "present, starts_with, not_starts_with, above, at_least, below, at_most",
    )
    returned: dict[SourceName, Values] = Field(
        default_factory=dict,
        description="mapping of source column to the list of its values whose rows give money back: amounts, "
        "quantities, discounts and costs there count below zero, whatever their sign is",
    )
    values: dict[str, Recoding] = Field(
        default_factory=dict,
        description="mapping of standard column, or attribute, to {their value: ours, ...}; _others: keep or missing "
        "for values not listed",
    )
    computed: dict[str, Expression] = Field(
        default_factory=dict,
        description="mapping of standard column to numbers and columns with + - * / ( ), such as quantity * price; "
        "`names with blanks` in backticks",
    )
    joins: Annotated[tuple[Join, ...], BeforeValidator(_one_or_several)] = Field(
        default=(),
        alias="join",
        description="mapping of source, on and columns, or a list of these, each joined to what stands before it",
    )
    times: Literal["stored", "local"] = Field(
        default="stored",
        description="'stored' (moved by the study's timezone) or 'local' (calendar days or local time already)",
    )
    sources: tuple["TableSpec", ...] = Field(
        default=(), description="list of sources whose rows are put one after the other"
    )

    @field_validator("date_format")
    @classmethod
    def _readable(cls, pattern: str | None) -> str | None:
        if pattern in UNIX_UNITS:
            return pattern
        marks = re.findall(r"%(-?.|$)", pattern or "")
        unknown = [f"%{mark}" for mark in marks if mark not in _DATE_MARKS]
        if unknown:
            raise ValueError(f"{some_of(unknown)} stands for no part of a date in {pattern!r}")
        if pattern is not None and not set(marks) & {"Y", "y", "-y", "c", "x"}:
            raise ValueError(f"{pattern!r} has no year")
        if "z" in marks and not str(pattern).rstrip().endswith("%z"):
            raise ValueError(f"%z must stand at the end of {pattern!r}")
        return pattern

    @field_validator("values")
    @classmethod
    def _others_known(cls, recodings: dict[str, Recoding]) -> dict[str, Recoding]:
        for column, recoding in recodings.items():
            if OTHERS in recoding and recoding[OTHERS] not in WAYS_WITH_OTHERS:
                raise ValueError(f"{OTHERS} of {column!r} cannot be {recoding[OTHERS]!r}, but keep or missing")
            if not set(recoding) - {OTHERS}:
                raise ValueError(f"{column!r} lists no value")
        return recodings

    @field_validator("computed")
    @classmethod
    def _without_circle(cls, expressions: dict[str, str]) -> dict[str, str]:
        circle = circle_among(expressions)
        if circle:
            raise ValueError(f"each of these columns is computed from the next: {' -> '.join(circle)}")
        return expressions

    @model_validator(mode="after")
    def _one_mark_each(self) -> "TableSpec":
        if self.thousands == self.decimal:
            raise ValueError(f"{self.decimal!r} cannot be both the decimal mark and what groups thousands")
        return self

    @property
    def unix_unit(self) -> Literal["s", "ms"] | None:
        """Unit of times that are counted since 1970; None where times are written as dates."""
        return UNIX_UNITS.get(self.date_format or "")

    def words(self, column: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return the words that mean yes and no in a standard column, in lower case; empty where nothing is said."""
        yes, no = (
            frozenset(str(word).strip().lower() for word in given.get(column, given.get("", ())))
            for given in (self.yes, self.no)
        )
        return yes, no

    @property
    def row_rules(self) -> tuple[tuple[str, str, RowRule], ...]:
        """Which rows are used, rule by rule: key of the study file, source column, rule."""
        short = (("only_rows", column, RowRule(one_of=values)) for column, values in self.only_rows.items())
        return (*short, *(("where", column, rule) for column, rule in self.where.items()))

    @property
    def alike_in(self) -> tuple[str, ...]:
        """Standard columns of which each value stands for one row; empty where rows are alike in all, or stay."""
        return () if isinstance(self.distinct, bool) else self.distinct

    @property
    def chosen_by(self) -> frozenset[str]:
        """Source columns of whose values some are used and some are not, or count as money given back."""
        rules = (column for _, column, rule in self.row_rules if set(rule.said) != {"present"})
        return frozenset({*rules, *self.returned})

    @property
    def named_columns(self) -> frozenset[str]:
        """Source columns that the study names, and names in expressions, which may be standard columns."""
        named = {name for names in (self.columns or {}).values() for name in names}
        named |= {*self.attributes.values(), *self.not_countable, *(column for _, column, _ in self.row_rules)}
        named |= {*self.returned}
        named |= {name for text in self.computed.values() for name in names_in(parse_expression(text))}
        return frozenset(named | ({self.fill_down.within, *self.fill_down.columns} if self.fill_down else set()))

    def holds_money(self, column: str) -> bool:
        """Say whether the text of a standard column may hold signs of a currency."""
        return self.money if isinstance(self.money, bool) else column in self.money

    @property
    def parts(self) -> tuple["TableSpec", ...]:
        """The sources in full, one for a table with a single source."""
        return self.sources or (self,)

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        """Give every listed source what is said for all, and the table what its first source says.

        Where the point groups thousands, the comma is the decimal mark.
        """
        if not isinstance(given, dict) or not lists_sources(given):
            points = isinstance(given, dict) and given.get("thousands") == "." and "decimal" not in given
            return {**given, "decimal": ","} if points else given
        common = {key: value for key, value in given.items() if key != "sources"}
        parts = [{**common, **part} for part in given["sources"]]
        return {**parts[0], "sources": parts}


def lists_sources(table: object) -> bool:
    """Say whether a table, as read from the file, lists its sources one by one."""
    parts = table.get("sources") if isinstance(table, dict) else None
    return isinstance(parts, list) and bool(parts) and all(isinstance(part, dict) for part in parts)


@cache
def known_timezones() -> frozenset[str]:
    """Return the time zones of this system and of Python's own list; to look for them takes a search of the disk."""
    return frozenset(available_timezones())


class Timezone(_Part):
    """The zone that stored times are in, and the zone customers live in."""

    stored: str = Field(description="name of a time zone, such as UTC or Europe/Berlin")
    local: str = Field(description="name of a time zone, such as UTC or Europe/Berlin")

    @field_validator("stored", "local")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in known_timezones():
            match = nearest(name, known_timezones())
            raise ValueError(f"unknown time zone {name!r}" + (f"; did you mean {match!r}?" if match else ""))
        return name


class ContactPolicy(_Part):
    """How often, when and to whom the company speaks; every list for contact keeps to it."""

    most_contacts: int | None = Field(default=None, description="contacts per customer and period, 0 or more", ge=0)
    within_days: int = Field(default=90, description="length of that period, days 1..3660", ge=1, le=3660)
    quiet_from: str = Field(default="", description='time of day as "20:00"', pattern=_CLOCK)
    quiet_until: str = Field(default="", description='time of day as "08:00"', pattern=_CLOCK)
    held_back_share: float = Field(default=0.0, description="share kept off every list by lot, 0..0.9", ge=0, le=0.9)
    seed: int = Field(default=1, description="whole number, 0 or more: another lot with another number", ge=0)

    @model_validator(mode="after")
    def _both_ends(self) -> "ContactPolicy":
        if bool(self.quiet_from) != bool(self.quiet_until):
            raise ValueError("quiet hours need both quiet_from and quiet_until")
        if self.quiet_from and self.quiet_from == self.quiet_until:
            raise ValueError("quiet hours from and until the same time leave no hour or no quiet")
        return self


class EngineChoice(_Part):
    """What answers the questions to a study's tables: DuckDB inside this process, Spark, or the client's database."""

    name: str = Field(
        description="duckdb (inside this process), spark, or the address of a database as for a source", min_length=1
    )
    settings: dict[str, Annotated[str, BeforeValidator(_setting)]] = Field(
        default_factory=dict, description="mapping of a setting of Spark to its value, as spark.driver.memory: 8g"
    )
    copy_at_most_gib: float = Field(
        default=COPY_AT_MOST_GIB,
        description="gibibytes of one table that may be copied from where it lies to the engine, above 0",
        gt=0,
    )


class StudyFile(_Part):
    """Everything a study file may say."""

    study: str = Field(description="letters, digits, '_' and '-'; the name of the folder", pattern=r"^[A-Za-z0-9_-]+$")
    title: str = Field(description="text for the cover of the report", min_length=1)
    currency: str = Field(description="three capital letters: USD, EUR, CNY", pattern=r"^[A-Z]{3}$")
    as_of: date = Field(description="a day as 2018-01-31; nothing on or after it is used")
    timezone: Timezone | None = Field(default=None, description="{stored: UTC, local: Europe/Berlin}")
    clean_ids: tuple[Cleaning, ...] = Field(
        default=(),
        description="list of: blanks (none around, one within, full-width and invisible signs too), case (capitals), "
        "zeros (none in front, no .0 behind), marks (letters and digits alone); for the identifiers of all tables",
    )
    after_as_of: Literal["refuse", "drop"] = Field(default="refuse", description="'refuse' or 'drop'")
    origin: str = Field(default="", description="text: where the data come from")
    made_by: str = Field(default="", description="text: the command that writes the tables when they are not there")
    licence: str = Field(default="", description="text: the terms of the data")
    disclaimer: str = Field(default="", description="text the report must carry")
    notes: tuple[str, ...] = Field(default=(), description="list of sentences the report must carry")
    contact_policy: ContactPolicy | None = Field(
        default=None,
        description="mapping of most_contacts, within_days, quiet_from, quiet_until, held_back_share, seed",
    )
    engine: Annotated[EngineChoice | None, BeforeValidator(_named)] = Field(
        default=None,
        description="duckdb, spark, the address of a database, or a mapping of name, settings, copy_at_most_gib; where "
        "nothing is said, the one database that holds the tables, else duckdb",
    )
    tables: dict[str, TableSpec] = Field(description="mapping of standard table to its source", min_length=1)
    parameters: dict[str, Scalar] = Field(
        default_factory=dict, description="mapping of parameter to a number, text, true or false"
    )
    files: dict[str, str] = Field(
        default_factory=dict, description=f"mapping of purpose ({', '.join(FILE_PURPOSES)}) to a file beside study.yml"
    )
