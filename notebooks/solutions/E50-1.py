# %% [markdown]
# # E50-1: who stayed
#
# Customers of the first half-year who bought again in the second. A purchase that went back as a whole is none, so
# returns are set off first. With whole years more stay: a year gives a slow customer more time to come again.

# %%
from helpers.core.periods import customers_by_period, periods_before
from helpers.study.study import load_study

study = load_study("simulated")
periods = periods_before(study.as_of, months=6, count=2)
bought = customers_by_period(study.table("transactions"), periods)
before, after = (set(bought.loc[bought["period"] == number, "customer_id"]) for number in (0, 1))
answer = len(before & after) / len(before)
print(answer)
