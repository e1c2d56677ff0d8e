# %% [markdown]
# # E50-3: how many are enough?
#
# Ten in each group are enough here. Four times as many customers make the interval a little more than half as wide:
# with many customers its width falls with the square root of their number.

# %%
from helpers.core.intervals import newcombe_difference

for times in (1, 2, 4):
    found = newcombe_difference(4 * times, 5 * times, 1 * times, 5 * times)
    print(5 * times, round(found.low, 3), round(found.high, 3), "width", round(found.high - found.low, 3))
