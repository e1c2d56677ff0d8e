"""Who was chosen for contact, and what may be claimed."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from helpers.core.errors import InputError
from helpers.evaluation.selection import (
    GROUPS_APART,
    HELD_BACK,
    NOBODY_HELD_BACK,
    compare_prior_spend,
    control_group,
    prior_spend,
)

AS_OF, SPLIT = date(2018, 1, 1), date(2017, 6, 1)


def lines(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "order_id", "time", "amount"])
    return ibis.memtable(
        pa.Table.from_pandas(frame.assign(time=pd.to_datetime(frame["time"], format="ISO8601")), preserve_index=False)
    )


def contacts(rows, **more):
    frame = pd.DataFrame(rows, columns=["customer_id", "campaign_id", "time"])
    return ibis.memtable(
        pa.Table.from_pandas(
            frame.assign(time=pd.to_datetime(frame["time"], format="ISO8601"), **more), preserve_index=False
        )
    )


def small():
    bought = lines(
        [
            (1, 10, "2017-01-05", 0.1),
            (1, 10, "2017-01-05", 0.2),
            (1, 11, "2017-05-31 23:59:59", 4.0),
            (1, 12, "2017-06-01", 100.0),  # from the split on: not prior
            (2, 13, "2017-02-01", 8.0),
            (3, 14, "2017-07-01", 5.0),  # no prior order
        ]
    )
    approached = contacts(
        [(1, 7, "2017-06-01"), (1, 8, "2017-09-01"), (2, 6, "2017-05-31"), (2, 9, "2018-01-01"), (3, 7, "2017-06-01")]
    )
    return bought, approached


def test_only_spend_before_and_contacts_from_the_split_on_count():
    found = prior_spend(*small(), AS_OF, split=SPLIT)
    assert found["customer_id"].tolist() == [1, 2]
    assert found["prior_orders"].tolist() == [2, 1]
    assert found["prior_revenue"].tolist() == [4.3, 8.0]  # exact: summed as decimals
    assert found["campaigns"].tolist() == [2, 0]
    assert found["contacted"].tolist() == [True, False]


def test_a_split_after_the_analysis_date_is_refused():
    with pytest.raises(InputError, match="2018-01-01 is not before as_of 2018-01-01"):
        prior_spend(*small(), AS_OF, split=AS_OF)


def test_a_split_before_all_orders_is_refused():
    with pytest.raises(InputError, match="no order lies before 2016-01-01"):
        prior_spend(*small(), AS_OF, split=date(2016, 1, 1))


def test_comparison_of_two_groups_by_hand():
    frame = pd.DataFrame(
        {
            "prior_revenue": [10.0, 20.0, 30.0, 10.0, 5.0],
            "prior_orders": [1, 2, 3, 4, 5],
            "contacted": [True, True, True, False, False],
        }
    )
    found = compare_prior_spend(frame)
    assert found.table["mean_revenue"].tolist() == [7.5, 20.0]
    assert found.table["mean_orders"].tolist() == [4.5, 2.0]
    assert found.spend_ratio == pytest.approx(20 / 7.5)
    assert found.standardised_difference == pytest.approx(12.5 / np.sqrt((100 + 12.5) / 2))
    assert found.superiority == pytest.approx((0.5 + 1 + 1 + 1 + 1 + 1) / 6)  # one tie counts half


def test_nothing_is_said_when_everybody_was_contacted():
    frame = pd.DataFrame({"prior_revenue": [1.0, 2.0], "prior_orders": [1, 1], "contacted": [True, True]})
    found = compare_prior_spend(frame)
    assert np.isnan([found.spend_ratio, found.standardised_difference, found.superiority]).all()
    assert found.table["customers"].tolist() == [2]


def test_without_a_control_group_no_effect_is_claimed():
    found = control_group(small()[1], AS_OF)
    assert (found.present, found.treated, found.held_back) == (False, 4, 0)
    assert found.status == NOBODY_HELD_BACK


def test_customers_held_back_make_a_control_group():
    approached = contacts(
        [(1, 7, "2017-06-01"), (2, 7, "2017-06-01"), (3, 7, "2017-06-01")], treated=[True, False, True]
    )
    found = control_group(approached, AS_OF)
    assert (found.present, found.treated, found.held_back) == (True, 2, 1)
    assert found.status == HELD_BACK


def test_a_list_of_held_back_customers_alone_is_no_comparison():
    found = control_group(contacts([(1, 7, "2017-06-01")], treated=[False]), AS_OF)
    assert (found.present, found.status) == (False, GROUPS_APART)


def test_no_ratio_to_prior_spend_that_is_about_zero():
    """Of those not contacted, purchases and refunds cancel but for 1."""
    spend = np.r_[np.full(10, 80.0), np.tile([50.0, -50.0], 20), 1.0]
    frame = pd.DataFrame({"contacted": np.arange(51) < 10, "prior_revenue": spend, "prior_orders": 1})
    found = compare_prior_spend(frame)
    assert np.isnan(found.spend_ratio)
    assert found.superiority == 1.0
    assert compare_prior_spend(frame.assign(prior_revenue=spend + 60)).spend_ratio == pytest.approx(140 / 60, rel=0.01)
