"""What is said of the intervals of single customers, and of short horizons."""

from dataclasses import replace

from helpers.value import DrawnIntervals
from helpers.value.lifetime import assessment


def test_what_intervals_say_leaves_out_what_rounds_to_nothing(cdnow_78_weeks):
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
    found = assessment.value_customers(cdnow_78_weeks, "bg_nbd", month)
    drawn = DrawnIntervals(found.customers, 1.0, 0.5, 2.0, str(month))
    assert found.intervals_told(drawn, 0.004) == []
    (wide,) = found.intervals_told(drawn, 2.1)
    assert "{clv_interval_width} times the value itself" in wide
    told = found.intervals_told(replace(drawn, untold=("s", "beta")), 0.0)
    assert [sentence.count("come from resampling") for sentence in told] == [1]
