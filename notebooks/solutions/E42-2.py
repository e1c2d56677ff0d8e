# %% [markdown]
# # E42-2: the list beside value alone
#
# The same companies went both ways, so the differences count; where their interval leaves out nil, the list wins.

# %%
from scipy import stats

from helpers.study.study import load_study

scores = load_study("simulated").table("action_scores").to_pandas()
ahead = scores["list_gain"] - scores["value_gain"]
width = stats.t.ppf(0.975, len(ahead) - 1) * stats.sem(ahead)
answer = ahead.mean()
print(answer, answer - width, answer + width)
