"""What a notebook says about itself before it runs: its title, its parameters and the tables it needs.

Only the file is read; no kernel starts and nothing of it is executed.
"""

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from helpers.core.errors import Fault, InputError, nearest
from helpers.suite.planning.needs import unknown_needs
from helpers.suite.planning.parameters import Parameter, parse_parameters

PARAMETERS_TAG = "parameters"
_SUFFIX = ".ipynb"
RENAMED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "20_customer_differentiation": ("20_concentration", "21_recency_frequency_money", "23_life_cycle"),
        "30_customer_profitability": ("36_customer_profitability",),
        "35_credit_applicants": ("39_credit_applicants",),
        "35_credit_collection": ("45_credit_collection",),
        "50_crm_evaluation": ("50_campaigns", "54_crm_scorecard"),
    }
)
"""By former name of a chapter: the chapters that hold now what it held, in reading order."""
_OPENING = "start(globals(), needs=[...], wants=[...], summarises=False)"


@dataclass(frozen=True)
class NotebookFile:
    """One notebook of the suite, read but not run.

    Parameters
    ----------
    path : Path
        The file.
    title : str
        Its first top-level heading.
    parameters : dict of str to Parameter
        The specification in its parameters cell.
    needs : tuple of str
        Standard tables, or columns of them ("products.category"), without which it has nothing to say; "contracts or
        transactions" where either will do.
    wants : tuple of str
        Standard tables it uses when they are there.
    summarises : bool
        Whether it tells the results of the other notebooks, and so runs after them.
    after_linkage : bool
        Whether it says whom to contact, and so runs after the notebook that links records.
    after_lists : bool
        Whether it plans contacts by the lists of the other notebooks, and so runs after them.
    """

    path: Path
    title: str
    parameters: dict[str, Parameter] = field(hash=False)
    needs: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    summarises: bool = False
    after_linkage: bool = False
    after_lists: bool = False

    @property
    def name(self) -> str:
        """File name without its ending, the notebook's name everywhere."""
        return self.path.stem

    @property
    def number(self) -> str:
        """Leading digits of the name, by which a person picks it."""
        return self.name.partition("_")[0]


def read_notebook(path: Path) -> NotebookFile:
    """Read what a notebook says about itself.

    Parameters
    ----------
    path : Path
        A notebook file of format 4.

    Raises
    ------
    InputError
        When the file is no notebook, has no parameters cell or opens without literal tables, all faults at once.
    """
    cells = _cells(path)
    sources = [_text(cell) for cell in cells if cell.get("cell_type") == "code"]
    faults: list[Fault] = []
    parameters: dict[str, Parameter] = {}
    opening: dict[str, Any] = {}
    try:
        parameters = _parameters(cells, path.name)
    except InputError as error:
        faults.extend(error.faults)
    try:
        opening = _opening(sources, path.name)
    except InputError as error:
        faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    title = next((line for cell in cells if (line := _heading(cell))), path.stem)
    return NotebookFile(
        path,
        title,
        parameters,
        tuple(opening.get("needs", ())),
        tuple(opening.get("wants", ())),
        bool(opening.get("summarises", False)),
        bool(opening.get("after_linkage", False)),
        bool(opening.get("after_lists", False)),
    )


def parameters_in(path: Path) -> dict[str, Parameter]:
    """Return the specification in a notebook's parameters cell.

    Raises
    ------
    InputError
        When the file is no notebook, or its parameters cell is missing or cannot be read.
    """
    return _parameters(_cells(path), path.name)


