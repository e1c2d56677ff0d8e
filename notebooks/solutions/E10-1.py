# %% [markdown]
# # E10-1: the largest customer
#
# Returns are lines with a negative amount, so plain sums set them off.

# %%
from helpers.study.study import load_study

lines = load_study("complete_journey").table("transactions").to_pandas()
revenue = lines.groupby("customer_id")["amount"].sum()
answer = float(revenue.max() / revenue.sum())
print(answer)
