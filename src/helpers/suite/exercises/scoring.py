"""Scores an answer to an exercise: a number or word against a result, customers against the hidden truth."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from helpers.core.errors import SHOWN_AT_MOST, Fault, InputError, unknown_name
from helpers.core.results import NamedResult, in_unit
from helpers.narrative import exercises as words
from helpers.narrative.exercises import Exercise
from helpers.suite.exercises.answers import Number, read_ids, read_number
from helpers.suite.exercises.runs import customers_of_the_model, published_figure, result_of
from helpers.suite.exercises.truth import true_customers, truth_table
from helpers.suite.exercises.values import count_values

DIGITS_WANTED = 3
SHARES = ("share", "share difference")


@dataclass(frozen=True)
class Score:
    """How good an answer is.

    Parameters
    ----------
    exercise : str
        Its id.
    text : str
        What is said of the answer.
    right : bool or None
        Whether a number is right; None for customers, of whom some are found.
    found, asked, wrong : int or None
        Customers named rightly, all who should be, and customers named wrongly.
    model_found, model_wrong : int or None
        The same of the method's own list, where a run has it.
    remedy : str
        What to do to learn more.
    """

    exercise: str
    text: str
    right: bool | None = None
    found: int | None = None
    asked: int | None = None
    wrong: int | None = None
    model_found: int | None = None
    model_wrong: int | None = None
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return what a program may read, without what does not apply."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


def exercises_listed(exercise_id: str | None = None) -> list[dict[str, Any]]:
    """Return id, chapter, study and task of one exercise, or of all, and how it is answered.

    Raises
    ------
    InputError
        When there is no such exercise.
    """
    chosen = words.exercises() if exercise_id is None else (_chosen(exercise_id),)
    return [
        {
            "exercise": one.id,
            "chapter": one.notebook,
            "study": one.study,
            "answer": _answered(one),
            "task": one.task,
        }
        for one in chosen
    ]


def _answered(exercise: Exercise) -> str:
    if exercise.kind == words.TRUTH:
        return "file of values" if exercise.each else "file of customer ids"
    return "in words" if exercise.kind == words.OPEN else "number or word"


def score(exercise_id: str, answer: str) -> Score:
    """Score an answer.

    Parameters
    ----------
    exercise_id : str
        Such as "E20-1".
    answer : str
        A number or word, or the path of a file of customer ids, as the exercise asks.

    Raises
    ------
    InputError
        When there is no such exercise, the answer cannot be read, or nothing is there to compare it with.
    """
    exercise = _chosen(exercise_id)
    if exercise.kind == words.OPEN:
        remedy = f"compare it with notebooks/solutions/{exercise.id}.py"
        raise InputError(Fault("this task is answered in words, which are not scored", exercise.id, remedy=remedy))
    if exercise.kind == words.TRUTH:
        return (_score_values if exercise.each else _score_customers)(exercise, answer)
    result = published_figure(exercise) if exercise.kind == words.PUBLISHED else result_of(exercise)[0]
    if isinstance(result.value, bool | str):
        return _score_word(exercise, result, answer)
    return score_number(exercise, result, read_number(answer))


def _chosen(exercise_id: str) -> Exercise:
    known = {one.id: one for one in words.exercises()}
    wanted = exercise_id.strip().upper()
    if wanted not in known:
        raise InputError(unknown_name(exercise_id, list(known), kind="exercise", where="crm exercise"))
    return known[wanted]


def score_number(exercise: Exercise, result: NamedResult, answer: Number) -> Score:
    """Score a number: right within the result's tolerance, or where it is the result rounded to three digits or more.

    A count is right only to the unit. Of a share typed in hundredths without its sign, the remedy says how to write it.
    """
    right, rounded = _agrees(result, answer)
    too_few = DIGITS_WANTED if rounded and not right else None
    shown = in_unit(result.value, result.unit)
    about = result.about if right or not result.unit else f"{result.about} ({result.unit})"
    difference = 0.0 if right else answer.value - float(result.value or 0)
    text = words.number_sentence(about, shown, difference, too_few)
    in_hundredths = Number(answer.value / 100, answer.step / 100, answer.digits)
    meant = not right and result.unit in SHARES and any(_agrees(result, in_hundredths))
    return Score(exercise.id, text, right=right, remedy=words.PER_CENT_MEANT if meant else "")


def _agrees(result: NamedResult, answer: Number) -> tuple[bool, bool]:
    """Return whether a number is right, and whether it is the result rounded to the digits given, however few."""
    value = float(result.value or 0)
    difference = abs(answer.value - value)
    exact = difference <= result.tolerance * abs(value)
    rounded = not isinstance(result.value, int) and difference <= answer.step * (1 + 1e-9)
    return exact or (rounded and answer.digits >= DIGITS_WANTED), rounded


def _score_word(exercise: Exercise, result: NamedResult, answer: str) -> Score:
    expected = {True: "yes", False: "no"}[result.value] if isinstance(result.value, bool) else str(result.value)
    right = _plain(answer) == _plain(expected)
    text = words.number_sentence(result.about, expected, 0.0 if right else float("nan"), None)
    return Score(exercise.id, text, right=right)


def _plain(word: str) -> str:
    """Return a word as it is compared: a column may be typed as it is called in the table or as it is read."""
    return " ".join(word.replace("_", " ").split()).casefold()


def _score_customers(exercise: Exercise, answer: str) -> Score:
    meant, company = true_customers(exercise.study, exercise.condition)
    path = Path(answer).expanduser()
    named = read_ids(path)
    if unknown := [one for one in named if one not in company]:
        listed = ", ".join(map(repr, unknown[:SHOWN_AT_MOST])) + (", …" if len(unknown) > SHOWN_AT_MOST else "")
        what = f"{len(unknown):,} of {len(named):,} ids are no customers of this company: {listed}"
        remedy = "write the customer_id as it stands in the tables of the company, as it is now"
        raise InputError(Fault(what, str(path), remedy=remedy))
    right = meant & set(named)
    found, wrong = len(right), len(named) - len(right)
    own = customers_of_the_model(exercise)
    model_found, model_wrong = (None, None) if own is None else (len(own & meant), len(own - meant))
    text = words.customers_sentence(exercise, found, len(meant), wrong, model_found, model_wrong)
    remedy = f"to see what the model finds: {exercise.run_command}" if exercise.model and own is None else ""
    return Score(exercise.id, text, None, found, len(meant), wrong, model_found, model_wrong, remedy)


def _score_values(exercise: Exercise, answer: str) -> Score:
    truth = truth_table(exercise.study, exercise.condition)
    found, asked, wrong = count_values(truth, exercise.condition, Path(answer).expanduser())
    return Score(exercise.id, words.customers_sentence(exercise, found, asked, wrong), None, found, asked, wrong)
