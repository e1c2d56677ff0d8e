# %% [markdown]
# # E51-3: something not asked
#
# Reliability then joins what is not asked. Remainders agree as far as what is not asked stays with the customer. How
# reliable the company was changes more from one survey to the next than how fair its prices are: the correlation falls,
# although more is left unexplained.

# %%
import numpy as np

from helpers.evaluation import satisfaction
from helpers.study.study import load_study

study = load_study("simulated")
surveys, customers = (study.table(name).to_pandas() for name in ("surveys", "customers"))
parts = satisfaction.questions_asked(surveys, ["rebuy_intention", "recommendation"])
kinds = customers.set_index("customer_id")["kind"]
correlations = []
for asked in (parts, [name for name in parts if name != "reliability"]):
    answers = satisfaction.prepare_answers(surveys, asked, segments=kinds)
    remainder = satisfaction.segment_remainder(answers)
    steady = satisfaction.steady_remainder(remainder, answers.customer, np.random.default_rng(1), draws=199)
    correlations.append(steady.correlation)
answer = "rise" if correlations[1] > correlations[0] else "fall"
print(correlations)
