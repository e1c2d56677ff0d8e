"""Scales of answers: which there are, which one a question has, and how one is turned into another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from helpers.core.errors import Fault, InputError

EVERY = ""
"""Stands for all questions where one scale is stated for all."""
_STATED = re.compile(r"(?:(?P<name>\S+)\s+)?(?P<low>-?\d+)\s*-\s*(?P<high>\d+)")


@dataclass(frozen=True, order=True)
class Scale:
    """The lowest and the highest answer that a question allows.

    Parameters
    ----------
    lowest, highest : float
        In points; the higher the better.
    """

    lowest: float
    highest: float

    def __str__(self) -> str:
        """Return the scale as it is stated."""
        return f"{self.lowest:g}-{self.highest:g}"

    def place(self, points: "pd.Series[float]") -> "pd.Series[float]":
        """Return where answers lie between the lowest, 0, and the highest, 1."""
        return (points - self.lowest) / (self.highest - self.lowest)

    def turn(self, points: "pd.Series[float]", other: "Scale") -> "pd.Series[float]":
        """Return answers on another scale: the ends fall on its ends, and what lies between in proportion.

        Examples
        --------
        >>> Scale(1, 5).turn(pd.Series([1.0, 3.0, 5.0]), Scale(1, 10)).tolist()
        [1.0, 5.5, 10.0]
        """
        return other.lowest + self.place(points) * (other.highest - other.lowest)


USUAL_SCALES = (Scale(1, 5), Scale(1, 7), Scale(1, 10), Scale(0, 10), Scale(0, 100))
"""Scales that are recognised by their answers, the narrowest first."""


def read_scales(text: str, where: str = "survey_scales") -> dict[str, Scale]:
    """Read which scales are stated: one for all questions, or one behind the name of each.

    Parameters
    ----------
    text : str
        "1-10", or "overall 1-10, price 1-5"; empty where none is stated.
    where : str
        What the text is called in messages.

    Raises
    ------
    InputError
        Naming every part that states no scale.

    Examples
    --------
    >>> {name: str(scale) for name, scale in read_scales("1-10, price 1-5").items()}
    {'': '1-10', 'price': '1-5'}
    """
    found, faults = {}, []
    for part in filter(None, (one.strip() for one in text.split(","))):
        read = _STATED.fullmatch(part)
        if read is None or float(read["low"]) >= float(read["high"]):
            remedy = "write lowest and highest answer with '-' between, for one question with its name in front"
            faults.append(Fault(f"{part!r} is no scale", where, "1-10, or overall 1-10, price 1-5", remedy))
            continue
        found[read["name"] or EVERY] = Scale(float(read["low"]), float(read["high"]))
    if faults:
        raise InputError(faults)
    return found


def recognise_scale(answers: "pd.Series[float]") -> Scale | None:
    """Return the narrowest usual scale that holds all answers; None where none does, or an answer is no whole number.

    Examples
    --------
    >>> str(recognise_scale(pd.Series([2.0, 5.0, 4.0]))), recognise_scale(pd.Series([4.5, 2.0]))
    ('1-5', None)
    """
    known = answers.dropna()
    if known.empty or (known % 1 != 0).any():
        return None
    low, high = known.min(), known.max()
    return next((scale for scale in USUAL_SCALES if scale.lowest <= low and high <= scale.highest), None)


def scale_of_each(answers: pd.DataFrame, stated: Mapping[str, Scale]) -> tuple[dict[str, Scale], list[Fault]]:
    """Return the scale of each question, as stated or else recognised, and what is wrong with them.

    Parameters
    ----------
    answers : DataFrame, shape (questionnaires, questions)
        In points.
    stated : mapping of str to Scale
        From `read_scales`.

    Returns
    -------
    scales : dict of str to Scale
        Of the questions that have one.
    faults : list of Fault
        Answers outside a stated scale, questions whose scale cannot be recognised, and scales that differ though
        nobody stated them: whether a question ends at 5 or nobody went above 5, answers do not show.
    """
    scales, faults = {}, []
    for name in answers:
        found = stated.get(str(name), stated.get(EVERY)) or recognise_scale(answers[name])
        if found is None:
            what = f"the scale of {name!r} cannot be recognised"
            faults.append(Fault(what, "surveys", ", ".join(map(str, USUAL_SCALES)), f"set survey_scales: {name} 1-10"))
            continue
        scales[str(name)] = found
        outside = ~answers[name].dropna().between(found.lowest, found.highest)
        if outside.any():
            odd = sorted(answers[name].dropna()[outside].unique())[:5]
            shown = ", ".join(f"{one:g}" for one in odd)
            remedy = "list what stands for no answer under missing, or set survey_scales"
            faults.append(Fault(f"{name!r} has answers outside its scale: {shown}", "surveys", str(found), remedy))
    guessed = {name: scale for name, scale in scales.items() if name not in stated and EVERY not in stated}
    if len(set(scales.values())) > 1 and guessed:
        by_scale = {str(one): [name for name in scales if scales[name] == one] for one in sorted(set(scales.values()))}
        shown = "; ".join(f"{scale}: {', '.join(names)}" for scale, names in by_scale.items())
        remedy = "set survey_scales to 1-10, or to overall 1-10, price 1-5: others are turned into overall's"
        faults.append(Fault(f"answers seem to be on several scales ({shown})", "surveys", "one scale", remedy))
    return scales, faults
