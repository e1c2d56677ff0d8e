# %% [markdown]
# # E56-1: the widest department
#
# A household that buys in two departments counts in both, but once in the total: counts of customers do not add up.

# %%
from helpers import evaluation
from helpers.study.study import load_study

study = load_study("complete_journey")
tables = {name: study.table(name) for name in ("transactions", "customers", "products")}
question = evaluation.Question("customers", "department")
found = evaluation.cross_table(tables, question, study.as_of)
answer = float(found.by_row.loc[found.largest, "value"])
print(found.cells)
