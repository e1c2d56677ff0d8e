# %% [markdown]
# # E23-2: thirty days
#
# Nothing becomes of the states by the own rhythm: the days are only compared with, and nobody is judged by them here.

# %%
from helpers.identification import summarise_customers
from helpers.study.study import load_study

study = load_study("simulated")
customers = summarise_customers(study.table("transactions"), study.as_of).to_pandas().set_index("customer_id")
truth = study.table("known_states").to_pandas().set_index("customer_id")["alive"]
living = customers[truth.reindex(customers.index)]
answer = float((living["days_since_last"] > 30).mean())
print(round(answer, 4))
