"""What is said of probabilities of leaving, of an offer to stay, and of the alarm."""

from collections.abc import Mapping
from types import MappingProxyType

from helpers.value.backtest.probabilities import NOT_USABLE, RANKING_ONLY, USABLE

PROBABILITY_ADVICE: Mapping[str, tuple[str, bool | None]] = MappingProxyType(
    {
        USABLE: (
            "The probabilities can be used for customers drawn as in this table: they beat the naive forecast, and "
            "customers given a probability leave just as often as it says. Elsewhere, where another share may leave, "
            "use their ranking only.",
            True,
        ),
        RANKING_ONLY: (
            "Use the ranking, not the probabilities: they beat the naive forecast, but are off by more than chance.",
            None,
        ),
        NOT_USABLE: ("Do not use the probabilities: they do not beat giving everyone the share of all.", False),
    }
)
"""What may be done with probabilities of leaving, by verdict, and whether that is good news (None: neither)."""
