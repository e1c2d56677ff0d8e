"""A few customers that show how a table was made: chosen by rule, their rows shortened to what can be read."""

from collections.abc import Sequence

import pandas as pd

from helpers.value.lifetime.purchase_history import CustomerTrace

_KINDS: tuple[tuple[str, tuple[tuple[str, bool], ...]], ...] = (
    ("buys_most_often", (("frequency", False),)),
    ("bought_once", (("frequency", True), ("age", False))),
    ("fell_silent", (("missed", False),)),
    ("spends_most", (("mean_repeat_spend", False),)),
    ("newest_who_returned", (("is_one_time", True), ("age", True))),
)


def pick_examples(history: pd.DataFrame) -> pd.DataFrame:
    """Pick five customers that differ: one each of the kinds worth seeing.

    Parameters
    ----------
    history : DataFrame of shape (n, …)
        Purchase histories.

    Returns
    -------
    DataFrame
        `customer_id` and `why`, the kind; fewer than five rows where there are fewer customers. Ties go to the first
        customer by identifier.

    Examples
    --------
    >>> history = pd.DataFrame({"customer_id": ["a", "b"], "frequency": [0, 3], "age": [9.0, 9.0],
    ...     "age_at_last_purchase": [0.0, 2.0], "mean_repeat_spend": [0.0, 5.0], "days_since_last": [63, 49]})
    >>> pick_examples(history).values.tolist()
    [['b', 'buys_most_often'], ['a', 'bought_once']]
    """
    silent_share = 1 - history["age_at_last_purchase"] / history["age"].where(history["age"] > 0, 1.0)
    left = history.assign(is_one_time=history["frequency"] == 0, missed=history["frequency"] * silent_share)
    picked = []
    for why, keys in _KINDS:
        if left.empty:
            break
        by, ascending = [*(name for name, _ in keys), "customer_id"], [*(up for _, up in keys), True]
        chosen = left.sort_values(by, ascending=ascending, kind="stable").iloc[0]
        picked.append({"customer_id": chosen["customer_id"], "why": why})
        left = left[left["customer_id"] != chosen["customer_id"]]
    return pd.DataFrame(picked, columns=["customer_id", "why"])


_INPUT_COLUMNS = ["frequency", "age_at_last_purchase", "age", "days_since_last", "mean_repeat_spend"]


def trace_steps(examples: pd.DataFrame, trace: CustomerTrace) -> dict[str, pd.DataFrame]:
    """Lay out the way from lines to model inputs, one table per step.

    Parameters
    ----------
    examples : DataFrame
        From `pick_examples`.
    trace : CustomerTrace
        Of the same customers.

    Returns
    -------
    dict of str to DataFrame
        `traced_lines`, `traced_days`, `traced_inputs`.
    """
    return {
        "traced_lines": shorten(trace.lines, ["time", "order_id", "amount"]),
        "traced_days": shorten(trace.days, ["day", "spend", "kind"]),
        "traced_inputs": examples.merge(trace.inputs, on="customer_id")[["customer_id", "why", *_INPUT_COLUMNS]],
    }


def shorten(frame: pd.DataFrame, columns: Sequence[str], *, first: int = 2, last: int = 1) -> pd.DataFrame:
    """Keep the first and last rows of every customer, numbered, so that it shows what was left out.

    Parameters
    ----------
    frame : DataFrame
        Rows in order, with `customer_id`.
    columns : sequence of str
        Columns to keep, those that there are.
    first, last : int
        Rows kept at either end.

    Returns
    -------
    DataFrame
        `customer_id`, `row` (number within the customer), `of` (rows the customer has) and the columns.
    """
    by = frame.groupby("customer_id", sort=False)["customer_id"]
    number, total = by.cumcount() + 1, by.transform("size")
    shown = frame.assign(row=number, of=total)[(number <= first) | (number > total - last)]
    return shown[["customer_id", "row", "of", *(name for name in columns if name in frame)]].reset_index(drop=True)
