# %% [markdown]
# # E50-1: whom it moved
#
# Each sector has its own effect with a standard error. If all had the same, their weighted squared distances from the
# common mean would follow a chi-squared distribution (Cochran's Q). Persons have no sector: a group of their own.

# %%
from helpers import evaluation
from helpers.study.study import load_study

study = load_study("simulated")
contacts, responses = study.table("contacts"), study.table("responses")
pairs = evaluation.campaign_pairs(contacts, responses, study.as_of)
brought = evaluation.pair_outcomes(contacts, responses, pairs, study.as_of)
customers = study.table("customers").to_pandas()
features = evaluation.contact_features(brought.pairs, transactions=None, customers=customers, attributes=["sector"])
effects = evaluation.effects_by_group(brought, evaluation.contact_groups(features, "sector"), "responded")
answer = evaluation.groups_differ(effects)
print(effects)
print(answer)
