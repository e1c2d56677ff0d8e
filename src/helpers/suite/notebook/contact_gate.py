"""The one gate for every list of customers: what a list is for decides whether those who refused contact are on it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from pyarrow.parquet import read_schema

from helpers.core.matching_rows import unmatched_rows
from helpers.core.results import enumerated
from helpers.interaction.contact_policy import held_back, recent_contacts
from helpers.study.grammar import ContactPolicy
from helpers.study.study import Study
from helpers.suite.notebook.bookings import Bookings, find_bookings, read_text
from helpers.suite.notebook.policy_gate import PLANNED, PolicyGate
from helpers.suite.notebook.refusers import MARK, Refusers, find_refusers, id_text

Purpose = Literal["contact", "reading", "contract"]
PURPOSES: tuple[str, ...] = get_args(Purpose)
PREFERENCES = ("preferred_channel", "language")
"""Columns of the customers that stay with them on every list for contact."""
REASONS = {
    "capped": "customers who have had as many contacts as the policy allows, taken out of",
    "held_back": "customers held back by lot for the next test, taken out of",
}
"""What the study's policy takes customers out for."""
HELD_BACK = "Held back by lot from the list {list}"
TO_COMPARE = "Not for contact: what these customers buy without it is what the next run measures the list against."
LINKAGE_FILE = "customer_ids.parquet"
"""List of the chapter that links records: `source`, `record_id`, `lasting_id`."""


@dataclass(frozen=True)
class Gated:
    """A list as it may be handed over.

    Parameters
    ----------
    frame : DataFrame
        Its rows.
    removed : int or None
        Customers taken out because they refused contact; None where nothing is taken out or refusals are not known.
    note : str
        Template, with `{removed}` and `{how}`: what the list is for, and what was done about refusals.
    how : str
        Where refusals stand, and what brought the systems together.
    by_policy : dict of str to int
        Customers taken out by the study's policy, by reason: `capped`, `held_back`; empty where it has none.
    held_back : DataFrame or None
        Rows of those held back by lot, for the next test; None where nobody is to be.
    rules : dict
        Values of the policy for the note.
    """

    frame: pd.DataFrame
    removed: int | None
    note: str
    how: str
    by_policy: dict[str, int] = field(default_factory=dict)
    held_back: pd.DataFrame | None = None
    rules: dict[str, Any] = field(default_factory=dict)


