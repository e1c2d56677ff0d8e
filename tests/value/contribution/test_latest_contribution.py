"""Latest contribution and retention on a base small enough to work out by hand."""

from datetime import date, datetime

import ibis
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value import CostAssumptions, latest_contribution

AS_OF = date(2018, 1, 1)


def lines(*rows: tuple[str, str, int, float]):
    frame = pd.DataFrame(rows, columns=["customer_id", "order_id", "month", "amount"])
    frame["time"] = [datetime(2017, month, 15) for month in frame.pop("month")]
    return ibis.memtable(frame)


def test_retention_and_contribution_of_the_latest_half_year():
    found = latest_contribution(
        lines(("a", "1", 2, 10.0), ("a", "2", 8, 40.0), ("b", "3", 3, 20.0), ("c", "4", 9, 60.0)),
        AS_OF,
        CostAssumptions(gross_margin=0.5, cost_per_order=1.0),
        months=6,
    )
    assert (found.customers_before, found.customers_kept, found.retention) == (2, 1, 0.5)
    assert found.customers.set_index("customer_id")["contribution"].to_dict() == {"a": 19.0, "b": 0.0, "c": 29.0}


def test_a_span_without_an_order_is_refused_with_its_dates():
    with pytest.raises(InputError, match="no order from 2017-01-01 to 2017-07-01"):
        latest_contribution(lines(("a", "1", 8, 10.0)), AS_OF, CostAssumptions(0.5), months=6)
