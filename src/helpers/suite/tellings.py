"""Sentences with a condition: told only in a run that knows all their results and meets the condition."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from helpers.results import Scalar

Values = Mapping[str, Scalar]
Condition = Callable[[Values], bool]
STAGES: tuple[str, ...] = ("identify", "differentiate", "value", "evaluate")


def always(_values: Values) -> bool:
    """Meet every run that knows the results of the sentence."""
    return True


@dataclass(frozen=True)
class Telling:
    """One sentence for one stage.

    Parameters
    ----------
    stage : str
        One of `STAGES`.
    text : str
        Template of named results.
    when : callable
        Condition on the values of all known results, by name.
    needs : tuple of str
        Results the condition uses beside those in the text.
    """

    stage: str
    text: str
    when: Condition = always
    needs: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Results that must be known."""
        fields = (field.split(":")[0] for _, field, _, _ in Formatter().parse(self.text) if field)
        return tuple(dict.fromkeys((*fields, *self.needs)))


def fitting(tellings: Iterable[Telling], stage: str, values: Values) -> list[str]:
    """Return the templates of a stage that the results of a run call for, in order.

    Parameters
    ----------
    tellings : iterable of Telling
        All there are.
    stage : str
        One of `STAGES`.
    values : mapping of str to scalar
        Named results of the run; None where the data do not allow one.

    Examples
    --------
    >>> fitting([Telling("value", "{lost} are lost.", above("lost", 0))], "value", {"lost": 3})
    ['{lost} are lost.']
    """
    known = {name: value for name, value in values.items() if value is not None}
    called_for = (one for one in tellings if one.stage == stage and known.keys() >= set(one.names))
    return [one.text for one in called_for if one.when(known)]


def number(values: Values, name: str) -> float:
    """Return a result as a number, nan where it is a text."""
    value = values[name]
    return float(value) if isinstance(value, int | float) else float("nan")


def above(name: str, limit: float) -> Condition:
    """Ask for a result above a limit."""
    return lambda values: number(values, name) > limit


def below(name: str, limit: float) -> Condition:
    """Ask for a result below a limit."""
    return lambda values: number(values, name) < limit


def says(name: str, *words: Scalar) -> Condition:
    """Ask for a result that is one of these."""
    return lambda values: values[name] in words


def unknown(name: str) -> Condition:
    """Ask for a run that does not know a result."""
    return lambda values: name not in values


def both(one: Condition, other: Condition) -> Condition:
    """Ask for two things at once."""
    return lambda values: one(values) and other(values)
