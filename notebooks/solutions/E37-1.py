# %% [markdown]
# # E37-1: a stricter alarm
#
# Only a silence longer than nearly all own gaps counts now. Who has fewer than twenty gaps needs one longer than ever.

# %%
from helpers import value
from helpers.study.study import load_study

study = load_study("simulated")
rhythm = value.purchase_rhythm(study.table("transactions"), as_of=study.as_of, volume_days=28).to_pandas()
alarms = value.raise_alarms(rhythm, value.AlarmRule(least_gaps=5, alarm_share=0.05, volume_days=28))
answer = int(alarms["alarm"].sum())
print(answer)
