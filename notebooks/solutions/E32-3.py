# %% [markdown]
# # E32-3: without the most important column
#
# How long somebody has been a customer is what most hangs on. Left out, the total amount takes its place, which is
# that time multiplied by the bill: the AUC loses nothing. Without the kind of contract it loses half a point in a
# hundred.

# %%
import numpy as np

from helpers import value
from helpers.study.study import load_study
from helpers.suite.planning.readiness import sorted_contracts

contracts = sorted_contracts(load_study("telco"))
for left_out in ((), ("tenure_months",), ("contract",)):
    data = value.prepare_contracts(contracts, leave_out=left_out, only_usable=True)
    half = np.random.default_rng(1).permutation(len(data.ended)) < len(data.ended) // 2
    model = value.ChurnModel(refuse_constant=False, refuse_separation=False, **value.CHURN_LEARNERS["curves"])
    model.fit(data.columns[half], data.ended[half])
    unseen, ended = data.columns[~half], data.ended[~half]
    ranked = value.rank_columns(model.contributions(unseen), ended, rng=np.random.default_rng(1))
    chance = model.predict_proba(unseen)[:, 1]
    pairs = chance[ended][:, None] - chance[~ended]
    print(left_out, "first:", ranked["label"].iloc[0], "AUC", round(float(((pairs > 0) + (pairs == 0) / 2).mean()), 3))
