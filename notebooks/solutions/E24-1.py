# %% [markdown]
# # E24-1: five segments
#
# Four clusters, fitted to customers of three orders or more; all others are assigned. Two of the five true segments,
# resellers and industry, buy so much alike in the same ways that they share a cluster.

# %%
import pandas as pd

from helpers import differentiation
from helpers.study.study import load_study

study = load_study("simulated")
lines, products = study.table("transactions"), study.table("products")
behaviour = differentiation.summarise_behaviour(lines, study.as_of, products=products)
even = differentiation.on_even_scale(behaviour.table)
model = differentiation.BehaviouralClusters(n_clusters=4, random_state=1).fit(even[behaviour.orders >= 3])
clusters = pd.Series(model.predict(even), index=even.index)
score = differentiation.score_segments(clusters, study.table("known_segments").to_pandas())
answer = score.adjusted_rand_index
print(score.table)
print(round(answer, 3))
