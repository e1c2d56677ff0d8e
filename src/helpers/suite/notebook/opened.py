"""What the cells of a notebook find when a name of theirs is not there: one plain message in place of a stray error."""

from types import SimpleNamespace
from typing import NoReturn

from helpers.core.errors import Fault, InputError, unknown_name
from helpers.suite.planning.parameters import Value

CLOSED = ("book", "p")  # by convention what an opening defines, besides the study


class UnknownParameterError(InputError, AttributeError):
    """A cell asks for a parameter that the parameters cell does not define."""


class ParameterValues(SimpleNamespace):
    """Validated parameters as attributes.

    Examples
    --------
    >>> p = ParameterValues(horizon_months=12)
    >>> p.horizon_months
    12
    >>> p.horizn_months
    Traceback (most recent call last):
    helpers.suite.notebook.opened.UnknownParameterError: parameters cell: unknown parameter 'horizn_months'
        allowed: horizon_months
        remedy: did you mean 'horizon_months'?
    """

    def __getattr__(self, name: str) -> Value:
        """Refuse a name that is no parameter; called only where there is none."""
        if name.startswith("_"):
            raise AttributeError(name)
        raise UnknownParameterError(unknown_name(name, list(vars(self)), kind="parameter", where="parameters cell"))


class NotOpened:
    """Stands for the book and the parameters of a notebook whose opening was refused, so that no older ones are used.

    Examples
    --------
    >>> NotOpened().say
    Traceback (most recent call last):
    helpers.core.errors.InputError: this notebook is not open: its opening cell was refused
        remedy: correct what it names, run the parameters cell and the opening cell again, then this one
    """

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse every use."""
        _refuse(name)


class NotOpenedStudy(str):
    """The name of a study that was not opened: text still, but not to be asked for tables."""

    __slots__ = ()

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse what a name cannot do."""
        _refuse(name)


def _refuse(name: str) -> NoReturn:
    if name.startswith("_"):  # asked by Jupyter for ways to show it
        raise AttributeError(name)
    remedy = "correct what it names, run the parameters cell and the opening cell again, then this one"
    raise InputError(Fault("this notebook is not open: its opening cell was refused", remedy=remedy))
