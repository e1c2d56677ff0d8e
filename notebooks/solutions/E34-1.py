# %% [markdown]
# # E34-1: the heaviest indicator
#
# The weight of an indicator is the product of the local weights on the way down. For judgements without contradictions
# row geometric means and the eigenvector agree.

# %%
from helpers.study.study import load_study
from helpers.value import ahp

study = load_study("complete_journey")
hierarchy = ahp.find_hierarchy("customer_value", folder=study.folder, known_indicators=ahp.INDICATORS)
judged = ahp.weigh_hierarchy(hierarchy, method="eigenvector")
ends = judged.local[~judged.local["part"].isin(judged.local["criterion"])]
answer = float(ends["weight"].max())
print(answer)
