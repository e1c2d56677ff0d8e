# %% [markdown]
# # E25-1: potential alone
#
# The list now follows revenue and margin, and brings much more. It is not the list of the largest accounts yet: the
# margin counts as much as the revenue, and so does revenue that could only be reached.

# %%
from helpers import differentiation
from helpers.study.study import load_study

study = load_study("simulated")
firms = differentiation.business_accounts(study.table("customers").to_pandas())
tables = {name: study.table(name) for name in ("products", "surveys", "activities")}
facts = differentiation.gather_account_facts(study.table("transactions"), firms, study.as_of, **tables)
weights = {"attractiveness": 0.0, "potential": 1.0, "relationship": 0.0}
accounts = differentiation.choose_key_accounts(facts, count=20, weights=weights)
answer = float(accounts.chosen["revenue_year"].sum() / facts.table["revenue_year"].sum())
print(round(answer, 3))
