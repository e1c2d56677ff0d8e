# %% [markdown]
# # E23-3: nobody comes back
#
# Each further step down makes five customers who stay away likelier, but by less and less: without the prior the shift
# would go on for ever. The prior, with a standard deviation of one half, weighs against it, and the sum of both has a
# highest point.

# %%
import numpy as np

from helpers import value

nobody = np.zeros(5, dtype=bool)
answer = round(value.fit_alive_shift(nobody, np.full(5, 0.8), np.full(5, 1 - 0.8 * 0.9)), 2)
print(answer)
print(round(value.fit_alive_shift(nobody, np.full(5, 0.8), np.full(5, 1 - 0.8 * 0.9), spread=50.0), 2))
