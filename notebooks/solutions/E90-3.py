# %% [markdown]
# # E90-3: a figure of one's own
#
# Fader, Hardie and Shang (2010, Marketing Science 29(6), table 2) print 3,464 donors of the radio station who never
# gave again, and 1,203 who gave every year. Counts are exact: no difference is allowed. Both are reproduced.

# %%
import pandas as pd

from helpers import replication
from helpers.study.study import load_study

donors = load_study("donations").table("occasions").to_pandas()
gifts = donors.groupby("frequency")["customers"].sum()
row = {"entry": "bgbb.gifts", "tolerance": 0.0, "kind": "published", "measure": "Donors by gifts in six years"}
own = pd.DataFrame([row | {"item": "none", "published": 3464.0}, row | {"item": "all", "published": 1203.0}])
own["source"] = "Fader, Hardie and Shang (2010), Marketing Science 29(6), table 2"
ours = {"bgbb.gifts": {"none": float(gifts[0]), "all": float(gifts[6])}}
print(replication.compare_published(own, ours)[["item", "published", "ours", "verdict"]])
