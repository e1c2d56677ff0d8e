# %% [markdown]
# # E90-1: printed figures, worked out anew
#
# A figure counts when it was printed, and no reason stands in its row why it is not worked out.

# %%
from helpers.study.study import load_study

published = load_study("replication").table("published_values").to_pandas()
worked_out = published["reason"].fillna("").eq("")
answer = int((worked_out & (published["kind"] == "published")).sum())
print(answer)
