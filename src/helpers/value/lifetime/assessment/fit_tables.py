"""What the tested models are shown by: how they fit and forecast, and the totals they track."""

from datetime import date

import ibis.expr.types as ir
import pandas as pd

from helpers.value.lifetime.assessment.holdout_test import HoldoutTest
from helpers.value.lifetime.assessment.model_choice import MODEL_NAMES
from helpers.value.lifetime.assessment.tracking import track_repeat_purchases


def rating_to_read(test: HoldoutTest) -> pd.DataFrame:
    """Return how models fit and forecast, by their usual names.

    Parameters
    ----------
    test : HoldoutTest
        From `hold_back`.

    Returns
    -------
    DataFrame
        Columns of `rate_models` without `sound`; `earlier_mae` last, where the model was chosen by earlier weeks.
    """
    return test.rating.drop(columns="sound").rename(index=dict(MODEL_NAMES))


def track_holdout_test(transactions: ir.Table, test: HoldoutTest, *, as_of: date) -> pd.DataFrame:
    """Add up repeat purchases week by week, as they happened and as the models of a test expected them.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines.
    test : HoldoutTest
        From `hold_back`.
    as_of : date
        The day after the last one observed.

    Returns
    -------
    DataFrame
        From `track_repeat_purchases`.
    """
    return track_repeat_purchases(transactions, test.history, test.models, as_of=as_of, holdout_from=test.held_from)
