"""The keys of a study file that change rows and values: what each may say."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    model_validator,
)

from helpers.study.headers import clean_name
from helpers.study.steps.expressions import parse_expression

Scalar = bool | int | float | str
OTHERS = "_others"
"""Key of a recoding that says what becomes of the values it does not list."""
WAYS_WITH_OTHERS = ("keep", "missing")


def as_text(value: object) -> str:
    """Return a value of a study file as a column of text holds it.

    Examples
    --------
    >>> as_text(True), as_text(" shipped "), as_text(1)
    ('true', 'shipped', '1')
    """
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def as_list(value: object) -> object:
    """Take a single value for a list of one."""
    return [value] if isinstance(value, Scalar) else value


def _as_names(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _listed_values(value: object) -> object:
    """Take a word or a list of words for the values whose rows are used."""
    return {"one_of": as_list(value)} if isinstance(value, Scalar | list) else value


def _with_text_keys(value: object) -> object:
    """Take keys for what they look like: nobody puts quotation marks around a 1."""
    if not isinstance(value, dict):
        return value
    keys = ["" if key is None else as_text(key) for key in value]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValueError(f"{twice[0]!r} stands there twice")
    return dict(zip(keys, value.values(), strict=True))


def _as_expression(value: object) -> object:
    """Take a number for the expression it is."""
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _parsed(text: str) -> str:
    parse_expression(text)
    return text


SourceName = Annotated[str, AfterValidator(clean_name)]
"""Name of a column of a source, without what nobody can see; headers are cleaned likewise."""
Names = Annotated[tuple[SourceName, ...], BeforeValidator(_as_names), Field(min_length=1)]
Values = Annotated[tuple[Scalar, ...], BeforeValidator(as_list), Field(min_length=1)]
Limit = StrictInt | StrictFloat | date | datetime


class RowRule(BaseModel):
    """Which rows are used, by what one column holds; all that is said must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    one_of: Values | None = Field(default=None, description="list of values whose rows are used")
    not_: Values | None = Field(default=None, alias="not", description="list of values whose rows are left out")
    present: bool | None = Field(default=None, description="true: rows with a value; false: rows without one")
    starts_with: Values | None = Field(default=None, description="a text, or a list of texts")
    not_starts_with: Values | None = Field(default=None, description="a text, or a list of texts")
    above: Limit | None = Field(default=None, description="a number, or a date as 2018-01-31")
    at_least: Limit | None = Field(default=None, description="a number, or a date as 2018-01-31")
    below: Limit | None = Field(default=None, description="a number, or a date as 2018-01-31")
    at_most: Limit | None = Field(default=None, description="a number, or a date as 2018-01-31")

    @model_validator(mode="after")
    def _says_something(self) -> "RowRule":
        if not self.model_fields_set or all(value is None for value in self.said.values()):
            raise ValueError("nothing is said of the column")
        if len({isinstance(limit, date) for limit in self.limits.values()}) > 1:
            raise ValueError("one limit is a number, the other a date")
        return self

    @property
    def said(self) -> dict[str, Any]:
        """What is said of the column, by key as the study file writes it."""
        return {key.rstrip("_"): getattr(self, key) for key in type(self).model_fields if key in self.model_fields_set}

    @property
    def limits(self) -> dict[str, int | float | date]:
        """The limits that are stated, by key."""
        found = {key: getattr(self, key) for key in ("above", "at_least", "below", "at_most")}
        return {key: limit for key, limit in found.items() if limit is not None}

    @property
    def listed(self) -> tuple[Scalar, ...]:
        """The values that are written out, to be used or left out."""
        return (*(self.one_of or ()), *(self.not_ or ()))


class FillDown(BaseModel):
    """Fields that an export fills in the first line of an order only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    within: SourceName = Field(description="your column whose equal values make one order")
    columns: Names = Field(description="list of your columns that are blank after the first line")


RowRules = dict[SourceName, Annotated[RowRule, BeforeValidator(_listed_values)]]
Recoding = Annotated[dict[str, Scalar | None], BeforeValidator(_with_text_keys), Field(min_length=1)]
Expression = Annotated[str, BeforeValidator(_as_expression), AfterValidator(_parsed)]
