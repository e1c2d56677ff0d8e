"""By what rule the states of customers were found, and what stands against a better one."""

LEARNED, OWN_RHYTHM, FIXED_DAYS = "own rhythm and P(alive)", "own rhythm", "fixed days"
"""How states may be found, the best first."""

NO_DROP_OUT = "these purchases do not show that customers leave"
FEW_REPEATERS = "too few customers bought again"
"""What stands against P(alive), a clause each; what the test says of it stands in `return_forecast`."""
