# %% [markdown]
# # E21-1: champions in three groups
#
# More customers share the best of three scores than the best of five: the name covers more people, and nobody bought
# anything.

# %%
from helpers import differentiation, identification
from helpers.study.study import load_study

study = load_study("complete_journey")
lines = study.table("transactions")
customers = identification.summarise_customers(lines, study.as_of).to_pandas().set_index("customer_id")
scores = differentiation.RfmScorer(groups=3).fit(customers).transform(customers)
segments = differentiation.assign_segments(scores, customers["tenure_days"], groups=3)
answer = int((segments == "champions").sum())
print(answer)
