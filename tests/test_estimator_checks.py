"""scikit-learn's own checks on every estimator, and the same habits on the tables the estimators are made for.

Those checks hand over arrays of numbers; our estimators take tables with named columns and refuse anything else, in a
message that says which columns. Each check that rests on an array is exempt for a reason named here, and what it would
have shown is asked of a table below.
"""

import importlib
import inspect
import pickle
import pkgutil

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import check_estimator
from tests.purchase_cases import CASES

import helpers
from helpers import value
from helpers.core.errors import InputError
from helpers.differentiation import BehaviouralClusters
from helpers.differentiation.loyalty import BrandDirichlet, ConditionalLogit, LoyaltyMixture
from helpers.evaluation import UpliftModel
from helpers.suite.running.prepared_main import LEFT_OUT
from helpers.value.credit import DefaultModel
from helpers.value.lifetime.models.base import PurchaseModel
from helpers.value.lifetime.models.bg_nbd import BetaGeometricNBD
from helpers.value.likelihood.fitted import LogScaleModel

BASES = (LogScaleModel, PurchaseModel, BetaGeometricNBD)  # of others; they fit nothing themselves
APART = {UpliftModel: "fit takes who was contacted beside the outcome: no check of scikit-learn's can hand that over"}
LIKELIHOOD = (
    *(value.BGNBD(), value.MBGNBD(), value.ParetoNBD(), value.BGBB()),
    *(value.GammaGamma(), value.ShiftedBetaGeometric()),
)
CLASSIFIERS = (value.ChurnModel(), DefaultModel())
CLUSTERERS = (BehaviouralClusters(),)
TASTES = (BrandDirichlet(), ConditionalLogit(), LoyaltyMixture())

ON_ARRAYS = "it fits an array; ours take a table whose columns have names, and refuse an array in their own words"
OTHER_WORDS = "it looks for scikit-learn's wording of a refusal; ours says what is allowed and what to do"
OCCASIONS = "it knows no rows that stand together on one occasion"
OTHER_INPUT = "it fits numbers of any size and sign; a purchase history or a contract is bound by what can be"
EXEMPT_OF_ALL = {
    ON_ARRAYS: """check_dict_unchanged check_dont_overwrite_parameters check_estimators_dtypes
        check_estimators_fit_returns_self check_estimators_overwrite_params check_estimators_pickle
        check_f_contiguous_array_estimator check_fit2d_predict1d check_fit_check_is_fitted check_fit_idempotent
        check_fit_score_takes_y check_methods_sample_order_invariance check_methods_subset_invariance
        check_n_features_in check_n_features_in_after_fitting check_pipeline_consistency check_readonly_memmap_input
        check_dtype_object""",
    OTHER_WORDS: """check_complex_data check_estimator_sparse_array check_estimator_sparse_matrix
        check_estimator_sparse_tag check_estimators_empty_data_messages check_estimators_nan_inf check_fit2d_1feature
        check_fit2d_1sample""",
    OTHER_INPUT: "check_positive_only_tag_during_fit",
}
EXEMPT_OF_LIKELIHOOD = {
    ON_ARRAYS: """check_sample_weight_equivalence_on_dense_data check_sample_weights_list
        check_sample_weights_not_an_array check_sample_weights_not_overwritten check_sample_weights_pandas_series
        check_sample_weights_shape""",
    OTHER_WORDS: "check_all_zero_sample_weights_error",
}
EXEMPT_OF_CLUSTERERS = {ON_ARRAYS: "check_clustering"}
EXEMPT_OF_CHOICES = {OCCASIONS: "check_fit1d check_estimators_unfitted"}
EXEMPT_OF_CLASSIFIERS = {
    ON_ARRAYS: """check_classifier_data_not_an_array check_classifiers_classes check_classifiers_train
        check_decision_proba_consistency check_supervised_y_2d""",
    OTHER_WORDS: "check_classifiers_one_label check_classifiers_regression_target check_requires_y_none",
}


def exempt(estimator: BaseEstimator) -> dict[str, str]:
    own = EXEMPT_OF_CLASSIFIERS if isinstance(estimator, value.ChurnModel) else EXEMPT_OF_LIKELIHOOD
    own = EXEMPT_OF_CLUSTERERS if isinstance(estimator, BehaviouralClusters) else own
    own = EXEMPT_OF_CHOICES if isinstance(estimator, ConditionalLogit) else own
    return {
        check: reason for group in (EXEMPT_OF_ALL, own) for reason, names in group.items() for check in names.split()
    }


ALL = (*LIKELIHOOD, *CLASSIFIERS, *CLUSTERERS, *TASTES)


