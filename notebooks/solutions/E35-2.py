# %% [markdown]
# # E35-2: the loss to expect
#
# Class by class, chance of default times part lost times what is owed. Those in default owe a fifth of all and make
# up more than nine tenths of the loss: their chance is one, and the longer a debt has been in default, the less of it
# still comes in.

# %%
import numpy as np

from helpers.study.study import load_study
from helpers.value import credit

study = load_study("simulated")
invoices, payments = (study.table(name).to_pandas() for name in ("invoices", "payments"))
receivables = credit.prepare_receivables(invoices, payments, study.as_of, assumed_term_days=30)
graded = credit.grade_customers(receivables, paid_share=0.90)
experience = credit.gather_experience(receivables, default_days=180, paid_share=0.90)
drawn = {"rng": np.random.default_rng(1), "draws": 99}
given = credit.measure_loss_given_default(
    receivables, assumed_share=0.45, default_days=180, recovery_months=24, **drawn
)
in_default = credit.debts_in_default(receivables, default_days=180)
classes = credit.estimate_expected_loss(graded, experience.rates, given, in_default, **drawn).by_class
print(classes.round(3))
answer = float(classes[["probability_of_default", "loss_given_default", "exposure"]].prod(axis=1).sum())
print(answer)
