"""A hierarchy of criteria, and the weights its judgements give to the indicators at its ends."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError, unknown_name
from helpers.core.results import NamedResult, plain_scalar, results_by_group
from helpers.value.ahp.judgements import aggregate_judgements, judge_disagreement
from helpers.value.ahp.priorities import ACCEPTABLE_RATIO, Method, RandomIndex, derive_priorities

EVERYONE = "all judges"
PRINTED_DIGITS = 5e-5  # half of the fourth decimal


@dataclass(frozen=True)
class Hierarchy:
    """Criteria from the goal down to indicators, with the judgements between them.

    Parameters
    ----------
    name, title, about : str
        What it is called, what it says, and where its judgements come from.
    parts : mapping of str to tuple of str
        Parts of each criterion in reading order; the goal comes first. What has no parts is an indicator.
    judgements : mapping of str to mapping of str to DataFrame
        Judgement matrix of the parts of each criterion, by judge.
    published : mapping of str to float
        Weights of indicators printed in the source, where there are any.
    """

    name: str
    title: str
    parts: Mapping[str, tuple[str, ...]]
    judgements: Mapping[str, Mapping[str, pd.DataFrame]]
    about: str = ""
    published: Mapping[str, float] = field(default_factory=dict)

    @property
    def goal(self) -> str:
        """What the whole hierarchy measures."""
        return next(iter(self.parts))

    @property
    def judges(self) -> tuple[str, ...]:
        """Names of the judges."""
        return tuple(self.judgements[self.goal])

    @property
    def branches(self) -> tuple[str, ...]:
        """Criteria right below the goal."""
        return self.parts[self.goal]

    @property
    def indicators(self) -> tuple[str, ...]:
        """What is measured, in reading order."""
        return self.indicators_of(self.goal)

    def indicators_of(self, criterion: str) -> tuple[str, ...]:
        """Return the indicators below a criterion; an indicator itself is its only one."""
        if criterion not in self.parts:
            return (criterion,)
        return tuple(leaf for part in self.parts[criterion] for leaf in self.indicators_of(part))

    def as_judged_by(self, judge: str) -> "Hierarchy":
        """Return the hierarchy with the judgements of one judge only.

        Raises
        ------
        InputError
            When there is no such judge.
        """
        if judge not in self.judges:
            raise InputError(unknown_name(judge, self.judges, kind="judge", where=f"hierarchy {self.name}"))
        one = {criterion: {judge: matrices[judge]} for criterion, matrices in self.judgements.items()}
        return replace(self, judgements=one)


@dataclass(frozen=True)
class HierarchyWeights:
    """Weights of a hierarchy.

    Parameters
    ----------
    hierarchy : Hierarchy
        Where they come from.
    local : DataFrame
        One row per part of a criterion: criterion, part, local_weight (the parts of a criterion add up to one),
        weight (of the goal) and indicator (whether the part has no parts of its own).
    consistency : DataFrame
        One row per criterion: criterion, parts, largest_eigenvalue, consistency_index, consistency_ratio, acceptable,
        lowest_ratio and highest_ratio (over the tables of random indices), depends_on_table (whether they disagree).
    composite : Series
        Weight of each indicator, adding up to one.
    overall_ratio : float
        Consistency ratio of the whole: indices over random indices, both weighted by criterion.
    method : {"eigenvector", "row_geometric_mean"}
        How the local weights were derived.
    """

    hierarchy: Hierarchy
    local: pd.DataFrame
    consistency: pd.DataFrame
    composite: "pd.Series[float]"
    overall_ratio: float
    method: Method

    @property
    def consistent(self) -> bool:
        """Whether every criterion's judgements are acceptable."""
        return bool(self.consistency["acceptable"].all())

    @property
    def table_dependent(self) -> list[str]:
        """Criteria that one table of random indices takes as acceptable and another does not."""
        return [str(name) for name in self.consistency.loc[self.consistency["depends_on_table"], "criterion"]]

    @property
    def heaviest(self) -> str:
        """The indicator with the highest weight, in words."""
        return str(self.composite.idxmax()).replace("_", " ")

    def summary(self) -> pd.DataFrame:
        """Return the weights as a table to read, rounded.

        Returns
        -------
        DataFrame
            One row per part of a criterion: criterion, part, local_weight, weight, and consistency_ratio of the
            criterion's judgements.
        """
        ratios = self.consistency.set_index("criterion")["consistency_ratio"]
        table = self.local[["criterion", "part", "local_weight", "weight"]]
        return table.assign(consistency_ratio=table["criterion"].map(ratios)).round(4)

    def named_results(self) -> Iterator[NamedResult]:
        """Yield weights and consistency ratios, named for the results file."""
        about = "weight of {group} as judged"
        yield from results_by_group(self.composite, "ahp_weight_{group}", unit="share", about=about)
        yield NamedResult("ahp_hierarchy", self.hierarchy.name, "text", "hierarchy the weights come from")
        yield NamedResult("ahp_indicators", len(self.composite), "indicators", "indicators of the hierarchy")
        highest, about = float(self.composite.max()), "weight of the heaviest indicator"
        yield NamedResult("ahp_highest_weight", plain_scalar(highest), "share", about)
        ratios = self.consistency.set_index("criterion")["consistency_ratio"]
        about = "consistency ratio of {group}"
        yield from results_by_group(ratios, "ahp_consistency_ratio_{group}", unit="ratio", about=about)
        worst = plain_scalar(float(ratios.max()))
        yield NamedResult("ahp_consistency_ratio_highest", worst, "ratio", "highest of all criteria")
        overall = plain_scalar(self.overall_ratio)
        yield NamedResult("ahp_consistency_ratio_overall", overall, "ratio", "of the whole hierarchy")
        about = "whether every criterion is acceptable"
        yield NamedResult("ahp_judgements_acceptable", self.consistent, "flag", about)
        about = "acceptable by one table of random indices and not by another"
        yield NamedResult("ahp_table_dependent_criteria", len(self.table_dependent), "criteria", about)

    def branch_weights(self, branch: str) -> "pd.Series[float]":
        """Return the weights of the indicators below a criterion, as shares of the goal."""
        return self.composite[[name for name in self.hierarchy.indicators_of(branch) if name in self.composite]]


