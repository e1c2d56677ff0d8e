"""Cases at a service desk drawn for tests: sound, to be spoilt."""

import numpy as np
import pandas as pd

SOLVED = {"late": 0.8, "lost": 0.6, "broken": 0.3}


def drawn_cases(count: int, *, seed: int = 1, until: str = "2024-12-01") -> pd.DataFrame:
    """Return cases of 2023 and later, each of a customer of its own, of three causes, all by one channel."""
    rng = np.random.default_rng(seed)
    seconds = (pd.Timestamp(until) - pd.Timestamp("2023-01-01")).total_seconds()
    opened = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.sort(rng.random(count) * seconds).round(), unit="s")
    cause = rng.choice(list(SOLVED), count)
    solved = rng.random(count) < pd.Series(cause).map(SOLVED).to_numpy()
    frame = pd.DataFrame({"case_id": range(count), "customer_id": [f"c{number}" for number in range(count)]})
    frame["time"], frame["cause"], frame["channel"] = opened, cause, "shop"
    frame["closed_time"] = opened + pd.to_timedelta(np.where(solved, 5, 100), unit="h")
    frame["due_time"] = opened + pd.Timedelta(days=3)
    frame["complaint"], frame["solved_at_first_contact"] = rng.random(count) < 0.8, solved
    return frame.assign(contacts=np.where(solved, 1, 3), cost=np.round(5 + 20 * rng.random(count), 2))
