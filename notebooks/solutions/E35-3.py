# %% [markdown]
# # E35-3: who defaulted?
#
# A debt half a year past due, as in the chapter, names many who pay late but do pay. Whoever is insolvent stops buying
# too: an invoice a month past due, and none made out for a quarter of a year. Nearly a third of those who defaulted owe
# nothing on the day of the analysis: no ledger of open debts can show them.

# %%
import pandas as pd

from helpers.study.study import load_study
from helpers.value import credit

study = load_study("simulated")
invoices, payments = (study.table(name).to_pandas() for name in ("invoices", "payments"))
ledger = credit.prepare_receivables(invoices, payments, study.as_of, assumed_term_days=30)
bills, day = ledger.invoices, pd.Timedelta(days=1)
past_due = bills["open_amount"].gt(0) & (ledger.as_of - bills["due_date"] > 30 * day)
last_bill = bills.groupby("customer_id")["invoice_date"].max()
quiet = last_bill.index[ledger.as_of - last_bill > 90 * day]
answer = sorted(set(bills.loc[past_due, "customer_id"]) & set(quiet))
print(len(answer), "and a debt half a year past due have", len(credit.customers_in_default(ledger, default_days=180)))