def weigh_hierarchy(
    hierarchy: Hierarchy,
    *,
    method: Method = "eigenvector",
    random_index: RandomIndex = "saaty2005",
    acceptable: float = ACCEPTABLE_RATIO,
) -> HierarchyWeights:
    """Derive the weights of all indicators from the judgements, those of several judges merged.

    Parameters
    ----------
    hierarchy : Hierarchy
        Criteria and judgements.
    method : {"eigenvector", "row_geometric_mean"}
        How local weights are derived.
    random_index : {"saaty1980", "saaty2005", "donegan"}
        Table of the consistency ratio.
    acceptable : float
        Consistency ratio up to which judgements are acceptable.

    Returns
    -------
    HierarchyWeights
        Local and composite weights, and consistency.

    References
    ----------
    Saaty (1980), "The Analytic Hierarchy Process", McGraw-Hill, chapters 2 and 4.
    """
    local_weights: dict[str, pd.Series[float]] = {}
    rows, indices = [], []
    for criterion, matrices in hierarchy.judgements.items():
        found = derive_priorities(aggregate_judgements(matrices), method=method, random_index=random_index)
        local_weights[criterion] = found.weights
        indices.append((found.consistency_index, found.random_index))
        ratios = found.ratios_by_table
        rows.append(
            {
                "criterion": criterion,
                "parts": len(found.weights),
                "largest_eigenvalue": found.largest_eigenvalue,
                "consistency_index": found.consistency_index,
                "consistency_ratio": found.consistency_ratio,
                "acceptable": found.consistency_ratio <= acceptable,
                "lowest_ratio": min(ratios.values()),
                "highest_ratio": max(ratios.values()),
                "depends_on_table": min(ratios.values()) <= acceptable < max(ratios.values()),
            }
        )
    local, composite = _multiply(hierarchy, local_weights)
    of_goal = local.set_index("part")["weight"]
    weights = np.array([1.0 if name == hierarchy.goal else of_goal[name] for name in hierarchy.judgements])
    index, random = weights @ np.array(indices)
    return HierarchyWeights(
        hierarchy, local, pd.DataFrame(rows), composite, float(index / random) if random else 0.0, method
    )


def _multiply(
    hierarchy: Hierarchy, local_weights: Mapping[str, "pd.Series[float]"]
) -> tuple[pd.DataFrame, "pd.Series[float]"]:
    """Multiply local weights from the goal down to the indicators; criteria without weights are skipped."""
    of_goal = {hierarchy.goal: 1.0}
    rows = []
    for criterion in hierarchy.parts:
        if criterion not in of_goal:
            continue
        for part, weight in local_weights[criterion].items():
            of_goal[str(part)] = of_goal[criterion] * float(weight)
            leaf = part not in hierarchy.parts
            rows.append((criterion, part, float(weight), of_goal[str(part)], leaf))
    local = pd.DataFrame(rows, columns=["criterion", "part", "local_weight", "weight", "indicator"])
    present = [name for name in hierarchy.indicators if name in of_goal]
    composite = pd.Series({name: of_goal[name] for name in present}, name="weight", dtype=float)
    return local, composite.rename_axis("indicator")


