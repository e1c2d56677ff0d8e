# %% [markdown]
# # E13-3: who is gone
#
# What the customers brought who bought in the first half of the year and not in the second.

# %%
from helpers import differentiation, evaluation
from helpers.core.periods import customers_by_period, measure_coverage, periods_before
from helpers.study.study import load_study

study = load_study("complete_journey")
lines = study.table("transactions")
halves = periods_before(measure_coverage(lines, study.as_of).until, months=6, count=2)
known = evaluation.customers_before(lines, halves[0].start)
kinds = differentiation.compare_customers(customers_by_period(lines, halves), known)
answer = float(kinds.loc["did not return", "difference"])
print(answer)
