"""Learn the match weights without labels: what agreement is worth, and how often two records are one customer.

The agreement of strangers (u) is counted on random pairs; the agreement of true pairs (m) comes from expectation
maximisation within blocks, each field learnt while another field blocks (Winkler, 2000; Enamorado, Fifield and
Imai, 2019); both with Splink. The shares of true pairs and of household pairs are then the values that
reproduce themselves from the probabilities.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from splink import Linker, SettingsCreator, block_on
from splink.blocking_rule_library import CustomRule

from helpers.core.arrays import FloatArray
from helpers.identification.linkage.backend import Backend, DuckDBBackend, register_frame, speaks_duckdb
from helpers.identification.linkage.blocking import BlockingPlan, BlockingRule
from helpers.identification.linkage.compared import ComparedField, LinkageNote
from helpers.identification.linkage.comparisons import compare_field, name_pair, usual_agreement
from helpers.identification.linkage.fields import PERSONAL_KINDS, SHARED_KINDS
from helpers.identification.linkage.household import PairShares
from helpers.identification.linkage.settings import LinkageSettings

_log = logging.getLogger(__name__)

SESSIONS = 2
SESSION_PAIRS_AT_MOST = 1_000_000
# So few pairs are counted all at once. Of more, parts are read until each kind of agreement has been seen often enough.
PAIRS_AT_ONCE, PARTS_OF_PAIRS = 200_000, 10
# Of records that lie on an engine, so many are drawn to learn from where there are more.
TRAINED_ON_AT_MOST = 1_000_000
# Fewer likely pairs than this in a block teach nothing: among so few, one or two families pass for the errors of true
# pairs, and what should tell two people of one household apart comes to speak for nothing.
LIKELY_PAIRS_AT_LEAST = 50
# And the few pairs of what is usual that every field is given beforehand.
PRIOR_PAIRS = 20.0
# No level is taken to be rarer than this among true pairs, so that one odd field never overrules all the others.
LEAST_M = 0.002
DIGITS = 10


@dataclass(frozen=True)
class LinkageModel:
    """A trained model: the weights of the fields, and how the pairs divide.

    Parameters
    ----------
    settings : dict
        Splink's settings with all parameters; can be given to Splink as it is.
    shares : PairShares
        How all pairs of records divide.
    parameters : pandas.DataFrame
        `field`, `level`, `m` (share among true pairs), `u` (share among strangers), `match_weight` (log2 of m/u).
    """

    settings: dict[str, Any]
    shares: PairShares
    parameters: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return what was learnt, by field and level of agreement: `m`, `u`, `match_weight` (bits), rounded.

        Expectation maximisation gives no standard errors; how far the result depends on the pairs drawn is shown by
        `helpers.identification.linkage.follow_seeds`.
        """
        return self.parameters.set_index(["field", "level"]).round({"m": 4, "u": 6, "match_weight": 2})


@contextmanager
def splink_to_log() -> Iterator[None]:
    """Lead Splink's messages to this package's debug log while a method runs, and leave its logger as it was."""

    class _Pass(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            _log.debug("splink: %s", record.getMessage())

    logger, handler = logging.getLogger("splink"), _Pass()
    before = logger.handlers[:], logger.propagate
    logger.handlers, logger.propagate = [handler], False
    try:
        yield
    finally:
        logger.handlers, logger.propagate = before[0], before[1]


def model_settings(fields: Sequence[ComparedField], plan: BlockingPlan, settings: LinkageSettings) -> SettingsCreator:
    """Return the untrained model: comparisons of the fields and blocking rules of the plan."""
    across = "" if settings.duplicates_within_sources else " and l.source_dataset <> r.source_dataset"
    rules: list[Any] = [CustomRule(rule_sql(rule, plan) + across) for rule in plan.rules]
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[compare_field(field, fields) for field in fields],
        blocking_rules_to_generate_predictions=rules,
        probability_two_random_records_match=1 / (plan.records + 1),
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )


def rule_sql(rule: BlockingRule, plan: BlockingPlan) -> str:
    """Return a blocking rule as a join condition; a crowded field blocks on its uncrowded values only."""
    single = len(rule.fields) == 1
    names = [f"block_{name}" if single and name in plan.crowded else name for name in rule.fields]
    return " and ".join(f"l.{name} = r.{name}" for name in names)


