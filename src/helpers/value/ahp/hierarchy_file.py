"""Read a hierarchy and its judgements from a YAML file, and name everything wrong with it at once, line by line.

The file holds a `tree` (the goal, criteria inside, lists of indicators at the ends) and `judgements`: for each
criterion one line per pair of its parts, `profit over sales_volume: 4`. With several judges a line holds one number for
each.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.core import yaml_lines
from helpers.core.errors import Fault, InputError, nearest, unknown_name
from helpers.value.ahp.hierarchy import Hierarchy
from helpers.value.ahp.judgement_lines import ONE_JUDGE, read_judgements
from helpers.value.ahp.priorities import MOST_ITEMS

SHIPPED = Path(__file__).parent / "hierarchies"
"""Folder of the hierarchies that come with the package."""

_KEYS = ("hierarchy", "title", "about", "judges", "tree", "judgements", "published_weights")
_ONE_GOAL = "write the goal under tree:, and the criteria inside it"
_REQUIRED = ("hierarchy", "tree", "judgements")
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


def shipped_hierarchies() -> list[str]:
    """Return the names of the hierarchies that come with the package.

    Examples
    --------
    >>> shipped_hierarchies()
    ['customer_value', 'customer_value_three_judges', 'published_lubricant_dealer']
    """
    return sorted(path.stem for path in SHIPPED.glob("*.yml"))


def find_hierarchy(
    name: str, *, folder: str | Path | None = None, known_indicators: Collection[str] | None = None
) -> Hierarchy:
    """Read a hierarchy by the name of a shipped one, or by the path of a file.

    Parameters
    ----------
    name : str
        Name of a shipped hierarchy, or path of a YAML file.
    folder : str or Path, optional
        Where a relative path starts; the study's folder, for a notebook.
    known_indicators : collection of str, optional
        As for `read_hierarchy`.

    Raises
    ------
    InputError
        When there is no such hierarchy, or with every fault of its file.
    """
    if name in shipped_hierarchies():
        return read_hierarchy(SHIPPED / f"{name}.yml", known_indicators=known_indicators)
    path = Path(folder or Path.cwd()) / Path(name).expanduser()
    if path.suffix not in (".yml", ".yaml") or not path.is_file():
        match = nearest(name, shipped_hierarchies())
        raise InputError(
            Fault(
                f"no hierarchy {name!r}",
                where="hierarchy_file",
                allowed=f"{', '.join(shipped_hierarchies())}, or the path of a .yml file",
                remedy=f"did you mean {match!r}?" if match else "put the file beside study.yml and name it",
            )
        )
    return read_hierarchy(path, known_indicators=known_indicators)


def read_hierarchy(path: str | Path, *, known_indicators: Collection[str] | None = None) -> Hierarchy:
    """Read and check a hierarchy file.

    Parameters
    ----------
    path : str or Path
        The YAML file.
    known_indicators : collection of str, optional
        Names the ends of the tree may have; any name will do when missing.

    Returns
    -------
    Hierarchy
        Criteria and judgements.

    Raises
    ------
    InputError
        With every fault and its line: unknown keys and indicators, names used twice, criteria without a choice,
        judgements missing, on unknown pairs, off the scale, or given both ways and not reciprocal.
    """
    path = Path(path)
    tree = yaml_lines.load_mapping(path, allowed=", ".join(_KEYS))
    reader = _Reader(path.name, tree, yaml_lines.plain(tree), [], known_indicators)
    hierarchy = reader.read()
    if reader.faults or hierarchy is None:
        raise InputError(sorted(reader.faults, key=_line))
    return hierarchy


def _line(fault: Fault) -> int:
    return int(fault.where.rpartition(" line ")[2]) if " line " in fault.where else 0


@dataclass
class _Reader:
    """Walks through one file and gathers its faults."""

    label: str
    tree: Any
    raw: dict[str, Any]
    faults: list[Fault]
    known_indicators: Collection[str] | None

    def read(self) -> Hierarchy | None:
        self._top()
        judges = self._judges()
        parts = self._parts()
        if not parts:
            return None
        judgements = read_judgements(self.label, self.tree, self.raw, parts, judges, self.faults)
        leaves = [part for own in parts.values() for part in own if part not in parts]
        self._indicators(leaves)
        published = self._published(leaves)
        if self.faults:
            return None
        words = [str(self.raw.get(key) or "") for key in ("hierarchy", "title", "about")]
        return Hierarchy(words[0], words[1] or words[0], parts, judgements, words[2], published)

    def _where(self, *keys: str | int) -> str:
        return yaml_lines.where(self.label, self.tree, *keys)

    def _top(self) -> None:
        for key in self.raw:
            if key not in _KEYS:
                self.faults.append(unknown_name(str(key), _KEYS, kind="key", where=self._where(key)))
        meant = {nearest(str(key), _KEYS) for key in self.raw if key not in _KEYS}
        self.faults += [
            Fault(f"{key!r} is missing", where=self.label, allowed=", ".join(_KEYS), remedy=f"add {key}:")
            for key in _REQUIRED
            if not self.raw.get(key) and key not in meant
        ]

    def _judges(self) -> tuple[str, ...]:
        given = self.raw.get("judges")
        if given is None:
            return (ONE_JUDGE,)
        names = [str(name) for name in given] if isinstance(given, list) else []
        if not names or len(set(names)) != len(names):
            fault = Fault(
                f"judges cannot be {given!r}", self._where("judges"), "a list of names, each once", "write [anna, ben]"
            )
            self.faults.append(fault)
            return (ONE_JUDGE,)
        return tuple(names)

    # --- the tree ---------------------------------------------------------------------------------------------------
    def _parts(self) -> dict[str, tuple[str, ...]]:
        given = self.raw.get("tree")
        if not isinstance(given, dict) or len(given) != 1:
            if given:
                fault = Fault(
                    "the tree has no single goal", self._where("tree"), "one goal with its criteria inside", _ONE_GOAL
                )
                self.faults.append(fault)
            return {}
        found: dict[str, tuple[str, ...]] = {}
        seen: set[str] = set()
        for place, criterion, inside in _walk(("tree",), given):
            names = [str(name) for name in inside]
            found[criterion] = tuple(names)
            self._criterion(place, criterion, names)
            for name in names:
                self._name(place, name, seen)
        return found

    def _criterion(self, place: tuple[str, ...], criterion: str, names: list[str]) -> None:
        if not 2 <= len(names) <= MOST_ITEMS:
            what = f"criterion {criterion!r} has {len(names)} part{'' if len(names) == 1 else 's'}"
            remedy = "leave it out and name its part instead" if len(names) == 1 else "group or add parts"
            self.faults.append(Fault(what, self._where(*place), f"2 to {MOST_ITEMS} parts to choose between", remedy))

    def _name(self, place: tuple[str, ...], name: str, seen: set[str]) -> None:
        if not _NAME.match(name):
            allowed = "lower-case letters, digits and underscores, a letter first"
            self.faults.append(Fault(f"{name!r} cannot be a name", self._where(*place, name), allowed, "rename it"))
        if name in seen or name == next(iter(self.raw["tree"])):
            remedy = "give each criterion and indicator one place"
            self.faults.append(Fault(f"{name!r} stands in the tree twice", self._where(*place, name), "", remedy))
        seen.add(name)

    def _indicators(self, leaves: list[str]) -> None:
        known = self.known_indicators
        if known is None:
            return
        for name in [leaf for leaf in leaves if leaf not in known]:
            self.faults.append(unknown_name(name, sorted(known), kind="indicator", where=self._leaf_line(name)))

    def _leaf_line(self, name: str) -> str:
        for place, _, inside in _walk(("tree",), self.raw["tree"]):
            if name in inside:
                return self._where(*place, inside.index(name) if isinstance(inside, list) else name)
        return self.label

    def _published(self, leaves: list[str]) -> dict[str, float]:
        given = self.raw.get("published_weights") or {}
        if not isinstance(given, dict):
            allowed = "a mapping of indicator to weight"
            self.faults.append(Fault("cannot be read", self._where("published_weights"), allowed, "write name: weight"))
            return {}
        for name, weight in given.items():
            where = self._where("published_weights", name)
            if name not in leaves:
                self.faults.append(unknown_name(str(name), leaves, kind="indicator", where=where))
            elif not isinstance(weight, int | float) or not 0 <= weight <= 1:
                self.faults.append(
                    Fault(f"the weight of {name} cannot be {weight!r}", where, "a number in 0..1", "correct it")
                )
        return given


def _walk(place: tuple[str, ...], node: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """Yield the place, name and inside of every criterion, the goal first."""
    for name, inside in node.items():
        here = (*place, str(name))
        if isinstance(inside, dict):
            yield here, str(name), inside
            yield from _walk(here, {key: value for key, value in inside.items() if value is not None})
        else:
            yield here, str(name), inside if isinstance(inside, list) else ([] if inside is None else [inside])
