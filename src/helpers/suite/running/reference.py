"""Compares the results of a run with a committed reference, each within its own tolerance."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.core.errors import Fault, InputError, nearest
from helpers.core.results import DEFAULT_TOLERANCE
from helpers.suite.running.run_results import Entries

SMALLEST = 1e-12  # below this two numbers near zero are the same
_VALUES = ("value", "low", "high")


def read_results(path: Path) -> dict[str, dict[str, Any]]:
    """Read a results file, or a reference of the same form.

    Raises
    ------
    InputError
        When the file is missing or holds no results.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(Fault("no such results file", where=str(path), remedy="make it with crm run")) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            Fault(f"cannot be read as JSON: {error}", where=str(path), remedy="make it anew with crm run")
        ) from None
    entries = content if isinstance(content, dict) else {}
    lacking = [name for name, entry in entries.items() if not (isinstance(entry, dict) and "value" in entry)]
    if not entries or lacking:
        what = f"results without a value: {', '.join(lacking)}" if lacking else "holds no results"
        raise InputError(
            Fault(
                what,
                where=str(path),
                allowed='{"name": {"value": ..., "unit": ...}, ...}',
                remedy="make it anew with crm run",
            )
        )
    return entries


def compare(results: Entries, reference: Entries) -> list[Fault]:
    """Return every way in which results differ from a reference.

    Parameters
    ----------
    results : mapping of str to entry
        Of a run; names the reference does not hold are not compared.
    reference : mapping of str to entry
        `value` and, where given, `unit`, `low` and `high` must agree; `tolerance` is the relative difference allowed.

    Examples
    --------
    >>> compare({"orders": {"value": 101}}, {"orders": {"value": 100, "tolerance": 0.05}})
    []
    >>> print(compare({"orders": {"value": 101}}, {"orders": {"value": 100}})[0])
    orders: value is 101
        allowed: 100, within 1e-06 of it
        remedy: find out why the result changed, or store the reference anew
    """
    faults: list[Fault] = []
    for name, expected in sorted(reference.items()):
        if name not in results:
            close = nearest(name, results)
            remedy = f"is it called {close!r} now?" if close else ""
            faults.append(Fault("was not found by the run", where=name, allowed=repr(expected["value"]), remedy=remedy))
            continue
        faults += _differences(name, results[name], expected)
    return faults


def _differences(name: str, found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[Fault]:
    tolerance = float(expected.get("tolerance", DEFAULT_TOLERANCE))
    faults = []
    if "unit" in expected and found.get("unit") != expected["unit"]:
        faults.append(
            Fault(
                f"unit is {found.get('unit')!r}",
                where=name,
                allowed=repr(expected["unit"]),
                remedy="give the result the unit it had, or store the reference anew",
            )
        )
    for part in _VALUES:
        if part in expected and not same_value(found.get(part), expected[part], tolerance):
            allowed = repr(expected[part])
            if _is_number(expected[part]):
                allowed += f", within {tolerance:g} of it"
            faults.append(
                Fault(
                    f"{part} is {found.get(part)!r}",
                    where=name,
                    allowed=allowed,
                    remedy="find out why the result changed, or store the reference anew",
                )
            )
    return faults


def same_value(found: object, expected: object, tolerance: float) -> bool:
    """Say whether two values are the same: numbers within a relative tolerance, all else to the letter."""
    if _is_number(found) and _is_number(expected):
        return math.isclose(float(found), float(expected), rel_tol=tolerance, abs_tol=SMALLEST)  # type: ignore[arg-type]
    return type(found) is type(expected) and found == expected


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
