"""Files of cost drivers: what they say is read, what is wrong is reported at once with its line."""

from pathlib import Path

import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value.profitability import CostDrivers, find_cost_drivers, read_cost_drivers, set_unit_costs

from .conftest import DATA

GOOD = """\
cost_drivers: shop
about: ours
stock_days: 12
activities:
  order: {driver: orders, unit_cost: 2, low: 1, high: 3}
  web_order:
    driver: orders
    unit_cost: 0.5
    where: {channel: [web, app]}
  visit: {driver: counted, unit_cost: cost_pools}
  recorded: {driver: contact_cost}
  mailing: {driver: contacts, unit_cost: 1, unless: recorded}
"""
BAD = """\
cost_driver: shop
stock_days: -3
activities:
  order: {driver: ordrs, unit_cost: 2}
  line: {driver: order_lines}
  return: {driver: returned_lines, unit_cost: 9, low: 1, high: 5}
  mail: {driver: contacts, unit_cost: much, low: 1}
  recorded: {driver: service_cost, unit_cost: 3, unless: recorded}
  case: {driver: service_cases, unit_cost: 3, unles: recorded, unless: recordd, where: web}
  Visit: 12
"""


def read(tmp_path: Path, text: str) -> CostDrivers:
    path = tmp_path / "cost_drivers.yml"
    path.write_text(text, encoding="utf-8")
    return read_cost_drivers(path)


def test_what_the_file_says_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    assert (found.name, found.title, found.about, found.stock_days) == ("shop", "shop", "ours", 12.0)
    order, web, visit, recorded, mailing = found.activities
    assert (order.driver, order.unit_cost, order.low, order.high) == ("orders", 2.0, 1.0, 3.0)
    assert web.conditions == {"channel": ["web", "app"]}
    assert (visit.unit_cost, visit.conditions) == (None, {"activity": "visit"})
    assert (recorded.unit_cost, mailing.unless) == (1.0, "recorded")
    assert found.tables == ("transactions", "activities", "contacts")


@pytest.mark.parametrize(
    "message",
    [
        r"line 1: unknown key 'cost_driver'",
        r"line 2: stock_days cannot be -3",
        r"line 4: unknown driver 'ordrs'(?s:.*)did you mean 'orders'",
        r"line 5: unit_cost of 'line' is missing",
        r"line 6: unit_cost 9 of 'return' lies outside its range 1 to 5",
        r"line 7: unit_cost cannot be 'much'",
        r"line 7: activity 'mail' has only one end",
        r"line 8: driver 'service_cost' is a cost already(?s:.*)'service_cases'",
        r"line 8: 'recorded' gives way to 'recorded'",
        r"line 9: unknown key 'unles'",
        r"line 9: unknown activity 'recordd'",
        r"line 9: where cannot be 'web'",
        r"line 10: 'Visit' cannot be a name",
        r"line 10: activity 'Visit' cannot be 12",
    ],
)
def test_all_faults_are_reported_together_each_with_its_line(tmp_path: Path, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, BAD)


def test_a_file_without_activities_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no activities"):
        read(tmp_path, "cost_drivers: nothing\n")


def test_a_study_s_own_file_goes_before_the_usual_one(tmp_path: Path) -> None:
    assert find_cost_drivers(folder=tmp_path).name == "usual"
    read(tmp_path, GOOD)
    assert find_cost_drivers(folder=tmp_path).name == "shop"
    assert find_cost_drivers("usual", folder=tmp_path).name == "usual"
    assert find_cost_drivers("cost_drivers.yml", folder=tmp_path).name == "shop"
    with pytest.raises(InputError, match=r"no cost drivers 'usul'(?s:.*)did you mean 'usual'"):
        find_cost_drivers("usul", folder=tmp_path)


@pytest.mark.parametrize("study", ["cdnow", "complete_journey", "simulated"])
def test_the_files_of_the_studies_can_be_read(study: str) -> None:
    assert find_cost_drivers(folder=DATA / study).name == study


def test_unit_costs_from_the_books_are_cost_over_count(tmp_path: Path) -> None:
    """Worked by hand: 300 + 500 over 10 + 10 visits; a year without visits tells nothing."""
    pools = pd.DataFrame(
        {
            "activity": ["visit", "visit", "visit"],
            "year": [2023, 2024, 2025],
            "quantity": [10, 10, 0],
            "cost": [300.0, 500.0, 0.0],
        }
    )
    found = set_unit_costs(read(tmp_path, GOOD), pools).set_index("activity")
    assert found.loc["visit", ["unit_cost", "low", "high", "basis"]].tolist() == [40.0, 30.0, 50.0, "from the books"]
    assert found.loc["order", ["unit_cost", "low", "high", "basis"]].tolist() == [2.0, 1.0, 3.0, "assumed"]
    assert found.loc["recorded", ["unit_cost", "low", "high", "basis"]].tolist() == [1.0, 1.0, 1.0, "recorded"]
    assert found.loc["mailing", ["low", "high"]].tolist() == [1.0, 1.0]


def test_pools_that_cannot_give_unit_costs_are_refused(tmp_path: Path) -> None:
    drivers = read(tmp_path, GOOD)
    with pytest.raises(InputError, match="unit costs of visit are to follow from the cost pools, which are missing"):
        set_unit_costs(drivers)
    pools = pd.DataFrame({"activity": ["visits"], "quantity": [3], "cost": [9.0]})
    with pytest.raises(InputError, match=r"activity 'visit' was never done(?s:.*)is it called 'visits' there"):
        set_unit_costs(drivers, pools)
    with pytest.raises(InputError, match=r"no or a negative quantity or cost in 1 row \(by activity\): "):
        set_unit_costs(drivers, pools.assign(cost=-1.0))
