"""Satisfied against loyal: whether those who say they are satisfied buy again, from their orders."""

from datetime import date

import ibis.expr.types as ir
import pandas as pd

from helpers.core.any_engine import rows_beside
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import clustered_difference, clustered_share
from helpers.core.lines import lines_until
from helpers.core.verdicts import Verdict
from helpers.evaluation.satisfaction.answers import HIGH_FROM, LOW_UP_TO, Answers

SATISFIED, BETWEEN, DISSATISFIED = "satisfied", "between", "dissatisfied"
BUY_MORE_OFTEN, NO_DIFFERENCE, BUY_LESS_OFTEN, TOO_FEW = "more", "not shown", "less", "too few"
FEWEST_CUSTOMERS = 10
"""Customers on each side of a comparison, without whom none is made."""


def follow_answers(
    answers: Answers, times: "pd.Series[pd.Timestamp]", transactions: ir.Table, until: date, *, days: int
) -> pd.DataFrame:
    """Find for each questionnaire whether the customer bought again after it.

    Parameters
    ----------
    answers : Answers
        From `prepare_answers`.
    times : Series, shape (questionnaires,)
        When each was answered.
    transactions : ibis Table
        Standard transactions; lines of more than nil are purchases.
    until : date
        Day up to which all orders are known.
    days : int
        How long after the answer an order counts; answers less than so many days before `until` are left out.

    Returns
    -------
    DataFrame
        customer_id, overall (points), attitude (`SATISFIED`, `BETWEEN`, `DISSATISFIED` by the place on the scale) and
        bought.

    Raises
    ------
    InputError
        When no answer is followed for so long.
    """
    require_within({"days": days}, low=1, high=10_000)
    asked = pd.DataFrame(
        {"customer_id": answers.customer, "overall": answers.overall, "answered": pd.to_datetime(times)}
    )
    asked = asked.dropna().reset_index(drop=True)
    asked = asked[asked["answered"] + pd.Timedelta(days=days) <= pd.Timestamp(until)].reset_index(drop=True)
    if asked.empty:
        remedy = "look at fewer days, or wait until orders after the survey are known"
        what = f"no answer is followed by {days} days of known orders"
        raise InputError(Fault(what, "surveys", f"answers {days} days or more before {until}", remedy))
    asked["answer"] = asked.index
    lines = lines_until(transactions, until)
    days_bought = (
        lines.filter(lines.amount > 0).select(customer_id=lines.customer_id.cast("string"), time=lines.time).distinct()
    )
    asked["last"] = asked["answered"] + pd.Timedelta(days=days)
    known = rows_beside(asked[["answer", "customer_id", "answered", "last"]], lines)
    both = days_bought.join(known, "customer_id")
    found = both.filter((both.time > both.answered) & (both.time <= both["last"])).select("answer").distinct().answer
    bought = set(found.to_pyarrow().to_pylist())
    place = answers.scale.place(asked["overall"])
    asked["attitude"] = BETWEEN
    asked.loc[place >= HIGH_FROM, "attitude"] = SATISFIED
    asked.loc[place <= LOW_UP_TO, "attitude"] = DISSATISFIED
    asked["bought"] = asked["answer"].isin(bought)
    return asked[["customer_id", "overall", "attitude", "bought"]]


def buying_by_attitude(followed: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return the share who bought again, by attitude.

    Returns
    -------
    DataFrame
        By attitude, those there are: answers, customers, share, low, high; intervals allow for customers who repeat.
    """
    rows = {}
    for attitude in (SATISFIED, BETWEEN, DISSATISFIED):
        part = followed[followed["attitude"] == attitude]
        if len(part):
            share = clustered_share(part["bought"], part["customer_id"], confidence=confidence)
            ends = {"share": share.estimate, "low": share.low, "high": share.high}
            rows[attitude] = {"answers": len(part), "customers": part["customer_id"].nunique(), **ends}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("attitude")


def satisfied_less_others(followed: pd.DataFrame, *, confidence: float = 0.95) -> tuple[float, float, float]:
    """Return by how much more often the satisfied bought again than all others, with its interval."""
    found = clustered_difference(
        followed["bought"], followed["attitude"] == SATISFIED, followed["customer_id"], confidence=confidence
    )
    return found.estimate, found.low, found.high


def judge_buying(followed: pd.DataFrame, *, confidence: float = 0.95) -> Verdict:
    """Say whether the satisfied buy again more often, beyond chance; `TOO_FEW` where a side is too small."""
    sides = followed.groupby(followed["attitude"] == SATISFIED)["customer_id"].nunique()
    difference, low, high = satisfied_less_others(followed, confidence=confidence)
    if len(sides) < 2 or sides.min() < FEWEST_CUSTOMERS:
        return Verdict("the satisfied buy again", float("nan"), 0.0, TOO_FEW, TOO_FEW)
    status = BUY_MORE_OFTEN if low > 0 else BUY_LESS_OFTEN if high < 0 else NO_DIFFERENCE
    return Verdict("the satisfied buy again", difference, 0.0, status, status)
