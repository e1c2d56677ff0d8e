# %% [markdown]
# # E36-3: at a loss again
#
# Not all of them: who stands at the end of a ranking stands there in part by chance, and some costs come once.

# %%
from helpers.core.periods import periods_before
from helpers.study.study import load_study
from helpers.value import profitability as pf

study = load_study("complete_journey")
drivers = pf.find_cost_drivers("", folder=study.folder)
tables = {name: study.table(name) for name in ("transactions", *drivers.tables) if study.has(name)}
months = pf.span_months(tables, drivers, 6)
facts = pf.gather_facts(tables, drivers, periods_before(study.as_of, months=months, count=2))
unit_costs = pf.set_unit_costs(drivers, None)
assumptions = pf.ProfitAssumptions(0.25, 0.05, 0.10, drivers.stock_days)
profit = pf.measure_economic_profit(facts, unit_costs, assumptions).customers
spans = profit.pivot_table(index="customer_id", columns="period", values="economic_profit")
losing = spans[spans[0] < 0]
answer = float((losing[1].fillna(0.0) < 0).mean())
print(len(losing), answer)
