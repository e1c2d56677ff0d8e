# %% [markdown]
# # E33-1: a customer's place
#
# A bill of 70 leaves 28 a month. That is a high current value; a loyalty of one half is a low one. With little
# potential the segment is one, with much another; what lies between is the cut of potential value, the mean of all
# customers.

# %%
import numpy as np
import pandas as pd

from helpers import value
from helpers.study.study import load_study
from helpers.suite.planning.readiness import sorted_contracts

contracts, future = sorted_contracts(load_study("telco")), {"months": 24, "annual_rate": 0.10}
base = value.base_from_contracts(contracts, margin=0.40, uptake=0.50, rng=np.random.default_rng(1), only_usable=True)
cuts = value.make_cube(base, "mean", value.CubeCuts(500.0, 50.0, 0.75), **future).cuts
own = pd.DataFrame({"profit_per_month": 0.40 * 70, "potential_profit_per_month": [0.0, 10.0], "loyalty": 0.5})
placed = value.value_axes(pd.concat([base.monthly, own]), **future)
segments = value.assign_cube(placed, cuts)
print(cuts)
print(placed.assign(segment=segments)[["current_value", "potential_value", "loyalty", "segment"]].tail(2))
answer = cuts.potential_value
print(f"another segment from a potential value of {answer:.2f} on")
