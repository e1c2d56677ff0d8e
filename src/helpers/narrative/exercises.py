"""The exercises of the chapters: what each asks, what an answer is held against, and what is said of an answer.

They stand in `english/NOTEBOOK.toml` beside the words of the chapter:

    [exercises.E20-1]
    task = "Name the customers who have left."
    checks = "truth:customers.alive=false"
    study = "simulated"
    found = "who left"
    others = "who did not"
    model = "customers_differentiated.state=lost"
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from helpers.core.errors import Fault, InputError, unknown_name
from helpers.narrative.chapter import LANGUAGE

RESULT, TRUTH, PUBLISHED, OPEN = "result", "truth", "published", "open"
_ID = re.compile(r"E\d\d-[1-9]\d?")
_RESULT = re.compile(r"[a-z][a-z0-9_]*")
_PUBLISHED = re.compile(r"published:(?P<entry>[^/]+)/(?P<item>.+)")
_CONDITION = re.compile(
    r"(?P<table>[a-z][a-z0-9_]*)\.(?P<column>[a-z][a-z0-9_]*)(?:(?P<sign>>=|<=|=|>|<)(?P<value>.+))?"
)
_TYPES: dict[str, type] = {"parameters": Mapping, "each": bool}
_CHECKS_ALLOWED = "the name of a result, truth:TABLE.COLUMN, truth:TABLE.COLUMN=VALUE or published:ENTRY/ITEM"
PER_CENT_MEANT = "A share lies between 0 and 1: in per cent, write the sign too, as in 54.6%."
_MODEL_ALLOWED = "LIST.COLUMN=VALUE, or another of the signs >, >=, < and <="


@dataclass(frozen=True)
class Condition:
    """Customers of a table or a list: those of whom a column is true, or compares so with a value."""

    table: str
    column: str
    sign: str = "="
    value: str = "true"


@dataclass(frozen=True)
class Exercise:
    """One task of a chapter.

    Parameters
    ----------
    id : str
        Number of the chapter and of the task, such as "E20-1"; it stands in the notebook too.
    notebook : str
        Name of the chapter's notebook.
    task : str
        What is asked, in a sentence or two.
    checks : str
        What an answer is held against: the name of a result of the chapter; customers by what is true of them, as
        "truth:customers.alive" or "truth:customers.alive=false"; what is true of each, as "truth:customers.profit" or
        "truth:identity.customer_id"; a published figure, as "published:ENTRY/ITEM". Empty for a task that is answered
        in words.
    study : str
        Study of the task; needed where `checks` is given.
    parameters : mapping of str to scalar
        Parameters that the task changes.
    found, others : str
        Ends of the sentence about an answer: those asked for ("who left") and all others ("who did not").
    each : bool
        Whether a value of each customer or record is asked for, in the place of the customers of whom something is
        true.
    model : str
        The method's own answer, as customers of a list of the run: "LIST.COLUMN=VALUE".
    """

    id: str
    notebook: str
    task: str
    checks: str = ""
    study: str = ""
    parameters: Mapping[str, str | int | float | bool] = field(default_factory=lambda: MappingProxyType({}))
    found: str = "who are asked for"
    others: str = "who are not"
    each: bool = False
    model: str = ""

    @property
    def kind(self) -> str:
        """What an answer is held against: a result, the truth, a published figure, or nothing (open)."""
        if not self.checks:
            return OPEN
        kind, colon, _ = self.checks.partition(":")
        return kind if colon else RESULT

    @property
    def condition(self) -> Condition:
        """Which customers are asked for, of an exercise on the truth."""
        return condition_in(self.checks.removeprefix("truth:"))

    @property
    def model_condition(self) -> Condition | None:
        """Which customers of a list the method itself names."""
        return condition_in(self.model) if self.model else None

    @property
    def published(self) -> tuple[str, str]:
        """Entry and item of the published figure asked for."""
        _, _, name = self.checks.partition(":")
        entry, _, item = name.partition("/")
        return entry, item

    @property
    def run_command(self) -> str:
        """How the chapter is run as the task has it."""
        options = "".join(f" -p {name} {value}" for name, value in self.parameters.items())
        return f"crm run {self.study} --only {self.notebook}{options}"


def condition_in(text: str) -> Condition:
    """Return the condition that a text states.

    Raises
    ------
    ValueError
        When it states none.

    Examples
    --------
    >>> condition_in("customers.alive=false"), condition_in("lifetime_values.probability_alive>0.5").sign
    (Condition(table='customers', column='alive', sign='=', value='false'), '>')
    """
    parts = _CONDITION.fullmatch(text.replace(" ", ""))
    if parts is None:
        raise ValueError(f"{text!r} names no column of a table")
    return Condition(parts["table"], parts["column"], parts["sign"] or "=", parts["value"] or "true")


def exercises(language: str = LANGUAGE) -> tuple[Exercise, ...]:
    """Return the exercises of all chapters, in reading order.

    Parameters
    ----------
    language : str
        Folder of the words.

    Raises
    ------
    InputError
        With everything that is wrong in the files, when something is.
    """
    found: list[Exercise] = []
    faults: list[Fault] = []
    folder = files("helpers.narrative") / language
    for file in sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name):
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        of_file, wrong = exercises_from(content, file.name.removesuffix(".toml"))
        known = {one.id: one.notebook for one in found}
        found += of_file
        faults += wrong
        faults += [_numbered_twice(one, known[one.id]) for one in of_file if one.id in known]
    if faults:
        raise InputError(faults)
    return tuple(found)


def exercises_from(content: Mapping[str, Any], notebook: str) -> tuple[list[Exercise], list[Fault]]:
    """Return the exercises that a file of words holds, and what is wrong with others.

    Parameters
    ----------
    content : mapping
        The file as TOML gives it.
    notebook : str
        Name of the chapter's notebook, which is the file's name.
    """
    found, faults = [], []
    for name, entry in content.get("exercises", {}).items():
        wrong = list(_faults(name, entry, notebook))
        faults += wrong
        if not wrong:
            found.append(Exercise(name, notebook, **entry))
    return found, faults


def _numbered_twice(exercise: Exercise, other: str) -> Fault:
    where = f"{exercise.notebook}.toml: exercises.{exercise.id}"
    return Fault(f"{exercise.id} is an exercise of {other} too", where, remedy="give it another number")


def _faults(name: str, entry: object, notebook: str) -> Iterator[Fault]:
    where = f"{notebook}.toml: exercises.{name}"
    if not _ID.fullmatch(name):
        yield Fault(
            f"{name!r} is no number of an exercise",
            where,
            "E, the chapter's number, a hyphen and the task's: E20-1",
            "give the exercise such a number",
        )
    if not isinstance(entry, Mapping):
        yield Fault("an exercise is a table", where, remedy='write task = "…" below its heading')
        return
    own = [one.name for one in fields(Exercise) if one.name not in ("id", "notebook")]
    for key, value in entry.items():
        if key not in own:
            yield unknown_name(key, own, kind="key of an exercise", where=where)
        elif not isinstance(value, _TYPES.get(key, str)):
            allowed = {"parameters": "a table", "each": "true or false"}.get(key, "a text")
            yield Fault(f"{key} is {value!r}", where, allowed, f"write {allowed} there")
    texts = {key: value for key, value in entry.items() if isinstance(value, str)}
    yield from _faults_of_texts(texts, where)


def _faults_of_texts(entry: Mapping[str, str], where: str) -> Iterator[Fault]:
    checks, model = entry.get("checks", ""), entry.get("model", "")
    if not entry.get("task", "").strip():
        yield Fault("the task is missing", where, remedy='write task = "…"')
    on_truth = checks.startswith("truth:")
    stated = _CONDITION.fullmatch(checks.removeprefix("truth:").replace(" ", "")) if on_truth else None
    known = stated or _RESULT.fullmatch(checks) or _PUBLISHED.fullmatch(checks)
    if checks and not known:
        yield Fault(f"checks is {checks!r}", where, _CHECKS_ALLOWED, "write one of these, or leave it out")
    if checks and not checks.startswith("published:") and not entry.get("study"):
        yield Fault("the study is missing", where, remedy='write study = "simulated", or the study of the task')
    if model and not on_truth:
        yield Fault(
            "a model's answer needs customers to hold it against",
            where,
            "checks = truth:TABLE.COLUMN",
            "leave model out",
        )
    if model and not _CONDITION.fullmatch(model.replace(" ", "")):
        yield Fault(f"model is {model!r}", where, _MODEL_ALLOWED, "write it so, or leave it out")


def customers_sentence(
    exercise: Exercise,
    found: int,
    asked: int,
    wrong: int,
    model_found: int | None = None,
    model_wrong: int | None = None,
) -> str:
    """Return what is said of an answer that names customers.

    Parameters
    ----------
    exercise : Exercise
        What was asked.
    found, asked, wrong : int
        Customers named rightly, all who should be, and customers named wrongly.
    model_found, model_wrong : int, optional
        Customers that the method names rightly and wrongly; None where it has not been run.

    Examples
    --------
    >>> task = Exercise("E20-1", "20_", "Who left?", found="who left", others="who did not")
    >>> customers_sentence(task, 412, 507, 60, 455, 31)
    'You found 412 of 507 who left, and named 60 who did not; the model finds 455, and names 31 who did not.'
    """
    said = f"You found {found:,} of {asked:,} {exercise.found}, and named {_count(wrong)} {exercise.others}"
    if model_found is None or model_wrong is None:
        return f"{said}."
    return f"{said}; the model finds {model_found:,}, and names {_count(model_wrong)} {exercise.others}."


def number_sentence(about: str, shown: str, difference: float, digits_wanted: int | None) -> str:
    """Return what is said of an answer that is a number or a word.

    Parameters
    ----------
    about : str
        Meaning of the result asked for.
    shown : str
        The result as a reader sees it; said of a right answer only.
    difference : float
        Answer less result: 0 of a right one, not a number of a word.
    digits_wanted : int, optional
        How many digits an answer needs, where it has fewer but agrees as far as it goes.

    Examples
    --------
    >>> number_sentence("Gini coefficient of revenue", "0.59", 0.0, None)
    'Right: Gini coefficient of revenue, 0.59.'
    >>> number_sentence("Gini coefficient of revenue", "0.59", 0.2, None)
    'Not right, too high. Asked for: Gini coefficient of revenue.'
    """
    if digits_wanted is not None:
        return f"Right as far as it goes; give at least {digits_wanted} digits. Asked for: {about}."
    if difference == 0:
        return f"Right: {about}, {shown}."
    side = ", too high" if difference > 0 else ", too low" if difference < 0 else ""
    return f"Not right{side}. Asked for: {about}."


def _count(number: int) -> str:
    return f"{number:,}" if number else "none"
