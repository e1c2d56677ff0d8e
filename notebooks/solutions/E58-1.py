# %% [markdown]
# # E58-1: paper alone
#
# Most orders without an approval on file are at the usual discount of their customer: the paper is missing, not the
# agreement. A search by missing papers asks about five orders to find one leak.

# %%
from helpers import evaluation
from helpers.study.study import load_study

study = load_study("simulated")
prices = evaluation.read_price_list(study.table("price_list"))
scope = {"customers": study.table("customers"), "customer_class": "kind"}
priced = evaluation.price_lines(study.table("transactions"), prices, study.as_of, **scope)
judged = evaluation.judge_prices(priced, study.table("orders"))
leaks = study.table("known_leaks").to_pandas()
answer = float(judged.unapproved["order_id"].isin(leaks["order_id"]).mean())
print(answer)
