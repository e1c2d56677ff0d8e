# %% [markdown]
# # E52-1: complaints answered in time
#
# A complaint without an end before the analysis date is not answered.

# %%
from helpers.study.study import load_study

study = load_study("simulated")
cases = study.table("service_cases").to_pandas()
complaints = cases[cases["complaint"]]
answer = float((complaints["closed_time"] <= complaints["due_time"]).mean())
print(answer)
