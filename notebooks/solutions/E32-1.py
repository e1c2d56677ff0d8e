# %% [markdown]
# # E32-1: the naive Brier score
#
# Whoever forecasts the share $p$ of leavers for everybody scores $p (1 - p)$.

# %%
from helpers.study.study import load_study

ended = load_study("telco").table("contracts").to_pandas()["ended"].astype(float)
answer = float(ended.mean() * (1 - ended.mean()))
print(answer)
