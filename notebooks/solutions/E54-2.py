# %% [markdown]
# # E54-2: one source
#
# Only closed leads can be won or lost; those still open would count as lost if all were counted.

# %%
from helpers import evaluation
from helpers.study.study import load_study

study = load_study("simulated")
leads = evaluation.closed_leads(study.table("leads"), study.as_of)
shares = evaluation.shares_won(leads, "source").set_index("group")["share"]
answer = float(shares["referral"])
print(answer)
