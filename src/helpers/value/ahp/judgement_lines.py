"""Read the judgements of a hierarchy file: one line per pair, one number or one for each judge."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from helpers.core import yaml_lines
from helpers.core.errors import Fault, nearest, unknown_name
from helpers.value.ahp.judgements import SCALE_IN_WORDS, on_scale

ONE_JUDGE = "judge"
"""Name of the judge where a file names none."""

_OVER = re.compile(r"^\s*(\S+)\s+over\s+(\S+)\s*$")
_FRACTION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)\s*$")
_FORM = "a line such as 'profit over sales_volume: 4'"
_NUMBER = "write one number, or one for each judge: {anna: 3, ben: 1/5}"
_NAMED = 5

Pair = tuple[str, str]


def read_judgements(
    label: str,
    tree: Any,
    raw: Mapping[str, Any],
    parts: Mapping[str, tuple[str, ...]],
    judges: tuple[str, ...],
    faults: list[Fault],
) -> dict[str, dict[str, pd.DataFrame]]:
    """Read the section `judgements` of a hierarchy file.

    Parameters
    ----------
    label : str
        How the file is called in messages.
    tree, raw : mapping
        The file as read, with its positions, and as plain values.
    parts : mapping of str to tuple of str
        Parts of each criterion.
    judges : tuple of str
        Who judged.
    faults : list of Fault
        Faults found are added to it.

    Returns
    -------
    dict of str to dict of str to DataFrame
        Judgement matrix by criterion and judge; of use only where no fault was added.
    """
    return _JudgementLines(label, tree, raw, judges, faults).all(parts)


@dataclass
class _JudgementLines:
    """Walks through the judgements of one file."""

    label: str
    tree: Any
    raw: Mapping[str, Any]
    judges: tuple[str, ...]
    faults: list[Fault]

    def _where(self, *keys: str | int) -> str:
        return yaml_lines.where(self.label, self.tree, *keys)

    def all(self, parts: Mapping[str, tuple[str, ...]]) -> dict[str, dict[str, pd.DataFrame]]:
        given = self.raw.get("judgements")
        if not isinstance(given, dict):
            if given:
                self.faults.append(
                    Fault(
                        "cannot be read",
                        self._where("judgements"),
                        "a mapping of criterion to judgements",
                        f"write the name of a criterion, and below it {_FORM}",
                    )
                )
            return {}
        for criterion in given:
            if criterion not in parts:
                where = self._where("judgements", criterion)
                self.faults.append(unknown_name(str(criterion), list(parts), kind="criterion", where=where))
        self._apart(given)
        # A misspelt criterion already has its message.
        meant = {nearest(str(criterion), parts) for criterion in given if criterion not in parts}
        found = {}
        for criterion, names in parts.items():
            if criterion in given or criterion not in meant:
                found[criterion] = self._matrices(criterion, names, given.get(criterion) or {})
        return found

    def _apart(self, given: Mapping[str, Any]) -> None:
        """Refuse several judges of whom no line says anything different: they would count as so many who agree."""
        values = [value for lines in given.values() if isinstance(lines, dict) for value in lines.values()]
        if len(self.judges) > 1 and values and not any(isinstance(value, dict) for value in values):
            what = f"{len(self.judges)} judges are named, and no judgement says whose it is"
            each = ", ".join(f"{judge}: <judgement>" for judge in self.judges[:3])
            remedy = f"write one number for each judge, {{{each}}}, or leave judges out"
            self.faults.append(Fault(what, self._where("judges"), "one number for each judge", remedy))

    def _matrices(self, criterion: str, names: tuple[str, ...], lines: Any) -> dict[str, pd.DataFrame]:
        said: dict[Pair, dict[str, float]] = {}
        lines = lines if isinstance(lines, dict) else {}
        for line, value in lines.items():
            where = self._where("judgements", criterion, line)
            pair = self._pair(str(line), names, criterion, where)
            judged = self._by_judge(str(line), value, where)
            if pair is not None and judged:
                said[pair] = judged
        self._both_ways(criterion, said)
        # A pair with a line that could not be used already has its message.
        spelt = {_meant(str(line), names) for line in lines}
        missing = [pair for pair in combinations(names, 2) if pair not in spelt and pair[::-1] not in spelt]
        if missing:
            self.faults.append(self._missing(criterion, missing))
        return {judge: _lay_out(names, said, judge) for judge in self.judges}

    def _missing(self, criterion: str, pairs: list[Pair]) -> Fault:
        shown = ", ".join(f"{first} over {second}" for first, second in pairs[:_NAMED])
        more = f" and {len(pairs) - _NAMED} more" if len(pairs) > _NAMED else ""
        noun = "judgement is" if len(pairs) == 1 else "judgements are"
        where = self._where("judgements", criterion)
        what = f"{len(pairs)} {noun} missing in {criterion}: {shown}{more}"
        return Fault(what, where, "one judgement for every pair", f"add {pairs[0][0]} over {pairs[0][1]}: <judgement>")

    def _pair(self, line: str, names: tuple[str, ...], criterion: str, where: str) -> Pair | None:
        match = _OVER.match(line)
        if not match:
            self.faults.append(Fault(f"{line!r} is no judgement", where, _FORM, "write: one over other: number"))
            return None
        first, second = match.groups()
        unknown = [name for name in (first, second) if name not in names]
        self.faults += [unknown_name(name, names, kind=f"part of {criterion}", where=where) for name in unknown]
        if first == second and not unknown:
            self.faults.append(Fault(f"{first!r} is judged against itself", where, _FORM, "leave the line out"))
        return None if unknown or first == second else (first, second)

    def _by_judge(self, line: str, value: Any, where: str) -> dict[str, float]:
        """Return what each judge says on one pair; one number alone is what they all say."""
        given = value if isinstance(value, dict) else dict.fromkeys(self.judges, value)
        found = {}
        for judge, judgement in given.items():
            number = _number(judgement)
            if judge not in self.judges:
                self.faults.append(unknown_name(str(judge), self.judges, kind="judge", where=where))
            elif number is None or not on_scale(number):
                by = f" by {judge}" if isinstance(value, dict) else ""
                shown = "empty" if judgement is None else judgement
                self.faults.append(Fault(f"{line}{by} cannot be {shown}", where, SCALE_IN_WORDS, _NUMBER))
                if not by:
                    return {}
            else:
                found[str(judge)] = number
        silent = [judge for judge in self.judges if judge not in given]
        if silent:
            self.faults.append(
                Fault(
                    f"{line} has no judgement by {', '.join(silent)}",
                    where,
                    "one number for each judge",
                    f"add {silent[0]}: <judgement>",
                )
            )
        return found if len(found) == len(self.judges) else {}

    def _both_ways(self, criterion: str, said: dict[Pair, dict[str, float]]) -> None:
        order = list(said)
        for first, second in [pair for place, pair in enumerate(order) if pair[::-1] in order[place + 1 :]]:
            one, other = said[first, second], said[second, first]
            for judge in [judge for judge in one if abs(one[judge] * other[judge] - 1) > 1e-6]:
                by = f" by {judge}" if judge != ONE_JUDGE else ""
                what = (
                    f"not reciprocal{by}: {first} over {second} is {one[judge]:g}, "
                    f"but {second} over {first} is {other[judge]:g}"
                )
                where = self._where("judgements", criterion, f"{second} over {first}")
                self.faults.append(
                    Fault(what, where, f"{second} over {first}: {1 / one[judge]:g}", "leave one of them out")
                )


def _meant(line: str, names: tuple[str, ...]) -> tuple[str | None, ...]:
    """Return the pair a line speaks of, misspelt names taken for the nearest ones."""
    match = _OVER.match(line)
    return tuple(name if name in names else nearest(name, names) for name in match.groups()) if match else ()


def _number(value: Any) -> float | None:
    """Return a judgement as a number: 3, 0.5 or 1/3."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = _FRACTION.match(value) if isinstance(value, str) else None
    return float(match[1]) / float(match[2]) if match and float(match[2]) else None


def _lay_out(names: tuple[str, ...], said: Mapping[Pair, Mapping[str, float]], judge: str) -> pd.DataFrame:
    matrix = pd.DataFrame(np.eye(len(names)), index=list(names), columns=list(names))
    for (first, second), judged in said.items():
        if judge in judged:
            matrix.loc[first, second] = judged[judge]
            matrix.loc[second, first] = 1 / judged[judge]
    return matrix
