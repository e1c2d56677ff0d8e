# %% [markdown]
# # E12-1: products that stand out
#
# None: the company's tastes do not depend on the groups compared. Offering by group would be guessing.

# %%
from datetime import timedelta

from helpers import identification
from helpers.study.study import load_study

study = load_study("simulated")
customers = study.table("customers").to_pandas()
attribute = identification.AGE_BAND if study.has("customers", "birth_date") else study.attributes("customers")[0]
groups = identification.group_customers(customers, attribute, study.as_of).dropna()
since = study.as_of - timedelta(days=365)
tables = (study.table("transactions"), study.table("products"))
holdings = identification.find_holdings(*tables, "category", study.as_of, since=since)
reach = identification.measure_penetration(holdings, groups)
answer = int(reach.loc[reach["p_value"] < identification.SIGNIFICANCE, "product"].nunique())
print(answer)
