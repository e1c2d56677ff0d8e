# %% [markdown]
# # E22-3: nobody has a taste
#
# Five customers who all buy in the proportions of the market lie closer together than chance would leave them: the
# polarisation is zero, and nobody is loyal or switching.

# %%
import pandas as pd

from helpers.differentiation import loyalty

bought = {"North": 6, "South": 4, "West": 2}
five = pd.DataFrame([bought] * 5, index=["Ann", "Ben", "Cem", "Dot", "Eve"]).rename_axis("customer_id")
model = loyalty.BrandDirichlet().fit(five)
long = five.reset_index().melt("customer_id", var_name="brand", value_name="purchases").assign(category="tea")
judged = loyalty.judge_customers(long, pd.Series({"tea": model.polarisation_.estimate}))
answer = model.polarisation_.estimate
print(answer, judged["loyalty"].tolist())
