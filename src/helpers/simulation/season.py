"""The yearly wave of the purchase rates, as a change of clock."""

from dataclasses import dataclass

import numpy as np

from helpers.core.arrays import FloatArray
from helpers.simulation.arrays import DAYS_PER_YEAR
from helpers.simulation.parameters import CompanyParameters


@dataclass(frozen=True)
class Season:
    """Maps calendar days to elapsed purchase time and back: a Poisson process is regular on the second clock.

    Parameters
    ----------
    calendar : FloatArray
        Days since the start of the history, 0 to its end.
    clock : FloatArray
        Purchase time elapsed by then, in days of an average month.
    """

    calendar: FloatArray
    clock: FloatArray

    def elapsed(self, day: FloatArray) -> FloatArray:
        """Return the purchase time elapsed by a day."""
        return np.interp(day, self.calendar, self.clock)

    def day(self, elapsed: FloatArray) -> FloatArray:
        """Return the day by which a purchase time has elapsed."""
        return np.interp(elapsed, self.clock, self.calendar)


def make_season(parameters: CompanyParameters) -> Season:
    """Return the clock of the company; the calendar itself when the amplitude is zero."""
    calendar = np.arange(parameters.history_days + 1, dtype=np.float64)
    wave = parameters.seasonality
    # Mid-month of the peak, counted from the first day of the history.
    peak = (wave.peak_month - 0.5) / 12 * DAYS_PER_YEAR - (parameters.start.timetuple().tm_yday - 1)
    angle = 2 * np.pi / DAYS_PER_YEAR
    integral = np.sin(angle * (calendar - peak)) - np.sin(-angle * peak)
    return Season(calendar, calendar + wave.amplitude / angle * integral)
