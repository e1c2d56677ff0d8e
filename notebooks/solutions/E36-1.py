# %% [markdown]
# # E36-1: customers at a loss
#
# Of the same customers fewer are at a loss when serving is one cost per order: visits, returns and late payment are
# then paid for by all.

# %%
import numpy as np

from helpers import value
from helpers.core.periods import customers_by_period
from helpers.study.study import load_study
from helpers.value import credit
from helpers.value import profitability as pf

study = load_study("simulated")
drivers = pf.find_cost_drivers("", folder=study.folder)
tables = {name: study.table(name) for name in ("transactions", *drivers.tables) if study.has(name)}
facts = pf.gather_facts(tables, drivers, pf.whole_history(tables["transactions"], study.as_of))
unit_costs = pf.set_unit_costs(drivers, study.table("cost_pools").to_pandas() if study.has("cost_pools") else None)
bills, paid = (study.table(name).to_pandas() for name in ("invoices", "payments"))
ledger = credit.prepare_receivables(bills, paid, study.as_of, assumed_term_days=30)
costs = pf.measure_credit_costs(ledger, facts.periods, rng=np.random.default_rng(1))
credit_costs, _ = pf.costs_of_known(costs, facts)
margin = None if facts.cost_is_known else 0.25
profit = pf.measure_economic_profit(
    facts, unit_costs, pf.ProfitAssumptions(margin, 0.05, 0.10, drivers.stock_days), credit_costs=credit_costs
)
answer = int((profit.customers["economic_profit"] < 0).sum())
activity = customers_by_period(tables["transactions"], facts.periods)
by_order = value.measure_contribution(activity, value.CostAssumptions(margin, 1.50))
print(answer, "and by one cost per order", int((by_order["contribution"] < 0).sum()))