def _parameters(cells: Sequence[dict[str, Any]], file: str) -> dict[str, Parameter]:
    tagged = [_text(cell) for cell in cells if PARAMETERS_TAG in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        remedy = f"tag exactly one code cell {PARAMETERS_TAG!r}"
        raise InputError(Fault(f"{len(tagged)} parameters cells", where=file, allowed="one", remedy=remedy))
    return parse_parameters(tagged[0], where=f"{file}, parameters cell")


def read_notebooks(folder: Path) -> tuple[NotebookFile, ...]:
    """Read every numbered notebook of a folder, in reading order.

    Raises
    ------
    InputError
        The faults of all notebooks at once, or when the folder holds none.
    """
    notebooks: list[NotebookFile] = []
    faults: list[Fault] = []
    for path in sorted(folder.glob("[0-9]*_*.ipynb")):
        try:
            notebooks.append(read_notebook(path))
        except InputError as error:
            faults.extend(error.faults)
    if not notebooks and not faults:
        faults.append(
            Fault(
                "no notebooks found",
                where=str(folder),
                allowed="files named like 10_topic.ipynb",
                remedy="set CRM_HOME to the project",
            )
        )
    if faults:
        raise InputError(faults)
    return tuple(notebooks)


def choose(
    notebooks: Sequence[NotebookFile], only: Iterable[str], *, where: str = "--only"
) -> tuple[NotebookFile, ...]:
    """Return the notebooks a user named, in reading order; all of them when none is named.

    Parameters
    ----------
    notebooks : sequence of NotebookFile
        What there is.
    only : iterable of str
        Numbers ("20") or beginnings of names ("10_customer"), which may stand for several, whole names
        ("20_concentration"), names without number, file names, or any of these by which a chapter was once
        called (`RENAMED`).
    where : str
        Where the user named them, for messages.

    Raises
    ------
    InputError
        All names that no notebook has, each with the nearest one.
    """
    by_word: dict[str, list[NotebookFile]] = {}
    for notebook in notebooks:
        for word in dict.fromkeys((*_words(notebook), notebook.name + _SUFFIX)):
            by_word.setdefault(word, []).append(notebook)
    present = dict(by_word)  # a present name goes before a former one
    for notebook in notebooks:
        for word in _old_words(notebook):
            if word not in present:
                by_word.setdefault(word, []).append(notebook)
    chosen: set[str] = set()
    faults: list[Fault] = []
    for wanted in only:
        word = Path(wanted).name
        if word in by_word:
            chosen.update(notebook.name for notebook in by_word[word])
            continue
        close = nearest(word, by_word)
        names = [notebook.name for notebook in notebooks]
        remedy = f"did you mean {by_word[close][0].name!r}?" if close else ""
        faults.append(Fault(f"unknown notebook {wanted!r}", where=where, allowed=", ".join(names), remedy=remedy))
    if faults:
        raise InputError(faults)
    return tuple(notebook for notebook in notebooks if notebook.name in chosen or not chosen)


def renamed(notebooks: Sequence[NotebookFile], only: Iterable[str]) -> tuple[str, ...]:
    """Say what the notebooks are called now that a user named by a former name.

    Parameters
    ----------
    notebooks : sequence of NotebookFile
        Those chosen.
    only : iterable of str
        As for `choose`.
    """
    present = {notebook.name for notebook in notebooks}
    words = {word for notebook in notebooks for word in _words(notebook)}
    old = dict.fromkeys(Path(wanted).name.removesuffix(_SUFFIX) for wanted in only)
    gone = {one: [former for former in RENAMED if one in _words_of(former)] for one in old if one not in words}
    named = {one: [now for old in former for now in RENAMED[old] if now in present] for one, former in gone.items()}
    return tuple(
        f"{one} is now called {now[0]}" if len(now) == 1 else f"{one} is now {' and '.join(now)}"
        for one, now in named.items()
        if now
    )


def specification_of(notebooks: Iterable[NotebookFile]) -> dict[str, Parameter]:
    """Return the parameters of several notebooks as one specification.

    Raises
    ------
    InputError
        When two notebooks disagree on the type, default or limits of a parameter: one name must mean one thing. Only
        `study`, which a run fills in, may open on another study in a notebook whose data the default study lacks.
    """
    found: dict[str, tuple[Parameter, str]] = {}
    faults: list[Fault] = []
    for notebook in notebooks:
        for name, parameter in notebook.parameters.items():
            first, owner = found.setdefault(name, (parameter, notebook.name))
            if name != "study" and _contract(first) != _contract(parameter):
                what = f"parameter {name!r} differs from the one in {owner}"
                allowed = f"default {first.default!r}, {first.allowed}"
                remedy = f"write the same line into both, or leave both and use -p {name} VALUE"
                faults.append(Fault(what, where=notebook.name, allowed=allowed, remedy=remedy))
    if faults:
        raise InputError(faults)
    return {name: parameter for name, (parameter, _) in found.items()}


def _contract(parameter: Parameter) -> Parameter:
    return replace(parameter, about="")


def _words(notebook: NotebookFile) -> tuple[str, ...]:
    """Return what names a notebook: its name, or the name's beginning, shared by the notebooks of one chapter."""
    return _words_of(notebook.name)


def _words_of(name: str) -> tuple[str, ...]:
    words, bare = name.split("_"), name.partition("_")[2]
    return (*("_".join(words[:count]) for count in range(len(words), 0, -1)), bare)


def _old_words(notebook: NotebookFile) -> tuple[str, ...]:
    former = [old for old, now in RENAMED.items() if notebook.name in now]
    return tuple(word for old in former for word in (*_words_of(old), old + _SUFFIX))


def _cells(path: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(Fault("no such notebook", where=str(path), remedy="crm list shows those there are")) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            Fault(f"cannot be read as a notebook: {error}", path.name, "", "save it anew in JupyterLab")
        ) from None
    if not (isinstance(content, dict) and content.get("nbformat") == 4 and isinstance(content.get("cells"), list)):
        raise InputError(Fault("is no notebook of format 4", where=path.name, remedy="save it anew in JupyterLab"))
    return list(content["cells"])


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _heading(cell: dict[str, Any]) -> str:
    """Return the first top-level heading of a markdown cell, without its mark."""
    if cell.get("cell_type") != "markdown":
        return ""
    return next((line[2:].strip() for line in _text(cell).splitlines() if line.startswith("# ")), "")


def _opening(sources: Iterable[str], where: str) -> dict[str, Any]:
    """Return the keyword arguments of the call that opens the notebook."""
    for source in sources:
        if "start(" not in source:
            continue
        call = next(filter(_is_opening, ast.walk(_parsed(source))), None)
        if isinstance(call, ast.Call):
            return _literal_arguments(call, where)
    raise InputError(
        Fault(
            "does not open with start(...)",
            where=where,
            allowed=f"book = {_OPENING}",
            remedy="add a cell that opens the notebook so",
        )
    )


def _parsed(source: str) -> ast.Module:
    """Parse a cell without the lines only IPython understands; an unreadable cell holds no opening."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:
        return ast.Module([], [])


def _is_opening(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and node.args):
        return False
    called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    return called == "start" and ast.unparse(node.args[0]) == "globals()"


def _literal_arguments(call: ast.Call, where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for keyword in call.keywords:
        try:
            found[str(keyword.arg)] = ast.literal_eval(keyword.value)
        except ValueError:
            what = f"start(... {keyword.arg}={ast.unparse(keyword.value)}) cannot be read without running the notebook"
            faults.append(Fault(what, where=where, allowed=_OPENING, remedy="write the tables out"))
    for which in ("needs", "wants"):
        faults.extend(unknown_needs(found.get(which, ()), f"{where}, {which}"))
    if faults:
        raise InputError(faults)
    return found
