# %% [markdown]
# # E54-3: another market
#
# In a mature market upkeep counts most: length of life, cross-sales and growth of value share half of the weight.

# %%
from helpers import evaluation
from helpers.core.periods import measure_coverage, periods_before
from helpers.study.study import load_study

study = load_study("simulated")
lines, as_of = study.table("transactions"), study.as_of
spans = periods_before(measure_coverage(lines, as_of).until, months=6, count=evaluation.PERIODS)
leads = evaluation.closed_leads(study.table("leads"), as_of)
indicators = [
    *evaluation.lead_indicators(leads, spans),
    *evaluation.customer_indicators(evaluation.whole_periods(lines, spans)),
    evaluation.breadth_indicator(lines, study.table("products"), spans),
]
answer = float(evaluation.balances(indicators)["maturity"])
print(answer)
