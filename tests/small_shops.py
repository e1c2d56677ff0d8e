"""Shops too small or too poor for some questions: what a study of one table may hold."""

import numpy as np
import pandas as pd

HOSTILE = ("007", "<b>8</b>", '"nine"', "=1+1", "it's me", "-10", "a|b", "{x}", "x y", "ä_é")


def lines(customers: int, days: range, *, each: int = 3, seed: int = 1, ids: tuple[str, ...] = ()) -> pd.DataFrame:
    """Orders of some customers, spread over days before the first of April 2024; the first ids are those given."""
    rng = np.random.default_rng(seed)
    names = [*ids, *(f"{number:04d}" for number in range(len(ids), customers))][:customers]
    who = np.repeat(names, each)
    before = rng.choice(np.asarray(days), len(who))
    hours = rng.integers(8, 20, len(who))
    when = pd.Timestamp("2024-04-01") - pd.to_timedelta(before, unit="D") + pd.to_timedelta(hours, unit="h")
    paid = rng.gamma(2.0, 10.0, len(who)).round(2)
    return pd.DataFrame({"who": who, "slip": [f"s{n}" for n in range(len(who))], "when": when, "paid": paid})


def quarter() -> pd.DataFrame:
    """Forty customers, three months, identifiers that a spreadsheet, a page or a template could take for commands."""
    return lines(40, range(1, 91), each=5, ids=HOSTILE)


SMALL = {
    "one quarter": quarter(),
    "one customer": lines(1, range(1, 91), each=6),
    "one-time buyers": lines(40, range(1, 91), each=1),
    "one week": lines(30, range(1, 8)),
    "nothing paid": quarter().assign(paid=0.0),
    "some returned more than they bought": quarter().assign(paid=lambda t: t["paid"].where(t["who"] != "007", -5.0)),
    "a silent half-year": lines(40, range(200, 300)),
    "five customers for a year": lines(5, range(1, 366), each=30),
    "a year": lines(60, range(1, 366), each=12),
    "a year with a silent middle": pd.concat([lines(40, range(1, 90)), lines(40, range(300, 360), seed=2)]).assign(
        slip=lambda table: np.arange(len(table))
    ),
    "days without hours": quarter().assign(when=lambda table: table["when"].dt.normalize()),
}
