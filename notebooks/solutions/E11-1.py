# %% [markdown]
# # E11-1: from which probability on
#
# Merging two records is expected to cost three times the chance that they are two customers, splitting them the chance
# that they are one. Both are equal at three quarters. A stricter threshold links less: precision rises, recall falls.

# %%
from helpers.identification import linkage as linking

answer = 3 / (3 + 1)
print(answer, linking.LinkageSettings(cost_false_merge=3.0, cost_false_split=1.0).threshold)
