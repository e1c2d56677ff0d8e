# %% [markdown]
# # E24-2: clusters of nothing
#
# Two clusters of a long cloud come back in nearly the same place whenever customers are drawn anew: the cut lies
# across the long direction. But they lie no further apart than those of other clouds, so there are none.

# %%
import numpy as np
import pandas as pd

from helpers import differentiation

rng = np.random.default_rng(1)
cloud = pd.DataFrame(rng.normal(size=(300, 3)) * [2, 1, 1], columns=["a", "b", "c"])
turned = cloud.assign(d=cloud["a"] + 0.3 * cloud["b"], e=cloud["a"] - 0.3 * cloud["c"])
choice = differentiation.choose_clusters(turned, rng, at_most=4)
print(choice.table.round(2))
print(choice.verdict.status)
