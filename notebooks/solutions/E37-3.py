# %% [markdown]
# # E37-3: one more gap
#
# No. With six gaps, one of them as long as the silence, the share is two of seven. Before, it was one of six: the
# smallest that five gaps allow, and so enough for the alarm.

# %%
import numpy as np

gaps, silence = np.array([5, 6, 5, 7, 6]), 21
for own in (gaps, np.append(gaps, silence)):
    print((1 + (own >= silence).sum()) / (len(own) + 1), "smallest possible:", 1 / (len(own) + 1))
