"""Words of key-account plans: one sheet per account, with what the data show and rows for the seller to fill in."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd

from helpers.core.results import in_unit
from helpers.differentiation import AccountFacts, KeyAccounts
from helpers.differentiation.key_account_plans import MEASURES

VERDICT_OF_CHECK: Mapping[str, tuple[str, bool | None]] = MappingProxyType(
    {
        "better": ("verdict_better", True),
        "not distinguishable": ("verdict_alike", None),
        "worse": ("verdict_worse", None),
        "untested": ("verdict_untested", None),
        "none": ("verdict_none", None),
    }
)
"""By status of the check of a list: key of the verdict, and whether it is good news."""
_TO_FILL = ""
_UNKNOWN = "not known"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SWOT = (
    ("strength", "what we do better for this account than anybody"),
    ("weakness", "what others do better"),
    ("opportunity", "what will change for the better at the client or in its trade"),
    ("threat", "what could take the account away"),
)
_CLIENT = {
    "sector": "Sector",
    "city": "Place",
    "region": "Region",
    "employees": "Employees",
    "years_in_business": "Years in business",
    "equity_ratio": "Equity ratio",
    "tenure_years": "Years as our customer",
    "preferred_channel": "Preferred channel",
}
_COMPETITOR = ("Who else supplies them", "With what, at which price", "How firmly", "What they will do next")


@dataclass(frozen=True)
class AccountSheet:
    """One sheet of a workbook of plans.

    Parameters
    ----------
    name : str
        What the sheet is about; not yet safe as its name.
    note : str
        A line for the contents.
    sections : tuple of (str, DataFrame)
        Headings, and the rows below each.
    """

    name: str
    note: str
    sections: tuple[tuple[str, pd.DataFrame], ...]


def account_sheets(
    accounts: KeyAccounts,
    facts: AccountFacts,
    expected: pd.DataFrame,
    stay: "pd.Series[float]",
    information: pd.DataFrame,
    signs: pd.DataFrame,
    *,
    customers: pd.Index,
    currency: str,
) -> list[AccountSheet]:
    """Return a plan for each account, the best first: what the data show, and rows to fill in.

    Parameters
    ----------
    accounts : KeyAccounts
        From `helpers.differentiation.choose_key_accounts`.
    facts : AccountFacts
        What the tables show of the accounts.
    expected : DataFrame
        From `expected_trade`.
    stay : Series
        From `stay_shares`.
    information : DataFrame
        From `information_known`.
    signs : DataFrame
        From `measure_signs`.
    customers : Index
        Accounts that get a sheet.
    currency : str
        Of the study.
    """
    return [
        _sheet(number, accounts, facts, expected, stay, information, signs, currency)
        for number in accounts.table.index
        if number in customers
    ]


def _sheet(
    number: Any,
    accounts: KeyAccounts,
    facts: AccountFacts,
    expected: pd.DataFrame,
    stay: "pd.Series[float]",
    information: pd.DataFrame,
    signs: pd.DataFrame,
    currency: str,
) -> AccountSheet:
    row, own, forecast = accounts.table.loc[number], facts.table.loc[number], expected.loc[number]
    reasons = accounts.reasons[accounts.reasons["customer_id"] == number]
    called = own.get("last_name")
    name = str(called).strip() if isinstance(called, str) and called.strip() else str(number)
    place = int(row["place"])
    sections = (
        ("Why it is on the list", _why(row, reasons, float(stay.loc[number]))),
        ("Part one: the client", _rows({label: own.get(column) for column, label in _CLIENT.items()})),
        ("Part two: the competitor", _fill(_COMPETITOR)),
        ("Part three: ourselves", _ourselves(own, row, currency)),
        ("Strengths, weaknesses, opportunities, threats", _swot()),
        ("Goals and actions", _goals(forecast, own, currency)),
        ("Six measures", _measures(signs.loc[number])),
        ("Information", _information(information[information["customer_id"] == number])),
    )
    note = f"{row['state']}; on the list in {in_unit(float(stay.loc[number]), 'share')} of the drawn weights"
    return AccountSheet(f"{place} {name}", note, sections)


def _why(row: pd.Series, reasons: pd.DataFrame, stay: float) -> pd.DataFrame:
    shown = reasons[["axis", "criterion", "value", "points", "weight", "adds"]].round(
        {"points": 1, "adds": 1, "weight": 3}
    )
    shown = shown.assign(criterion=shown["criterion"].str.replace("_", " "))
    total: dict[str, object] = {
        "axis": "score",
        "criterion": f"stays on the list in {in_unit(stay, 'share')} of the drawn weights",
    }
    total |= {"value": "", "points": None, "weight": 1.0, "adds": round(float(row["score"]), 1)}
    return pd.DataFrame([*shown.to_dict("records"), total])


def _rows(found: Mapping[str, object]) -> pd.DataFrame:
    rows = [{"what": what, "the data show": _shown(value), "to add": _TO_FILL} for what, value in found.items()]
    return pd.DataFrame(rows)


def _shown(value: object) -> str:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return _UNKNOWN
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _fill(questions: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame([{"what": one, "to fill in": _TO_FILL, "source": _TO_FILL} for one in questions])


def _swot() -> pd.DataFrame:
    return pd.DataFrame([{"kind": kind, "asks for": asks, "to fill in": _TO_FILL} for kind, asks in _SWOT])


def _ourselves(own: pd.Series, row: pd.Series, currency: str) -> pd.DataFrame:
    money = {"Revenue of the last year": "revenue_year", "Revenue of the year before": "revenue_before"}
    money |= {"Margin of the last year": "margin_year"}
    found: dict[str, object] = {"State of the relationship": str(row["state"])}
    found |= {what: _money(own.get(column), currency) for what, column in money.items()}
    found["Below what accounts alike reach"] = _money(row["headroom_revenue"], currency)
    found |= {"Orders of the last year": int(own["orders_year"]), "Months with an order": int(own["months_active"])}
    bought, sold = own["groups_bought"], own["groups_sold"]
    found |= {"Product groups bought": f"{bought:.0f} of {sold:.0f}" if sold == sold else None}
    return _rows(found | {"Seller responsible": own.get("seller_id")})


def _money(value: object, currency: str) -> str:
    amount = float(value) if isinstance(value, int | float) else float("nan")
    return _UNKNOWN if amount != amount else in_unit(amount, currency)


def _goals(forecast: pd.Series, own: pd.Series, currency: str) -> pd.DataFrame:
    ends = f"{_money(float(forecast['low']), currency)} to {_money(float(forecast['high']), currency)}"
    as_before = f"goes on as in the last year ({ends})"
    first = {
        "goal": as_before,
        "action": _TO_FILL,
        "owner": _shown(own.get("seller_id")),
        "date": _TO_FILL,
        "expected revenue": _money(float(forecast["expected_revenue"]), currency),
        "expected margin": _money(float(forecast["expected_margin"]), currency),
    }
    empty = dict.fromkeys(first, _TO_FILL)
    return pd.DataFrame([first, empty, empty])


def _measures(signs: pd.Series) -> pd.DataFrame:
    words = dict.fromkeys(MEASURES, "the tables do not tell; ask")
    known = {name: value for name, value in signs.items() if value == value}
    texts = {
        MEASURES[0]: lambda value: f"most orders in {_MONTHS[int(value) - 1]}",
        MEASURES[1]: lambda value: f"product groups first bought in the last year: {int(value)}",
        MEASURES[3]: lambda value: f"visits in the last year: {int(value)}",
        MEASURES[4]: lambda value: f"responses to campaigns: {int(value)}",
        MEASURES[5]: lambda value: f"latest satisfaction: {in_unit(float(value), 'share')} of the scale",
    }
    words |= {str(name): texts[str(name)](value) for name, value in known.items() if name in texts}
    rows = [
        {"measure": name, "the data show": text, "action": _TO_FILL, "date": _TO_FILL} for name, text in words.items()
    ]
    return pd.DataFrame(rows)


def _information(known: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            "level": level,
            "piece": str(piece).replace("_", " "),
            "known": "yes" if is_known else "missing",
            "found": _TO_FILL,
        }
        for level, piece, is_known in zip(known["level"], known["piece"], known["known"], strict=True)
    ]
    return pd.DataFrame(rows)
