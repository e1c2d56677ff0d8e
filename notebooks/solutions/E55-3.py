# %% [markdown]
# # E55-3: more than half alike
#
# The median absolute deviation is nil, and a score that is divided by it has no value. The mean absolute deviation
# times 1.2533 takes its place: it is nil only where all are alike.

# %%
import numpy as np
import pandas as pd

from helpers import evaluation

parts = pd.Series([0.0] * 6 + [0.02, 0.05, 0.1, 0.5])
away = (parts - parts.median()).abs()
print("median absolute deviation:", away.median(), "mean:", away.mean())
scores = evaluation.robust_z(parts, pd.Series("all", index=parts.index))
print(np.round(scores.to_numpy(), 2), "by hand:", round(0.5 / (1.253314 * away.mean()), 2))
