# %% [markdown]
# # E39-2: what the score needs most
#
# One half of the applicants is learnt from, the other shows how much worse it is ranked when a column is shuffled.
# What was on record of the applicant comes first. Leave it out, and the years in a job take its place.

# %%
import numpy as np

from helpers.study.study import load_study
from helpers.value import credit
from helpers.value.churn import reasons

table = load_study("credit").table("applicants").to_pandas()
columns, defaulted = credit.prepare_applicants(table, only_usable=True).learnt
half = np.random.default_rng(1).permutation(len(columns)) < len(columns) // 2
model = credit.DefaultModel("curves", 0, refuse_constant=False, refuse_separation=False)
model.fit(columns[half], defaulted[half])
ranked = reasons.rank_columns(model.contributions(columns[~half]), defaulted[~half], rng=np.random.default_rng(1))
answer = str(ranked["label"].iloc[0])
print(answer, "then", ranked["label"].iloc[1])
