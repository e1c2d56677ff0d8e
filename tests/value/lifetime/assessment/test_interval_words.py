"""What is said of the intervals of single customers, and of short horizons."""

from helpers.narrative import lifetime
from helpers.value.lifetime import assessment


def test_a_short_horizon_reads_in_weeks(cdnow_78_weeks):
    month = assessment.define_value(
        cdnow_78_weeks,
        counts="revenue",
        gross_margin=0.3,
        horizon_months=1,
        discount_rate=0.1,
        past_included=False,
        currency="USD",
    )
    assert "purchases in the next 4.3 weeks" in str(month)


def test_what_intervals_say_leaves_out_what_rounds_to_nothing():
    assert lifetime.intervals_of_customers(0.004, ()) == []
    assert lifetime.intervals_of_customers(2.1, ()) == ["intervals_wide"]
    assert lifetime.intervals_of_customers(0.0, ("s", "beta")) == ["intervals_resampled"]
