# %% [markdown]
# # E41-2: more neighbours
#
# With few neighbours the recommendations lie closer to what a customer has: more products are recommended to somebody.

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
model = interaction.Recommender("neighbours").fit(before)
scores = {"popularity": interaction.Recommender("popularity").fit(before).score(before), "all": model.score(before)}
weakest = np.sort(model.relation_, axis=0)[-21]
model.relation_ = np.where(model.relation_ > weakest, model.relation_, 0.0)
scores["twenty"] = model.score(before)
ten = {name: interaction.top_items(one, before) for name, one in scores.items()}
for name, test in interaction.try_recommendations(ten, before, after, repeats=False).items():
    print(name, round(test.recall.estimate, 3), round(test.coverage.estimate, 3))
