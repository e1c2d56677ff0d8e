# %% [markdown]
# # E24-3: without the what
#
# Without the what, many enthusiasts fall among households: they differ above all in what they buy. Leaving out
# another aspect moves only a few customers.

# %%
import pandas as pd

from helpers import differentiation
from helpers.study.study import load_study

study = load_study("simulated")
lines, products = study.table("transactions"), study.table("products")
behaviour = differentiation.summarise_behaviour(lines, study.as_of, products=products)
even = differentiation.on_even_scale(behaviour.table)[behaviour.orders >= 3]
for aspect in differentiation.ASPECTS:
    rest = even[[name for name in even.columns if not name.startswith(f"{aspect}: ")]]
    with_all, without = (
        pd.Series(differentiation.BehaviouralClusters(n_clusters=4, random_state=1).fit(table).labels_)
        for table in (even, rest)
    )
    print(f"without {aspect}")
    print(pd.crosstab(with_all, without))
