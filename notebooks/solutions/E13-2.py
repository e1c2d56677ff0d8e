# %% [markdown]
# # E13-2: parts that add up
#
# All three parts change, since each is weighed by the values of the other factors; they add up to the change still.

# %%
import pandas as pd

from helpers import differentiation

before = pd.Series({"customers": 10, "orders": 20, "revenue": 200.0})
after = pd.Series({"customers": 12, "orders": 12, "revenue": 180.0})
parts = differentiation.decompose_revenue(before, after)["change"]
print(parts, parts.sum())
