# %% [markdown]
# # E37-2: who is still there
#
# All who are more likely there than gone, by the modified BG/NBD model.

# %%
from helpers import value
from helpers.study.study import load_study

study = load_study("simulated")
history = value.purchase_history(study.table("transactions"), as_of=study.as_of).to_pandas()
alive = value.MBGNBD().fit(history).probability_alive(history)
answer = history.loc[alive > 0.5, "customer_id"].tolist()
print(len(answer))
