"""What a user is informed when an input is wrong: what, where, what is allowed, what to do.

Every check of user input collects `Fault`s and raises them together as one `InputError`, so that a user repairs a study
in one pass. Nothing in this module knows files, notebooks or studies.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from helpers.core.plain_text import printable

SHOWN_AT_MOST = 5
CORRECT_ROWS = "correct these rows, or leave them out"
"""What to do about rows with values that are not allowed, where nothing closer is known."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with what the user gave.

    Parameters
    ----------
    what : str
        The fault in one sentence, naming the offending value.
    where : str, optional
        The place a user can open: a file with its line, a table and column, a parameter.
    allowed : str, optional
        The values, names or range that would have been accepted.
    remedy : str, optional
        What to do about it.
    """

    what: str
    where: str = ""
    allowed: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        """Return the fault as one block of text, empty parts left out."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        tail = [f"{label}: {text}" for label, text in (("allowed", self.allowed), ("remedy", self.remedy)) if text]
        return printable("\n".join([head, *(f"    {line}" for line in tail)]))


class FaultsError(ValueError):
    """What a user is informed of in plain words; carries every fault found, not just the first.

    Who shows or gathers faults catches this. Who does without something that the data do not allow catches
    `InputError`, which the other kinds are not: an engine that refuses says nothing of the data.

    Parameters
    ----------
    faults : Fault or str or iterable of Fault
        What is wrong. A string stands for a fault that needs no other part.

    Attributes
    ----------
    status : str
        What a program is given for the kind of error.
    """

    status = "wrong input"

    def __init__(self, faults: "Fault | str | Iterable[Fault]") -> None:
        if isinstance(faults, str):
            faults = Fault(faults)
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class InputError(FaultsError):
    """The user's input is wrong.

    Examples
    --------
    >>> raise InputError(Fault("'2x' is not a number", where="horizon_months", allowed="whole number in 1..60"))
    Traceback (most recent call last):
    helpers.core.errors.InputError: horizon_months: '2x' is not a number
        allowed: whole number in 1..60
    """


class SourceError(FaultsError):
    """A file that was only looked at so far cannot be read when a question comes to it, or is another by then."""

    status = "source not readable"


class EngineError(FaultsError):
    """An engine that holds a study's tables refuses a question, or cannot answer it."""

    status = "refused by the engine"


class EngineLostError(EngineError):
    """The connection to an engine is gone: every further question would fail."""

    status = "engine lost"


_BY_NAME: dict[str, type[FaultsError]] = {
    kind.__name__: kind for kind in (InputError, SourceError, EngineError, EngineLostError)
}


def together(errors: Sequence[FaultsError]) -> FaultsError:
    r"""Return several errors as one with the faults of all, of the kind that says most: a lost engine ends a run.

    What is no fault of the input stays none.

    Examples
    --------
    >>> together([InputError("no column amount"), EngineError("the engine cannot answer")])
    EngineError('no column amount\nthe engine cannot answer')
    """
    kind = _that_says_most([type(error) for error in errors])
    return kind(fault for error in errors for fault in error.faults)


def status_of(names: Iterable[str]) -> str | None:
    """Return what a program is given for several errors with these names of classes; None where one is none of ours.

    Examples
    --------
    >>> status_of(["InputError"]), status_of(["InputError", "EngineError"]), status_of(["EngineError", "KeyError"])
    ('wrong input', 'refused by the engine', None)
    """
    kinds = [_BY_NAME.get(name) for name in names]
    known = [kind for kind in kinds if kind is not None]
    return _that_says_most(known).status if len(known) == len(kinds) else None


def _that_says_most(kinds: Sequence[type[FaultsError]]) -> type[FaultsError]:
    others = [kind for kind in kinds if not issubclass(kind, InputError)]
    return max(others, key=lambda one: len(one.__mro__), default=InputError)


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed name most like a misspelt one, or None when nothing comes close.

    Examples
    --------
    >>> nearest("horizon_month", ["horizon_months", "seed"])
    'horizon_months'
    """
    by_folded = {name.casefold(): name for name in allowed}
    found = get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def unknown_name(word: str, allowed: Sequence[str], *, kind: str, where: str = "", also: Iterable[str] = ()) -> Fault:
    """Return the fault for a name that is not among those allowed, with the nearest one as the remedy.

    Parameters
    ----------
    word : str
        The unknown name.
    allowed : sequence of str
        Names to list.
    kind : str
        What the name should be one of.
    where : str
        Where it stands.
    also : iterable of str
        Names that would do as well, too many to list.

    Examples
    --------
    >>> print(unknown_name("horizn", ["horizon_months", "seed"], kind="parameter"))
    unknown parameter 'horizn'
        allowed: horizon_months, seed
        remedy: did you mean 'horizon_months'?
    """
    match = nearest(word, [*allowed, *also])
    return Fault(
        f"unknown {kind} {word!r}" if word else f"no {kind} is named",
        where=where,
        allowed=", ".join(allowed) or "none",
        remedy=f"did you mean {match!r}?" if match else ("take one of these" if allowed else "leave it out"),
    )


def counted(count: int, one: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def some_of(values: Sequence[object], *, at_most: int = SHOWN_AT_MOST, among: int | None = None) -> str:
    """Name the first few offending values and count the rest, for messages about many rows.

    `among` says how many there are where only the first are given.

    Examples
    --------
    >>> some_of(["a", "b", "c"], at_most=2)
    "'a', 'b' and 1 more"
    """
    shown = ", ".join(repr(value) for value in values[:at_most])
    rest = (len(values) if among is None else among) - at_most
    return f"{shown} and {rest:,} more" if rest > 0 else shown
