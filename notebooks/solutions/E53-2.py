# %% [markdown]
# # E53-2: fans from eight
#
# With a lower mark there are more fans; whether they are enough, and whether they stay more, is another question.

# %%
from helpers import evaluation
from helpers.core.periods import periods_before
from helpers.study.study import load_study

study = load_study("simulated")
orders = evaluation.placed_orders(study.table("transactions"), study.as_of)
asked = {"surveys": study.table("surveys").to_pandas(), "feeling": "recommendation"}
spans = periods_before(study.as_of, months=12, count=2)
before, now = (
    evaluation.engagement_states(evaluation.engagement_facts(orders, span, **asked), fan_from=8.0) for span in spans
)
after = evaluation.later_states(before, now)

# %%
print((before == "fan").sum(), "fans")
difference = evaluation.fans_stay(before, after)
answer = difference.estimate
print(round(answer, 3), "from", round(difference.low, 3), "to", round(difference.high, 3))
