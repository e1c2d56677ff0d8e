# %% [markdown]
# # E52-3: agents for short and long calls
#
# Four times the load needs fewer than four times the agents: the spare capacity grows about with the root of the load.

# %%
import pandas as pd

from helpers import evaluation
from helpers.study.study import load_study

study = load_study("bank_calls")
volumes = evaluation.prepare_volumes(study.table("service_volumes").to_pandas(), study.as_of)
monday = volumes.frame["week"].max() + pd.Timedelta(days=7)
busiest = evaluation.forecast_week(volumes.frame, monday)["forecast"].max()

# %%
goal = {"target_share": 0.8, "within_seconds": 20}
answer = {
    seconds: int(evaluation.agents_needed(busiest * seconds / 1800, handling_seconds=seconds, **goal)[0])
    for seconds in (120, 480)
}
print(answer)
