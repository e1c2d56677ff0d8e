"""Concentration by several measures and from period to period."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.core.periods import periods_before
from helpers.differentiation import bootstrap_share_change, compare_measures, follow_concentration, top_share


def two_periods(first: np.ndarray, second: np.ndarray) -> pd.DataFrame:
    ids = np.arange(len(first))
    both = pd.DataFrame({"customer_id": [*ids, *ids], "period": np.repeat([0, 1], len(ids))})
    both["revenue"] = [*first, *second]
    return both[both["revenue"] > 0]


class TestMeasures:
    def test_the_first_measure_names_its_own_best(self) -> None:
        frame = pd.DataFrame({"revenue": [5.0, 4, 3, 2, 1], "orders": [1.0, 2, 3, 4, 5]})
        table = compare_measures(frame, share=0.4)
        assert table["same_best_share"].tolist() == [1.0, 0.0]

    def test_equal_customers_at_the_border_count_in_parts(self) -> None:
        frame = pd.DataFrame({"revenue": [9.0, 1, 1, 1, 1], "orders": [1.0, 1, 1, 1, 1]})
        assert compare_measures(frame, share=0.2)["same_best_share"].tolist() == [1.0, pytest.approx(0.2)]

    def test_customers_at_a_loss_have_no_gini_and_do_not_stop_the_comparison(self) -> None:
        frame = pd.DataFrame({"revenue": [5.0, 4, 3], "contribution": [3.0, 1.0, -1.0]})
        table = compare_measures(frame)
        assert np.isnan(table.loc["contribution", "gini"])
        assert table.loc["contribution", "top_share"] == 1.0

    def test_a_measure_that_adds_up_to_nothing_is_refused(self) -> None:
        with pytest.raises(InputError, match="adds up to nothing"):
            compare_measures(pd.DataFrame({"revenue": [1.0], "contribution": [-1.0]}))


class TestOverTime:
    def test_a_period_without_revenue_is_left_out(self) -> None:
        months = periods_before(date(2024, 4, 1), months=1, count=3)
        activity = pd.DataFrame({"customer_id": [1, 2, 1], "period": [0, 1, 2], "revenue": [1.0, 0.0, 2.0]})
        assert follow_concentration(activity, months)["buyers"].to_dict() == {0: 1, 2: 1}

    def test_the_estimate_is_the_difference_of_the_shares(self) -> None:
        rng = np.random.default_rng(2)
        activity = two_periods(rng.lognormal(0, 1, 200), rng.lognormal(0, 2, 200))
        found = bootstrap_share_change(activity, 0, 1, rng, resamples=199)
        shares = [top_share(part["revenue"]) for _, part in activity.groupby("period")]
        assert found.value == pytest.approx(shares[1] - shares[0])
        assert 0 < found.low < found.value < found.high

    def test_nothing_changed_is_an_interval_of_nothing(self) -> None:
        spent = np.random.default_rng(3).lognormal(0, 1, 100)
        found = bootstrap_share_change(two_periods(spent, spent), 0, 1, np.random.default_rng(1), resamples=99)
        assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)

    def test_few_buyers_have_no_interval_and_say_how_many_are_needed(self) -> None:
        activity = two_periods(np.ones(60), np.r_[np.ones(9), np.zeros(51)])
        found = bootstrap_share_change(activity, 0, 1, np.random.default_rng(1))
        assert found.why_none == "9 buyers in one of the periods; 50 are needed"

    def test_nothing_paid_in_a_period_is_refused(self) -> None:
        with pytest.raises(InputError, match="nothing was paid in one of the periods"):
            bootstrap_share_change(two_periods(np.ones(60), np.zeros(60)), 0, 1, np.random.default_rng(1))

    @pytest.mark.slow
    def test_the_interval_holds_the_true_change_nearly_as_often_as_stated(self) -> None:
        """Customers whose spend in two periods goes together, and whose concentration rises."""
        truth, held, rng = [], 0, np.random.default_rng(5)

        def drawn(n: int) -> pd.DataFrame:
            own = rng.normal(0, 1, n)
            return two_periods(np.exp(own + rng.normal(0, 0.3, n)), np.exp(1.1 * own + rng.normal(0, 0.3, n)))

        large = drawn(400_000)
        truth = [top_share(part["revenue"]) for _, part in large.groupby("period")]
        for _ in range(300):
            found = bootstrap_share_change(drawn(300), 0, 1, rng, resamples=299)
            held += found.low <= truth[1] - truth[0] <= found.high
        assert 0.89 <= held / 300 <= 0.99
