"""What was run in a kernel so far: the parameters cell as last run, and what papermill injected after it."""

import ast
import linecache
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.errors import Fault, InputError, nearest
from helpers.suite.parameters import TYPES, Parameter, parse_parameters

CELL, INJECTED = "parameters cell", "injected parameters"
STUDY = "study"
_INJECTED_MARK = "# Parameters"  # papermill writes this line above what it injects
_TYPED_LINE = re.compile(rf"^([A-Za-z_]\w*)[ \t]*:[ \t]*(?:{'|'.join(TYPES)})\b[ \t]*=", flags=re.MULTILINE)
_STUDY_LINE = re.compile(rf"^{STUDY}[ \t]*:", flags=re.MULTILINE)
_STUDY_WITHOUT_TYPE = re.compile(rf"^{STUDY}[ \t]*=[ \t]*[\"']", flags=re.MULTILINE)
_ALIKE = 2  # names shared with the notebooks' parameters that make a cell a parameters cell


@dataclass(frozen=True)
class ExecutedParameters:
    """Parameters as they were run.

    Parameters
    ----------
    specification : dict of str to Parameter
        From the parameters cell as last run.
    injected : dict of str to object
        What papermill, or a cell that begins like papermill's, set after it.
    """

    specification: dict[str, Parameter]
    injected: dict[str, object]


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


def typed_names(executed: Sequence[str]) -> set[str]:
    """Return the names that cells define the way a parameters cell does."""
    return {name for source in executed for name in _TYPED_LINE.findall(source)}


def executed_parameters(executed: Sequence[str], known: Collection[str] = ()) -> ExecutedParameters:
    """Return what the parameters cell said when it was last run, and what was injected after that.

    What the cell said before, right or wrong, no longer counts.

    Parameters
    ----------
    executed : sequence of str
        Sources of the cells run so far.
    known : collection of str
        Names of parameters of the suite, by which a cell is known for a parameters cell even when it lacks the study.

    Raises
    ------
    InputError
        When no parameters cell was run, or the last one holds what is no parameter.
    """
    places = [place for place, source in enumerate(executed) if _is_parameters_cell(source, known)]
    if not places:
        remedy = "run the notebook's parameters cell before this one"
        raise InputError(Fault(f"the {CELL} has not been run", where="start", remedy=remedy))
    specification = parse_parameters(executed[places[-1]], where=CELL)
    later = [source for source in executed[places[-1] + 1 :] if source.startswith(_INJECTED_MARK)]
    return ExecutedParameters(specification, _assigned(later[-1]) if later else {})


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
        raise InputError(Fault(f"cannot be read: {error.msg}", where=f"{INJECTED}, line {error.lineno}")) from None
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
