"""Sentences with a condition: said only in a run that knows all their results and meets the condition."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from helpers.core.results import Scalar

Values = Mapping[str, Scalar]
Condition = Callable[[Values], bool]
STAGES: tuple[str, ...] = ("identify", "differentiate", "value", "evaluate")


MATERIAL_SHARE = 0.005
"""Share of the whole, of revenue for one, below which a stake calls for no advice."""


@dataclass(frozen=True)
class Stake:
    """What advice is about, against the whole: money against revenue, or customers against all of them.

    Parameters
    ----------
    amount : str
        Result that says how much is at stake.
    whole : str
        Result it is a part of; empty where the amount is a share already. In a run that does not know the whole, every
        stake counts.
    less : str
        Result to take off the amount first, where the stake is a difference.
    """

    amount: str
    whole: str = "revenue"
    less: str = ""

    def is_material(self, values: Values) -> bool:
        """Say whether the stake is large enough for advice."""
        amount = number(values, self.amount) - (number(values, self.less) if self.less else 0.0)
        if self.whole and self.whole not in values:
            return amount != 0
        return is_material(amount, number(values, self.whole) if self.whole else 1.0)


def is_material(amount: float, whole: float) -> bool:
    """Say whether an amount is large enough, as a part of a whole, for advice.

    Examples
    --------
    >>> is_material(4.86, 205_418.0), is_material(2_776.0, 205_418.0)
    (False, True)
    """
    return abs(amount) >= MATERIAL_SHARE * abs(whole)


def always(_values: Values) -> bool:
    """Meet every run that knows the results of the sentence."""
    return True


@dataclass(frozen=True)
class Sentence:
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
    stake : Stake, optional
        What it is about; said only where that is large enough.
    """

    stage: str
    text: str
    when: Condition = always
    needs: tuple[str, ...] = ()
    stake: Stake | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Results that must be known."""
        fields = (field.split(":")[0] for _, field, _, _ in Formatter().parse(self.text) if field)
        staked = (self.stake.amount, self.stake.less) if self.stake else ()
        return tuple(dict.fromkeys((*fields, *self.needs, *filter(None, staked))))


def fitting(sentences: Iterable[Sentence], stage: str, values: Values) -> list[str]:
    """Return the templates of a stage that the results of a run call for, in order.

    Parameters
    ----------
    sentences : iterable of Sentence
        All there are.
    stage : str
        One of `STAGES`.
    values : mapping of str to scalar
        Named results of the run; None where the data do not allow one.

    Examples
    --------
    >>> fitting([Sentence("value", "{lost} are lost.", above("lost", 0))], "value", {"lost": 3})
    ['{lost} are lost.']
    """
    known = {name: value for name, value in values.items() if value is not None}
    called_for = (one for one in sentences if one.stage == stage and known.keys() >= set(one.names))
    calls = (one for one in called_for if one.when(known))
    return [one.text for one in calls if one.stake is None or one.stake.is_material(known)]


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
