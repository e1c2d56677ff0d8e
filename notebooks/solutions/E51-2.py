# %% [markdown]
# # E51-2: one more dimension
#
# Two dimensions that say nearly the same share their merit, so their shares come close to one another. Their weights do
# not: least squares hangs them on the one mark that differs.

# %%
import numpy as np
import pandas as pd

from helpers.evaluation.satisfaction import shapley_shares

marks = pd.DataFrame({"speed": [3.0, 5, 6, 8, 9], "advice": [3.0, 5, 6, 8, 8], "overall": [3.0, 6, 6, 8, 9]})
shares = shapley_shares(marks.cov().to_numpy()[None])[0]
design = np.column_stack([np.ones(5), marks[["speed", "advice"]]])
weights = np.linalg.lstsq(design, marks["overall"], rcond=None)[0][1:]
answer = float(shares[0])
print(shares.round(2), weights.round(2))
