# %% [markdown]
# # E35-3: who defaulted?
#
# Whoever still owes an invoice half a year after it was due. Some pay late but do pay, and some who will not pay have
# not owed for long enough.

# %%
from helpers.study.study import load_study
from helpers.value import credit

study = load_study("simulated")
invoices, payments = (study.table(name).to_pandas() for name in ("invoices", "payments"))
receivables = credit.prepare_receivables(invoices, payments, study.as_of, assumed_term_days=30)
answer = credit.debts_in_default(receivables, default_days=180)["customer_id"].unique().tolist()
print(len(answer))
