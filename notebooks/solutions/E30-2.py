# %% [markdown]
# # E30-2: how long a customer stays
#
# Of the months counted none come from the data alone: retention would carry on for longer than the horizon, and the
# limit of twelve months decides. Ask for a longer horizon and the retention begins to matter.

# %%
HORIZON_MONTHS = 12  # the default of the chapter

answer = HORIZON_MONTHS
print(answer)