@pytest.mark.parametrize("estimator", ALL, ids=lambda one: type(one).__name__)
def test_scikit_learns_checks_but_those_exempt(estimator):
    """An exempt check that passes is an exemption too many."""
    expected = exempt(estimator)
    done = check_estimator(estimator, expected_failed_checks=expected, on_fail=None, on_skip=None)
    failed = {one["check_name"]: str(one["exception"]) for one in done if one["status"] == "failed"}
    needless = {one["check_name"] for one in done if one["status"] == "passed"} & set(expected)
    assert (failed, needless) == ({}, set())
    assert sum(one["status"] == "passed" for one in done) >= 10


def test_every_estimator_of_the_package_is_checked():
    found = set()
    for module in pkgutil.walk_packages(helpers.__path__, "helpers."):
        if not module.name.startswith(("helpers.cli", "helpers.suite", *LEFT_OUT)):
            classes = inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
            found |= {one for _, one in classes if issubclass(one, BaseEstimator) and one.__module__ == module.name}
    assert found - set(BASES) - set(APART) == {type(one) for one in ALL}


def test_an_uplift_model_that_was_not_fitted_says_so():
    with pytest.raises(NotFittedError):
        UpliftModel().predict(contracts()[0])
    assert clone(UpliftModel(inverse_penalty=2.0)).get_params() == {"inverse_penalty": 2.0}


def contracts(rows: int = 300) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(1)
    plan = rng.choice(["monthly", "yearly"], rows)
    table = pd.DataFrame({"plan": plan, "bill": rng.normal(50, 10, rows)})
    return table, rng.random(rows) < np.where(plan == "monthly", 0.4, 0.1)


