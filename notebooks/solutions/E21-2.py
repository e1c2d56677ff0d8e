# %% [markdown]
# # E21-2: all rise
#
# Where all spend twice as much, nobody's rank moves and everybody's money does. Where one alone does, that one may pass
# others, who fall though they spend as before.

# %%
import pandas as pd

before = pd.Series([50.0, 20.0, 15.0, 10.0, 5.0], index=["Ann", "Ben", "Cem", "Dot", "Eve"])
all_double = 2 * before
dot_doubles = before.where(before.index != "Dot", 2 * before)
for after in (all_double, dot_doubles):
    by_rank = before.rank() - after.rank()
    print((after > before).sum(), "rose in money")
    print((by_rank < 0).sum(), "rose and", (by_rank > 0).sum(), "fell in rank")
