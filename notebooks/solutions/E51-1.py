# %% [markdown]
# # E51-1: the weight of a part
#
# Dimensions go together: firms that mark reliability high mark the rest high too. Its correlation with the
# whole takes in what the other dimensions bring; the weight holds them still.

# %%
from helpers.evaluation import satisfaction
from helpers.study.study import load_study

study = load_study("simulated")
surveys, customers = (study.table(name).to_pandas() for name in ("surveys", "customers"))
parts = satisfaction.questions_asked(surveys, ["rebuy_intention", "recommendation"])
kinds = customers.set_index("customer_id")["kind"]
answers = satisfaction.prepare_answers(surveys, parts, segments=kinds)
firms = answers.of(answers.of_segment("firm"))
answer = float(satisfaction.driver_weights(firms).table.loc["reliability", "weight"])
print(answer, "correlation:", firms.scores["reliability"].corr(firms.overall))
