# %% [markdown]
# # E90-2: figures that are not worked out
#
# Whatever is not worked out has its reason in the table.

# %%
from helpers.study.study import load_study

published = load_study("replication").table("published_values").to_pandas()
answer = int(published["reason"].fillna("").ne("").sum())
print(answer)
