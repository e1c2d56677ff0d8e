# %% [markdown]
# # E11-2: whose record is it?
#
# The records linked as the chapter links them. The numbers of customers are our own: what is scored is which records
# stand together.

# %%
from helpers.identification import linkage as linking
from helpers.study.study import load_study

records = load_study("simulated").table("customer_records").to_pandas()
found = linking.link_records(records, linking.LinkageSettings()).clusters
answer = found.set_index("record_id")["customer_id"]
print(answer.nunique(), "customers of", len(answer), "records")
