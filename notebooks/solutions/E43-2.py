# %% [markdown]
# # E43-2: reasons to fit anew

# %%
from helpers import interaction
from helpers.study.study import load_study

study = load_study("simulated")
pairs = interaction.campaign_orders(study.table("transactions"), study.table("contacts"), study.as_of)
expected = interaction.expect_responses(pairs)
champion, actual = expected["champion"].to_numpy(), expected["actual"].to_numpy()
batches = [interaction.in_batches(expected[name], size=50) for name in ("champion", "actual")]
first = pairs.loc[pairs["time"] == pairs["time"].min(), "tier"]
verdicts = interaction.judge_model(
    interaction.check_calibration(champion, actual),
    interaction.watch_drift(*batches, seed=1),
    interaction.population_stability(first, expected["tier"]),
    interaction.challenge(champion, expected["challenger"].to_numpy(), actual),
)
answer = sum(one.status != "holds" for one in verdicts)
print(answer)
