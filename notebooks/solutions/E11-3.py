# %% [markdown]
# # E11-3: how rare must households be?
#
# The two records are one customer where the chance is above one half, so where the odds are even. With the evidence
# $T$ in all and $H$ of the fields that a household shares, $\pi_M 2^T = 1 - \pi_M - \pi_H + \pi_H 2^H$, which gives
# $\pi_H$. Households may make up no more than one in some seventy thousand pairs.

# %%
import numpy as np

from helpers.identification import linkage as linking

same = 0.001
shared = np.log2(0.95 / 0.01) + np.log2(0.90 / 0.0005)
total = shared + np.log2((1 - 0.98) / (1 - 0.0003))
answer = (same * 2**total - (1 - same)) / (2**shared - 1)
evidence = linking.PairEvidence(total=np.array([total]), shared=np.array([shared]))
for share in (answer / 2, answer, 2 * answer):
    print(f"{share:.2g}: weight {linking.weigh_pairs(evidence, linking.PairShares(same, share))[0]:.2f}")
