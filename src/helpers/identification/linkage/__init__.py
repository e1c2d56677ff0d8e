"""Record linkage: which records mean the same customer, how sure that is, and what a person should look at."""

from helpers.identification.linkage.backend import Backend, DuckDBBackend, SparkBackend
from helpers.identification.linkage.baseline import link_exactly
from helpers.identification.linkage.clusters import expected_costs
from helpers.identification.linkage.explain import explain_pair, explain_weakest, loudest_field, weakest_link
from helpers.identification.linkage.fields import FIELD_KINDS, STANDARD_FIELD_KINDS, FieldKind
from helpers.identification.linkage.household import PairShares
from helpers.identification.linkage.input import LinkageNote, prepare_records
from helpers.identification.linkage.linking import Linkage, link_records
from helpers.identification.linkage.missed import MISSED_PAIRS, MISSED_TABLE, MissedPairs, explain_missed
from helpers.identification.linkage.recall import BlockingLoss
from helpers.identification.linkage.review import Review, ReviewEstimate, draw_review, estimate_from_review
from helpers.identification.linkage.review_answers import (
    MOVED,
    MatchedAnswers,
    answer_from_truth,
    collect_answers,
    match_answers,
    tell_review,
)
from helpers.identification.linkage.review_sheet import ANSWERS, ReviewAnswers, read_review, write_review
from helpers.identification.linkage.score import LinkageScore, Proportion, pairs_in_truth, score_clusters, true_pairs
from helpers.identification.linkage.seeds import (
    FEW_PAIRS_TABLE,
    SEED_WORDS,
    SeedSpread,
    count_sampled_pairs,
    follow_seeds,
)
from helpers.identification.linkage.settings import LinkageSettings
from helpers.identification.linkage.stability import (
    THRESHOLDS,
    LinkageEffect,
    StabilityBand,
    compare_unlinked,
    follow_downstream,
    follow_threshold,
    purchases_by_record,
)
from helpers.identification.linkage.summary import (
    FIGURE_MEANINGS,
    RULE_LABELS,
    SOURCE_LABELS,
    LinkageFigures,
    attach_records,
    judge_links,
    list_notes,
    measure_linkage,
    summarise_sources,
    tell_buyers,
    weigh_fields,
)
from helpers.identification.linkage.training import LinkageModel

__all__ = [
    "ANSWERS",
    "FEW_PAIRS_TABLE",
    "FIELD_KINDS",
    "FIGURE_MEANINGS",
    "MISSED_PAIRS",
    "MISSED_TABLE",
    "MOVED",
    "RULE_LABELS",
    "SEED_WORDS",
    "SOURCE_LABELS",
    "STANDARD_FIELD_KINDS",
    "THRESHOLDS",
    "Backend",
    "BlockingLoss",
    "DuckDBBackend",
    "FieldKind",
    "Linkage",
    "LinkageEffect",
    "LinkageFigures",
    "LinkageModel",
    "LinkageNote",
    "LinkageScore",
    "LinkageSettings",
    "MatchedAnswers",
    "MissedPairs",
    "PairShares",
    "Proportion",
    "Review",
    "ReviewAnswers",
    "ReviewEstimate",
    "SeedSpread",
    "SparkBackend",
    "StabilityBand",
    "answer_from_truth",
    "attach_records",
    "collect_answers",
    "compare_unlinked",
    "count_sampled_pairs",
    "draw_review",
    "estimate_from_review",
    "expected_costs",
    "explain_missed",
    "explain_pair",
    "explain_weakest",
    "follow_downstream",
    "follow_seeds",
    "follow_threshold",
    "judge_links",
    "link_exactly",
    "link_records",
    "list_notes",
    "loudest_field",
    "match_answers",
    "measure_linkage",
    "pairs_in_truth",
    "prepare_records",
    "purchases_by_record",
    "read_review",
    "score_clusters",
    "summarise_sources",
    "tell_buyers",
    "tell_review",
    "true_pairs",
    "weakest_link",
    "weigh_fields",
    "write_review",
]
