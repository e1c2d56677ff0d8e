"""What the states of customers say and by what rule they were found: templates of named results."""

from collections.abc import Mapping
from types import MappingProxyType

LEARNED, OWN_RHYTHM, FIXED_DAYS = "own rhythm and P(alive)", "own rhythm", "fixed days"
"""How states may be found, the best first."""

NO_DROP_OUT = "these purchases do not show that customers leave"
FEW_REPEATERS = "too few customers bought again"
"""What stands against P(alive), a clause each; what the test says of it stands in `return_forecast`."""

STATE_FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        LEARNED: "{living_customers:interval} of {state_customers} customers are expected to be customers still",
        OWN_RHYTHM: "{customers_lapsing} of {known_customers} customers are silent for longer than their own rhythm "
        "makes likely",
        FIXED_DAYS: "{active_customer_share} of {known_customers} customers bought within {state_lapsing_days} days "
        "of the last month's end",
    }
)
"""What the states say, by rule: templates of named results."""

STATE_TITLES: Mapping[str, str] = MappingProxyType(
    {
        LEARNED: "Of {known_customers} customers, {customers_lapsing} are lapsing and {customers_lost} lost",
        OWN_RHYTHM: "Of {known_customers} customers, {customers_lapsing} are silent for unusually long",
        FIXED_DAYS: "Of {known_customers} customers, {customers_lapsing} last bought more than {state_lapsing_days} "
        "days before, {customers_lost} more than {state_lost_days}",
    }
)
"""The customers who do not buy as they did, by rule: templates of named results."""

STATE_READINGS: Mapping[str, str] = MappingProxyType(
    {
        LEARNED: "A customer is lapsing who is silent for longer than the own rhythm makes likely, and lost whose "
        "probability of being a customer still is below {lost_below_share}, by the {state_model} model. On purchases "
        "held back, the chances of buying again by the model agreed with who did.",
        OWN_RHYTHM: "A customer is lapsing who is silent for longer than the own rhythm makes likely. Who is lost "
        "cannot be told: {states_not_learned_because}.",
        FIXED_DAYS: "The states go by days since the last purchase alone, {state_lapsing_days} and {state_lost_days}, "
        "the same for everybody, because {states_not_learned_because}. That is a rule: it does not tell who is lost.",
    }
)
"""By what rule the states are found, templates of named results."""


def silence_in_words(rule: str, days: int) -> str:
    """Say when a customer counts as silent: by the own rhythm, or after these days where none is known.

    Examples
    --------
    >>> silence_in_words(OWN_RHYTHM, 90), silence_in_words(FIXED_DAYS, 90)
    ('for longer than their own rhythm makes likely', 'for more than 90 days, the same for everybody')
    """
    if rule == FIXED_DAYS:
        return f"for more than {days} days, the same for everybody"
    return "for longer than their own rhythm makes likely"
