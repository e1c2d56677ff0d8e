# %% [markdown]
# # E23-1: a rule of your own
#
# Everybody whose silence is four times the gap to expect, or longer, has left. No probability is needed, but who buys
# often is judged sooner than who buys seldom. A living customer called gone costs a needless letter, or a discount; a
# gone one called living costs plans that do not come true.

# %%
from helpers import value
from helpers.study.study import load_study

study = load_study("simulated")
states = value.learn_states(study.table("transactions"), study.as_of).customers
answer = states.index[states["silence_in_gaps"] > 4].tolist()
print(len(answer))
