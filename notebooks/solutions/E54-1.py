# %% [markdown]
# # E54-1: whole years
#
# A year holds more purchases than half of one, so that a slow buyer is seen in both; and it leaves more time to go.

# %%
from helpers import evaluation
from helpers.core.periods import customers_by_period, measure_coverage, periods_before
from helpers.study.study import load_study

study = load_study("simulated")
lines = study.table("transactions")
years = periods_before(measure_coverage(lines, study.as_of).until, months=12, count=2)
answer = evaluation.measure_retention(customers_by_period(lines, years)).share.estimate
print(answer)
