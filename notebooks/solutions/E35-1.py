# %% [markdown]
# # E35-1: where fresh money goes
#
# The buckets before the last are left for another bucket or for good; with the rates $Q$ among them and $l$ into the
# last one, the shares that end there solve $(I - Q) f = l$.

# %%
import numpy as np

from helpers.study.study import load_study
from helpers.value import credit

study = load_study("simulated")
invoices, payments = (study.table(name).to_pandas() for name in ("invoices", "payments"))
receivables = credit.prepare_receivables(invoices, payments, study.as_of, assumed_term_days=30)
rates = credit.roll_rates(receivables, months=12).shares
buckets = list(rates.index)
within = rates.loc[buckets[:-1], buckets[:-1]].to_numpy(dtype=float)
into_last = rates.loc[buckets[:-1], buckets[-1]].to_numpy(dtype=float)
answer = float(np.linalg.solve(np.eye(len(within)) - within, into_last)[0])
print(answer)
