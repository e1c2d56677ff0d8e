# %% [markdown]
# # E41-1: by popularity alone
#
# Everybody gets the ten products that most customers have, less those they have themselves.

# %%
from helpers import interaction
from helpers.study.study import load_study

study = load_study("simulated")
lines, chosen = study.table("transactions"), {"products": study.table("products"), "level": "product_id"}
windows = interaction.third_windows(lines, study.as_of)
before = interaction.gather_purchases(lines, windows.tested_from, **chosen)
same = {"customers": before.customers, "items": before.items, **chosen}
after = interaction.gather_purchases(lines, windows.end, since=windows.tested_from, **same)
popularity = interaction.Recommender("popularity").fit(before)
ten = {"popularity": interaction.top_items(popularity.score(before), before)}
answer = interaction.try_recommendations(ten, before, after, repeats=False)["popularity"].recall.estimate
print(round(answer, 4))
