# %% [markdown]
# # E10-3: the rare silence
#
# With two purchases in a year the chance of a silence of $w$ weeks is $(56 / (56 + w))^3$. It falls below a tenth once
# $56 + w > 56 \cdot 10^{1/3}$.

# %%
answer = 56 * (10 ** (1 / 3) - 1)
print(f"{answer:.1f} weeks")
