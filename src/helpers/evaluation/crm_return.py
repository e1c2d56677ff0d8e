"""Money in, money out: what contacts brought that would not have come without them, less what they cost."""

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_sum

EARNED, LOST, UNCLEAR = "earned more than it cost", "cost more than it brought", "these data cannot say"
FEWEST_CUSTOMERS = 30
"""Customers in each group, below which no return is given."""
_KEYS = ["customer_id", "campaign_id"]


@dataclass(frozen=True)
class CampaignReturn:
    """What contacts brought beyond those held back, and what they cost; study currency.

    Parameters
    ----------
    contacts : int
        Customers contacted, once for each campaign.
    gain, gain_low, gain_high : float
        Contribution beyond what would have come anyway, of all contacts, with interval.
    cost : float
        Of the contacts.
    contacts_needed : float
        About how many contacts would make the interval narrow enough to leave out the cost; nan where it does.
    """

    contacts: int
    gain: float
    gain_low: float
    gain_high: float
    cost: float
    contacts_needed: float

    @property
    def ratio(self) -> tuple[float, tuple[float, float]]:
        """Gain less cost over cost, with its interval: nil where what was spent just came back."""
        low, high = self.gain_low / self.cost - 1, self.gain_high / self.cost - 1
        return self.gain / self.cost - 1, (low, high)

    @property
    def status(self) -> str:
        """Whether the whole interval of the gain lies above the cost, below it, or on both sides."""
        if self.gain_low > self.cost:
            return EARNED
        return LOST if self.gain_high < self.cost else UNCLEAR


def contributed(pairs: pd.DataFrame, responses: ir.Table, contacts: ir.Table, *, margin: float) -> pd.DataFrame:
    """Add to each pair what its responses brought in contribution, and what its contact cost.

    Parameters
    ----------
    pairs : DataFrame
        From `campaign_pairs`.
    responses, contacts : ibis Table
        Standard tables; `amount` of the responses and `cost` of the contacts are needed.
    margin : float
        Share of the amount left after the cost of goods.

    Returns
    -------
    DataFrame
        The pairs with `contribution` (of responses within the window) and `cost` (nil for those held back).

    Raises
    ------
    InputError
        When amounts of responses or costs of contacts are not recorded.
    """
    for table, column, where in ((responses, "amount", "responses"), (contacts, "cost", "contacts")):
        if column not in table.columns:
            what = f"no column {column}: what contacts brought and cost is not on record"
            raise InputError(Fault(what, where=where, remedy=f"give the {column} of every row of {where}"))
    answers = responses.select(*_KEYS, "amount", *[name for name in ("time",) if name in responses.columns])
    frame = answers.order_by(*_KEYS).to_pyarrow().to_pandas().merge(pairs[[*_KEYS, "start", "end"]], on=_KEYS)
    if "time" in frame:
        day = pd.to_datetime(frame["time"]).dt.normalize()
        late = day > pd.to_datetime(frame["end"])
        frame = frame[~late & (day >= pd.to_datetime(frame["start"]))]
    brought = frame.groupby(_KEYS)["amount"].sum().mul(margin).rename("contribution").reset_index()
    spent = contacts.group_by(_KEYS).agg(cost=ibis._["cost"].sum()).to_pyarrow().to_pandas()
    found = pairs.merge(brought, on=_KEYS, how="left").merge(spent, on=_KEYS, how="left")
    found["contribution"] = found["contribution"].fillna(0.0).astype(float)
    found["cost"] = found["cost"].astype(float).where(found["treated"], 0.0)
    return found


