# %% [markdown]
# # E45-2: what the terms take off
#
# Each grade pays its part before delivery: nothing, three tenths, a half, all. Customers who cannot be graded yet
# have the terms of C. Let C prepay everything, and the other half of its exposure goes too. Left out is who then buys
# elsewhere, and that orders of the future are of another size than balances of today.

# %%
from helpers.study.study import load_study
from helpers.value import credit

study = load_study("simulated")
invoices, payments = (study.table(name).to_pandas() for name in ("invoices", "payments"))
receivables = credit.prepare_receivables(invoices, payments, study.as_of, assumed_term_days=30)
graded = credit.grade_customers(receivables, paid_share=0.90)
owed = graded.groupby("grade", observed=False)["open_amount"].sum()
like_c = owed["C"] + owed["not graded"]
freed = {part: 0.30 * owed["B"] + part * like_c + owed["D"] for part in (0.50, 1.0)}
answer = round(float(freed[0.50]), 2)
print(answer, "and with C prepaying all", round(float(freed[1.0]), 2))
