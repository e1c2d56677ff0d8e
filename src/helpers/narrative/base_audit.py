"""Words of the customer-base audit that follow from a comparison."""

import pandas as pd


def factor_behind(factors: pd.DataFrame) -> str:
    """Return the key of the sentence on what moved revenue: one factor clearly, several, or none that is sure.

    Parameters
    ----------
    factors : DataFrame
        From `helpers.differentiation.bootstrap_decomposition`: change, low, high.

    Examples
    --------
    >>> rows = {"change": [5.0, 1.0, -1.0], "low": [2.0, -1.0, -3.0], "high": [8.0, 3.0, 1.0]}
    >>> factor_behind(pd.DataFrame(rows, index=["customers", "orders per customer", "spend per order"]))
    'moved_by_customers'
    """
    clear = factors[(factors["low"] > 0) | (factors["high"] < 0)]
    if len(clear) == 1:
        return f"moved_by_{str(clear.index[0]).replace(' ', '_')}"
    return "moved_by_several" if len(clear) else "moved_by_none"
