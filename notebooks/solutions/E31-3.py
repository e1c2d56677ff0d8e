# %% [markdown]
# # E31-3: silence
#
# It rises. Seven repeat purchases in a short time make the same silence very long; after two it is less unusual.

# %%
import pandas as pd

from helpers import value

model = value.BGNBD.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426)
cem = pd.DataFrame({"frequency": [7, 2], "age_at_last_purchase": 10.0, "age": 38.9}, index=["seven", "two"])
print(pd.Series(model.probability_alive(cem), index=cem.index).round(2))
