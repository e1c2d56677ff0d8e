# %% [markdown]
# # E22-2: crackers
#
# One row per household and one column per brand are all the model needs.

# %%
from helpers.differentiation import loyalty
from helpers.study.study import load_study

choices = load_study("cracker").table("choices").to_pandas()
chosen = choices[choices["chosen"]]
wide = chosen.pivot_table(index="customer_id", columns="brand", values="occasion", aggfunc="count", fill_value=0)
model = loyalty.BrandDirichlet().fit(wide)
answer = model.polarisation_.estimate
print(model.summary())
