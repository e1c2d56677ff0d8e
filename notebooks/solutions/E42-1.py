# %% [markdown]
# # E42-1: the size of the next test
#
# The effect worth finding is the cost of a contact over what an order contributes.

# %%
from math import ceil

from scipy import stats

from helpers import interaction
from helpers.study.study import load_study

study = load_study("simulated")
lines = study.table("transactions")
effects = interaction.measure_offers(interaction.campaign_orders(lines, study.table("contacts"), study.as_of))
worth = effects["cost"].median() / interaction.order_contributions(lines, study.as_of)["order_contribution"].median()
z = stats.norm.ppf(0.975) + stats.norm.ppf(0.80)
answer = ceil(2 * (z * effects["spread"].median() / worth) ** 2)
print(answer)
