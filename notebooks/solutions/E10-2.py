# %% [markdown]
# # E10-2: required fields that fall short
#
# None: the company is made with complete tables, so there is nothing to repair first.

# %%
from helpers import identification
from helpers.study.study import load_study

study = load_study("simulated")
tables = {name: study.table(name) for name in ("transactions", "products", "customers")}
own = {name: study.attributes(name) for name in tables}
buyers = int(tables["transactions"]["customer_id"].nunique().to_pyarrow().as_py())
fields = identification.measure_tables(tables, study.as_of, attributes=own, expected_rows={"customers": buyers})
failing = identification.list_failing(fields, identification.QualityLimits(completeness=0.95))
answer = len(failing.drop_duplicates(["table", "field"]))
print(answer)
