"""What customers brought in the months after a day of their own."""

import ibis.expr.types as ir
import pandas as pd

from helpers.core.any_engine import rows_beside
from helpers.core.lines import exact_sum


def brought_after(
    starts: pd.DataFrame, lines: ir.Table, *, months: int, counted: str = "revenue"
) -> "pd.Series[float]":
    """Sum up what each customer brought in the months from a day of its own, in the engine of the lines.

    Parameters
    ----------
    starts : DataFrame
        `customer_id`, once each, and `begin` (day).
    lines : ibis Table
        Standard transactions.
    months : int
        How long each customer is followed.
    counted : {"revenue", "contribution"}
        Amounts, or amounts less cost where every line has its cost.

    Returns
    -------
    Series
        By customer, in study currency; customers without a line are missing.
    """
    spans = pd.DataFrame({"customer_id": starts["customer_id"], "begin": starts["begin"].dt.normalize()})
    spans["end"] = spans["begin"] + pd.DateOffset(months=months)
    value = lines["amount"] - lines["cost"] if counted == "contribution" else lines["amount"]
    joined = lines.select("customer_id", "time", value=value).inner_join(rows_beside(spans, lines), "customer_id")
    inside = joined.filter((joined["time"] >= joined["begin"]) & (joined["time"] < joined["end"]))
    summed = inside.group_by("customer_id").agg(brought=exact_sum(inside["value"]))
    found: pd.Series[float] = summed.to_pyarrow().to_pandas().set_index("customer_id")["brought"].sort_index()
    return found
