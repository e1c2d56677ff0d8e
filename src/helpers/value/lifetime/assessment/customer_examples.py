"""A few customers that show how a table was made: chosen by rule, their rows shortened to what can be read."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from helpers.value.lifetime.purchase_history import CustomerTrace

_KINDS: tuple[tuple[str, tuple[tuple[str, bool], ...]], ...] = (
    ("buys most often", (("frequency", False),)),
    ("bought once", (("frequency", True), ("age", False))),
    ("bought often, then fell silent", (("missed", False),)),
    ("spends most per purchase", (("mean_repeat_spend", False),)),
    ("is the newest who bought again", (("is_one_time", True), ("age", True))),
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
        `customer_id` and `why`; fewer than five rows where there are fewer customers. Ties go to the first customer by
        identifier.

    Examples
    --------
    >>> history = pd.DataFrame({"customer_id": ["a", "b"], "frequency": [0, 3], "age": [9.0, 9.0],
    ...     "age_at_last_purchase": [0.0, 2.0], "mean_repeat_spend": [0.0, 5.0], "days_since_last": [63, 49]})
    >>> pick_examples(history).values.tolist()
    [['b', 'buys most often'], ['a', 'bought once']]
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


_LINES = "Step one. The first lines and the last of each customer; the columns row and of tell how many there are."
_DAYS = "Step two. Lines of a day are added up; days on which more came back than was bought are left out."
_INPUTS = (
    "Step three. Frequency counts repeat purchases; both ages are in weeks from the first purchase. Days since the "
    "last purchase are what RFM scores use: the age less the age at the last purchase, times the days of a week."
)
_INPUT_COLUMNS = ["frequency", "age_at_last_purchase", "age", "days_since_last", "mean_repeat_spend"]


def steps_traced(examples: pd.DataFrame, trace: CustomerTrace) -> list[dict[str, Any]]:
    """Lay out the way from lines to model inputs, one table per step.

    Parameters
    ----------
    examples : DataFrame
        From `pick_examples`.
    trace : CustomerTrace
        Of the same customers.

    Returns
    -------
    list of dict
        frame, name, title and about of each table.
    """
    inputs = examples.merge(trace.inputs, on="customer_id")[["customer_id", "why", *_INPUT_COLUMNS]]
    frames = {
        "traced_lines": (shorten(trace.lines, ["time", "order_id", "amount"]), "Raw lines of a few customers", _LINES),
        "traced_days": (shorten(trace.days, ["day", "spend", "kind"]), "Their lines merged into days", _DAYS),
        "traced_inputs": (inputs, "Their days turned into model inputs", _INPUTS),
    }
    return [
        {"frame": frame, "name": name, "title": title, "about": about} for name, (frame, title, about) in frames.items()
    ]


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
