"""Words of the chapter on satisfaction that follow from a verdict: sentence keys, and if it is good news."""

from collections.abc import Mapping
from types import MappingProxyType

from helpers.evaluation.satisfaction.buying import BUY_LESS_OFTEN, BUY_MORE_OFTEN, NO_DIFFERENCE, TOO_FEW
from helpers.evaluation.satisfaction.remainder import FOUND, NOT_FOUND, UNKNOWN

WEIGHTS_HELD_OUT: Mapping[str, tuple[str, bool | None]] = MappingProxyType(
    {
        "better": ("weights_better", True),
        "similar": ("weights_no_better", None),
        "worse": ("weights_no_better", False),
    }
)
"""Whether weights forecast customers held out better than the plain mean of the parts."""

HIDDEN_DRIVER: Mapping[str, tuple[str, bool | None]] = MappingProxyType(
    {FOUND: ("hidden_found", False), NOT_FOUND: ("hidden_not_found", None), UNKNOWN: ("hidden_unknown", None)}
)
"""Whether something was not asked that steers the whole."""

HIDDEN_DRIVER_FOUND: Mapping[str, bool | None] = MappingProxyType({FOUND: True, NOT_FOUND: False, UNKNOWN: None})
"""The same as an answer of yes or no; None where these data cannot say."""

BUYING: Mapping[str, tuple[str, bool | None]] = MappingProxyType(
    {
        BUY_MORE_OFTEN: ("satisfied_buy_more", True),
        NO_DIFFERENCE: ("satisfied_buy_alike", None),
        BUY_LESS_OFTEN: ("satisfied_buy_less", False),
        TOO_FEW: ("buying_too_few", None),
    }
)
"""Whether the satisfied buy again more often than the others."""
