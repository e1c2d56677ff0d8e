# %% [markdown]
# # E20-2: on the cut of class A
#
# Customers of equal revenue are judged at the mean of their ranks, so both get the same class. The first of the two
# reaches 75 % of revenue and the second 90 %; the mean, 82.5 %, is beyond 80 %: both are in B.

# %%
import pandas as pd

revenue = pd.Series([60.0, 15.0, 15.0, 7.0, 3.0], index=["Ann", "Ben", "Cem", "Dot", "Eve"])
print(revenue.sort_values(ascending=False).cumsum() / revenue.sum())
