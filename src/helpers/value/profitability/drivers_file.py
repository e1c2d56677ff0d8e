"""Read the cost drivers of a study from a YAML file, and name everything wrong with it at once, line by line."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.core import yaml_lines
from helpers.core.errors import Fault, InputError, nearest, unknown_name
from helpers.value.profitability.drivers import DRIVERS, FROM_POOLS, Activity, CostDrivers

SHIPPED = Path(__file__).parent / "cost_drivers"
"""Folder of the cost drivers that come with the package."""

STUDY_FILE = "cost_drivers.yml"
"""Name of the file beside study.yml that is used without being named."""

_USUAL = "usual"
_KEYS = ("cost_drivers", "title", "about", "stock_days", "activities")
_OF_ACTIVITY = ("driver", "unit_cost", "low", "high", "where", "unless", "about")
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_NOT_NEGATIVE = "a number, 0 or more"


def find_cost_drivers(name: str = "", *, folder: str | Path | None = None) -> CostDrivers:
    """Read cost drivers by the name of a shipped file or the path of one; without a name, those of the study.

    Parameters
    ----------
    name : str
        Name of a shipped file, or path of a YAML file. Empty: `cost_drivers.yml` in the folder where there is one, else
        the usual activities.
    folder : str or Path, optional
        Where a relative path starts; the study's folder, for a notebook.

    Raises
    ------
    InputError
        When there is no such file, or with every fault of it.
    """
    here = Path(folder or Path.cwd())
    shipped = sorted(path.stem for path in SHIPPED.glob("*.yml"))
    if not name:
        own = here / STUDY_FILE
        return read_cost_drivers(own if own.exists() or own.is_symlink() else SHIPPED / f"{_USUAL}.yml")
    if name in shipped:
        return read_cost_drivers(SHIPPED / f"{name}.yml")
    path = here / Path(name).expanduser()
    if path.suffix not in (".yml", ".yaml") or not path.is_file():
        match = nearest(name, shipped)
        remedy = f"did you mean {match!r}?" if match else "put the file beside study.yml and name it"
        allowed = f"{', '.join(shipped)}, or the path of a .yml file"
        raise InputError(Fault(f"no cost drivers {name!r}", "cost_drivers_file", allowed, remedy))
    return read_cost_drivers(path)


def read_cost_drivers(path: str | Path, *, known_columns: Mapping[str, Collection[str]] | None = None) -> CostDrivers:
    """Read and check a file of cost drivers.

    Parameters
    ----------
    path : str or Path
        The YAML file; `cost_drivers/usual.yml` of the package explains what it may say.
    known_columns : mapping of str to collection of str, optional
        By table, the columns that `where` may name; any name will do for a table that is not among them.

    Returns
    -------
    CostDrivers
        Activities with their drivers and unit costs.

    Raises
    ------
    InputError
        With every fault and its line: unknown keys and drivers, missing or negative unit costs, ranges that do not hold
        the unit cost, activities that exclude each other in a circle.
    """
    path = Path(path)
    tree = yaml_lines.load_mapping(path, allowed=", ".join(_KEYS))
    reader = _Reader(path.name, tree, yaml_lines.plain(tree), [], known_columns or {})
    drivers = reader.read()
    if reader.faults:
        raise InputError(reader.faults)
    return drivers


@dataclass
class _Reader:
    """Walks through one file and gathers its faults."""

    label: str
    tree: Any
    raw: dict[str, Any]
    faults: list[Fault]
    known_columns: Mapping[str, Collection[str]]

    def read(self) -> CostDrivers:
        self._known_keys(self.raw, _KEYS)
        if not self.raw.get("cost_drivers"):
            self._fault("'cost_drivers' is missing", "the name of the file's contents", "add cost_drivers:")
        stock_days = self._number(self.raw, "stock_days") or 0.0
        given = self.raw.get("activities")
        if not isinstance(given, dict) or not given:
            self._fault("there are no activities", "a mapping of activity to its driver", at=("activities",))
            given = {}
        activities = tuple(self._activity(str(name), inside) for name, inside in given.items())
        self._exclusions(activities)
        name = str(self.raw.get("cost_drivers") or "")
        title, about = str(self.raw.get("title") or name), str(self.raw.get("about") or "")
        return CostDrivers(name, title, about, activities, stock_days)

    # --- one activity -----------------------------------------------------------------------------------------------
    def _activity(self, name: str, inside: Any) -> Activity:
        at = ("activities", name)
        if not _NAME.match(name):
            allowed = "lower-case letters, digits and underscores, a letter first"
            self._fault(f"{name!r} cannot be a name", allowed, at=at)
        if not isinstance(inside, dict):
            self._fault(f"activity {name!r} cannot be {inside!r}", f"a mapping of {', '.join(_OF_ACTIVITY)}", at=at)
            return Activity(name, "orders", 0.0)
        self._known_keys(inside, _OF_ACTIVITY, *at)
        driver = str(inside.get("driver") or "")
        if driver not in DRIVERS:
            where = yaml_lines.where(self.label, self.tree, *at, "driver")
            self.faults.append(unknown_name(driver, list(DRIVERS), kind="driver", where=where))
            driver = "orders"
        unit_cost = self._unit_cost(name, driver, inside)
        low, high = (self._number(inside, key, *at) for key in ("low", "high"))
        self._range(name, unit_cost, low, high)
        conditions = self._conditions(name, driver, inside.get("where"))
        about, unless = str(inside.get("about") or ""), str(inside.get("unless") or "")
        return Activity(name, driver, unit_cost, low, high, conditions, unless, about)

    def _conditions(self, name: str, driver: str, given: Any) -> dict[str, Any]:
        at = ("activities", name, "where")
        if given is None:
            return {}
        if not isinstance(given, dict):
            self._fault(f"where cannot be {given!r}", "a mapping of column to value", "write column: value", at=at)
            return {}
        table = DRIVERS[driver].table
        for column, value in given.items():
            known = self.known_columns.get(table)
            if known is not None and column not in known:
                where = yaml_lines.where(self.label, self.tree, *at, column)
                self.faults.append(unknown_name(str(column), list(known), kind=f"column of table {table}", where=where))
            values = value if isinstance(value, list) else [value]
            if not values or not all(isinstance(one, str | int | float | bool) for one in values):
                allowed = "a text, a number, true or false, or a list of them"
                self._fault(f"{column} cannot be {value!r}", allowed, "name the values to count", at=(*at, str(column)))
        return {str(column): value for column, value in given.items()}

    def _unit_cost(self, name: str, driver: str, inside: dict[str, Any]) -> float | None:
        at = ("activities", name)
        if DRIVERS[driver].is_money:
            if "unit_cost" in inside:
                remedy = f"leave unit_cost out, or choose the driver {driver.replace('_cost', '_cases')!r}"
                what = f"driver {driver!r} is a cost already and takes no unit_cost"
                self._fault(
                    what, remedy=remedy if driver == "service_cost" else "leave unit_cost out", at=(*at, "unit_cost")
                )
            return 1.0
        if inside.get("unit_cost") == FROM_POOLS:
            return None
        if "unit_cost" not in inside:
            self._fault(f"unit_cost of {name!r} is missing", f"{_NOT_NEGATIVE}, or {FROM_POOLS}", at=at)
            return 0.0
        return self._number(inside, "unit_cost", *at)

    def _range(self, name: str, unit_cost: float | None, low: float | None, high: float | None) -> None:
        if (low is None) != (high is None):
            what = f"activity {name!r} has only one end of its range"
            self._fault(what, "low and high, or neither", at=("activities", name))
        elif low is not None and high is not None and unit_cost is not None and not low <= unit_cost <= high:
            what = f"unit_cost {unit_cost:g} of {name!r} lies outside its range {low:g} to {high:g}"
            self._fault(what, "low <= unit_cost <= high", at=("activities", name))

    def _exclusions(self, activities: tuple[Activity, ...]) -> None:
        names = [activity.name for activity in activities]
        unless = {activity.name: activity.unless for activity in activities if activity.unless}
        for name, other in unless.items():
            where = yaml_lines.where(self.label, self.tree, "activities", name, "unless")
            if other not in names:
                self.faults.append(unknown_name(other, names, kind="activity", where=where))
            elif other == name or other in unless:
                what = f"{name!r} gives way to {other!r}, which gives way itself"
                self.faults.append(Fault(what, where, "an activity without unless", "name another, or leave it out"))

    # --- small parts ------------------------------------------------------------------------------------------------
    def _known_keys(self, mapping: dict[str, Any], known: tuple[str, ...], *at: str) -> None:
        for key in mapping:
            if key not in known:
                where = yaml_lines.where(self.label, self.tree, *at, key)
                self.faults.append(unknown_name(str(key), known, kind="key", where=where))

    def _number(self, mapping: dict[str, Any], key: str, *at: str) -> float | None:
        given = mapping.get(key)
        if given is None:
            return None
        is_number = isinstance(given, int | float) and not isinstance(given, bool)
        if not is_number or not (math.isfinite(given) and given >= 0):
            self._fault(f"{key} cannot be {given!r}", _NOT_NEGATIVE, at=(*at, key))
            return None
        return float(given)

    def _fault(
        self, what: str, allowed: str = "", remedy: str = "correct this line", *, at: tuple[str, ...] = ()
    ) -> None:
        self.faults.append(Fault(what, yaml_lines.where(self.label, self.tree, *at), allowed, remedy))
