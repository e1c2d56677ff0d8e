# %% [markdown]
# # E40-1: without a correction
#
# Many rules have the support and the confidence asked for; in large baskets everything meets everything, and some rules
# show no more than that.

# %%
from helpers import interaction
from helpers.study.study import load_study

study = load_study("simulated")
baskets = interaction.gather_baskets(
    study.table("transactions"), study.as_of, products=study.table("products"), level="category"
)
rules = interaction.find_rules(baskets, support=0.01, confidence=0.25, items_at_most=3)
answer = len(rules.found)
print(len(rules.table), answer)
