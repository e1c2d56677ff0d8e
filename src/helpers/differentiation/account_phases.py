"""Seven phases of a business account, by orders, contribution and whether it is still visited or under contract."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, some_of
from helpers.differentiation.life_cycle import LifeCycle

ACCOUNT_PHASES: Mapping[str, str] = MappingProxyType(
    {
        "break-through": "won lately or with few orders: the first success is to be made a second one",
        "consolidation": "orders again and again, but more is spent than comes back",
        "growth": "contributes more than before, by more than chance explains",
        "harvest": "contributes as much as before, and more than is spent",
        "defence": "contributes less than before, or is silent for unusually long, and is cared for",
        "hibernation": "does not order, but is kept: likely a customer still, or visited, or under contract",
        "suspension": "gone by its own rhythm, and neither visited nor under contract",
    }
)
"""The seven phases in the order of an account's life, and what each means here."""


def assign_account_phases(
    life: LifeCycle, states: "pd.Series[str]", kept: "pd.Series[bool]", accounts: pd.Index
) -> "pd.Series[str]":
    """Assign every business account to one of seven phases; the first that fits counts, from the end of its life.

    Parameters
    ----------
    life : LifeCycle
        From `assign_phases_by_return` or `assign_phases`; without costs no account is in consolidation but for few
        orders.
    states : Series of str
        New, active, lapsing or lost by the own rhythm, by customer_id.
    kept : Series of bool
        Whether the account was visited of late or is under contract, by customer_id; who is not listed is not.
    accounts : Index
        Customers that are business accounts.

    Returns
    -------
    Series of categorical
        Phase of each account in the order given.

    Raises
    ------
    InputError
        When an account has no phase of the relationship or no state, or there is none.

    Notes
    -----
    The names are those of key account management; the rule is stated here:

    1. *suspension*: lost, and not kept; *hibernation*: lost but kept, or lapsing and not kept;
    2. *defence*: lapsing but kept, or contributing less (falling);
    3. *break-through*: short history or few purchases;
    4. *growth*: rising; *consolidation*: more spent than comes back; else *harvest*.
    """
    if accounts.empty:
        raise InputError(Fault("there is no business account", where="accounts", remedy="name customers of kind firm"))
    missing = accounts.difference(life.customers.index).union(accounts.difference(states.index)).tolist()
    if missing:
        what = f"accounts without a phase or a state: {some_of(missing)}"
        raise InputError(Fault(what, where="accounts", remedy="give accounts with a purchase before the analysis date"))
    require_columns(life.customers.columns, ("reason", "phase"), where="life")
    reason = life.customers.loc[accounts, "reason"]
    state = states.loc[accounts].astype("str")
    cared = kept.reindex(accounts, fill_value=False).astype(bool)
    when = [
        (state == "lost") & ~cared,
        (state == "lost") | ((state == "lapsing") & ~cared),
        (state == "lapsing") | reason.isin(["falling", "silent"]),
        reason.isin(["short history", "few purchases"]),
        reason == "rising",
        reason == "more spent than comes back",
    ]
    names = ["suspension", "hibernation", "defence", "break-through", "growth", "consolidation"]
    phase = np.select([flags.to_numpy(dtype=bool) for flags in when], names, default="harvest")
    kind = pd.CategoricalDtype(list(ACCOUNT_PHASES), ordered=True)
    return pd.Series(pd.Categorical(phase, dtype=kind), index=accounts, name="account_phase")
