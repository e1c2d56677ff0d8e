"""What the notebooks were delivered with, so that a value someone has typed can be distinguished from a default.

A kernel sees the cells that were run, not the file they stand in; and once a notebook is saved, its file says what was
typed too. The defaults as delivered therefore stand in a file of their own beside the notebooks. Of a notebook that it
does not know, one of the user's own, the file on disk is asked: what was typed and not yet saved differs from it.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from helpers.core import places
from helpers.core.errors import Fault, InputError, nearest
from helpers.suite.planning.notebook_file import NotebookFile, parameters_in
from helpers.suite.planning.parameters import Value

DEFAULTS_FILE = "defaults.json"
Defaults = Mapping[str, Mapping[str, Value]]
"""By notebook: the default of each of its parameters."""
_REMEDY = "take the file from the project's repository again"


def delivered_defaults(names: Collection[str] = ()) -> dict[str, dict[str, Value]]:
    """Return the defaults the notebooks were delivered with, by notebook.

    Parameters
    ----------
    names : collection of str
        Parameters in question. Where the file of defaults lacks one of them, the notebooks on disk that the file does
        not know are read as well.

    Raises
    ------
    InputError
        When the file of defaults cannot be read.
    """
    try:
        folder = places.notebooks_folder()
    except InputError:
        return {}  # without a project there is nothing to compare with
    found = _listed(folder / DEFAULTS_FILE)
    if not set(names) <= {name for defaults in found.values() for name in defaults}:
        found |= _on_disk(path for path in sorted(folder.glob("[0-9]*_*.ipynb")) if path.stem not in found)
    return found


def written_defaults(notebooks: Iterable[NotebookFile]) -> str:
    """Return the content of the file of defaults, made from the notebooks as they are to be delivered."""
    defaults = {
        notebook.name: {name: parameter.default for name, parameter in notebook.parameters.items()}
        for notebook in notebooks
    }
    return json.dumps(defaults, indent=1, ensure_ascii=False) + "\n"


def typed_values(values: Mapping[str, object], delivered: Defaults) -> dict[str, object]:
    """Return those values that no delivered notebook has: somebody has typed them.

    A parameter that none of the delivered notebooks has is left out, as nothing is known about it.

    Examples
    --------
    >>> delivered = {"31_lifetime_value": {"discount_rate": 0.1, "seed": 1}}
    >>> typed_values({"discount_rate": 0.02, "seed": 1, "own": 3}, delivered)
    {'discount_rate': 0.02}
    """
    known: dict[str, list[Value]] = {}
    for defaults in delivered.values():
        for name, value in defaults.items():
            known.setdefault(name, []).append(value)
    return {name: value for name, value in values.items() if name in known and value not in known[name]}


def misspelt_names(written: Collection[str], delivered: Defaults, where: str) -> list[Fault]:
    """Return a fault for each name that stands where the notebook has another, much alike.

    Which notebook it is, its parameters tell: the one whose names differ least. A name of the user's own, added to
    those of the notebook, is no fault.
    """
    names = set(written)
    if not delivered:
        return []
    closest = min(delivered.values(), key=lambda defaults: len(names ^ set(defaults)))
    missing = [name for name in closest if name not in names]
    faults = []
    for name in written:
        close = nearest(name, missing) if name not in closest else None
        if close:
            remedy = f"did you mean {close!r}? Correct the name and run the cell again"
            faults.append(Fault(f"unknown parameter {name!r}", where=where, allowed=", ".join(closest), remedy=remedy))
    return faults


def _listed(file: Path) -> dict[str, dict[str, Value]]:
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(Fault(f"cannot be read: {error}", where=str(file), remedy=_REMEDY)) from None
    if not (isinstance(content, dict) and all(isinstance(defaults, dict) for defaults in content.values())):
        allowed = "the default of each parameter, by notebook"
        raise InputError(Fault("is no file of defaults", where=str(file), allowed=allowed, remedy=_REMEDY))
    return content


def _on_disk(paths: Iterable[Path]) -> dict[str, dict[str, Value]]:
    """Return the defaults in notebook files; one that cannot be read, being worked on, tells nothing."""
    found = {}
    for path in paths:
        with suppress(InputError):
            found[path.stem] = {name: parameter.default for name, parameter in parameters_in(path).items()}
    return found
