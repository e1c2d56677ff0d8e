# %% [markdown]
# # E12-3: more customers, a narrower interval
#
# The share stays two thirds; with thirty times as many customers the interval is about a quarter as wide: for many
# customers the width falls with the root of the number, and the interval of three customers is held in by zero and
# one.

# %%
from helpers.core.intervals import wilson

few, many = wilson(2, 3), wilson(60, 90)
answer = (many.high - many.low) / (few.high - few.low)
print(f"{answer:.2f} of the width")
