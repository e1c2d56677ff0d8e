"""The unit, the digits and the label a name has everywhere in the suite, so that notebooks need not repeat them."""

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from helpers.core.results import SHARE_DIFFERENCE, Scalar, in_unit, percentage_points, plain_scalar, significant

COUNTS = (
    "customers", "orders", "lines", "campaigns", "pairs", "contacts", "responses", "fields", "purposes", "groups",
    "comparisons", "products", "records", "leads", "invoices", "days", "weeks", "months", "hours",
)  # fmt: skip
"""Units of counts; a result whose name ends in one of these words, or names it alone, has that unit."""

_SHARE = re.compile(
    r"(^|_)(share|rate|completeness|validity|timeliness|duplication|retention|precision|recall|f1)(_low|_high)?$"
)
_MONEY = re.compile(
    r"(^|_)(revenue|contribution|discount|discounts|cost|amount|spend|profit|lifetime_value|order_value)$"
    r"|(^|_)(revenue|contribution|profit)_per_|^revenue_with(out)?_|^contribution_lost$"
)
_INTERVAL_END = re.compile(r"(^|_)(low|high)$")
_INDEX = re.compile(r"(^|_)index$")
_IDENTIFIER = re.compile(r"(^|_)id$")
_CURRENCY = re.compile(r"[A-Z]{3}")
_LABELS = {
    "index": "Index",
    "known_index": "Index",
    "known_share": "Share",
    "low": "From",
    "high": "To",
    "share_low": "From",
    "share_high": "To",
    "within_low": "From",
    "within_high": "To",
    "median_days_since_last": "Days since last purchase, median",
}


_WHOLES = (
    (re.compile(r"active_customer_share"), "known_customers"),
    (re.compile(r"retention_rate"), "retention_customers_before"),
    (re.compile(r"ahp_(high|low)_(high|low)_share"), "ahp_scored_customers"),
    (re.compile(r"churn_rate"), "churn_customers"),
    (re.compile(r"(faded|silent)_by_(?!by_chance).*_share"), "alarm_warned_customers"),
    (re.compile(r"(faded|silent)_by_by_chance_share"), "alarm_judged_customers"),
    (
        re.compile(r".*_customer_share|demographics_share|loss_making_share|spend_(more|less|nothing)_share"),
        "customers",
    ),
)


def share_of(name: str) -> str:
    """Return the result that says of how many a share of this name is; nothing where none does.

    Examples
    --------
    >>> share_of("phase_growth_customer_share"), share_of("top20_revenue_share")
    ('customers', '')
    """
    return next((whole for pattern, whole in _WHOLES if pattern.fullmatch(name)), "")


PRECISE = "precise"
"""Unit of estimates that are read to four significant digits: parameters of models, weights."""

READ_AS = {SHARE_DIFFERENCE: "percentage points"}
"""Units that the head of a table calls otherwise."""


def usual_unit(name: str) -> str:
    """Return the unit that a column or result of this name has everywhere in the suite, or nothing.

    Examples
    --------
    >>> usual_unit("customer_share"), usual_unit("revenue_per_customer"), usual_unit("customers")
    ('share', 'money', '')
    """
    return "share" if _SHARE.search(name) else "money" if _MONEY.search(name) else ""


def usual_units(columns: Iterable[str], stated: dict[str, str]) -> dict[str, str]:
    """Return the unit of each column of a table; the ends of an interval have the unit of the value before them.

    Parameters
    ----------
    columns : iterable of str
        In the order of the table.
    stated : dict of str to str
        Units that differ from the usual.

    Examples
    --------
    >>> usual_units(["move", "customers", "share", "low", "high"], {})
    {'move': '', 'customers': '', 'share': 'share', 'low': 'share', 'high': 'share'}
    """
    units: dict[str, str] = {}
    before = ""
    for name in columns:
        is_end = _INTERVAL_END.search(name) is not None
        units[name] = stated.get(name) or usual_unit(name) or (before if is_end else "")
        before = units[name]
    return units | stated


def units_once(columns: Iterable[tuple[str, str]]) -> list[str]:
    """Return what the head of each column says of its unit: over an interval it stands once, at the value or "From".

    Parameters
    ----------
    columns : iterable of (str, str)
        Name and unit of each, in the order of the table.

    Examples
    --------
    >>> units_once([("mean", "USD"), ("low", "USD"), ("high", "USD"), ("gain_low", "days"), ("gain_high", "days")])
    ['USD', '', '', 'days', '']
    """
    said, before = [], ""
    for name, unit in columns:
        said.append("" if unit == before and _INTERVAL_END.search(name) else unit)
        before = unit
    return said


