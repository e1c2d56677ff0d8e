"""What was run in a kernel so far: the parameters cell as last run, and what papermill injected after it."""

import ast
import linecache
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from helpers.core.errors import Fault, InputError, nearest
from helpers.suite.planning.parameters import TYPES

CELL, INJECTED = "parameters cell", "injected parameters"
STUDY = "study"
_INJECTED_MARK = "# Parameters"  # papermill writes this line above what it injects
_TYPED_LINE = re.compile(rf"^([A-Za-z_]\w*)[ \t]*:[ \t]*(?:{'|'.join(TYPES)})\b[ \t]*=", flags=re.MULTILINE)
_STUDY_LINE = re.compile(rf"^{STUDY}[ \t]*:", flags=re.MULTILINE)
_STUDY_WITHOUT_TYPE = re.compile(rf"^{STUDY}[ \t]*=[ \t]*[\"']", flags=re.MULTILINE)
_ALIKE = 2  # names shared with the notebooks' parameters that make a cell a parameters cell


def executed_cells(namespace: Mapping[str, Any]) -> list[str]:
    """Return the sources of the cells run so far, in order.

    A client may ask the kernel to keep no history (nbval does); the sources that tracebacks are made from are kept even
    then, without a time stamp as they belong to no file.
    """
    history: list[str] = list(namespace.get("In", []))
    if any(source.strip() for source in history):
        return history
    entries = list(linecache.cache.values())
    return ["".join(entry[2]) for entry in entries if len(entry) == 4 and entry[1] is None]


def typed_names(source: str) -> list[str]:
    """Return the names that a cell defines the way a parameters cell does, also where its values cannot be read."""
    return _TYPED_LINE.findall(source)


def last_parameters_cell(executed: Sequence[str], known: Collection[str] = ()) -> int:
    """Return the place of the parameters cell as last run: what it said before, right or wrong, no longer counts.

    Parameters
    ----------
    executed : sequence of str
        Sources of the cells run so far.
    known : collection of str
        Names of parameters of the suite, by which a cell is known for a parameters cell even when it lacks the study.

    Raises
    ------
    InputError
        When no parameters cell was run.
    """
    places = [place for place, source in enumerate(executed) if _is_parameters_cell(source, known)]
    if not places:
        remedy = "run the notebook's parameters cell before this one"
        raise InputError(Fault(f"the {CELL} has not been run", where="start", remedy=remedy))
    return places[-1]


def injected_after(executed: Sequence[str], place: int) -> dict[str, object]:
    """Return what papermill, or a cell that begins like papermill's, last set after the cell at that place.

    Raises
    ------
    InputError
        When that cell is no Python.
    """
    later = [source for source in executed[place + 1 :] if source.startswith(_INJECTED_MARK)]
    return _assigned(later[-1]) if later else {}


def _is_parameters_cell(source: str, known: Collection[str]) -> bool:
    """Whether a cell is meant to hold the parameters, also where a line of it cannot be read."""
    if source.startswith(_INJECTED_MARK):
        return False
    typed = set(_TYPED_LINE.findall(source))
    return bool(
        _STUDY_LINE.search(source)
        or (typed and _STUDY_WITHOUT_TYPE.search(source))
        or any(nearest(name, [STUDY]) for name in typed)
        or len(typed.intersection(known)) >= _ALIKE
    )


def _assigned(source: str) -> dict[str, object]:
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise InputError(
            Fault(
                f"cannot be read: {error.msg}",
                where=f"{INJECTED}, line {error.lineno}",
                remedy="correct the line, so that it is valid Python",
            )
        ) from None
    return {
        node.targets[0].id: _literal(node.value)
        for node in body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _literal(written: ast.expr) -> object:
    """Return an injected value; one that cannot be read, such as `float('nan')`, as its text, which no type accepts."""
    try:
        return ast.literal_eval(written)
    except ValueError:
        return ast.unparse(written)
