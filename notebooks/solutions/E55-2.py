# %% [markdown]
# # E55-2: refunds
#
# Two orders or more sent back, and nearly half of all: one refund alone shows no habit. A customer whose three orders
# all came back is honest and looks the same: small numbers mislead.

# %%
from helpers import evaluation
from helpers.study.study import load_study

study = load_study("simulated")
habits = evaluation.account_habits(evaluation.order_table(study.table("transactions"), study.as_of))
often = (habits["returned_orders"] >= 2) & (habits["returned_orders"] > 0.45 * habits["orders"])
answer = habits.index[often].tolist()
print(habits.loc[often, ["orders", "returned_orders", "bought", "returned"]])
