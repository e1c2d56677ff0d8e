# %% [markdown]
# # E25-3: a plan
#
# The tables fill the part on ourselves and most of the part on the client. Nothing in them says who decides, with
# what budget, and who else supplies the account: that has to be asked, of contacts first and then of the top. The
# list below names what is missing of the first key account, level by level.

# %%
from helpers import differentiation
from helpers.study.study import load_study

study = load_study("simulated")
firms = differentiation.business_accounts(study.table("customers").to_pandas())
tables = {name: study.table(name) for name in ("products", "surveys", "activities")}
facts = differentiation.gather_account_facts(study.table("transactions"), firms, study.as_of, **tables)
weights = {"attractiveness": 0.3, "potential": 0.4, "relationship": 0.3}
first = differentiation.choose_key_accounts(facts, count=20, weights=weights).chosen.index[:1]
known = differentiation.information_known(facts.table.loc[first])
print(known.loc[~known["known"], ["level", "piece"]].to_string(index=False))
