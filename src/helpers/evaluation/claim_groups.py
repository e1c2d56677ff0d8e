"""Claims that compare groups of customers: who was loyal, satisfied or a customer for long."""

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError
from helpers.core.periods import per_period
from helpers.evaluation.claim_methods import mean_ratio_claim, share_ratio_claim, slope_claim
from helpers.evaluation.claims import ClaimAnswer
from helpers.evaluation.following import brought_after

FEWEST_TENURE_DAYS = 365
"""Days between the oldest and the newest customer, below which tenure says nothing."""


def loyal_claim(key: str, activity: pd.DataFrame, *, confidence: float = 0.95) -> ClaimAnswer:
    """Compare what customers brought in a third period: those of both periods before with those of one of them.

    Parameters
    ----------
    key : str
        Of the claim.
    activity : DataFrame
        From `customers_by_period` with three periods.
    confidence : float
        Between 0 and 1.

    Raises
    ------
    InputError
        When a group is too small or brought nothing.
    """
    orders, revenue = per_period(activity, "orders", 3), per_period(activity, "revenue", 3)
    bought = (orders[[0, 1]] > 0).sum(axis=1)
    latest = revenue[2].to_numpy(dtype=np.float64)
    loyal, others = latest[(bought == 2).to_numpy()], latest[(bought == 1).to_numpy()]
    return mean_ratio_claim(key, loyal, others, confidence=confidence)


def tenure_claim(
    key: str, since: "pd.Series[pd.Timestamp]", brought: "pd.Series[float]", before: date, *, confidence: float = 0.95
) -> ClaimAnswer:
    """Compare what the older half of those who still buy brought with what the newer half did.

    Parameters
    ----------
    key : str
        Of the claim.
    since : Series of datetime
        By customer: since when it is one.
    brought : Series of float
        By customer: what those brought who bought in the latest period.
    before : date
        First day of that period; customers since then are left out.
    confidence : float
        Between 0 and 1.

    Raises
    ------
    InputError
        When customers are hardly older than others, or a half is too small or brought nothing.
    """
    began = since.reindex(brought.index).dropna()
    # Who came within the period had less of it in which to buy.
    began = began[began < pd.Timestamp(before)]
    spread = (began.max() - began.min()).days if len(began) else 0
    if spread < FEWEST_TENURE_DAYS:
        what = f"the oldest customer came {spread} days before the newest; {FEWEST_TENURE_DAYS} are needed"
        raise InputError(Fault(what, where="customers", remedy="follow customers for longer"))
    older = (began <= began.median()).to_numpy()
    values = np.asarray(brought.loc[began.index], dtype=np.float64)
    return mean_ratio_claim(key, values[older], values[~older], less=1.0, confidence=confidence)


def rebuy_claim(key: str, surveys: ir.Table, as_of: date, *, confidence: float = 0.95) -> ClaimAnswer:
    """Compare the share who surely intend to buy again: the very satisfied with the merely satisfied.

    Of a scale up to ten, very satisfied are nine and ten, satisfied seven and eight, and nine and ten intend surely; of
    a scale up to five these are five, four, and five.

    Parameters
    ----------
    key : str
        Of the claim.
    surveys : ibis Table
        Standard surveys with `overall` and `rebuy_intention`.
    as_of : date
        Answers on or after it are not used.
    confidence : float
        Between 0 and 1.

    Raises
    ------
    InputError
        When a column is missing, the scale is none of these, or a group is too small.
    """
    require_columns(surveys.columns, ("overall", "rebuy_intention"), where="surveys")
    answers = _answers(surveys, as_of)
    scores = answers[["overall", "rebuy_intention"]].dropna().astype(float)
    ends = scores.max()
    if not ends.isin([5, 10]).all():
        what = f"scales end at {ends['overall']:g} and {ends['rebuy_intention']:g}"
        raise InputError(
            Fault(
                what,
                where="surveys",
                allowed="scales up to 5 or up to 10",
                remedy="bring the answers to one scale first",
            )
        )
    part = scores / ends
    very, merely, surely = part["overall"] > 0.85, part["overall"].between(0.65, 0.85), part["rebuy_intention"] > 0.85
    counts = [int(flag.sum()) for flag in (very & surely, very, merely & surely, merely)]
    return share_ratio_claim(key, counts[0], counts[1], counts[2], counts[3], confidence=confidence)


def satisfaction_claim(
    key: str,
    surveys: ir.Table,
    amounts: ir.Table,
    as_of: date,
    *,
    raised: float,
    months: int,
    counted: str = "revenue",
    confidence: float = 0.95,
) -> ClaimAnswer:
    """Measure how what follows an answer in the next months goes with the satisfaction it states.

    Parameters
    ----------
    key : str
        Of the claim.
    surveys : ibis Table
        Standard surveys with `time` and `overall`; of each customer the last answer followed for so long.
    amounts : ibis Table
        `customer_id`, `time`, `amount`, and `cost` where contribution is counted.
    as_of : date
        Analysis date.
    raised : float
        Part by which satisfaction is higher.
    months : int
        How long customers are followed.
    counted : {"revenue", "contribution"}
        What is summed up.
    confidence : float
        Between 0 and 1.

    Raises
    ------
    InputError
        When a column is missing, there are too few answers, or they are all equal.
    """
    require_columns(surveys.columns, ("time", "overall"), where="surveys")
    answers = _answers(surveys, (pd.Timestamp(as_of) - pd.DateOffset(months=months)).date())
    last = answers.dropna(subset=["overall"]).drop_duplicates("customer_id", keep="last")
    if last.empty:
        what = f"no answer {months} months or more before {as_of}"
        raise InputError(Fault(what, where="surveys", remedy="follow customers for fewer months"))
    starts = last.rename(columns={"time": "begin"})
    brought = brought_after(starts, amounts, months=months, counted=counted)
    outcome = np.asarray(starts["customer_id"].map(brought).fillna(0.0), dtype=np.float64)
    return slope_claim(key, np.asarray(starts["overall"], dtype=np.float64), outcome, raised, confidence=confidence)


def first_days(lines: ir.Table, customers: ir.Table | None) -> "pd.Series[pd.Timestamp]":
    """Return since when each is a customer: as recorded, else the day of the first line."""
    if customers is not None and "customer_since" in customers.columns:
        found = customers.select("customer_id", since="customer_since").to_pyarrow().to_pandas()
    else:
        found = lines.group_by("customer_id").agg(since=ibis._["time"].min()).to_pyarrow().to_pandas()
    since: pd.Series[pd.Timestamp] = found.drop_duplicates("customer_id").set_index("customer_id")["since"]
    return pd.to_datetime(since)


def _answers(surveys: ir.Table, until: date) -> pd.DataFrame:
    kept = [name for name in ("customer_id", "time", "overall", "rebuy_intention") if name in surveys.columns]
    frame: pd.DataFrame = surveys.select(*kept).to_pyarrow().to_pandas()
    if "time" in frame:
        frame["time"] = pd.to_datetime(frame["time"])
        frame = frame[frame["time"] < pd.Timestamp(until)].sort_values(["time", "customer_id"], kind="stable")
    return frame.reset_index(drop=True).replace([np.inf, -np.inf], np.nan)
