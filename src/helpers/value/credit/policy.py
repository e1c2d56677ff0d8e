"""Terms by grade: who gets the contracted term, who pays a part before delivery, who pays before delivery."""

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from helpers.core.checks import require_within
from helpers.core.errors import InputError, unknown_name
from helpers.value.credit.expected_loss import ExpectedLoss
from helpers.value.credit.grades import GRADES, NOT_GRADED

TERMS: Mapping[str, str] = MappingProxyType(
    {
        "A": "as contracted",
        "B": "preferably part prepaid",
        "C": "part prepaid",
        "D": "cash before delivery",
        NOT_GRADED: "as for C, until the first invoices are old enough",
    }
)
PREPAID_SHARES: Mapping[str, float] = MappingProxyType({"A": 0.0, "B": 0.3, "C": 0.5, "D": 1.0, NOT_GRADED: 0.5})
"""Share of an order paid before delivery where nothing else is stated: an assumption, not part of the rule."""


def grade_policy(prepaid_shares: Mapping[str, float] = PREPAID_SHARES) -> pd.DataFrame:
    """Return the terms by grade.

    Parameters
    ----------
    prepaid_shares : mapping of str to float
        By grade, share of an order paid before delivery; grades left out keep their usual share.

    Returns
    -------
    DataFrame
        By grade: terms, prepaid_share.

    Raises
    ------
    InputError
        When a grade is unknown or a share is outside 0..1.

    Examples
    --------
    >>> grade_policy({"B": 0.2})["prepaid_share"].to_dict()
    {'A': 0.0, 'B': 0.2, 'C': 0.5, 'D': 1.0, 'not graded': 0.5}
    """
    faults = [
        unknown_name(name, list(TERMS), kind="grade", where="prepaid_shares")
        for name in prepaid_shares
        if name not in TERMS
    ]
    if faults:
        raise InputError(faults)
    require_within({f"prepaid share of {name}": share for name, share in prepaid_shares.items()}, low=0, high=1)
    shares = {**PREPAID_SHARES, **prepaid_shares}
    index = pd.Index([*GRADES, NOT_GRADED], name="grade")
    return pd.DataFrame({"terms": pd.Series(TERMS), "prepaid_share": pd.Series(shares)}).reindex(index)


def policy_effect(graded: pd.DataFrame, policy: pd.DataFrame, loss: ExpectedLoss | None = None) -> pd.DataFrame:
    """Return what the terms would take off exposure and expected loss, all else as it is.

    What is open already does not shrink by new terms: the effect is that of balances of today's size, granted anew
    under the policy to the same customers.

    Parameters
    ----------
    graded : DataFrame
        From `grade_customers`.
    policy : DataFrame
        From `grade_policy`.
    loss : ExpectedLoss, optional
        Of today's balances.

    Returns
    -------
    DataFrame
        By grade: terms, prepaid_share, customers, exposure, exposure_after, and with a loss expected_loss and
        expected_loss_after.
    """
    by_grade = graded.groupby("grade", observed=False)
    totals = by_grade.agg(customers=("open_amount", "size"), exposure=("open_amount", "sum")).rename(index=str)
    table = policy.join(totals)
    kept = 1 - table["prepaid_share"]
    table["exposure_after"] = kept * table["exposure"]
    if loss is not None:
        expected = loss.by_customer.groupby("grade", observed=False)["expected_loss"].sum().rename(index=str)
        table = table.join(expected)
        table["expected_loss_after"] = kept * table["expected_loss"]
    return table