def spend(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frequency = rng.integers(1, 8, rows)
    mean = 16 / rng.gamma(4.0, 1.0, rows) * rng.gamma(6.0 * frequency, 1.0) / frequency
    return pd.DataFrame({"customer_id": np.arange(rows), "frequency": frequency, "mean_repeat_spend": mean})


def tenures(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    lasted = rng.geometric(rng.beta(2.0, 5.0, rows))
    return pd.DataFrame({"periods": np.minimum(lasted, 8), "ended": lasted <= 8})


def behaviour(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    centres = np.array([[0, 0, 0], [5, 0, 5], [0, 5, 5], [5, 5, 0]])[np.arange(rows) % 4]
    return pd.DataFrame(centres + rng.normal(size=(rows, 3)), columns=["what: a", "what: b", "how: c"])


def brands(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    own = rng.dirichlet([2.0, 1.0, 0.5], rows)
    return pd.DataFrame([rng.multinomial(8, one) for one in own], columns=["North", "South", "West"])


class OnTable:
    """An estimator with a table it fits, an outcome where it needs one, and what it says of each row."""

    def __init__(self, estimator: BaseEstimator, table: pd.DataFrame, outcome: np.ndarray | None, says) -> None:
        self.estimator, self.table, self.outcome, self.says = estimator, table, outcome, says

    def fit(self, rows: np.ndarray | None = None) -> BaseEstimator:
        rows = np.arange(len(self.table)) if rows is None else rows
        outcome = () if self.outcome is None else (self.outcome[rows],)
        return clone(self.estimator).fit(self.table.iloc[rows], *outcome)

    def said(self, fitted: BaseEstimator, table: pd.DataFrame | None = None) -> np.ndarray:
        of = self.table if table is None else table
        found = getattr(fitted, self.says)(of) if isinstance(self.says, str) else self.says(fitted, of)
        return np.asarray(found, dtype=np.float64).reshape(len(of), -1)


def _remaining(model: value.ShiftedBetaGeometric, table: pd.DataFrame) -> np.ndarray:
    return model.remaining_periods(table["periods"], horizon=12)


def on_tables() -> dict[str, OnTable]:
    bills, left = contracts()
    drawn = {name: OnTable(case.kind(), case.sample(300, 1), None, "probability_alive") for name, case in CASES.items()}
    return drawn | {
        "gamma_gamma": OnTable(value.GammaGamma(), spend(), None, "expected_spend"),
        "contracts": OnTable(value.ShiftedBetaGeometric(), tenures(), None, _remaining),
        "churn_lines": OnTable(value.ChurnModel(learner="lines"), bills, left, "predict_proba"),
        "clusters": OnTable(BehaviouralClusters(), behaviour(), None, "predict"),
        "brands": OnTable(BrandDirichlet(), brands(), None, "predict"),
        "default": OnTable(DefaultModel(), bills, left, "predict_proba"),
    }


TABLES = on_tables()


@pytest.fixture(scope="module", params=TABLES)
def case(request):
    return TABLES[request.param]


@pytest.fixture(scope="module")
def fitted(case):
    return case.fit()


def test_fit_returns_itself_and_changes_neither_settings_nor_table(case):
    estimator, before = clone(case.estimator), case.table.copy()
    settings = dict(estimator.get_params())
    outcome = () if case.outcome is None else (case.outcome,)
    assert estimator.fit(case.table, *outcome) is estimator
    assert estimator.get_params() == settings
    pd.testing.assert_frame_equal(case.table, before)


def test_fitting_again_gives_the_same(case, fitted):
    np.testing.assert_array_equal(case.said(case.fit()), case.said(fitted))


def test_what_is_fitted_survives_being_sent_to_another_process(case, fitted):
    np.testing.assert_array_equal(case.said(pickle.loads(pickle.dumps(fitted))), case.said(fitted))  # noqa: S301  own


def test_the_order_of_rows_and_the_other_rows_change_nothing_of_a_row(case, fitted):
    said, order = case.said(fitted), np.random.default_rng(2).permutation(len(case.table))
    np.testing.assert_allclose(case.said(fitted, case.table.iloc[order]), said[order], rtol=1e-9)
    np.testing.assert_allclose(case.said(fitted, case.table.iloc[:7]), said[:7], rtol=1e-9)


def test_columns_in_another_order_are_the_same_table(case, fitted):
    np.testing.assert_array_equal(case.said(fitted, case.table[case.table.columns[::-1]]), case.said(fitted))


def test_nothing_is_said_before_fitting(case):
    with pytest.raises((InputError, ValueError)):  # scikit-learn's NotFittedError is a ValueError
        case.said(clone(case.estimator))


def test_an_array_is_refused_by_what_is_allowed(case):
    outcome = () if case.outcome is None else (case.outcome,)
    with pytest.raises(InputError, match="data frame"):
        clone(case.estimator).fit(case.table.to_numpy(), *outcome)


@pytest.mark.parametrize(
    "name", [name for name in TABLES if name not in ("churn_lines", "clusters", "brands", "default")]
)
def test_rows_counted_by_a_weight_are_rows_written_out(name):
    """The one estimator check on weights that says something of the fit."""
    case = TABLES[name]
    rng = np.random.default_rng(3)
    times = rng.integers(1, 4, len(case.table))
    weighed = clone(case.estimator).fit(case.table, sample_weight=times)
    ids = [column for column in case.table.columns if column != "customer_id"]
    written = clone(case.estimator).fit(case.table.loc[case.table.index.repeat(times), ids].reset_index(drop=True))
    np.testing.assert_allclose(case.said(weighed), case.said(written), rtol=1e-3)


UNFITTED = {
    "remaining": lambda: value.ShiftedBetaGeometric().remaining_periods([1.0], horizon=3),
    "survival": lambda: value.ShiftedBetaGeometric().survival([1.0]),
    "retention": lambda: value.ShiftedBetaGeometric().retention_rate([1.0]),
    "sampled contracts": lambda: value.ShiftedBetaGeometric().sample_contracts(np.ones(3), np.random.default_rng(1)),
    "sampled histories": lambda: value.BGNBD().sample_histories(np.ones(3), np.random.default_rng(1)),
    "sampled occasions": lambda: value.BGBB().sample_histories(np.ones(3), np.random.default_rng(1)),
    "sampled rates": lambda: value.ParetoNBD().sample_histories(np.ones(3), np.random.default_rng(1)),
    "summary": lambda: value.BGNBD().summary(),
    "clusters": lambda: BehaviouralClusters().predict(behaviour(5)),
    "clusters summary": lambda: BehaviouralClusters().summary(),
    "spend summary": lambda: value.GammaGamma().summary(),
    "brands": lambda: BrandDirichlet().predict(brands(5)),
    "brands compared": lambda: BrandDirichlet().compare_brands(brands(5)),
    "tastes summary": lambda: BrandDirichlet().summary(),
    "choices": lambda: ConditionalLogit().predict_proba(brands(5), occasion=range(5)),
    "choices summary": lambda: ConditionalLogit().summary(),
    "loyalty summary": lambda: LoyaltyMixture().summary(),
}


@pytest.mark.parametrize("asked", UNFITTED.values(), ids=list(UNFITTED))
def test_whatever_is_asked_before_fitting_says_that_nothing_is_fitted(asked):
    with pytest.raises(NotFittedError) as raised:
        asked()
    assert isinstance(raised.value, InputError)


def test_choices_and_loyalty_refuse_an_array_by_what_is_allowed():
    with pytest.raises(InputError, match="data frame"):
        ConditionalLogit().fit(np.ones((4, 1)), [True, False] * 2, occasion=[1, 1, 2, 2], customer=[1, 1, 2, 2])
    with pytest.raises(InputError, match="data frame"):
        LoyaltyMixture().fit(np.ones((4, 4)))


@pytest.mark.parametrize("other", [["North", "South"], ["North", "South", "East"], ["North", "North", "West"]])
def test_brands_that_were_not_fitted_are_named(other):
    fitted = BrandDirichlet().fit(brands())
    table = pd.DataFrame(np.ones((2, len(other)), dtype=int), columns=other)
    for asked in (fitted.predict, fitted.compare_brands):
        with pytest.raises(InputError, match="other brands than those fitted"):
            asked(table)


def test_brands_counted_in_words_are_named():
    with pytest.raises(InputError, match="columns 'West'"):
        BrandDirichlet().fit(brands().assign(West="many"))