def train_model(
    backend: Backend,
    api: Any,
    table: Any,
    frame: pd.DataFrame,
    untrained: SettingsCreator,
    plan: BlockingPlan,
    fields: Sequence[ComparedField],
    settings: LinkageSettings,
) -> tuple[dict[str, Any], list[LinkageNote]]:
    """Learn the parameters of the model from the records alone.

    They are learnt on DuckDB in this process where the backend is another database. It takes few of the records, and
    which ones Splink decides by the hash function of the database: drawn elsewhere, agreement by chance would be
    counted on other pairs, and match weights would differ by several bits.

    Parameters
    ----------
    backend : Backend
        The database.
    api : splink DatabaseAPI
        Its connection, holding the records.
    table : SplinkDataFrame
        The records, registered.
    frame : pandas.DataFrame
        The same records in this process.
    untrained : SettingsCreator
        From `model_settings`.
    plan : BlockingPlan
        Its rules serve as blocks to learn in.
    fields : sequence of ComparedField
        What the comparisons compare.
    settings : LinkageSettings
        Number of training pairs and seed.

    Returns
    -------
    tuple of dict, list of LinkageNote
        Splink's settings with every parameter, in the SQL of the database, and what could not be learnt.
    """
    if not speaks_duckdb(api):
        learnt, notes = train_apart(DuckDBBackend(), frame, untrained, plan, fields, settings)
        return in_dialect(learnt, untrained, api), notes
    linker = Linker(table, untrained, log_level=None)
    pairs = min(settings.training_pairs, plan.records * (plan.records - 1) // 2)
    parts = 1 if pairs <= PAIRS_AT_ONCE else PARTS_OF_PAIRS
    linker.training.estimate_u_using_random_sampling(
        max_pairs=settings.training_pairs + 1, seed=settings.seed, num_chunks=parts
    )
    counted = linker.misc.save_model_to_json()
    with backend.adding_in_one_order(api):
        seen = _train_sessions(linker, table, plan, fields)
    trained = _complete(counted, pairs, fields, seen)
    untaught = [field.column.replace("_", " ") for field in fields if field.name not in seen]
    if not untaught or len(fields) == 1:  # of a field alone a note says what was done
        return trained, []
    what = "learnt_nothing" if len(untaught) == len(fields) else "learnt_in_part"
    return trained, [LinkageNote("training", what, 0, {"least": LIKELY_PAIRS_AT_LEAST, "fields": ", ".join(untaught)})]


def train_apart(
    own: DuckDBBackend,
    frame: pd.DataFrame,
    untrained: SettingsCreator,
    plan: BlockingPlan,
    fields: Sequence[ComparedField],
    settings: LinkageSettings,
) -> tuple[dict[str, Any], list[LinkageNote]]:
    """Learn the parameters of the model on a DuckDB of its own, from records of this process; see `train_model`."""
    with own.connect() as here:
        return train_model(own, here, register_frame(here, frame), frame, untrained, plan, fields, settings)


def in_dialect(learnt: Mapping[str, Any], untrained: SettingsCreator, api: Any) -> dict[str, Any]:
    """Return a model in the SQL of another database, with the parameters learnt on DuckDB.

    Parameters
    ----------
    learnt : mapping
        Splink's settings with every parameter.
    untrained : SettingsCreator
        The same model without them.
    api : splink DatabaseAPI
        Connection to the other database.
    """
    dialect = str(api.sql_dialect.sql_dialect_str)
    empty: Any = untrained.get_settings(dialect)
    model: dict[str, Any] = empty.as_dict()
    for comparison, known in zip(model["comparisons"], learnt["comparisons"], strict=True):
        for level, one in zip(comparison["comparison_levels"], known["comparison_levels"], strict=True):
            level.update({key: value for key, value in one.items() if key.endswith("_probability")})
    return model


def _train_sessions(
    linker: Linker, table: Any, plan: BlockingPlan, fields: Sequence[ComparedField]
) -> dict[str, FloatArray]:
    """Run expectation maximisation in the blocks of a few rules until every field was learnt.

    Returned is, by field, how many true pairs were seen at each of its levels, as far as the blocks could teach it.
    """
    seen: dict[str, FloatArray] = {}
    sessions = 0
    names = {field.name for field in fields}
    personal = {field.name for field in fields if field.kind in PERSONAL_KINDS}
    shared = {field.name for field in fields if field.kind in SHARED_KINDS}
    rules = sorted(plan.rules, key=lambda rule: (not personal & set(rule.fields), len(rule.fields), rule.pairs))
    for rule in [rule for rule in rules if rule.pairs >= LIKELY_PAIRS_AT_LEAST]:
        # Blocks of one address are full of families, which are learnt as matches: they come last, and teach only what
        # families share as a customer's own records do.
        trains = (names if personal & set(rule.fields) else shared) - _held_fixed(rule, fields)
        # Where a block fixes every field, nothing is left to learn, whatever else is still wanting.
        if not trains or (trains <= set(seen) and (sessions >= SESSIONS or not personal & set(rule.fields))):
            continue
        before = linker.misc.save_model_to_json()
        taught = _train_in(linker, rule)
        if taught is None:
            # The session is not to colour the next; a failed one also left the linker without the fields it set aside.
            linker = Linker(table, before, log_level=None)
            continue
        sessions += 1
        for name in trains:
            seen[name] = seen.get(name, 0.0) + taught[name]
        if sessions >= SESSIONS and len(seen) == len(fields):
            break
    return seen


def _held_fixed(rule: BlockingRule, fields: Sequence[ComparedField]) -> set[str]:
    """Return the fields a block cannot teach: those it agrees on, and both names where it agrees on one of them.

    The comparison of either name reads the other one too, to see whether they were swapped.
    """
    fixed = set(rule.fields)
    pair = name_pair(fields)
    return fixed | set(pair) if pair and fixed & set(pair) else fixed


def _train_in(linker: Linker, rule: BlockingRule) -> dict[str, FloatArray] | None:
    """Return how many true pairs of a block were seen at each level of each field, None where they are too few."""
    try:
        session = linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*rule.fields), estimate_without_term_frequencies=True, max_pairs=SESSION_PAIRS_AT_MOST
        )
    except ValueError as error:
        # In records without errors some kind of agreement never happens between matches; Splink then stops with a
        # probability too small for a float. Such a block teaches nothing that the starting values do not say.
        if "below the minimum allowed" not in str(error):
            raise
        return None
    learnt = session.core_model_settings
    likely = min(rule.pairs, SESSION_PAIRS_AT_MOST) * learnt.probability_two_random_records_match
    if likely < LIKELY_PAIRS_AT_LEAST:
        return None
    return {
        comparison.output_column_name: likely
        * np.array([level.m_probability for level in comparison.comparison_levels if not level.is_null_level])
        for comparison in learnt.comparisons
    }


