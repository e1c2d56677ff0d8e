"""How much a customer may owe, how much it owes, and on how few customers the exposure rests."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from helpers.core.checks import require_within
from helpers.core.errors import InputError, unknown_name
from helpers.value.credit.ageing import longest_age_days
from helpers.value.credit.grades import GRADES, NOT_GRADED
from helpers.value.credit.receivables import Receivables

GRADE_FACTORS: Mapping[str, float] = MappingProxyType({"A": 1.5, "B": 1.0, "C": 0.5, "D": 0.0, NOT_GRADED: 0.5})
"""Multiple of a term's purchases granted by grade where nothing else is stated: an assumption."""

_DAYS_PER_YEAR = 365


def credit_limits(
    receivables: Receivables,
    graded: pd.DataFrame,
    *,
    factors: Mapping[str, float] = GRADE_FACTORS,
    round_to: float = 100.0,
) -> pd.DataFrame:
    """Set a limit for every customer and compare it with what is open.

    The limit is what a customer buys, by the billing of the last twelve months, while a debt may be open (the usual
    term plus a third), times the factor of its grade.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    graded : DataFrame
        From `grade_customers`.
    factors : mapping of str to float
        By grade; grades left out keep their usual factor.
    round_to : float
        Limits are rounded up to a multiple of this, study currency.

    Returns
    -------
    DataFrame
        By customer_id: grade, billed_last_year, term_days (median of the invoices), limit, exposure, used (exposure
        over limit; infinite for a debt without a limit, 0 without either), excess (exposure above the limit).

    Raises
    ------
    InputError
        When a grade is unknown, a factor is negative, or `round_to` is not positive.
    """
    faults = [
        unknown_name(name, [*GRADES, NOT_GRADED], kind="grade", where="factors")
        for name in factors
        if name not in GRADE_FACTORS
    ]
    if faults:
        raise InputError(faults)
    require_within({f"factor of {name}": factor for name, factor in factors.items()}, low=0, high=100)
    require_within({"round_to": round_to}, low=0, high=float("inf"), low_open=True, high_open=True)
    invoices = receivables.invoices
    last_year = invoices[invoices["invoice_date"] >= receivables.as_of - pd.DateOffset(months=12)]
    billed = last_year.groupby("customer_id")["amount"].sum().reindex(graded.index, fill_value=0.0)
    term = invoices.groupby("customer_id")["term_days"].median().reindex(graded.index)
    days = longest_age_days(np.floor(term))
    factor = graded["grade"].astype("str").map({**GRADE_FACTORS, **factors}).astype("float64")
    raw = billed / _DAYS_PER_YEAR * days * factor
    # A limit that is a multiple already must not be lifted to the next one by its last digit.
    limit = np.ceil((raw / round_to).round(9)) * round_to
    exposure = graded["open_amount"]
    none = exposure.mask(exposure > 0, np.inf)
    return pd.DataFrame(
        {
            "grade": graded["grade"],
            "billed_last_year": billed.round(2),
            "term_days": term,
            "limit": limit,
            "exposure": exposure,
            "used": (exposure / limit.where(limit > 0)).fillna(none),
            "excess": (exposure - limit).clip(lower=0).round(2),
        }
    )


@dataclass(frozen=True)
class ExposureConcentration:
    """How far the exposure rests on few customers.

    Parameters
    ----------
    exposure : float
        Of all customers, study currency.
    customers : int
        Customers with an exposure.
    herfindahl : float
        Sum of squared shares, 1 / customers to 1; nan without exposure.
    as_if_equal : float
        Customers of equal exposure that would be as concentrated: 1 / herfindahl.
    largest_share, top_ten_share : float
        Shares of the largest debtor and of the ten largest.
    largest : DataFrame
        The ten largest: customer_id, exposure, share, cumulative_share.
    """

    exposure: float
    customers: int
    herfindahl: float
    as_if_equal: float
    largest_share: float
    top_ten_share: float
    largest: pd.DataFrame


def exposure_concentration(exposure: pd.Series) -> ExposureConcentration:
    """Measure on how few customers the exposure rests.

    Parameters
    ----------
    exposure : Series
        Open amount by customer_id, 0 or more.

    References
    ----------
    Hirschman (1964), "The paternity of an index", American Economic Review 54, 761-762; Adelman (1969), Review of
    Economics and Statistics 51, 99-101 (the inverse as a number of equals).

    Examples
    --------
    >>> found = exposure_concentration(pd.Series({"a": 60.0, "b": 20.0, "c": 20.0, "d": 0.0}))
    >>> round(found.herfindahl, 2), found.customers, found.largest_share
    (0.44, 3, 0.6)
    """
    require_within({"smallest exposure": float(exposure.min()) if len(exposure) else 0.0}, low=0, high=float("inf"))
    owing = exposure[exposure > 0].rename("exposure").rename_axis("customer_id").reset_index()
    owing = owing.sort_values(["exposure", "customer_id"], ascending=[False, True], ignore_index=True)
    total = float(owing["exposure"].sum())
    owing["share"] = owing["exposure"] / total if total else 0.0
    owing["cumulative_share"] = owing["share"].cumsum()
    herfindahl = float((owing["share"] ** 2).sum()) if len(owing) else float("nan")
    top = owing.head(10)
    return ExposureConcentration(
        total,
        len(owing),
        herfindahl,
        1 / herfindahl,
        float(top["share"].iloc[0]) if len(top) else float("nan"),
        float(top["share"].sum()) if len(top) else float("nan"),
        top,
    )