def keep_indicators(weights: HierarchyWeights, available: Collection[str]) -> HierarchyWeights:
    """Leave out indicators that cannot be measured; what remains of each criterion takes over their weight.

    The weights of a criterion's remaining parts keep their proportions. A criterion that loses all its indicators goes
    as well, and its weight to its neighbours. Consistency stays that of the judgements as given.

    Parameters
    ----------
    weights : HierarchyWeights
        Of the whole hierarchy.
    available : collection of str
        Indicators that can be measured.

    Returns
    -------
    HierarchyWeights
        Weights of the available indicators, adding up to one.

    Raises
    ------
    InputError
        When no indicator of the hierarchy is available.

    Examples
    --------
    >>> from helpers.value.ahp.hierarchy_file import find_hierarchy
    >>> weights = weigh_hierarchy(find_hierarchy("published_lubricant_dealer"), method="row_geometric_mean")
    >>> keep_indicators(weights, ["profit_1", "profit_2", "loyalty_1"]).composite.round(3).to_dict()
    {'profit_1': 0.512, 'profit_2': 0.155, 'loyalty_1': 0.333}
    """
    hierarchy = weights.hierarchy
    if not any(name in available for name in hierarchy.indicators):
        allowed = ", ".join(hierarchy.indicators)
        raise InputError(
            Fault(
                "no indicator can be measured",
                where=f"hierarchy {hierarchy.name}",
                allowed=allowed,
                remedy="add tables or columns for at least one of these indicators",
            )
        )
    kept: dict[str, pd.Series[float]] = {}
    for criterion in hierarchy.parts:
        own = weights.local[weights.local["criterion"] == criterion].set_index("part")["local_weight"]
        alive = own[[part for part in own.index if _any(hierarchy.indicators_of(str(part)), available)]]
        kept[criterion] = alive / alive.sum()
    local, composite = _multiply(hierarchy, kept)
    return replace(weights, local=local, composite=composite)


def _any(names: Iterable[str], available: Collection[str]) -> bool:
    return any(name in available for name in names)


def weigh_by_judge(hierarchy: Hierarchy, *, method: Method = "eigenvector") -> pd.DataFrame:
    """Set the weights of each judge beside those of all judges together.

    Parameters
    ----------
    hierarchy : Hierarchy
        With one judge or several.
    method : {"eigenvector", "row_geometric_mean"}
        How local weights are derived.

    Returns
    -------
    DataFrame
        One row per indicator, a column per judge and the column `all judges`.
    """
    columns = {judge: weigh_hierarchy(hierarchy.as_judged_by(judge), method=method) for judge in hierarchy.judges}
    columns[EVERYONE] = weigh_hierarchy(hierarchy, method=method)
    return pd.DataFrame({name: weights.composite for name, weights in columns.items()})


def list_disagreements(hierarchy: Hierarchy) -> pd.DataFrame:
    """Show how far judges are apart on every pair of a hierarchy, the widest first.

    Parameters
    ----------
    hierarchy : Hierarchy
        With several judges.

    Returns
    -------
    DataFrame
        criterion, and the columns of `judge_disagreement`.
    """
    each = [judge_disagreement(matrices).assign(criterion=name) for name, matrices in hierarchy.judgements.items()]
    table = pd.concat(each, ignore_index=True).sort_values("spread", ascending=False, kind="stable", ignore_index=True)
    return table[["criterion", *table.columns.drop("criterion")]]


def compare_published(
    hierarchy: Hierarchy, *, method: Method = "eigenvector", tolerance: float = PRINTED_DIGITS
) -> pd.DataFrame:
    """Set the weights printed in a source beside those its judgements give.

    Parameters
    ----------
    hierarchy : Hierarchy
        With published weights.
    method : {"eigenvector", "row_geometric_mean"}
        How local weights are derived.
    tolerance : float
        Difference up to which they agree; half of the fourth decimal, unless stated.

    Returns
    -------
    DataFrame
        One row per published weight: indicator, published, found, difference, agrees.
    """
    published = pd.Series(dict(hierarchy.published), name="published", dtype=float).rename_axis("indicator")
    found = weigh_hierarchy(hierarchy, method=method).composite[published.index]
    table = pd.DataFrame({"published": published, "found": found})
    table["difference"] = table["found"] - table["published"]
    table["agrees"] = table["difference"].abs() <= tolerance
    return table.reset_index()
