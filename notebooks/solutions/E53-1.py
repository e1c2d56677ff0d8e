# %% [markdown]
# # E53-1: from new to regular
#
# New has the first purchase in the year before the last one; a regular has four orders in the last one. Who is new once
# cannot be new again.

# %%
import pandas as pd

from helpers import evaluation
from helpers.study.study import load_study

study = load_study("simulated")
orders = evaluation.placed_orders(study.table("transactions"), study.as_of).to_pandas()
end = pd.Timestamp(study.as_of)
middle, begin = (end - pd.DateOffset(years=years) for years in (1, 2))
first = orders.groupby("customer_id")["time"].min()
new = first.index[(first >= begin) & (first < middle)]
later = orders[orders["time"] >= middle].groupby("customer_id").size().reindex(new, fill_value=0)
answer = float((later >= 4).mean())
print(answer)
