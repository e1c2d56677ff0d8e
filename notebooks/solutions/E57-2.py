# %% [markdown]
# # E57-2: referral
#
# The best of the other sources was picked after the fact; the interval allows for that, the difference does not.

# %%
from helpers import evaluation
from helpers.study.study import load_study

study = load_study("simulated")
leads = evaluation.closed_leads(study.table("leads"), study.as_of)
shares = evaluation.shares_won(leads, "source")
answer = evaluation.referral_claim("referral_is_best", shares).found
print(answer)
