# %% [markdown]
# # E31-1: r of the music shop
#
# Nine months are held back, as the chapter does; half of the shop's history is left to learn from.

# %%
from helpers import value
from helpers.study.study import load_study
from helpers.value.lifetime import assessment

study = load_study("cdnow")
settings = {"wanted": "auto", "repeat_spend_limit": 0.0, "currency": study.currency}
test = assessment.hold_back(study.table("transactions"), as_of=study.as_of, months=9, **settings)
answer = float(value.BGNBD().fit(test.history).parameters_["r"])
print(answer)
