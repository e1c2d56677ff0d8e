"""Customers scored at an earlier day, beside what they brought from then on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from helpers.core.periods import months_before
from helpers.value.ahp.hierarchy import HierarchyWeights
from helpers.value.ahp.indicators import BETTER, contribution_between, measure_indicators
from helpers.value.ahp.scoring import CustomerScores, score_customers
from helpers.value.contribution.contribution import CostAssumptions


@dataclass(frozen=True)
class HoldoutScores:
    """What was known of customers at the split, and what came after.

    Parameters
    ----------
    scored : CustomerScores
        Customers with an order in the months before the split, scored from those months alone.
    actual : Series
        By customer, contribution from the split to the analysis date, study currency.
    naive : Series
        By customer, contribution in the months before the split, study currency.
    split : date
        First day held back.
    """

    scored: CustomerScores
    actual: "pd.Series[float]"
    naive: "pd.Series[float]"
    split: date


def score_before_holdout(
    tables: Mapping[str, ir.Table],
    as_of: date,
    weights: HierarchyWeights,
    costs: CostAssumptions,
    *,
    months: int = 12,
    holdout_months: int = 6,
) -> HoldoutScores:
    """Score customers as they stood before the last months, and measure what they brought in those.

    Parameters
    ----------
    tables : mapping of str to ibis Table
        Standard tables by name; transactions must be among them.
    as_of : date
        Analysis date.
    weights : HierarchyWeights
        Of the whole hierarchy.
    costs : CostAssumptions
        How contribution is worked out.
    months, holdout_months : int
        Months measured before the split, and months held back after it.

    Returns
    -------
    HoldoutScores
        Scores and outcome.

    Raises
    ------
    InputError
        When nobody bought before the split or after it.
    """
    split = months_before(as_of, holdout_months)
    measured = measure_indicators(tables, split, costs, months=months)
    scored = score_customers(measured.table, weights, BETTER, reasons=measured.reasons)
    actual = contribution_between(tables["transactions"], split, as_of, costs, measured.table.index)
    return HoldoutScores(scored, actual, measured.table["contribution"], split)
