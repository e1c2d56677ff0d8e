# %% [markdown]
# # E25-2: a better relationship
#
# Cem has by far the largest potential; with the best relationship he takes the first place. Weights that put most on
# attractiveness, where he is second to last, put Ann before him.

# %%
import numpy as np
import pandas as pd

from helpers import differentiation

five = ["Ann", "Ben", "Cem", "Dot", "Eve"]
points = pd.DataFrame({"attractive": [90.0, 50, 30, 70, 10]}, index=five)
points["potential"] = differentiation.points_by_size(pd.Series([900.0, 100, 4000, 250, 100], index=five))
points["relationship"] = [50.0, 100, 100, 83, 0]
for weights in ([0.3, 0.4, 0.3], [0.6, 0.2, 0.2], [0.9, 0.05, 0.05]):
    scores = differentiation.weighted_scores(points.to_numpy(), np.array([weights]))[:, 0]
    print(weights, pd.Series(scores, index=five).rank(ascending=False).astype(int).to_dict())
