# %% [markdown]
# # E52-2: a worse week
#
# Cases of the busiest week are turned one by one from solved to unsolved until the week lies below its limit.

# %%
from helpers import evaluation
from helpers.study.study import load_study

study = load_study("simulated")
cases = evaluation.prepare_cases(study.table("service_cases").to_pandas(), study.as_of).frame
chart = evaluation.control_chart(cases["time"], cases["solved"], study.as_of)
busiest = chart.weeks.loc[chart.weeks["cases"].idxmax(), "week"]

# %%
monday = cases["time"].dt.to_period("W").dt.start_time
of_week = cases.index[(monday == busiest) & cases["solved"]]
answer = None
for turned in range(1, len(of_week) + 1):
    solved = cases["solved"].copy()
    solved[of_week[:turned]] = False
    weeks = evaluation.control_chart(cases["time"], solved, study.as_of).weeks.set_index("week")
    if weeks.loc[busiest, "signal"] < 0:
        answer = turned
        break
print(answer)