def _complete(
    model: dict[str, Any], random_pairs: int, fields: Sequence[ComparedField], seen: Mapping[str, FloatArray]
) -> dict[str, Any]:
    """Fill in and bound the parameters, and round them, so that a model is a plain statement of its numbers.

    The agreement of true pairs is the mean of its posterior: what was seen, and a few pairs of what is usual (a
    Dirichlet prior; Gelman et al., 2013, "Bayesian Data Analysis", section 3.4).
    """
    least_u = 0.5 / max(random_pairs, 1)
    for comparison, field in zip(model["comparisons"], fields, strict=True):
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        usual = usual_agreement(field.kind, len(levels))
        counted = [level.get("u_probability") for level in levels]
        matches = PRIOR_PAIRS * usual + seen.get(field.name, 0.0)
        m = np.maximum(matches / matches.sum(), LEAST_M)
        if all(value is None for value in counted):
            u = usual[::-1]
        elif len(fields) == 1:
            # Nothing else tells customers from strangers here: strangers are taken to agree as seldom as can be.
            u = np.array([*[least_u] * (len(levels) - 1), 1.0])
        else:
            u = np.array([least_u if value is None else max(float(value), least_u) for value in counted])
        for key, values in (("m_probability", m), ("u_probability", u)):
            for level, value in zip(levels, values / values.sum(), strict=True):
                level[key] = float(f"{value:.{DIGITS}g}")
    return model


def parameter_table(model: dict[str, Any], fields: Sequence[ComparedField]) -> pd.DataFrame:
    """Return the parameters of a trained model, one row per field and level."""
    columns = {field.name: field.column for field in fields}
    rows = [
        (
            columns[comparison["output_column_name"]],
            level["label_for_charts"],
            level["m_probability"],
            level["u_probability"],
        )
        for comparison in model["comparisons"]
        for level in comparison["comparison_levels"]
        if not level.get("is_null_level")
    ]
    table = pd.DataFrame(rows, columns=["field", "level", "m", "u"])
    return table.assign(match_weight=np.log2(table["m"] / table["u"]))
