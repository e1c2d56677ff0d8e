# %% [markdown]
# # E40-3: another product
#
# Most differences are those of busy customers, who have more of everything. Among customers with about as many orders
# fewer of them are left.

# %%
import pandas as pd

from helpers import interaction
from helpers.identification import summarise_customers
from helpers.study.study import load_study

study = load_study("simulated")
lines, products = study.table("transactions"), study.table("products")
bought = interaction.gather_purchases(lines, study.as_of, products=products, level="category")
held = pd.DataFrame(bought.orders.toarray() > 0, index=bought.customers, columns=bought.items)
orders = summarise_customers(lines, study.as_of).to_pandas().set_index("customer_id")["orders"].reindex(held.index)
product = bought.buyers.idxmin()
owns, others = held[product].to_numpy(), held.drop(columns=product)
print(interaction.compare_owners(owns, others)["clear"].sum())
alike = orders.between(orders.quantile(0.4), orders.quantile(0.6)).to_numpy()
print(interaction.compare_owners(owns[alike], others[alike])["clear"].sum())
