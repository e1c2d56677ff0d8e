# %% [markdown]
# # E36-2: the profit of each customer
#
# Revenue less goods, activities and expected loss. The charge for capital is left out: nobody paid it.

# %%
import numpy as np

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
assumptions = pf.ProfitAssumptions(None if facts.cost_is_known else 0.25, 0.05, 0.0, drivers.stock_days)
profit = pf.measure_economic_profit(facts, unit_costs, assumptions, credit_costs=credit_costs).customers
answer = profit.set_index("customer_id")["economic_profit"].rename("profit").round(2)
print(answer.describe())
