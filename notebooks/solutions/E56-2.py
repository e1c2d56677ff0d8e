# %% [markdown]
# # E56-2: one more purchase
#
# Revenue rises in paint and in the total. Customers rise in paint alone: Cem was a customer already.

# %%
from datetime import date

import ibis
import pandas as pd

from helpers import evaluation

five = ["Ann", "Ben", "Cem", "Dot", "Eve", "Ann", "Ben", "Cem"]
bought = pd.DataFrame({"customer_id": five, "category": ["tools"] * 3 + ["paint"] * 5})
bought = bought.assign(order_id=range(8), amount=[30.0, 20.0, 10.0, 25.0, 15.0, 5.0, 40.0, 12.0])
bought["time"] = pd.Timestamp("2024-03-01")
for measure in ("revenue", "customers"):
    for rows in (bought.head(7), bought):
        tables = {"transactions": ibis.memtable(rows)}
        found = evaluation.cross_table(tables, evaluation.Question(measure, "category"), date(2024, 4, 1))
        print(measure, found.cells["total"].to_dict())