def measure_return(pairs: pd.DataFrame, *, confidence: float = 0.95) -> CampaignReturn:
    """Compare what contacts brought beyond those held back with what they cost.

    Differences are taken inside each campaign and summed over its contacts; the variance sums the deviations of each
    customer first, who may stand in several campaigns and in both groups.

    Parameters
    ----------
    pairs : DataFrame
        `customer_id`, `campaign_id`, `treated`, `contribution`, `cost`, as from `contributed`.
    confidence : float
        Between 0 and 1.

    Raises
    ------
    InputError
        When a contact has no cost, all contacts together cost nothing, or too few customers were contacted or held
        back.

    References
    ----------
    Cameron and Miller (2015), "A practitioner's guide to cluster-robust inference", Journal of Human Resources 50.

    Examples
    --------
    >>> pairs = pd.DataFrame({"customer_id": range(80), "campaign_id": 1, "treated": [True, False] * 40,
    ...                       "contribution": [6.0, 1.0, 4.0, 3.0] * 20, "cost": [1.0, 0.0] * 40})
    >>> found = measure_return(pairs)
    >>> found.gain, found.cost, found.status
    (120.0, 40.0, 'earned more than it cost')
    """
    require_columns(pairs.columns, (*_KEYS, "treated", "contribution", "cost"), where="pairs")
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    both = pairs.groupby("campaign_id")["treated"].transform("nunique") == 2
    used = pairs[both]
    _refuse_too_little(used)
    groups = used.groupby(["campaign_id", "treated"])["contribution"].agg(["mean", "size"])
    keys = pd.MultiIndex.from_frame(used[["campaign_id", "treated"]])
    mean, size = (groups[name].reindex(keys).to_numpy(dtype=float) for name in ("mean", "size"))
    treated = used["treated"].to_numpy(dtype=bool)
    of_treated = used.groupby("campaign_id")["treated"].transform("sum").to_numpy(dtype=float)
    weight = np.where(treated, 1.0, -of_treated / size)
    value = used["contribution"].to_numpy(dtype=float)
    codes, customers = pd.factorize(used["customer_id"])
    deviations = np.bincount(codes, weight * (value - mean), len(customers))
    error = float(np.sqrt(np.sum(deviations**2) * len(customers) / (len(customers) - 1)))
    reach = float(stats.t.ppf(0.5 + confidence / 2, len(customers) - 1)) * error
    gain, cost, contacts = float(weight @ value), float(used["cost"].sum()), int(treated.sum())
    # The interval of a sum over n contacts grows with the root of n, the distance from the cost with n.
    needed = contacts * (reach / abs(gain - cost)) ** 2 if reach > abs(gain - cost) > 0 else float("nan")
    return CampaignReturn(contacts, gain, gain - reach, gain + reach, cost, needed)


def _refuse_too_little(used: pd.DataFrame) -> None:
    faults = []
    for treated, words in ((True, "contacted"), (False, "held back")):
        found = used.loc[used["treated"] == treated, "customer_id"].nunique()
        if found < FEWEST_CUSTOMERS:
            what = f"{found} customers {words} in campaigns that have both; {FEWEST_CUSTOMERS} are needed"
            faults.append(Fault(what, where="contacts", remedy="hold customers back by lot from the next campaign"))
    if used.loc[used["treated"], "cost"].isna().any():
        faults.append(Fault("contacts without a cost", where="contacts", remedy="give the cost of every contact"))
    elif not faults and not used["cost"].sum() > 0:
        faults.append(Fault("all contacts together cost nothing", where="contacts", remedy="give what they cost"))
    if faults:
        raise InputError(faults)


def margin_of(lines: ir.Table, as_of: date) -> float:
    """Return the share of revenue left after the cost of goods; nan where a line before `as_of` has no cost."""
    if "cost" not in lines.columns:
        return float("nan")
    before = lines.filter(lines["time"] < ibis.timestamp(as_of.isoformat()))
    money = {name: exact_sum(before[name]) for name in ("amount", "cost")}
    row = before.aggregate(**money, rows=before.count(), known=before["cost"].count()).to_pyarrow().to_pylist()[0]
    sound = row["rows"] and row["rows"] == row["known"] and row["amount"] > 0
    return 1 - row["cost"] / row["amount"] if sound else float("nan")
