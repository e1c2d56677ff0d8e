# %% [markdown]
# # E13-1: which factor
#
# The interval says whether the sign is sure: where it holds zero, it is not.

# %%
import numpy as np

from helpers import differentiation
from helpers.core.periods import customers_by_period, measure_coverage, periods_before
from helpers.study.study import load_study

study = load_study("simulated")
lines = study.table("transactions")
years = periods_before(measure_coverage(lines, study.as_of).until, months=12, count=2)
factors = differentiation.bootstrap_decomposition(customers_by_period(lines, years), np.random.default_rng(1))
answer = float(factors.loc["orders per customer", "change"])
print(factors[["change", "low", "high"]].round(0))
