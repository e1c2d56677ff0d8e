"""Scores of dimensions, of all and of segments, and the map of importance and performance."""

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.checks import require_within
from helpers.evaluation.satisfaction.answers import OVERALL, Answers
from helpers.evaluation.satisfaction.drivers import clustered_variance

ALL = "all"
IMPROVE, KEEP, LOW_PRIORITY, ENOUGH, UNSURE = "improve first", "keep up", "low priority", "more than enough", "unsure"
"""Fields of the map: important and below the mean, important and above, the other two, and where intervals cross."""


def dimension_scores(answers: Answers, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return the mean of every dimension and of the overall score, over all and by segment.

    Parameters
    ----------
    answers : Answers
        From `prepare_answers`; every answer to a question counts, complete or not.
    confidence : float
        Coverage of the intervals, which allow for customers who answer several times.

    Returns
    -------
    DataFrame
        segment, dimension, answers, score, low, high; in the order of the questionnaire, the overall score last.
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    questions = answers.scores.assign(**{OVERALL: answers.overall})
    groups = [(ALL, pd.Series(data=True, index=questions.index))]
    groups += [(str(one), answers.of_segment(one)) for one in sorted(answers.segment.dropna().unique())]
    rows = []
    for name, inside in groups:
        for question, points in questions[inside].items():
            found = _mean(points.dropna(), answers, confidence)
            rows.append({"segment": name, "dimension": str(question), **found})
    return pd.DataFrame(rows)


def _mean(points: "pd.Series[float]", answers: Answers, confidence: float, *, within: bool = True) -> dict[str, float]:
    """Return count, mean and interval over customers, the ends kept within the scale."""
    count = len(points)
    customers = answers.customer[points.index]
    if customers.nunique() < 2:
        return {"answers": count, "score": float(points.mean()) if count else np.nan, "low": np.nan, "high": np.nan}
    mean = float(points.mean())
    variance, groups = clustered_variance(np.ones((count, 1)), np.asarray(points, dtype=np.float64) - mean, customers)
    reach = float(stats.t.ppf(0.5 + confidence / 2, groups - 1) * np.sqrt(variance[0, 0]))
    low, high = mean - reach, mean + reach
    if within:
        low, high = max(low, answers.scale.lowest), min(high, answers.scale.highest)
    return {"answers": count, "score": mean, "low": low, "high": high}


def importance_performance(importance: pd.DataFrame, answers: Answers, *, confidence: float = 0.95) -> pd.DataFrame:
    """Place every dimension by how much it counts and how well it is done.

    Parameters
    ----------
    importance : DataFrame
        From `relative_importance`.
    answers : Answers
        From `prepare_answers`; those complete are used, so that dimensions are compared inside the same questionnaires.
    confidence : float
        Coverage of the intervals of the scores.

    Returns
    -------
    DataFrame
        By dimension: importance, importance_low, importance_high, score, score_low, score_high, and field, held against
        an equal share of importance and the mean score of the dimensions; `UNSURE` where an interval crosses either.
        The interval of a score is that of its distance from the mean of the dimensions.

    References
    ----------
    Martilla and James (1977), "Importance-performance analysis", Journal of Marketing 41, 77-79.
    """
    used = answers.complete
    usual = used.scores.mean(axis=1)
    distances = {name: _mean(used.scores[name] - usual, used, confidence, within=False) for name in used.dimensions}
    table = importance.rename(columns={"low": "importance_low", "high": "importance_high"})
    middle = float(usual.mean())
    for column, key in (("score", "score"), ("score_low", "low"), ("score_high", "high")):
        table[column] = [middle + distances[str(name)][key] for name in table.index]
    important = _side(table["importance_low"], table["importance_high"], 1 / len(table))
    good = _side(table["score_low"], table["score_high"], middle)
    fields = {(1, -1): IMPROVE, (1, 1): KEEP, (-1, -1): LOW_PRIORITY, (-1, 1): ENOUGH}
    table["field"] = [fields.get(pair, UNSURE) for pair in zip(important, good, strict=True)]
    return table


def _side(low: "pd.Series[float]", high: "pd.Series[float]", limit: float) -> list[int]:
    return [int(begin > limit) - int(end < limit) for begin, end in zip(low, high, strict=True)]
