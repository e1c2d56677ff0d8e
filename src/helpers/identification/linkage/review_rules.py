"""What the cells of a review sheet may hold, column by column, and the rows where they do not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, counted, some_of

AS_WRITTEN = "take the sheet as it was written, and copy only the answers into it"


@dataclass(frozen=True)
class Numbers:
    """The numbers a column may hold.

    Parameters
    ----------
    low, high : float
        Smallest and largest.
    whole : bool
        Whether they are counts or numbers of something.
    """

    low: float = 0
    high: float = 2.0**53
    whole: bool = True

    def __str__(self) -> str:
        """Return the rule in words."""
        kind = "whole numbers" if self.whole else "numbers"
        return f"{kind}, {self.low:g} or more" if self.high == 2.0**53 else f"{kind} from {self.low:g} to {self.high:g}"

    def holds(self, values: "pd.Series[Any]") -> "pd.Series[bool]":
        """Say of each value whether it is such a number; texts, dates and nothing are not."""
        is_number = values.map(lambda value: isinstance(value, int | float | np.number) and not isinstance(value, bool))
        numbers = pd.to_numeric(values.where(is_number), errors="coerce")
        fits = numbers.between(self.low, self.high)
        return fits & (numbers % 1 == 0) if self.whole else fits


PAIR_RULES = {"pair": Numbers(), "stratum": Numbers()}
STRATUM_RULES = {
    "stratum": Numbers(),
    "linked": Numbers(high=1),
    "from_probability": Numbers(high=1, whole=False),
    "to_probability": Numbers(high=1, whole=False),
    "pairs": Numbers(low=1),
    "drawn": Numbers(),
    "expected": Numbers(high=1, whole=False),
}


def missing_columns(table: pd.DataFrame, names: tuple[str, ...], sheet: str) -> list[Fault]:
    """Return one fault for each column that a sheet lacks."""
    return [
        Fault(f"no column {name!r}", f"sheet {sheet!r}", ", ".join(names), AS_WRITTEN)
        for name in names
        if name not in table.columns
    ]


def number_faults(table: pd.DataFrame, rules: Mapping[str, Numbers], sheet: str) -> list[Fault]:
    """Return one fault for each column with cells that its rule does not allow; the index holds the rows."""
    return list(_number_faults(table, rules, sheet))


def _number_faults(table: pd.DataFrame, rules: Mapping[str, Numbers], sheet: str) -> Iterator[Fault]:
    for name, rule in rules.items():
        wrong = table.loc[~rule.holds(table[name]), name]
        if len(wrong):
            named = [f"row {row}: {'empty' if pd.isna(value) else value}" for row, value in wrong.items()]
            what = f"{counted(len(wrong), 'cell')} with another value: {some_of(named)}"
            yield Fault(what, f"sheet {sheet!r}, column {name!r}", str(rule), AS_WRITTEN)


def stratum_faults(pairs: pd.DataFrame, strata: pd.DataFrame, sheet: str) -> list[Fault]:
    """Return what does not fit together in strata whose single values are sound."""
    faults = []
    doubled = strata.loc[strata["stratum"].duplicated(), "stratum"]
    if len(doubled):
        named = some_of([f"{stratum:g}" for stratum in doubled])
        faults.append(Fault(f"strata stand twice: {named}", f"sheet {sheet!r}", "", AS_WRITTEN))
    upside_down = strata[(strata["from_probability"] > strata["to_probability"]) | (strata["drawn"] > strata["pairs"])]
    if len(upside_down):
        what = f"rows {some_of(list(upside_down.index))} have an end before its beginning, or more drawn than there are"
        allowed = "from_probability <= to_probability, drawn <= pairs"
        faults.append(Fault(what, f"sheet {sheet!r}", allowed, AS_WRITTEN))
    unknown = pairs.loc[~pairs["stratum"].isin(strata["stratum"]), "stratum"]
    if len(unknown):
        rows = [f"row {row}: {stratum:g}" for row, stratum in unknown.items()]
        what = f"{counted(len(unknown), 'pair')} of a stratum that is not in sheet {sheet!r}: {some_of(rows)}"
        faults.append(Fault(what, "sheet 'pairs', column 'stratum'", "", AS_WRITTEN))
    return faults
