# %% [markdown]
# # E31-2: who is still there
#
# Whoever is alive with a probability above one half, by the BG/NBD model fitted to the whole history.

# %%
from helpers import value
from helpers.study.study import load_study

study = load_study("simulated")
history = value.purchase_history(study.table("transactions"), as_of=study.as_of).to_pandas()
model = value.BGNBD().fit(history)
alive = model.probability_alive(history)
answer = history.loc[alive > 0.5, "customer_id"].tolist()
print(len(answer))
