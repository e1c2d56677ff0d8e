# %% [markdown]
# # E30-3: who will order again
#
# As in E31-2, but by the state of each customer: everybody except the lost.

# %%
from helpers import value
from helpers.study.study import load_study

study = load_study("simulated")
states = value.learn_states(study.table("transactions"), study.as_of).customers
answer = states.index[states["state"] != "lost"].tolist()
print(len(answer))
