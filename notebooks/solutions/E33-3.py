# %% [markdown]
# # E33-3: other cuts
#
# Half of all customers lie above a median. More than half lay above the mean of current value and of loyalty: both
# cuts move up, and the segment at risk grows most, from 273 to 886 customers. The budget hardly moves: it follows the
# gain of each customer, which the cuts do not touch; they only say whom the policy leaves out.

# %%
import numpy as np
import pandas as pd

from helpers import value
from helpers.study.study import load_study
from helpers.suite.planning.readiness import sorted_contracts

contracts, future = sorted_contracts(load_study("telco")), {"months": 24, "annual_rate": 0.10}
base = value.base_from_contracts(contracts, margin=0.40, uptake=0.50, rng=np.random.default_rng(1), only_usable=True)
here, stated = base.monthly["still_here"], value.CubeCuts(500.0, 50.0, 0.75)
staying = value.staying_share(**future, retention=base.retention)
values = value.value_axes(base.monthly, **future)
customers, spent = {}, {}
for cut in ("mean", "median"):
    cube = value.make_cube(base, cut, stated, **future)
    gains = value.expected_gains(values[here], value.Measures(30.0, 0.20, 2.0, 0.10), staying_share=staying)
    segments = cube.segments[here]
    customers[cut] = cube.profile["customers"]
    spent[cut] = value.allocate_budget(value.under_policy(gains, segments), segments, 20_000.0)["cost"]
print(pd.DataFrame(customers))
print(pd.DataFrame(spent).round(0))