class ContactGate:
    """Knows who refused contact, and lets nobody of them onto a list for contact.

    Parameters
    ----------
    study : Study
        The tables of the customers; read when the first list comes.
    run_folder : Path, optional
        Folder of the run, in which a chapter before may have linked records.
    after_lists : bool
        Whether the lists in that folder are complete, so that contacts planned on them count.
    """

    def __init__(self, study: Study, run_folder: Path | None = None, *, after_lists: bool = False) -> None:
        self._study = study
        self._run_folder = run_folder
        self._after_lists = after_lists
        self.policy: ContactPolicy | None = study.contact_policy
        self._linkage: pd.DataFrame | None = None

    @cached_property
    def refusers(self) -> Refusers:
        """Who refused."""
        linkage: pd.DataFrame | None
        file = self._run_folder / "lists" / LINKAGE_FILE if self._run_folder else None
        if self._linkage is not None:
            linkage = self._linkage[["source", "record_id", "customer_id"]].rename(
                columns={"customer_id": "lasting_id"}
            )
        else:
            linkage = pd.read_parquet(file) if file is not None and file.is_file() else None
        return find_refusers(self._study, linkage)

    @cached_property
    def bookings(self) -> Bookings:
        """Which customer ids of the tables stand for which records: what refusals are passed on by."""
        return find_bookings(self._study)

    def use_linkage(self, linked: pd.DataFrame) -> None:
        """Bring records together as a linkage found them, from here on: the chapter that links has no list of it yet.

        Parameters
        ----------
        linked : DataFrame
            `source`, `record_id`, `customer_id` (number of the linkage).
        """
        if linked is not self._linkage:
            self._linkage = linked
            self.__dict__.pop("refusers", None)

    def use_policy(self, **rules: Any) -> None:
        """Keep to these rules (see `ContactPolicy`) where the study states no policy of its own."""
        if self._study.contact_policy is None:
            self.policy = ContactPolicy(**rules)
            self.__dict__.pop("contacts", None)

    def capped(self, customers: Iterable[Any]) -> "pd.Series[bool]":
        """Say of each customer id whether the customer has had as many contacts as the policy allows."""
        ids = id_text(customers if isinstance(customers, pd.Series) else pd.Series(list(customers), dtype="object"))
        most = self.policy.most_contacts if self.policy else None
        had = ids.map(lambda one: self.contacts[one])
        return had >= most if most is not None else pd.Series(False, index=ids.index)

    def held_back(self, customers: Iterable[Any]) -> "pd.Series[bool]":
        """Say of each customer id whether the policy holds the customer back by lot."""
        ids = id_text(customers if isinstance(customers, pd.Series) else pd.Series(list(customers), dtype="object"))
        share, seed = (self.policy.held_back_share, self.policy.seed) if self.policy else (0.0, 1)
        return pd.Series(held_back(ids, share=share, seed=seed), index=ids.index)

    def refuses(self, customers: Iterable[Any]) -> "pd.Series[bool]":
        """Say of each customer id of the study's tables whether it refused contact; false where that is not known."""
        ids = customers if isinstance(customers, pd.Series) else pd.Series(list(customers), dtype="object")
        return id_text(ids).isin(self.refusers.customers)

    def refuses_records(self, records: pd.DataFrame) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Say of each record (`record_id`, `source`) whether its customer refused contact."""
        return _among(records, self.refusers.records)

    def without_refusers(self, table: ir.Table) -> ir.Table:
        """Return a standard table without the rows of customers who refused contact."""
        refused = sorted(self.refusers.customers)
        if not refused:
            return table
        kind = table.customer_id.type()
        number = (table.customer_id.cast("int64") if kind.is_floating() else table.customer_id).cast("string")
        found = ibis.memtable(pd.DataFrame({"crm_number": refused}), schema=ibis.schema({"crm_number": "string"}))
        return unmatched_rows(table.mutate(crm_number=number), found, ["crm_number"]).drop("crm_number")

    def apply(self, frame: pd.DataFrame, purpose: Purpose, linked: pd.DataFrame | None = None) -> Gated:
        """Return a list as its purpose allows.

        Parameters
        ----------
        frame : DataFrame
            Rows of customers (`customer_id`) or of records (`record_id`, `source` where there are several systems).
        purpose : {"contact", "reading", "contract"}
            For advertising, from which refusers are taken out; for reading, with their mark; or for what a contract
            asks for, such as a reminder of a debt, which a refusal does not stop.
        linked : DataFrame, optional
            `source`, `record_id`, `customer_id`: the records of each customer, where the list has the numbers of a
            linkage in place of those of the study's tables.

        Raises
        ------
        ValueError
            When the purpose is none of these, or a list for contact does not name its customers.
        """
        if purpose not in PURPOSES:
            raise ValueError(f"purpose {purpose!r} of a list is none of {', '.join(PURPOSES)}")
        if linked is not None:
            self.use_linkage(linked)
        if purpose == "contract":
            return Gated(frame, None, _CONTRACT, "")
        refused = self._refused(frame, linked)
        if purpose == "contact":
            return self._for_contact(frame, refused)
        if refused is None:
            return Gated(frame, None, _READING, "")
        known = self.refusers.known or MARK in frame
        mark = pd.array(refused if known else [pd.NA] * len(frame), dtype="boolean")
        note = _READING_MARKED if known else f"{_READING} {_UNKNOWN}"
        return Gated(frame.assign(**{MARK: mark}), None, note, self._how())

    def _for_contact(self, frame: pd.DataFrame, refused: "np.ndarray[Any, np.dtype[np.bool_]] | None") -> Gated:
        if refused is None:
            raise ValueError("a list for contact needs the column customer_id or record_id")
        kept = frame[~refused].reset_index(drop=True)
        if not (self.refusers.known or MARK in frame):
            return self._by_policy(Gated(kept, None, _UNKNOWN, ""))
        key = "customer_id" if "customer_id" in frame else "record_id"
        return self._by_policy(Gated(kept, int(frame.loc[refused, key].nunique()), _CONTACT, self._how()))

    def _by_policy(self, gated: Gated) -> Gated:
        """Keep to the policy of the study: caps, the part held back by lot, quiet hours; add channel and language."""
        if "customer_id" not in gated.frame:
            return gated
        frame = self._with_preferences(gated.frame)
        if self.policy is None:
            return replace(gated, frame=frame)
        policy = PolicyGate(self.policy, self.contacts)
        result = policy.apply(frame, id_text(frame["customer_id"]))
        return replace(
            gated,
            frame=result.frame,
            note=" ".join([gated.note, *result.notes]),
            by_policy=result.counts,
            held_back=result.held_back,
            rules=result.rules,
        )

    @cached_property
    def contacts(self) -> Counter[str]:
        """Contacts that count against the cap: those of the table, those planned on the lists so far."""
        counted: Counter[str] = Counter()
        policy, study = self.policy, self._study
        if policy is not None and study.has("contacts", "time"):
            made = recent_contacts(study.table("contacts"), study.as_of, within_days=policy.within_days)
            counted.update(dict(zip(id_text(made.index.to_series()), made.astype(int), strict=True)))
        lists = sorted((self._run_folder / "lists").glob("*.parquet")) if self._run_folder and self._after_lists else []
        for path in lists:
            if PLANNED in read_schema(path).names and not path.stem.endswith("_held_back"):
                planned = pd.read_parquet(path)
                counted.update(id_text(planned.loc[planned[PLANNED].notna(), "customer_id"]))
        return counted

    def _with_preferences(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add the channel a customer asked for and the language, where the customers table knows them."""
        names = [one for one in PREFERENCES if self._study.has("customers", one) and one not in frame]
        if not names:
            return frame
        known = read_text(self._study, "customers", "customer_id", *names).drop_duplicates("customer_id")
        values = known.set_index("customer_id").reindex(id_text(frame["customer_id"]))
        return frame.assign(**{name: values[name].to_numpy() for name in names})

    def _refused(
        self, frame: pd.DataFrame, linked: pd.DataFrame | None
    ) -> "np.ndarray[Any, np.dtype[np.bool_]] | None":
        """Say of each row whether its customer refused; None where rows are no customers."""
        if "record_id" in frame:
            found = self.refuses_records(frame)
        elif "customer_id" not in frame:
            return None
        elif linked is not None:
            own = linked.loc[self.refuses_records(linked), "customer_id"]
            found = frame["customer_id"].isin(own).to_numpy(dtype=bool)
        else:
            found = self.refuses(frame["customer_id"]).to_numpy(dtype=bool)
        if MARK in frame:
            marked = frame[MARK].astype("boolean").fillna(False).to_numpy(dtype=bool)
            key = "customer_id" if "customer_id" in frame else "record_id"
            found = frame[key].isin(frame.loc[found | marked, key]).to_numpy(dtype=bool)
        return found

    def _how(self) -> str:
        who = self.refusers
        tables = enumerated([name.replace("_", " ") for name in who.tables])
        note = f"as the {'table' if len(who.tables) == 1 else 'tables'} {tables} say"
        note += "s" if len(who.tables) == 1 else ""
        return note + (f", brought together by {enumerated(who.ways)}" if who.ways else "")


_CONTACT = (
    "For contact: {removed:nobody chosen had|{removed} customer who|{removed} customers who} refused contact"
    "{removed:| was taken out| were taken out} ({how})."
)
_READING = "For reading only, not for contact."
_READING_MARKED = "For reading only, not for contact: the column “do not contact” marks who refused it ({how})."
_CONTRACT = "A matter of contract, not of advertising: customers who refused contact are on it too."
_UNKNOWN = (
    "Who refused contact is not known, as no table has a column “do not contact”: ask before anyone is written to."
)


def _among(frame: pd.DataFrame, records: pd.DataFrame) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Say which rows stand among some records, by system and number where both name the system."""
    number, named = id_text(frame["record_id"]), records["record_id"]
    if "source" in frame and (records["source"] != "").any():
        number, named = frame["source"].astype("str") + ":" + number, records["source"] + ":" + named
    return number.isin(named).to_numpy(dtype=bool)
