"""Settings of a record linkage, checked as a whole before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass

from helpers.core.errors import Fault, InputError, unknown_name
from helpers.identification.linkage.fields import FIELD_KINDS, FieldKind


@dataclass(frozen=True)
class LinkageSettings:
    """What to compare and what errors cost.

    Parameters
    ----------
    fields : mapping of str to FieldKind, optional
        Column name to kind of field. Without it, the columns of the standard customers table are used.
    cost_false_merge : float
        Cost of taking two customers for one; only the ratio to `cost_false_split` matters.
    cost_false_split : float
        Cost of taking one customer for two.
    duplicates_within_sources : bool
        Whether one source may hold a customer twice. When false, no customer gets two records of one source.
    candidate_pairs_per_record : float
        Budget of pairs to score per record; blocking chooses its rules within it.
    copies_at_most : int
        A group of more records than this, identical in everything that identifies (place, postcode and category do
        not), is set aside unmerged: such groups are placeholders ("guest customer") far more often than people.
    names_alone_at_most : int
        The same for records that hold a name and nothing else that identifies, or a name and one e-mail address,
        telephone number or street that is nobody else's. Copies of a name and one contact are set aside beyond twice as
        many.
    training_pairs : int
        Random pairs from which the agreement of strangers is counted.
    seed : int
        Chooses the random pairs.
    records_in_memory_at_most : int
        Of a table of an engine with more records than this, they are prepared, blocked and compared on Spark, where
        that holds them, else in a file of DuckDB's; fewer are read into this process.
    source : str
        Column naming the source, when all sources come in one frame.
    record_id : str
        Column naming the record within its source.

    Raises
    ------
    InputError
        With every fault of the settings at once.

    Examples
    --------
    >>> LinkageSettings(fields={"surname": "family_name"}, cost_false_merge=3).threshold
    0.75
    """

    fields: Mapping[str, FieldKind] | None = None
    cost_false_merge: float = 1.0
    cost_false_split: float = 1.0
    duplicates_within_sources: bool = True
    candidate_pairs_per_record: float = 30.0
    copies_at_most: int = 20
    names_alone_at_most: int = 4
    training_pairs: int = 1_000_000
    seed: int = 1
    records_in_memory_at_most: int = 1_000_000
    source: str = "source"
    record_id: str = "record_id"

    def __post_init__(self) -> None:
        """Check every setting, and raise all faults together."""
        faults = [
            unknown_name(str(kind), FIELD_KINDS, kind="kind of field", where=f"fields, column {column!r}")
            for column, kind in (self.fields or {}).items()
            if kind not in FIELD_KINDS
        ]
        lowest = {
            "cost_false_merge": 1e-9,
            "cost_false_split": 1e-9,
            "candidate_pairs_per_record": 1.0,
            "copies_at_most": 2,
            "names_alone_at_most": 1,
            "training_pairs": 1000,
            "records_in_memory_at_most": 1,
        }
        for name, least in lowest.items():
            value = getattr(self, name)
            if not least <= value < float("inf"):
                faults.append(
                    Fault(
                        f"{value!r} is out of range",
                        where=name,
                        allowed=f"{least:g} or more",
                        remedy="give a number within this range",
                    )
                )
        if faults:
            raise InputError(faults)

    @property
    def threshold(self) -> float:
        """Match probability from which merging is expected to cost less than leaving apart.

        Merging at probability `p` is expected to cost `(1 - p) * cost_false_merge`, leaving apart
        `p * cost_false_split`; they are equal here (Verykios, Moustakides and Elfeky, 2003, "A Bayesian decision
        model for cost optimal record matching", VLDB Journal 12, without their third region).
        """
        return self.cost_false_merge / (self.cost_false_merge + self.cost_false_split)
