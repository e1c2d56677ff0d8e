# %% [markdown]
# # E34-2: three judges
#
# On two pairs some judge holds one part to matter more, and another the other: loyalty or credit, and current or
# potential value. Merging them gives a weight that no judge believes in. They should talk first, above all about
# current and potential value, on which every other weight hangs; where they only differ in how much, merging will do.

# %%
from helpers.study.study import load_study
from helpers.value import ahp

folder = load_study("complete_journey").folder
hierarchy = ahp.find_hierarchy("customer_value_three_judges", folder=folder, known_indicators=ahp.INDICATORS)
apart = ahp.list_disagreements(hierarchy)
print(apart.loc[apart["opposed"], ["criterion", "first", "second", "lowest", "highest"]])
print(ahp.weigh_by_judge(hierarchy).round(3))
