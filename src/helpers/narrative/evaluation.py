"""Words of the chapter on what the work on customers achieved that follow from a verdict: keys of its sentences."""

from collections.abc import Mapping
from types import MappingProxyType

from helpers.evaluation import GROUPS_APART, HELD_BACK, LOWERED, NOBODY_HELD_BACK, RAISED, UNCLEAR

EFFECT_ADVICE: Mapping[str, tuple[str, bool | None]] = MappingProxyType(
    {RAISED: ("effect_raised", True), UNCLEAR: ("effect_unclear", None), LOWERED: ("effect_lowered", False)}
)
"""What campaigns changed, by the status of their effect, and whether that is good news (None: neither)."""

CONTROL_GROUP: Mapping[str, str] = MappingProxyType(
    {HELD_BACK: "held_back_and_contacted", GROUPS_APART: "never_both", NOBODY_HELD_BACK: "nobody_held_back"}
)
"""What may be concluded, by what the contacts allow."""
