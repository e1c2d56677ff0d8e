# %% [markdown]
# # E40-2: shuffled
#
# Rules stay that have the support and the confidence asked for: common items are often together. Their lift is what the
# sizes of baskets alone bring, and none of them goes beyond it.

# %%
import numpy as np

from helpers import interaction
from helpers.study.study import load_study

study = load_study("simulated")
baskets = interaction.gather_baskets(
    study.table("transactions"), study.as_of, products=study.table("products"), level="category"
)
shuffled = interaction.shuffle_baskets(baskets, np.random.default_rng(1))
rules = interaction.find_rules(shuffled, support=0.01, confidence=0.25, items_at_most=3)
print(rules.table[["if_bought", "then_bought", "confidence", "lift"]].head().round(2))
print(len(rules.found))
