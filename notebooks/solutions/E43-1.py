# %% [markdown]
# # E43-1: how soon a planted change is flagged

# %%
from helpers import interaction
from helpers.core.places import data_folder
from helpers.simulation import campaigns_in_sequence, read_parameters

company = read_parameters(data_folder() / "simulated" / "company.yml", {"seed": 1})
for factor in (0.9, 0.5):
    planted = campaigns_in_sequence(company, offer="offer", change_after=20, changes={"orders": factor})
    batches = [part for _, part in planted.groupby("campaign")]
    expected, actual = ([part[name].to_numpy() for part in batches] for name in ("expected", "actual"))
    flagged = interaction.watch_drift(expected, actual, false_alarm_rate=0.05, seed=1).flagged_after
    answer = flagged - 20 if flagged else None
    print(factor, answer)
