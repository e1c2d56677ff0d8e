# %% [markdown]
# # E34-1: the heaviest indicator
#
# The weight of an indicator is the product of the local weights on the way down. For judgements without contradictions
# row geometric means and the eigenvector agree; those of profit contradict each other a little, so that the chapter's
# weight by the eigenvector is not quite the same.

# %%
import numpy as np

from helpers.study.study import load_study
from helpers.value import ahp

study = load_study("complete_journey")
hierarchy = ahp.find_hierarchy("customer_value", folder=study.folder, known_indicators=ahp.INDICATORS)
weights = {hierarchy.goal: 1.0}
for criterion, matrices in hierarchy.judgements.items():
    row_means = np.exp(np.log(ahp.aggregate_judgements(matrices)).mean(axis=1))
    weights |= (weights[criterion] * row_means / row_means.sum()).to_dict()
answer = max(weights[name] for name in hierarchy.indicators)
print(answer)
