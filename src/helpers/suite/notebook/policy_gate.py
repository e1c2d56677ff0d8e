"""What a study's policy for contacts does to a list: caps per period, the part held back by lot, quiet hours."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.interaction.contact_policy import beyond_cap, held_back, out_of_quiet_hours
from helpers.study.grammar import ContactPolicy

PLANNED = "contact_on"
"""Column of a list that plans contacts: when each is to be made."""


@dataclass(frozen=True)
class Allowed:
    """What the policy leaves of a list.

    Parameters
    ----------
    frame : DataFrame
        Rows of those who may be contacted.
    counts : dict of str to int
        Customers taken out, by reason, for the rules the policy states.
    held_back : DataFrame or None
        Rows of those held back by lot; None where the policy holds nobody back.
    notes : list of str
        Templates: what each rule did.
    rules : dict
        Values for the templates.
    """

    frame: pd.DataFrame
    counts: dict[str, int]
    held_back: pd.DataFrame | None
    notes: list[str]
    rules: dict[str, Any]


class PolicyGate:
    """Applies a policy to lists for contact.

    Parameters
    ----------
    policy : ContactPolicy
        What the study file states.
    contacts : Counter of str
        Contacts each customer has had in the period; those a list plans are added.
    """

    def __init__(self, policy: ContactPolicy, contacts: Counter[str]) -> None:
        self._policy = policy
        self._contacts = contacts

    def apply(self, frame: pd.DataFrame, ids: pd.Series) -> Allowed:
        """Return a list as the policy allows it.

        Parameters
        ----------
        frame : DataFrame
            Rows of customers without refusers, the most important row first; `contact_on` where contacts are planned.
        ids : Series of str
            Customer id of each row.
        """
        policy, names = self._policy, ids.reset_index(drop=True)
        frame, notes, counts, apart = frame.reset_index(drop=True), list[str](), dict[str, int](), None
        rules: dict[str, Any] = {"within_days": policy.within_days, "most": policy.most_contacts or 0}
        if policy.most_contacts is not None:
            beyond = self._capped(frame, names)
            counts["capped"] = int(names[beyond].nunique())
            frame, names = frame[~beyond].reset_index(drop=True), names[~beyond].reset_index(drop=True)
            notes.append(_CAPPED if policy.most_contacts else _NONE_ALLOWED)
        if policy.held_back_share > 0:
            lot = held_back(names, share=policy.held_back_share, seed=policy.seed)
            counts["held_back"] = int(names[lot].nunique())
            apart, frame, names = frame[lot].reset_index(drop=True), frame[~lot].reset_index(drop=True), names[~lot]
            notes.append(_HELD_BACK)
        if policy.quiet_from:
            frame, rules["moved"] = self._awake(frame)
            rules |= {"quiet_from": policy.quiet_from, "quiet_until": policy.quiet_until}
            notes.append(_MOVED if PLANNED in frame else _QUIET)
        if PLANNED in frame:
            self._contacts.update(names)
        return Allowed(frame, counts, apart, notes, rules)

    def _capped(self, frame: pd.DataFrame, names: pd.Series) -> Any:
        """Say which rows are beyond the cap; on a list without planned contacts a customer is one contact at most."""
        most = self._policy.most_contacts or 0
        if PLANNED in frame:
            return beyond_cap(names, self._contacts, most=most)
        return (names.map(lambda one: self._contacts[one]).astype("int64") >= most).to_numpy(dtype=bool)

    def _awake(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
        """Move planned contacts out of the quiet hours; days without a time of day are left as they are."""
        if PLANNED not in frame or not pd.api.types.is_datetime64_any_dtype(frame[PLANNED]):
            return frame, 0
        planned = frame[PLANNED]
        if (planned.dropna() == planned.dropna().dt.normalize()).all():
            return frame, 0
        quiet = {"quiet_from": self._policy.quiet_from, "quiet_until": self._policy.quiet_until}
        later = out_of_quiet_hours(planned, **quiet)
        return frame.assign(**{PLANNED: later}), int((later != planned)[planned.notna()].sum())


_CAPPED = (
    "{capped:No customer|{capped} customer|{capped} customers} had {most} {most:contact|contacts} or more in "
    "{within_days} {within_days:day|days}{capped:| and was taken out| and were taken out}."
)
_NONE_ALLOWED = (
    "The policy allows no contact at all: {capped} {capped:customer|customers} {capped:was|were} taken out, and the "
    "list is empty."
)
_HELD_BACK = (
    "{held_back} {held_back:customer|customers} {held_back:was|were} held back by lot for the next test and "
    "{held_back:stands|stand} on a list of their own."
)
_MOVED = (
    "No contact from {quiet_from} to {quiet_until}: {moved} planned {moved:contact was|contacts were} moved to the end "
    "of the quiet hours."
)
_QUIET = "No contact from {quiet_from} to {quiet_until}."
