"""Answers to a questionnaire, made ready: which questions are dimensions, on which scale, and who answered them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, counted, unknown_name
from helpers.evaluation.satisfaction.scales import EVERY, Scale, scale_of_each

FEWEST_DIMENSIONS, MOST_DIMENSIONS = 2, 10
"""Of one whole: relative importance compares at least two, and is exact up to ten."""
CUSTOMERS_PER_DIMENSION = 10
"""Customers with complete answers for each dimension: what a regression needs at least (Harrell 2015, Regression
Modeling Strategies, section 4.4)."""
OVERALL = "overall"
_LABELLED = r"^\s*(\d+)\s*[-=:.)(\u2013]?\s*[^\W\d].*$"
HIGH_FROM, LOW_UP_TO = 0.75, 0.5
"""Where answers count as high and as low, between the lowest answer, 0, and the highest, 1: 8 and 5 of 1 to 10 points,
4 and 3 of 1 to 5."""


@dataclass(frozen=True)
class Answers:
    """Questionnaires with their answers on one scale.

    Parameters
    ----------
    scores : DataFrame, shape (questionnaires, dimensions)
        Answers in points on the scale of the overall question; missing where there is none.
    overall : Series, shape (questionnaires,)
        Overall satisfaction, in points; missing where there is none.
    customer : Series, shape (questionnaires,)
        Who answered.
    segment : Series, shape (questionnaires,)
        Group of the customer as text; missing where it is not known.
    scale : Scale
        Of all answers.
    turned : tuple of str
        Questions whose answers came on another scale.
    """

    scores: pd.DataFrame
    overall: "pd.Series[float]"
    customer: "pd.Series[str]"
    segment: "pd.Series[str]"
    scale: Scale
    turned: tuple[str, ...] = ()

    @property
    def dimensions(self) -> list[str]:
        """Names of the dimensions, in the order they were asked."""
        return [str(name) for name in self.scores.columns]

    @cached_property
    def complete(self) -> "Answers":
        """The questionnaires in which every dimension and the overall question are answered."""
        return self.of(self.scores.notna().all(axis=1) & self.overall.notna())

    def of(self, chosen: "pd.Series[bool]") -> "Answers":
        """Return the questionnaires that are chosen."""
        parts = (self.scores[chosen], self.overall[chosen], self.customer[chosen], self.segment[chosen])
        return Answers(*parts, self.scale, self.turned)

    def of_segment(self, segment: str) -> "pd.Series[bool]":
        """Say of each questionnaire whether it is one of a segment."""
        return self.segment.eq(segment).fillna(value=False).astype(bool)

    @property
    def customers(self) -> int:
        """Number of customers who answered."""
        return int(self.customer.nunique())


def questions_asked(surveys: pd.DataFrame, outcomes: Sequence[str] = ()) -> list[str]:
    """Return the columns that can be dimensions: those beside the standard ones and the outcomes.

    Parameters
    ----------
    surveys : DataFrame
        Standard surveys.
    outcomes : sequence of str
        Questions about what follows from satisfaction, such as the intention to buy again.
    """
    return [name for name in surveys.columns if name not in ("customer_id", "time", OVERALL, *outcomes)]


def prepare_answers(
    surveys: pd.DataFrame,
    dimensions: Sequence[str],
    *,
    scales: Mapping[str, Scale] | None = None,
    segments: "pd.Series[str] | None" = None,
) -> Answers:
    """Put the answers of a survey on one scale, and refuse those from which nothing can be learnt.

    Parameters
    ----------
    surveys : DataFrame
        Standard surveys: customer_id, overall, and a column for each dimension; one row per questionnaire.
    dimensions : sequence of str
        Columns of the parts, in the order they are asked.
    scales : mapping of str to Scale, optional
        What is stated of the scales, from `read_scales`.
    segments : Series, optional
        Group of each customer, by customer_id.

    Returns
    -------
    Answers
        All questionnaires, the answers on the scale of the overall question.

    Raises
    ------
    InputError
        With all faults at once: too few or too many dimensions, questions that hold text, that nobody answered or all
        answered alike, scales that differ, and too few customers who answered everything, with the number needed.
    """
    require_columns(surveys.columns, ["customer_id", OVERALL, *dimensions], where="surveys")
    faults = _number_of(dimensions)
    asked = surveys[[OVERALL, *dimensions]]
    points = asked.apply(_points)
    _require_customers(surveys["customer_id"].nunique(), len(dimensions))
    unusable = {name: _unusable(str(name), asked[name], points[name]) for name in asked}
    faults += [fault for found in unusable.values() for fault in found]
    named = [name for name in scales or {} if name not in (EVERY, *asked)]
    faults += [unknown_name(one, list(map(str, asked)), kind="question", where="survey_scales") for one in named]
    found, of_scales = scale_of_each(points[[name for name in asked if not unusable[name]]], scales or {})
    faults += of_scales
    if faults:
        raise InputError(faults)
    target = found[OVERALL]
    same = pd.DataFrame({name: found[str(name)].turn(points[name], target) for name in asked})
    customer = surveys["customer_id"].astype(str)
    nobodys = pd.Series(pd.NA, surveys.index, dtype="string")
    segment = nobodys if segments is None else _by_customer(customer, segments)
    turned = tuple(str(name) for name in asked if found[str(name)] != target)
    ready = Answers(same[list(dimensions)], same[OVERALL], customer, segment, target, turned)
    require_enough(ready)
    return ready


def _points(given: "pd.Series[Any]") -> "pd.Series[float]":
    """Return answers as numbers; of those with their label behind them, such as "5 - very good", the number."""
    numbers = pd.to_numeric(given, errors="coerce").astype(float)
    if not numbers.isna().any() or not (given.notna() & numbers.isna()).any():
        return numbers
    return numbers.fillna(
        pd.to_numeric(given.astype("string").str.extract(_LABELLED)[0], errors="coerce").astype(float)
    )


def of_customers(answers: Answers, groups: "pd.Series[str]") -> "pd.Series[str]":
    """Return the group of each questionnaire, from the groups of customers by customer_id."""
    return _by_customer(answers.customer, groups)


def _by_customer(customer: "pd.Series[str]", groups: "pd.Series[str]") -> "pd.Series[str]":
    return customer.map(groups.set_axis(groups.index.astype(str)).astype("string")).astype("string")


def require_enough(answers: Answers) -> None:
    """Refuse answers of so few customers that weights of dimensions could not be found, with the number needed."""
    _require_customers(answers.complete.customers, len(answers.dimensions))
    spread = answers.complete.scores.std(ddof=0).to_numpy()
    flat = [name for name, one in zip(answers.dimensions, spread, strict=True) if one == 0]
    same = answers.complete.scores.loc[:, [name for name in answers.dimensions if name not in flat]]
    design = np.column_stack([np.ones(len(same)), same.to_numpy()])
    if flat or np.linalg.matrix_rank(design) < design.shape[1]:
        doubled = flat or _doubled(same)
        what = f"the answers to {', '.join(map(repr, doubled))} follow from those to the other dimensions"
        raise InputError(Fault(what, "surveys", "dimensions that differ", "leave these out of survey_dimensions"))


def _require_customers(there: int, dimensions: int) -> None:
    needed = CUSTOMERS_PER_DIMENSION * dimensions
    if there < needed:
        what = f"{counted(there, 'customer')} answered every question: not enough to say what drives satisfaction"
        remedy = "ask more customers, or name fewer dimensions"
        raise InputError(Fault(what, "surveys", f"{needed} or more with {counted(dimensions, 'dimension')}", remedy))


def _doubled(scores: pd.DataFrame) -> list[str]:
    """Return the dimensions that add nothing to those before them."""
    kept, doubled = [np.ones(len(scores))], []
    for name in scores:
        design = np.column_stack([*kept, scores[name].to_numpy()])
        if np.linalg.matrix_rank(design) == design.shape[1]:
            kept.append(scores[name].to_numpy())
        else:
            doubled.append(str(name))
    return doubled


def _number_of(dimensions: Sequence[str]) -> list[Fault]:
    if FEWEST_DIMENSIONS <= len(dimensions) <= MOST_DIMENSIONS:
        return []
    allowed = f"{FEWEST_DIMENSIONS} to {MOST_DIMENSIONS}"
    remedy = "list the questions among the attributes of surveys, and in survey_dimensions those that are dimensions"
    return [Fault(f"{counted(len(dimensions), 'dimension')} to explain the whole by", "surveys", allowed, remedy)]


def _unusable(name: str, given: "pd.Series[Any]", points: "pd.Series[float]") -> list[Fault]:
    """Return what keeps a question from being used: text, no answer, or one answer only."""
    words = given.notna() & points.isna()
    if words.any():
        shown = ", ".join(repr(one) for one in given[words].astype(str).unique()[:3])
        remedy = "give the answers as numbers, or name the dimensions without it in survey_dimensions"
        return [Fault(f"{name!r} holds text: {shown}", "surveys", "numbers", remedy)]
    if points.notna().sum() == 0:
        return [Fault(f"nobody answered {name!r}", "surveys", "answers", "leave it out of survey_dimensions")]
    if points.min() == points.max():
        what = f"all answers to {name!r} are equal ({points.dropna().iloc[0]:g})"
        part = "leave it out of survey_dimensions: it cannot explain anything"
        remedy = "see which column holds the overall score" if name == OVERALL else part
        return [Fault(what, "surveys", "answers that differ", remedy)]
    return []
