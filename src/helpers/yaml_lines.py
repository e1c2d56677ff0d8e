"""Read a YAML file so that every message can name the line it speaks of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from helpers.errors import Fault, InputError


def load_mapping(path: Path, *, allowed: str) -> CommentedMap:
    """Read a YAML file whose top is a mapping, keeping the position of every key.

    Parameters
    ----------
    path : Path
        The file.
    allowed : str
        The keys it may hold, for the message about a file that is no mapping.

    Raises
    ------
    InputError
        When the file cannot be read, is no YAML, holds a key twice, or is no mapping.
    """
    try:
        tree = YAML().load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path.name}, line {mark.line + 1}" if mark else path.name
        what = f"not readable as YAML: {str(error.problem).splitlines()[0]}"
        raise InputError(Fault(what, where=where)) from error
    except OSError as error:
        raise InputError(Fault(f"cannot be read: {error.strerror}", where=str(path))) from error
    except UnicodeDecodeError as error:
        raise InputError(Fault("is not text in UTF-8", where=path.name, remedy="save the file as UTF-8")) from error
    except YAMLError as error:
        what = f"not readable as YAML: {str(error).splitlines()[0]}"
        remedy = "write the line anew: it holds a character that nobody can see"
        raise InputError(Fault(what, where=path.name, remedy=remedy)) from error
    if not isinstance(tree, CommentedMap):
        raise InputError(Fault("is not a mapping of keys to values", where=path.name, allowed=allowed))
    return tree


def where(label: str, tree: Any, *keys: str | int) -> str:
    r"""Return the file and the line of the deepest of nested keys that exists.

    Examples
    --------
    >>> tree = YAML().load("tree:\n  value: [now, later]\n")
    >>> where("a.yml", tree, "tree", "value"), where("a.yml", tree, "tree", "worth"), where("a.yml", tree, "judges")
    ('a.yml, line 2', 'a.yml, line 1', 'a.yml')
    """
    line: int | None = None
    node = tree
    for key in keys:
        if isinstance(node, CommentedMap) and key in node:
            line = node.lc.key(key)[0] + 1
        elif isinstance(node, CommentedSeq) and isinstance(key, int) and key < len(node):
            line = node.lc.item(key)[0] + 1
        else:
            break
        node = node[key]
    return f"{label}, line {line}" if line else label


def plain(node: Any) -> Any:
    """Turn what the YAML reader returns into plain Python values."""
    if isinstance(node, Mapping):
        return {plain(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
