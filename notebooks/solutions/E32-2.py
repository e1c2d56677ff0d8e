# %% [markdown]
# # E32-2: the break-even probability
#
# Break-even is the cost of an offer over what it keeps on average. A kept customer brings the margin of the mean bill
# of those who left, as long as he or she stays, in the money of today. The offer of the chapter, which costs 30,
# would need a probability above one: it never pays. An offer to everyone pays where the share of leavers lies above
# break-even.

# %%
from helpers.study.study import load_study

COST, SUCCESS, MARGIN, MONTHS, RATE = 10.0, 0.20, 0.40, 24, 0.10  # the study counts 24 months, not 12

contracts = load_study("telco").table("contracts").to_pandas()
ended = contracts["ended"].astype(bool)
bill = contracts.loc[ended, "monthly_amount"].mean()
factor = (1 - ended.mean()) / (1 + RATE) ** (1 / 12)
kept = round(MARGIN * bill * sum(factor**month for month in range(MONTHS)), 2)
answer = float(COST / (SUCCESS * kept))
print(kept, answer)
