"""Credit: who pays when, what is overdue, what will be lost, whom to grant how much, and what to do next."""

from helpers.value.credit.ageing import (
    AGEING_EDGES_DAYS,
    age_receivables,
    balance_by_month,
    bucket_names,
    longest_age_days,
    open_invoices,
)
from helpers.value.credit.applicants import Applicants, prepare_applicants
from helpers.value.credit.collection import (
    STEPS,
    balances_to_confirm,
    collection_list,
    last_year_end,
    next_steps,
    summarise_steps,
)
from helpers.value.credit.default_rates import (
    DefaultExperience,
    GradeCheck,
    check_grades,
    default_rates,
    follow_cohort,
    gather_experience,
)
from helpers.value.credit.defaults import customers_in_default, debts_in_default, defaulted_invoices
from helpers.value.credit.expected_loss import IN_DEFAULT, ExpectedLoss, estimate_expected_loss
from helpers.value.credit.grades import GRADES, LIMITS_MONTHS, NOT_GRADED, grade_customers, summarise_grades
from helpers.value.credit.granting import BAND_EDGES, GrantingRule, LoanTerms, choose_granting, risk_bands
from helpers.value.credit.limits import (
    GRADE_FACTORS,
    ExposureConcentration,
    credit_limits,
    exposure_concentration,
)
from helpers.value.credit.loss_check import LossCheck, look_back
from helpers.value.credit.loss_given_default import (
    LossGivenDefault,
    measure_loss_given_default,
    share_lost_by_age,
)
from helpers.value.credit.policy import PREPAID_SHARES, TERMS, grade_policy, policy_effect
from helpers.value.credit.receivables import Receivables, prepare_receivables
from helpers.value.credit.roll_rates import RollRates, roll_rates, share_reaching_last
from helpers.value.credit.scoring import (
    CHANGES_NOTHING,
    SCORE_ADVICE,
    TERMS_ASSUMED,
    DefaultModel,
    score_applicants,
    score_verdict,
    usual_learners,
)
from helpers.value.credit.sellers import measure_sellers
from helpers.value.credit.set_apart import SET_APART, SetApart

__all__ = [
    "AGEING_EDGES_DAYS",
    "BAND_EDGES",
    "CHANGES_NOTHING",
    "GRADES",
    "GRADE_FACTORS",
    "IN_DEFAULT",
    "LIMITS_MONTHS",
    "NOT_GRADED",
    "PREPAID_SHARES",
    "SCORE_ADVICE",
    "SET_APART",
    "STEPS",
    "TERMS",
    "TERMS_ASSUMED",
    "Applicants",
    "DefaultExperience",
    "DefaultModel",
    "ExpectedLoss",
    "ExposureConcentration",
    "GradeCheck",
    "GrantingRule",
    "LoanTerms",
    "LossCheck",
    "LossGivenDefault",
    "Receivables",
    "RollRates",
    "SetApart",
    "age_receivables",
    "balance_by_month",
    "balances_to_confirm",
    "bucket_names",
    "check_grades",
    "choose_granting",
    "collection_list",
    "credit_limits",
    "customers_in_default",
    "debts_in_default",
    "default_rates",
    "defaulted_invoices",
    "estimate_expected_loss",
    "exposure_concentration",
    "follow_cohort",
    "gather_experience",
    "grade_customers",
    "grade_policy",
    "last_year_end",
    "longest_age_days",
    "look_back",
    "measure_loss_given_default",
    "measure_sellers",
    "next_steps",
    "open_invoices",
    "policy_effect",
    "prepare_applicants",
    "prepare_receivables",
    "risk_bands",
    "roll_rates",
    "score_applicants",
    "score_verdict",
    "share_lost_by_age",
    "share_reaching_last",
    "summarise_grades",
    "summarise_steps",
    "usual_learners",
]
