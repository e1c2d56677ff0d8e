# %% [markdown]
# # E55-1: a higher limit
#
# Price cuts lose all their reasons: cuts of a trade differ gradually. Refunds of the one who sends half of all orders
# back stay far beyond any limit.

# %%
from helpers import evaluation
from helpers.study.study import load_study

study = load_study("simulated")
orders = evaluation.order_table(study.table("transactions"), study.as_of, study.table("products"))
habits = evaluation.account_habits(orders)
peers = evaluation.peer_groups(habits, study.table("customers").to_pandas(), ["kind", "sector"])
habits["odd_hour_orders"] = evaluation.orders_at_odd_hours(evaluation.orders_by_hour(orders), peers)

# %%
found = evaluation.judge_accounts(habits, peers, limit=5.0)
answer = found.unusual_accounts
print(found.by_rule())
