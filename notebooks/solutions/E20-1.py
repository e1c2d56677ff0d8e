# %% [markdown]
# # E20-1: classes by orders
#
# Orders are spread more evenly than revenue: it takes more customers to make four fifths of them.

# %%
from helpers import differentiation, identification
from helpers.study.study import load_study

study = load_study("complete_journey")
customers = identification.summarise_customers(study.table("transactions"), study.as_of).to_pandas()
classes = differentiation.classify_abc(customers["orders"].astype(float))
answer = int((classes == "A").sum())
print(answer)
