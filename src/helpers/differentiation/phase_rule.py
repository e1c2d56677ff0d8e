"""The phases of a customer's relationship, and the limits by which one is decided."""

from dataclasses import dataclass

from helpers.core.errors import Fault, InputError

PHASES: dict[str, str] = {
    "exploration": "short history or few purchases: both sides are still trying",
    "growth": "buys more and more often, by more than chance explains",
    "stability": "regular, without a trend that chance could not explain",
    "decline": "buys less and less often, or is silent for unusually long",
    "gone": "by the own rhythm, most likely no customer any more",
}
"""The four phases in the order of a customer's life, what each means, and what comes after them."""


@dataclass(frozen=True)
class PhaseRule:
    """How a phase is decided; the first rule that fits counts.

    1. *gone* where who is gone is known from the own rhythm. Where it is not, *decline* (reason: silent) when silent
       for longer than the own rhythm makes likely, and where no rhythm is known either, when the last purchase lies
       more than `silent_after_days` back;
    2. *exploration* when the first purchase lies at most `exploration_days` back (short history), or the customer
       bought on fewer than `regular_from_purchases` days in all (few purchases);
    3. *growth* or *decline* when the rate of purchases rises or falls within the window by more than chance explains
       (rising, falling); of all customers so named, at most the share `false_share` is expected to be noise;
    4. else *stability* (no clear trend).

    Parameters
    ----------
    window_days : int
        Days before the analysis date in which the trend is looked for; a multiple of `period_days`, at least four.
    period_days : int
        Length of the periods purchases are counted in; whole weeks even out the days of the week.
    exploration_days, silent_after_days : int
        Limits in days, at least 1; the second only where nobody's own rhythm is known.
    regular_from_purchases : int
        Purchase days from which a trend can be spoken of, at least 2.
    false_share : float
        Tolerated share of false alarms among the customers called growing or declining by trend, between 0 and 1.
    relative_to_base : bool
        Whether a trend is judged against that of all customers (a common season then is no trend) or against the
        customer's own mean rate.

    Raises
    ------
    InputError
        When a limit is out of range; all of them at once.
    """

    window_days: int = 364
    period_days: int = 28
    exploration_days: int = 90
    silent_after_days: int = 90
    regular_from_purchases: int = 4
    false_share: float = 0.10
    relative_to_base: bool = False

    def __post_init__(self) -> None:
        checks = (
            ("period_days", self.period_days >= 1, "1 or more"),
            ("exploration_days", self.exploration_days >= 1, "1 or more"),
            ("silent_after_days", self.silent_after_days >= 1, "1 or more"),
            ("regular_from_purchases", self.regular_from_purchases >= 2, "2 or more"),
            ("false_share", 0 < self.false_share < 1, "between 0 and 1"),
        )
        faults = [
            Fault(
                f"{getattr(self, name)!r} is out of range",
                where=name,
                allowed=allowed,
                remedy="give a value within this range",
            )
            for name, fits, allowed in checks
            if not fits
        ]
        if self.period_days >= 1 and (self.window_days < 4 * self.period_days or self.window_days % self.period_days):
            allowed = f"at least four whole periods of {self.period_days} days: {4 * self.period_days}, …"
            faults.append(
                Fault(
                    f"a window of {self.window_days} days",
                    where="window_days",
                    allowed=allowed,
                    remedy="take a multiple of the period",
                )
            )
        if faults:
            raise InputError(faults)

    @property
    def periods(self) -> int:
        """Number of periods in the window."""
        return self.window_days // self.period_days
