# %% [markdown]
# # E45-1: as many equal debtors
#
# One over the sum of the squared shares.

# %%
from helpers.study.study import load_study
from helpers.value import credit

study = load_study("simulated")
invoices, payments = (study.table(name).to_pandas() for name in ("invoices", "payments"))
receivables = credit.prepare_receivables(invoices, payments, study.as_of, assumed_term_days=30)
limits = credit.credit_limits(receivables, credit.grade_customers(receivables, paid_share=0.90))
shares = limits["exposure"] / limits["exposure"].sum()
answer = float(1 / (shares**2).sum())
print(answer)
