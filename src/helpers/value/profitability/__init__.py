"""Economic profit per customer: what activities cost, who makes the profit, who destroys it, what would change it."""

from helpers.value.profitability.claims import MISTAKES, MORE_OF_THE_BEST, whale_claims
from helpers.value.profitability.concentration import (
    FIGURES,
    Ranked,
    concentration,
    profit_of_tenths,
    profit_tenths,
    whale_curve,
)
from helpers.value.profitability.credit_costs import CreditTerms, expected_losses, measure_credit_costs, tied_up
from helpers.value.profitability.drivers import DRIVERS, Activity, CostDrivers, Driver
from helpers.value.profitability.drivers_file import find_cost_drivers, read_cost_drivers
from helpers.value.profitability.economic_profit import (
    EconomicProfit,
    ProfitAssumptions,
    costs_of_known,
    measure_economic_profit,
)
from helpers.value.profitability.facts import (
    CustomerFacts,
    gather_facts,
    require_time_or_year,
    span_months,
    whole_history,
)
from helpers.value.profitability.lasting import (
    MODEL,
    NAIVE,
    LastingProfit,
    LossesAgain,
    does_profit_last,
    hold_out_profit,
    losses_again,
    profit_kept,
)
from helpers.value.profitability.losses import REASONS, explain_losses, summarise_losses
from helpers.value.profitability.ranges import assumption_sensitivity, concentration_ranges, profit_ranges
from helpers.value.profitability.scoring import ProfitScore, score_profit
from helpers.value.profitability.unit_costs import set_unit_costs
from helpers.value.profitability.what_if import LEVERS, Levers, lever_table, pull_levers

__all__ = [
    "DRIVERS",
    "FIGURES",
    "LEVERS",
    "MISTAKES",
    "MODEL",
    "MORE_OF_THE_BEST",
    "NAIVE",
    "REASONS",
    "Activity",
    "CostDrivers",
    "CreditTerms",
    "CustomerFacts",
    "Driver",
    "EconomicProfit",
    "LastingProfit",
    "Levers",
    "LossesAgain",
    "ProfitAssumptions",
    "ProfitScore",
    "Ranked",
    "assumption_sensitivity",
    "concentration",
    "concentration_ranges",
    "costs_of_known",
    "does_profit_last",
    "expected_losses",
    "explain_losses",
    "find_cost_drivers",
    "gather_facts",
    "hold_out_profit",
    "lever_table",
    "losses_again",
    "measure_credit_costs",
    "measure_economic_profit",
    "profit_kept",
    "profit_of_tenths",
    "profit_ranges",
    "profit_tenths",
    "pull_levers",
    "read_cost_drivers",
    "require_time_or_year",
    "score_profit",
    "set_unit_costs",
    "span_months",
    "summarise_losses",
    "tied_up",
    "whale_claims",
    "whale_curve",
    "whole_history",
]
