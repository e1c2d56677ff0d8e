"""Make the standard columns of one source: mapped, recoded, computed, constant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from helpers.core.errors import InputError, unknown_name
from helpers.study.grammar import TableSpec
from helpers.study.raw_table import RawTable
from helpers.study.standard_columns import ColumnKind, StandardTable
from helpers.study.standardise import (
    Converted,
    attribute_kinds,
    columns_of,
    convert,
    convert_identifier,
    countable,
    parsed_alone,
)
from helpers.study.steps.computed import Operand, compute
from helpers.study.steps.expressions import parse_expression
from helpers.study.steps.keys import as_text
from helpers.study.steps.recoding import kind_of_ours, recode

GIVEN_BACK = ("amount", "quantity", "discount", "cost")
"""Columns of transactions that are below zero in rows that give money back."""


@dataclass
class ColumnMaker:
    """The standard columns of one source as expressions on its rows, each made when it is asked for.

    Parameters
    ----------
    standard : StandardTable
        The table that is made.
    spec : TableSpec
        What the study says of the source.
    raw : RawTable
        The source.
    clean_ids : sequence of str
        What the study asks for under that key.
    id_is_text : callable
        Says of an identifier whether it is text in any table of the study.
    """

    standard: StandardTable
    spec: TableSpec
    raw: RawTable
    clean_ids: Sequence[str]
    id_is_text: Callable[[str], bool]
    _made: dict[str, Converted] = field(default_factory=dict)

    @cached_property
    def mapping(self) -> Mapping[str, tuple[str, ...]]:
        """Source columns of each standard column that is mapped."""
        return columns_of(self.standard, self.spec, self.raw.named_columns)

    def all(self) -> list[Converted]:
        """Return every column of the table that the source gives, in reading order, then attributes."""
        made = [one for one in (self.make(target) for target in self.standard.column_names) if one is not None]
        if self.spec.not_countable:
            flag = countable(self.raw.table, self.spec.not_countable)
            made.append(Converted("countable", tuple(self.spec.not_countable), flag, None, "flag"))
        return made + self._attributes()

    def make(self, target: str) -> Converted | None:
        """Return one standard column, None where the source has none."""
        if target not in self._made:
            if target in self.spec.computed and self.standard.column(target).kind == "number":
                self._made[target] = self._computed(target)
            elif target in self.mapping:
                self._made[target] = self._mapped(target, self.mapping[target])
            elif target in self.spec.constants:
                self._made[target] = Converted(target, (), ibis.literal(self.spec.constants[target]), None, "text")
            if target in GIVEN_BACK and target in self._made and self.spec.returned:
                made = self._made[target]
                back = rows_given_back(self.raw.table, self.spec)
                value, quick = (
                    None if one is None else ibis.cases((back, -one.abs()), else_=one)
                    for one in (made.value, made.quick)
                )
                self._made[target] = replace(made, value=value, quick=quick)
        return self._made.get(target)

    def _mapped(self, target: str, sources: tuple[str, ...]) -> Converted:
        kind = self.standard.column(target).kind
        if target in self.spec.values:
            return self._recoded(target, sources[0], kind)
        if kind == "id":
            as_text, column = self.id_is_text(target), self.raw.table[sources[0]]
            return convert_identifier(
                target, column, self.spec, id_as_text=as_text, clean=self.clean_ids, absent=self.raw.absent
            )
        parts = [convert(kind, self.raw.table[one], self.spec, id_as_text=False, name=target) for one in sources]
        value, misfit = parts[0]
        if len(parts) > 1 and kind == "number":
            value = sum((ibis.coalesce(part, 0.0) for part, _ in parts[1:]), ibis.coalesce(value, 0.0))
            for other in (other for _, other in parts[1:] if other is not None):
                misfit = other if misfit is None else misfit | other
        elif len(parts) > 1:
            value = _joined_by_a_blank([part for part, _ in parts])
        if len(parts) > 1:
            return Converted(target, sources, value, misfit, kind)
        given, quick = parsed_alone(kind, self.raw.table[sources[0]], self.spec, target)
        return Converted(target, sources, value, misfit, kind, given=given, quick=quick)

    def _recoded(self, target: str, source: str, kind: ColumnKind) -> Converted:
        """Return a column whose values the study writes in other words."""
        column = self.raw.table[source]
        recoded = recode(kind, column, self.spec.values[target], self.spec.missing)
        if kind == "id":
            text = column.cast(dt.string)
            left = ibis.cases((recoded.unlisted, ibis.null(dt.string)), else_=text)
            ours = recoded.ours(left if recoded.others == "missing" else text)
            made = convert_identifier(target, ours, self.spec, id_as_text=True, clean=self.clean_ids, source=source)
            return replace(made, unlisted=None if recoded.others else recoded.unlisted)
        if recoded.others == "keep":
            value, misfit = convert(kind, column, self.spec, id_as_text=False, name=target)
            kept = None if misfit is None else misfit & recoded.unlisted
            return Converted(target, (source,), recoded.ours(value), kept, kind)
        value = recoded.ours(ibis.null(dt.string))
        return Converted(target, (source,), value, None, kind, unlisted=None if recoded.others else recoded.unlisted)

    def _computed(self, target: str) -> Converted:
        text = self.spec.computed[target]
        value, computation = compute(parse_expression(text), text, lambda name: self._operand(name, target))
        if not computation.operands:
            anything = self.raw.table[self.raw.table.columns[0]]
            value = ibis.cases((anything.isnull(), value), else_=value)  # a column, as all others are
        sources = tuple(dict.fromkeys(source for one in computation.operands for source in one.sources))
        return Converted(target, sources, value, None, "number", computation=computation)

    def _operand(self, name: str, target: str) -> Operand:
        """Return what a name in an expression stands for: a standard column that is made, else one of the source."""
        made = None if name == target or name not in self.standard.column_names else self.make(name)
        if made is not None:
            value, misfit = convert("number", made.value, self.spec, id_as_text=False, name=target)
            return Operand(name, made.sources, value, misfit if made.value.type().is_string() else None)
        if name not in self.raw.table.columns:
            raise InputError(unknown_name(name, self.raw.named_columns, kind=f"column of {self.raw.label}"))
        value, misfit = convert("number", self.raw.table[name], self.spec, id_as_text=False, name=target)
        blank = self.raw.table[name].cast(dt.string).strip() == ""
        return Operand(name, (name,), value, None if misfit is None else misfit & ~blank)

    def _attributes(self) -> list[Converted]:
        """Return the free columns a study lists; those of a text source get the type that all their values have."""
        recodings = self.spec.values
        of_text = [one for name, one in self.spec.attributes.items() if one in self.raw.text and name not in recodings]
        kinds = attribute_kinds(self.raw.table, of_text, self.spec)
        converted = []
        for attribute, source in self.spec.attributes.items():
            if attribute in recodings:
                converted.append(self._recoded(attribute, source, kind_of_ours(recodings[attribute])))
                continue
            kind: ColumnKind = kinds.get(source, "text")
            value, misfit = self.raw.table[source], None
            if value.type().is_string():
                value, misfit = convert(kind, value, self.spec, id_as_text=False)
            converted.append(Converted(attribute, (source,), value, misfit, kind))
        return converted


def rows_given_back(table: Any, spec: TableSpec) -> Any:
    """Return where a row of a source gives money back, by what the study says under `returned`."""
    tests = [
        table[column].cast(dt.string).strip().isin([as_text(value) for value in values]).fill_null(False)
        for column, values in spec.returned.items()
    ]
    together = tests[0]
    for test in tests[1:]:
        together = together | test
    return together


def _joined_by_a_blank(texts: list[Any]) -> Any:
    """Put texts together, those missing or empty left out; missing where all are."""
    together = sum(
        (ibis.coalesce(" " + text.strip().nullif(""), "") for text in texts[1:]), ibis.coalesce(texts[0], "")
    )
    return together.strip().nullif("")
