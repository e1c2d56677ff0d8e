# %% [markdown]
# # E41-3: second purchases
#
# A single order says little about a customer, and the methods lie closer together than on all customers.

# %%
import numpy as np

from helpers import interaction
from helpers.study.study import load_study

study = load_study("simulated")
lines, chosen = study.table("transactions"), {"products": study.table("products"), "level": "product_id"}
windows = interaction.third_windows(lines, study.as_of)
before = interaction.gather_purchases(lines, windows.tested_from, **chosen)
same = {"customers": before.customers, "items": before.items, **chosen}
after = interaction.gather_purchases(lines, windows.end, since=windows.tested_from, **same)
once = np.flatnonzero(before.orders.max(axis=1).toarray().ravel() == 1)
few = interaction.gather_purchases(lines, windows.tested_from, **{**same, "customers": before.customers[once]})
later = interaction.gather_purchases(
    lines, windows.end, since=windows.tested_from, **{**same, "customers": before.customers[once]}
)
methods = ("popularity", "neighbours", "factors")
ten = {name: interaction.top_items(interaction.Recommender(name).fit(before).score(few), few) for name in methods}
for name, test in interaction.try_recommendations(ten, few, later, repeats=False).items():
    print(name, round(test.recall.estimate, 3), round(test.gain.low, 3), round(test.gain.high, 3))
