"""How two values of each kind of field are compared: the agreement levels of the Fellegi-Sunter model.

Every exact level is adjusted for how common the value is, so that two people called Wang Wei, or a telephone number
shared by a whole company, count for less than a rare agreement (Fellegi and Sunter, 1969, section 3.3.1, "Frequency
of a particular value").
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import splink.comparison_level_library as cll
from splink.comparison_library import CustomComparison
from splink.internals.comparison_level_creator import ComparisonLevelCreator
from splink.internals.dialects import SplinkDialect

from helpers.identification.linkage.compared import ComparedField
from helpers.identification.linkage.fields import FIRST_CJK, NAME_KINDS, FieldKind
from helpers.identification.linkage.likeness import FewSlipsLevel, LikenessLevel

# Similarity from which two names are the same but for a slip, and from which they are merely alike. Jaro-Winkler on
# names, Damerau-Levenshtein (typing slips) on numbers: Christen, 2012, "Data Matching", chapter 5.
NEARLY_SAME = 0.92
ALIKE = 0.80

# Share of true pairs that differ outright in a field both records have, where the records cannot teach it: people
# change their e-mail address and move, but seldom their birthday.
DIFFERENT_AMONG_MATCHES: Mapping[FieldKind, float] = {
    "given_name": 0.04,
    "family_name": 0.04,
    "name": 0.04,
    "date": 0.01,
    "postcode": 0.08,
    "phone": 0.1,
    "email": 0.2,
    "identifier": 0.01,
    "address": 0.1,
    "place": 0.05,
    "category": 0.05,
    "text": 0.1,
}
# And that agree neither outright nor not at all: slips, short forms, swaps.
PARTLY_AMONG_MATCHES = 0.1


def _slips(name: str, label: str, slips: int, *, long: bool = True) -> ComparisonLevelCreator:
    return FewSlipsLevel(name, slips, long=long).configure(label_for_charts=label)


def _jaro_winkler(name: str, label: str, least: float) -> ComparisonLevelCreator:
    return LikenessLevel(cll.JaroWinklerLevel(name, least)).configure(label_for_charts=label)


def _custom(sql: str, label: str) -> ComparisonLevelCreator:
    # Written as DuckDB says it; Splink translates for other databases.
    return cll.CustomLevel(sql, label_for_charts=label, base_dialect_str="duckdb")


class _FewSlips(ComparisonLevelCreator):
    """Few slips between two long texts, counted for those that are alike only: on long text counting is slow."""

    def __init__(self, name: str, alike: float, slips: int) -> None:
        self._alike = LikenessLevel(cll.JaroWinklerLevel(name, alike))
        self._slips = LikenessLevel(cll.LevenshteinLevel(name, slips))

    def create_sql(self, sql_dialect: SplinkDialect) -> str:
        alike, few = self._alike.create_sql(sql_dialect), self._slips.create_sql(sql_dialect)
        return f"case when {alike} then {few} else false end"

    def create_label_for_charts(self) -> str:
        return "few slips"


def _begins(name: str) -> ComparisonLevelCreator:
    return _custom(_begins_sql(name), "one begins with the other")


def _name_levels(name: str) -> Sequence[ComparisonLevelCreator]:
    return [
        _jaro_winkler(name, "nearly the same", NEARLY_SAME),
        _begins(name),
        _jaro_winkler(name, "alike", ALIKE),
    ]


def _swapped_sql(name: str) -> str:
    # Dates are eight digits: year, month, day.
    return " and ".join(
        [
            f"substr({name}_l, 1, 4) = substr({name}_r, 1, 4)",
            f"substr({name}_l, 5, 2) = substr({name}_r, 7, 2)",
            f"substr({name}_l, 7, 2) = substr({name}_r, 5, 2)",
        ]
    )


def _date_levels(name: str) -> Sequence[ComparisonLevelCreator]:
    return [
        _slips(name, "one slip", 1),
        _custom(_swapped_sql(name), "day and month swapped"),
        _slips(name, "two slips", 2),
    ]


def _mailbox_sql(name: str) -> str:
    return f"split_part({name}_l, '@', 1) = split_part({name}_r, '@', 1)"


def _email_levels(name: str) -> Sequence[ComparisonLevelCreator]:
    # Addresses of one family are alike ("ann.lee@", "dan.lee@"), so only slips count, not likeness.
    slips = _FewSlips(name, alike=0.9, slips=2).configure(label_for_charts="one or two slips")
    return [slips, _custom(_mailbox_sql(name), "same mailbox, other domain")]


_LEVELS: Mapping[FieldKind, Callable[[str], Sequence[ComparisonLevelCreator]]] = {
    "given_name": _name_levels,
    "family_name": _name_levels,
    "name": _name_levels,
    "date": _date_levels,
    "postcode": lambda name: [_slips(name, "one slip", 1), _slips(name, "two slips", 2, long=False)],
    "phone": lambda name: [_slips(name, "one slip", 1)],
    "email": _email_levels,
    "identifier": lambda name: [_slips(name, "one slip", 1), _slips(name, "two slips", 2)],
    "address": lambda name: [_jaro_winkler(name, "nearly the same", NEARLY_SAME), _jaro_winkler(name, "alike", ALIKE)],
    "place": lambda name: [_jaro_winkler(name, "nearly the same", NEARLY_SAME)],
    "category": lambda _: [],
    "text": lambda name: [_jaro_winkler(name, "nearly the same", NEARLY_SAME)],
}


def _alike(name: str, least: float) -> str:
    return f"jaro_winkler_similarity({name}_l, {name}_r) >= {least}"


def _few(name: str, slips: int) -> str:
    return f"levenshtein({name}_l, {name}_r) <= {slips}"


def _begins_sql(name: str) -> str:
    left, right = f"{name}_l", f"{name}_r"
    return f"starts_with({left}, {right}) or starts_with({right}, {left})"


_AT_ALL_ALIKE: Mapping[FieldKind, Callable[[str], str]] = {
    **dict.fromkeys(
        ("given_name", "family_name", "name"), lambda name: f"{_alike(name, ALIKE)} or {_begins_sql(name)}"
    ),
    "date": lambda name: f"{_few(name, 4)} or ({_swapped_sql(name)})",
    "phone": lambda name: _few(name, 2),
    "email": lambda name: f"{_alike(name, 0.9)} or {_mailbox_sql(name)}",
    "identifier": lambda name: _few(name, 4),
    "address": lambda name: _alike(name, ALIKE),
    "place": lambda name: _alike(name, NEARLY_SAME),
    "text": lambda name: _alike(name, NEARLY_SAME),
}


def at_all_alike(field: ComparedField, fields: Sequence[ComparedField]) -> str:
    """Return a condition on two values that differ, without which they meet no level of agreement; cheap to work out.

    Of a field that no cheap condition rules out, short codes with slips, it is true.

    Examples
    --------
    >>> at_all_alike(ComparedField("Phone", "phone", "phone"), [])
    '(levenshtein(phone_l, phone_r) <= 2)'
    """
    alike = _AT_ALL_ALIKE.get(field.kind)
    if alike is None:
        return "true"
    pair = name_pair(fields)
    swapped = f" or {swapped_names_sql(*pair)}" if pair and field.name == pair[1] else ""
    return f"({alike(field.name)}{swapped})"


def usual_agreement(kind: FieldKind, n_levels: int) -> npt.NDArray[np.float64]:
    """Return how true pairs are expected to divide over the levels of a field, before anything is learnt.

    Parameters
    ----------
    kind : FieldKind
        What the field holds.
    n_levels : int
        Levels that carry evidence, the same first and different last.

    Returns
    -------
    numpy.ndarray
        Shares that add up to 1.

    Examples
    --------
    >>> usual_agreement("date", 5).round(3).tolist()
    [0.89, 0.033, 0.033, 0.033, 0.01]
    """
    different = DIFFERENT_AMONG_MATCHES[kind]
    between = n_levels - 2
    partly = PARTLY_AMONG_MATCHES if between else 0.0
    return np.array([1 - different - partly, *[partly / max(between, 1)] * between, different])


def swapped_names_sql(given: str, family: str) -> str:
    """Return the condition that two records hold each other's given and family name.

    Examples
    --------
    >>> swapped_names_sql("first", "last")
    '(first_l = last_r and last_l = first_r)'
    """
    return f"({given}_l = {family}_r and {family}_l = {given}_r)"


def name_pair(fields: Sequence[ComparedField]) -> tuple[str, str] | None:
    """Return the plain names of the given and the family name when there is exactly one of each, else None."""
    given = [field.name for field in fields if field.kind == "given_name"]
    family = [field.name for field in fields if field.kind == "family_name"]
    return (given[0], family[0]) if len(given) == len(family) == 1 else None


def compare_field(field: ComparedField, fields: Sequence[ComparedField]) -> CustomComparison:
    """Return the agreement levels of one field, from missing over exact to different.

    Parameters
    ----------
    field : ComparedField
        The field to compare.
    fields : sequence of ComparedField
        All fields: swapped given and family names count once, with the family name. Where there is no other, how
        common a value is tells no customer from two, and is left out.

    Returns
    -------
    CustomComparison
        For the settings of a Splink model.
    """
    name = field.name
    no_evidence = [f"{name}_l is null or {name}_r is null"]
    levels: list[ComparisonLevelCreator] = [
        cll.ExactMatchLevel(name, term_frequency_adjustments=len(fields) > 1).configure(label_for_charts="the same")
    ]
    if field.kind in NAME_KINDS:
        no_evidence.append(f"(({name}_l >= '{FIRST_CJK}') <> ({name}_r >= '{FIRST_CJK}'))")
    pair = name_pair(fields)
    if pair and name in pair:
        # Counted with both names, one swap would be taken as two independent agreements.
        swapped = swapped_names_sql(*pair)
        if name == pair[0]:
            no_evidence.append(f"({swapped} and {name}_l <> {name}_r)")
        else:
            levels.append(_custom(swapped, "given and family name swapped"))
    missing = _custom(" or ".join(no_evidence), "no evidence").configure(is_null_level=True)
    different = cll.ElseLevel().configure(label_for_charts="different")
    return CustomComparison([missing, *levels, *_LEVELS[field.kind](name), different], output_column_name=name)
