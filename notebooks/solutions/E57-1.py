# %% [markdown]
# # E57-1: very satisfied
#
# The intention is what customers say they will do. Whether the very satisfied do buy more is another question: what
# followed an answer hardly goes with its score.

# %%
from helpers import evaluation
from helpers.study.study import load_study

study = load_study("simulated")
surveys = study.table("surveys")
answer = evaluation.rebuy_claim("very_satisfied_rebuy", surveys, study.as_of).found
print(answer)
