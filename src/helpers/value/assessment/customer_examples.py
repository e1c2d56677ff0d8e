"""A few customers that show how a table was made: chosen by rule, their rows shortened to what can be read."""

from collections.abc import Sequence

import pandas as pd

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
