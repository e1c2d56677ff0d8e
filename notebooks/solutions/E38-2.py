# %% [markdown]
# # E38-2: who leaves
#
# Below that of buying: a donor leaves with a mean chance of gamma over gamma plus delta.

# %%
from helpers import value
from helpers.study.study import load_study
from helpers.value.lifetime import assessment

histories = assessment.gather_histories(load_study("donations").table("occasions").to_pandas())
found = value.BGBB().fit(histories, sample_weight=histories["customers"]).parameters_
answer = found["gamma"] / (found["gamma"] + found["delta"])
print(answer)
