# %% [markdown]
# # E39-1: the probability at which a loan pays
#
# A loan of one earns the margin with a chance of one less p and costs the loss with a chance of p: it pays up to
# margin over margin plus loss. When only a third is lost, up to 0.375.

# %%
MARGIN, LOSS = 0.20, 0.60  # the defaults of the chapter

answer = MARGIN / (MARGIN + LOSS)
print(answer)
