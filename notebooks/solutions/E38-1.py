# %% [markdown]
# # E38-1: alpha of the donors
#
# Each kind of history stands once, with the number of donors who have it.

# %%
from helpers import value
from helpers.study.study import load_study
from helpers.value.lifetime import assessment

histories = assessment.gather_histories(load_study("donations").table("occasions").to_pandas())
answer = float(value.BGBB().fit(histories, sample_weight=histories["customers"]).parameters_["alpha"])
print(answer)
