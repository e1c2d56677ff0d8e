"""Many accounts at one address, telephone, e-mail or device."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.evaluation.order_habits import check_columns_of_customers

DETAILS: dict[str, tuple[str, ...]] = {
    "address": ("street", "postcode"),
    "phone": ("phone",),
    "email": ("email",),
    "identifier": ("identifier",),
}
"""By name of what accounts share: the columns of customers that say it."""


def shared_details(customers: ir.Table, *, more: Sequence[str] = (), least: int = 3) -> pd.DataFrame:
    """Return the accounts that share an address or another detail with others.

    Parameters
    ----------
    customers : ibis Table
        Standard customers.
    more : sequence of str
        Further columns of it, such as the number of a device.
    least : int
        Accounts at one address from which it is listed; two are often a household.

    Returns
    -------
    DataFrame
        One row per account and detail: detail, place (numbered within the detail, largest first), accounts (at that
        place), customer_id. Letters of either case and blanks at the ends are alike; empty details are none.

    Raises
    ------
    InputError
        When the customers have none of these columns, or lack one of those named in `more`.
    """
    require_within({"least": least}, low=2, high=1_000_000)
    check_columns_of_customers(customers.columns, more, parameter="shared_columns")
    wanted = {name: columns for name, columns in DETAILS.items() if set(columns) <= set(customers.columns)}
    wanted |= {name: (name,) for name in more}
    if not wanted:
        names = ", ".join(dict.fromkeys(name for columns in DETAILS.values() for name in columns))
        what = "no column holds an address, a telephone or another detail that accounts could share"
        raise InputError(Fault(what, "customers", f"one of {names}", "name it in parameter shared_columns"))
    parts = [_shared(customers, name, columns, least) for name, columns in wanted.items()]
    return pd.concat(parts, ignore_index=True)


def _shared(customers: ir.Table, detail: str, columns: Sequence[str], least: int) -> pd.DataFrame:
    parts = {f"part_{place}": customers[name].cast("string").strip().lower() for place, name in enumerate(columns)}
    rows = customers.select("customer_id", **parts).distinct()
    said = [ibis.coalesce(rows[name], "") != "" for name in parts]
    rows = rows.filter(*said)
    counted = rows.mutate(accounts=rows["customer_id"].count().over(group_by=list(parts)))
    kept = counted.filter(counted["accounts"] >= least)
    places = ibis.dense_rank().over(order_by=[ibis.desc("accounts"), *parts]) + 1
    frame: pd.DataFrame = kept.mutate(place=places).order_by("place", "customer_id").to_pyarrow().to_pandas()
    return frame.assign(detail=detail)[["detail", "place", "accounts", "customer_id"]]
