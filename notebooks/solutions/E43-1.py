# %% [markdown]
# # E43-1: how soon a planted change is flagged

# %%
from helpers import interaction
from helpers.simulation import responses_with_change

for factor in (0.9, 0.5):
    sequence = responses_with_change(batches=40, contacts=200, change_after=20, factor=factor, seed=1)
    flagged = interaction.watch_drift(*sequence, false_alarm_rate=0.05, seed=1).flagged_after
    answer = flagged - 20 if flagged else None
    print(factor, answer)
