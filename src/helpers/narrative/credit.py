"""Sentences of the chapters on credit: what was set apart, what grades and scores are good for, what may be lost."""

from collections.abc import Mapping
from types import MappingProxyType

from helpers.core.results import in_unit
from helpers.core.verdicts import Verdict
from helpers.value.backtest.probabilities import NOT_USABLE, RANKING_ONLY, USABLE
from helpers.value.credit.default_rates import GradeCheck
from helpers.value.credit.expected_loss import ExpectedLoss
from helpers.value.credit.scoring import CHANGES_NOTHING

SET_APART = (
    "{credit_overpaid_invoices} {credit_overpaid_invoices:invoice was|invoices were} paid with more than was owed, by "
    "{credit_overpaid_amount} together. That is a credit of the customers and is set off against nothing here.",
    "{credit_early_payments} {credit_early_payments:payment|payments} came before the date of the invoice and count "
    "from its date.",
    "{credit_unmatched_payments} {credit_unmatched_payments:payment|payments} of {credit_unmatched_amount} "
    "{credit_unmatched_payments:belongs|belong} to no invoice on record and {credit_unmatched_payments:is|are} left "
    "out.",
)
"""Sentences on what was set apart; each is for where its results are known."""

TERMS_ASSUMED = "terms of a loan assumed"
SCORE_ADVICE: Mapping[str, tuple[str, bool | None]] = MappingProxyType(
    {
        USABLE: (
            "The score can be used. Its probabilities hold for applicants drawn as those in this table; elsewhere only "
            "its ranking does.",
            True,
        ),
        CHANGES_NOTHING: (
            "The score tells who is more likely not to repay, but at these terms granting by it brings no more than "
            "granting everybody: it is no reason to refuse anyone.",
            None,
        ),
        TERMS_ASSUMED: (
            "The score tells who is more likely not to repay. Whether granting by it pays is not known before margin "
            "and loss of a loan are stated.",
            None,
        ),
        RANKING_ONLY: (
            "The ranking of applicants can be used, but not its probabilities: put those right before a limit is set "
            "by them.",
            None,
        ),
        NOT_USABLE: ("Do not use this score: it is no better than giving everybody the same probability.", False),
    }
)
"""What may be done with a score, by verdict, and whether that is good news (None: neither)."""


def advise_on_grades(check: GradeCheck | None) -> tuple[str, bool | None]:
    """Return the key of the verdict on grades as forecasts of default, and whether it is good news.

    Parameters
    ----------
    check : GradeCheck or None
        The grades held against a later year; None where the history is too short.
    """
    if check is None:
        return "grades_untested", None
    return ("grades_foretell", True) if check.beats_naive else ("grades_foretell_nothing", False)


def advise_on_score(verdict: Verdict, *, terms_assumed: bool) -> tuple[str, bool | None]:
    """Return what may be done with a score of applicants, and whether it is good news.

    Parameters
    ----------
    verdict : Verdict
        From `helpers.value.credit.score_verdict`.
    terms_assumed : bool
        Whether nobody stated what a loan earns and loses: then a score is not said to bring nothing.
    """
    status = TERMS_ASSUMED if terms_assumed and verdict.recommendation == CHANGES_NOTHING else verdict.recommendation
    return SCORE_ADVICE[status]


def find_limit(verdict: Verdict) -> str:
    """Return the key of the finding on the limit that a score sets for a loan."""
    return {USABLE: "loan_pays_up_to", CHANGES_NOTHING: "no_more_than_all"}.get(verdict.status, "no_limit")


def bad_year(confidence: float) -> str:
    """Say which quantile the loss of a bad year is.

    Examples
    --------
    >>> bad_year(0.95)
    'exceeded with a chance of 5.0 %'
    """
    return f"exceeded with a chance of {in_unit(1 - confidence, 'share')}"


NO_INTERVAL = "Grades have none: one loss given default serves all of them, and for good ones it promises too much."


def explain_loss_lines(loss: ExpectedLoss) -> str:
    """Say what the lines of a chart of losses by class hold, and why one may end short of its bar."""
    return f"The line holds the loss to come of customers in default. {_nearly_always_less(loss)}{NO_INTERVAL}"


def explain_loss_classes(loss: ExpectedLoss) -> str:
    """Say what a table of losses by class shows, and which classes have an interval."""
    return (
        "Chance of default within a year, times the part of the exposure then lost, times the exposure. From and to "
        f"hold the loss itself of customers in default. {_nearly_always_less(loss)}{NO_INTERVAL}"
    )


def _nearly_always_less(loss: ExpectedLoss) -> str:
    """Explain an expectation that lies above the whole interval, where it does."""
    return "Nearly always less is lost than is expected, and now and then much more. " if loss.above_interval else ""
