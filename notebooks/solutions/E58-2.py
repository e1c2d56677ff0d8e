# %% [markdown]
# # E58-2: the slow ones
#
# Invoices that are open have lasted so far, and may last long: left out, the rest looks quicker than it is.

# %%
import numpy as np

from helpers.study.study import load_study
from helpers.value import credit

study = load_study("simulated")
invoices, payments = (study.table(name).to_pandas() for name in ("invoices", "payments"))
ledger = credit.prepare_receivables(invoices, payments, study.as_of, assumed_term_days=30)
books = ledger.invoices[ledger.invoices["amount"] > 0]
settled = books["settled_date"].notna()
lasted = (books["settled_date"].fillna(ledger.as_of) - books["invoice_date"]).dt.days

# %%
days = np.unique(lasted[settled])
at_risk = np.array([(lasted >= day).sum() for day in days])
ending = np.array([(settled & (lasted == day)).sum() for day in days])
still_open = np.cumprod(1 - ending / at_risk)
answer = int(days[np.argmax(still_open <= 0.5)])
print(answer, int(lasted[settled].median()))
