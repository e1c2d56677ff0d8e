# %% [markdown]
# # E22-1: a looser rule
#
# Loyal and switching customers change sides; who has no taste of their own is found by another comparison, which does
# not ask how much the favourite takes.

# %%
from helpers.differentiation import loyalty
from helpers.study.study import load_study

study = load_study("complete_journey")
tables = {name: study.table(name) for name in ("transactions", "products")}
bought = loyalty.gather_purchases(tables, study.as_of, brand_column="manufacturer")
counts, _ = loyalty.with_a_choice(loyalty.count_by_brand(bought, study.as_of))
polarisation = loyalty.fit_categories(counts)["polarisation"]
classes = {
    share: loyalty.class_customers(loyalty.judge_customers(counts, polarisation, loyal_share=share))["loyalty"]
    for share in (0.5, 0.6)
}
answer = int((classes[0.5] == "loyal").sum())
print({share: one.value_counts().to_dict() for share, one in classes.items()})
