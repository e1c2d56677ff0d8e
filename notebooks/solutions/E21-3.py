# %% [markdown]
# # E21-3: who has left
#
# The state by each customer's own rhythm of buying names those who are lost. It misses who left not long ago.

# %%
from helpers import value
from helpers.study.study import load_study

study = load_study("simulated")
states = value.learn_states(study.table("transactions"), study.as_of).customers
answer = states.index[states["state"] == "lost"].tolist()
print(len(answer))
