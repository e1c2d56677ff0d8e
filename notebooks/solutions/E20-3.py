# %% [markdown]
# # E20-3: a call as long as a visit
#
# The share of time comes closer to the share of calls, as there are more of them. It must lie between the share of
# visits and the share of calls, whatever either takes.

# %%
from helpers import differentiation, identification
from helpers.study.study import load_study

study = load_study("simulated")
customers = identification.summarise_customers(study.table("transactions"), study.as_of).to_pandas()
revenue = customers.set_index("customer_id")["revenue"]
effort = differentiation.count_selling(study.table("activities"), study.as_of)
revenue = revenue.reindex(revenue.index.union(effort.index), fill_value=0.0)
sales_groups = differentiation.sort_into_sales_groups(revenue)
time = differentiation.share_selling_time(sales_groups, revenue, effort, visit_minutes=60, call_minutes=60)
answer = float(time.loc["key", "time_share"])
print(answer, time.loc["key", ["time_share_low", "time_share_high"]].tolist())
