"""The surveys of a study as the chapter on satisfaction opens them: the check asks the same, before anything runs."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.evaluation import satisfaction
from helpers.study.study import Study
from helpers.suite.planning.column_lists import listed_columns

_YEAR = "year of the answer"


@dataclass(frozen=True)
class SurveyAnswers:
    """Answers of a study with what is known of them.

    Parameters
    ----------
    questionnaires : DataFrame
        Standard surveys in order of customer and time.
    answers : Answers
        From `satisfaction.prepare_answers`.
    times : Series or None
        When each questionnaire was answered; None where the study does not know.
    groups : dict of str to Series
        By name of the grouping: group of each questionnaire.
    """

    questionnaires: pd.DataFrame
    answers: satisfaction.Answers
    times: "pd.Series[pd.Timestamp] | None"
    groups: "dict[str, pd.Series[str]]"


def read_answers(study: Study, p: Any) -> SurveyAnswers:
    """Read the surveys of a study by the parameters of a run.

    Parameters
    ----------
    study : Study
        With a table of surveys.
    p : object
        survey_dimensions, survey_outcomes, survey_scales, survey_segment and survey_groups as attributes.

    Raises
    ------
    InputError
        With all that keeps the answers from being used.
    """
    surveys = study.table("surveys").to_pandas()
    by = [name for name in ("customer_id", "time", *surveys.columns) if name in surveys.columns]
    surveys = surveys.sort_values(list(dict.fromkeys(by)), kind="stable", ignore_index=True)
    asked = satisfaction.questions_asked(surveys, listed_columns(p.survey_outcomes))
    dimensions = listed_columns(p.survey_dimensions) or asked
    scales = satisfaction.read_scales(p.survey_scales)
    customers = study.table("customers").to_pandas().set_index("customer_id") if study.has("customers") else None
    segments = customers[p.survey_segment] if customers is not None and p.survey_segment else None
    answers = satisfaction.prepare_answers(surveys, dimensions, scales=scales, segments=segments)
    times = pd.to_datetime(surveys["time"]) if "time" in surveys else None
    groups = {p.survey_segment: answers.segment} if segments is not None else {}
    if customers is not None:
        named = listed_columns(p.survey_groups)
        groups |= {name: satisfaction.of_customers(answers, customers[name]) for name in named}
    if times is not None:
        groups[_YEAR] = times.dt.year.astype("string")
    return SurveyAnswers(surveys, answers, times, groups)
