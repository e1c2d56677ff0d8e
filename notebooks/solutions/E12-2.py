# %% [markdown]
# # E12-2: products held
#
# Whoever holds nothing counts as a customer on record all the same. A product is held while more was bought than came
# back.

# %%
from datetime import timedelta

from helpers import identification
from helpers.study.study import load_study

study = load_study("complete_journey")
since = study.as_of - timedelta(days=365)
tables = (study.table("transactions"), study.table("products"))
holdings = identification.find_holdings(*tables, "category", study.as_of, since=since)
on_record = study.table("customers").to_pandas()["customer_id"]
held = holdings[holdings["customer_id"].isin(on_record)].drop_duplicates()
answer = len(held) / len(on_record)
print(answer)
