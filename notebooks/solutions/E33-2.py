# %% [markdown]
# # E33-2: the threatened part
#
# High current value and low loyalty are two of the eight segments, one with much potential and one with little. Value
# is current and potential value together.

# %%
import numpy as np

from helpers import value
from helpers.study.study import load_study
from helpers.suite.planning.readiness import sorted_contracts

contracts, future = sorted_contracts(load_study("telco")), {"months": 24, "annual_rate": 0.10}
base = value.base_from_contracts(contracts, margin=0.40, uptake=0.50, rng=np.random.default_rng(1), only_usable=True)
values = value.value_axes(base.monthly, **future)
worth = values["current_value"] + values["potential_value"]
high = values["current_value"] >= values["current_value"].mean()
disloyal = values["loyalty"] < values["loyalty"].mean()
answer = float(worth[high & disloyal].sum() / worth.sum())
print(answer)
