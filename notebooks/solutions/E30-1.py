# %% [markdown]
# # E30-1: the margin that breaks even
#
# The margin is a share of net revenue: what it leaves must pay for serving the orders.

# %%
from helpers.study.study import load_study

COST_PER_ORDER = 1.50  # the default of the chapter

lines = load_study("complete_journey").table("transactions").to_pandas()
cost_to_serve = COST_PER_ORDER * lines["order_id"].nunique()
answer = float(cost_to_serve / lines["amount"].sum())
print(answer)
