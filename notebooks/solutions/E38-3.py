# %% [markdown]
# # E38-3: the same gifts, at other times
#
# It rises: one occasion of silence says little, four say much.

# %%
import pandas as pd

from helpers import value

model = value.BGBB.from_parameters(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
ben = pd.DataFrame({"frequency": 2, "last_occasion": 2, "occasions": [6, 3]}, index=["six", "three"])
print(pd.Series(model.probability_alive(ben), index=ben.index).round(2))