def unit_of_result(name: str) -> str:
    """Return the unit that the name of a result tells.

    Raises
    ------
    ValueError
        When it tells none: the notebook must then state it.

    Examples
    --------
    >>> unit_of_result("top20_revenue_share"), unit_of_result("best_customers"), unit_of_result("revenue_per_customer")
    ('share', 'customers', 'money')
    >>> unit_of_result("customers_for_half_revenue")
    'customers'
    """
    words = name.split("_")
    places = (words[-1],) if "per" in words or _SHARE.search(name) else (words[-1], words[0])
    unit = next((word for word in places if word in COUNTS), "") or usual_unit(name)
    if not unit:
        raise ValueError(f"the name {name!r} does not tell a unit; state it with unit=")
    return unit


def whole_count(value: object, unit: str) -> object:
    """Return a count as a whole number, even where a table with gaps made it a float.

    Examples
    --------
    >>> whole_count(142.0, "customers"), whole_count(8.6, "months"), whole_count(3.0, "ratio")
    (142, 8.6, 3.0)
    """
    plain = plain_scalar(value)
    return int(plain) if unit in COUNTS and isinstance(plain, float) and plain.is_integer() else plain


def label_of(name: str) -> str:
    """Return a column's name as the reader of a table sees it.

    Examples
    --------
    >>> label_of("days_since_last"), label_of("low")
    ('Days since last', 'From')
    """
    words = name.replace("_", " ")
    return _LABELS.get(name, words[:1].upper() + words[1:])


def is_identifier(name: str) -> bool:
    """Say whether a column of this name holds names of things, which are neither added up nor grouped by thousands.

    Examples
    --------
    >>> is_identifier("customer_id"), is_identifier("paid")
    (True, False)
    """
    return _IDENTIFIER.search(name) is not None


def table_texts(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Scalar]]) -> list[list[str]]:
    """Return a table's values as a reader sees them, row by row.

    Parameters
    ----------
    columns : sequence of (str, str)
        Name and unit of each. Three capital letters are a currency, which stands in the head of the table and not
        beside every figure.
    rows : sequence of sequences of scalar
        None reads as a dash.

    Returns
    -------
    list of list of str
        One unit and one number of decimals per column; the ends of an interval have those of the value before them, an
        index has none.

    Examples
    --------
    >>> table_texts([("orders_per_customer", ""), ("index", "")], [(3.244, 176.7), (71.0, None)])
    [['3.2', '177'], ['71.0', '–']]
    >>> table_texts([("gain", "share difference"), ("low", "share difference")], [(0.0428, -0.002)])
    [['4.3', '−0.2']]
    """
    values = list(zip(*rows, strict=True))
    texts, digits = [], 0
    for place, ((name, unit), column) in enumerate(zip(columns, values, strict=False)):  # a table may have no rows
        if _INTERVAL_END.search(name) is None or place == 0:
            following = (end for (end, _), _ in zip(columns[place + 1 :], values, strict=False))
            ends = len(list(takewhile(_INTERVAL_END.search, following)))
            digits = _digits(name, [value for part in values[place : place + 1 + ends] for value in part], unit)
        texts.append([_text(value, unit, digits, is_identifier(name)) for value in column])
    return [list(row) for row in zip(*texts, strict=True)]


def _digits(name: str, values: Sequence[Scalar], unit: str) -> int:
    """Decimals of a column: as many as its largest value bears."""
    numbers = [abs(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    largest = max(numbers, default=0)
    if _CURRENCY.fullmatch(unit):
        return 0 if largest >= 1000 else 2
    if _INDEX.search(name) or all(float(number).is_integer() for number in numbers):
        return 0
    return 0 if largest >= 1000 else 1 if largest >= 10 else 2


def _text(value: Scalar, unit: str, digits: int, is_name: bool) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool | str) or unit in ("share", "date"):
        return in_unit(value, unit)
    if is_name:
        return f"{value:.15g}"
    if unit == PRECISE:
        return significant(float(value))
    if unit == SHARE_DIFFERENCE:
        return percentage_points(float(value))
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")
