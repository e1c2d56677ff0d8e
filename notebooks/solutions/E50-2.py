# %% [markdown]
# # E50-2: what the campaigns changed
#
# The plain difference mixes campaigns: one that holds few back weighs little among those held back, and much among
# those contacted. Inside a campaign only the contact sets the two groups apart, where chance chose them.

# %%
from helpers import evaluation
from helpers.identification import measure_base
from helpers.study.study import load_study

study = load_study("simulated")
first = measure_base(study.table("transactions"), study.as_of).first_time.date()
contacts, responses = study.table("contacts"), study.table("responses")
effects = evaluation.campaign_effects(evaluation.campaign_pairs(contacts, responses, study.as_of, observed_from=first))
over_all = effects.iloc[-1]
answer = float(over_all["effect"])
print(answer, "plain difference:", over_all["treated_rate"] - over_all["held_back_rate"])
