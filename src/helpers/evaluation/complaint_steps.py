"""Complaints led back to the step of the work in which they arise."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import Interval
from helpers.evaluation.service_cases import NOT_RECORDED, share_of_cases


def parse_steps(text: str) -> dict[str, str]:
    """Return the process step of each cause from "cause=step; cause=step".

    Raises
    ------
    InputError
        When a part is no pair, or a cause is named twice; all at once.

    Examples
    --------
    >>> parse_steps("late delivery=dispatch; wrong item=picking")
    {'late delivery': 'dispatch', 'wrong item': 'picking'}
    """
    steps: dict[str, str] = {}
    faults = []
    for part in filter(None, (one.strip() for one in text.split(";"))):
        cause, mark, step = (one.strip() for one in part.partition("="))
        if not (cause and mark and step):
            faults.append(
                Fault(
                    f"{part!r} names no cause and step",
                    "process_steps",
                    "cause=step; cause=step",
                    remedy="write pairs as cause=step; cause=step",
                )
            )
        elif cause in steps:
            faults.append(Fault(f"cause {cause!r} is named twice", "process_steps", remedy="give it one step"))
        steps[cause] = step
    if faults:
        raise InputError(faults)
    return steps


def complaints_by_step(
    cases: pd.DataFrame, steps: Mapping[str, str], *, orders: int, confidence: float = 0.95
) -> pd.DataFrame:
    """Lead complaints back to the step of the work in which they arise.

    Parameters
    ----------
    cases : DataFrame
        The frame of `ServiceCases`.
    steps : mapping of str to str
        Step by cause; a cause without one stands for itself.
    orders : int
        Orders in the same time; 0 where they are not known.
    confidence : float
        Coverage of the interval of the share not solved at first contact.

    Returns
    -------
    DataFrame
        One row per step, the dearest first, without costs the most frequent: step, causes, complaints,
        complaint_share, cost, cost_share, cost_so_far_share (added up), per_1000_orders, unsolved_share with its
        interval.

    Raises
    ------
    InputError
        When cause or complaint is missing, or there is no complaint.
    """
    require_columns(cases.columns, ("cause", "complaint"), where="service_cases")
    flagged = cases["complaint"].astype("boolean").fillna(value=False).to_numpy(dtype=bool)
    complaints = cases[flagged]
    if complaints.empty:
        raise InputError(Fault("no case is a complaint", "service_cases", remedy="record which cases are complaints"))
    cause = complaints["cause"].astype("object").where(complaints["cause"].notna(), NOT_RECORDED).astype(str)
    step = cause.map(lambda one: steps.get(one, one))
    spent = complaints["cost"] if "cost" in complaints else pd.Series(1.0, index=complaints.index)
    rows = []
    for name in sorted(step.unique()):
        part = complaints[step == name]
        solved = share_of_cases(part, "solved", confidence=confidence)
        causes = ", ".join(sorted(cause[step == name].unique()))
        rows.append((name, causes, len(part), spent[step == name].sum(), *(1 - np.array(_ends(solved)))))
    names = ["step", "causes", "complaints", "cost", "unsolved_share", "unsolved_low", "unsolved_high"]
    table = pd.DataFrame(rows, columns=names).sort_values(["cost", "step"], ascending=[False, True], ignore_index=True)
    cost_share = table["cost"] / table["cost"].sum()
    table.insert(3, "complaint_share", table["complaints"] / len(complaints))
    table.insert(5, "cost_share", cost_share if "cost" in complaints else np.nan)
    table.insert(6, "cost_so_far_share", cost_share.cumsum() if "cost" in complaints else np.nan)
    table.insert(7, "per_1000_orders", 1000 * table["complaints"] / orders if orders else np.nan)
    return table.assign(cost=table["cost"].round(2) if "cost" in complaints else np.nan)


def _ends(share: Interval) -> tuple[float, float, float]:
    """Return a share and its ends in the order in which their complements rise."""
    return share.estimate, share.high, share.low
