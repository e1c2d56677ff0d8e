"""Hierarchy files: what they say, and every fault with its line."""

from textwrap import dedent

import pytest

from helpers.core.errors import InputError
from helpers.value import ahp

SOUND = """\
hierarchy: shop
title: A small shop
judges: [owner, sales]
tree:
  value:
    now: [revenue, orders]
    later: [active_months, days_since_last, days_late]
judgements:
  value:
    now over later: {owner: 2, sales: 1/2}
  now:
    orders over revenue: 1/3
  later:
    active_months over days_since_last: {owner: 4, sales: 4}
    active_months over days_late: 2
    days_since_last over days_late: 0.5
"""


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "shop.yml"
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return written


def faults_of(path, known=None):
    with pytest.raises(InputError) as said:
        ahp.read_hierarchy(path, known_indicators=known)
    return [str(fault) for fault in said.value.faults]


def test_a_sound_file_is_read_as_it_stands(write):
    shop = ahp.read_hierarchy(write(SOUND), known_indicators=ahp.INDICATORS)
    assert (shop.name, shop.title, shop.goal, shop.judges) == ("shop", "A small shop", "value", ("owner", "sales"))
    assert shop.branches == ("now", "later")
    assert shop.indicators == ("revenue", "orders", "active_months", "days_since_last", "days_late")
    assert shop.indicators_of("later") == ("active_months", "days_since_last", "days_late")
    assert shop.indicators_of("orders") == ("orders",)
    assert shop.judgements["now"]["owner"].loc["revenue", "orders"] == pytest.approx(3)
    assert shop.judgements["later"]["sales"].loc["days_late", "days_since_last"] == pytest.approx(2)


def test_one_number_is_what_all_judges_say_and_opposed_judges_cancel_out(write):
    shop = ahp.read_hierarchy(write(SOUND))
    weights = ahp.weigh_hierarchy(shop)
    assert weights.local.set_index("part").loc[["now", "later"], "weight"].tolist() == pytest.approx([0.5, 0.5])
    each = ahp.weigh_by_judge(shop)
    assert list(each.columns) == ["owner", "sales", ahp.EVERYONE]
    assert each.loc["revenue"].tolist() == pytest.approx([2 / 3 * 3 / 4, 1 / 3 * 3 / 4, 1 / 2 * 3 / 4])
    assert each.sum().tolist() == pytest.approx([1, 1, 1])
    assert weights.consistency.set_index("criterion").loc["later", "consistency_ratio"] == pytest.approx(0, abs=1e-9)


def test_disagreements_of_a_hierarchy_name_their_criterion(write):
    table = ahp.list_disagreements(ahp.read_hierarchy(write(SOUND)))
    assert table.loc[0, ["criterion", "first", "second", "opposed"]].tolist() == ["value", "now", "later", True]
    assert table["spread"].tolist() == pytest.approx([2, 1, 1, 1, 1])


@pytest.mark.parametrize("name", ahp.shipped_hierarchies())
def test_shipped_hierarchies_are_consistent_and_their_weights_add_up(name):
    weights = ahp.weigh_hierarchy(ahp.find_hierarchy(name))
    assert weights.consistent
    assert weights.composite.sum() == pytest.approx(1)
    assert len(weights.composite) == 12


@pytest.mark.parametrize("name", ["customer_value", "customer_value_three_judges"])
def test_shipped_customer_hierarchies_name_known_indicators_only(name):
    found = ahp.find_hierarchy(name, known_indicators=ahp.INDICATORS)
    assert set(found.indicators) == set(ahp.INDICATORS)
    for judge in found.judges:
        assert ahp.weigh_hierarchy(found.as_judged_by(judge)).consistent


def test_the_ratio_of_the_whole_weighs_criteria_by_their_weight(write):
    text = SOUND.replace("active_months over days_late: 2", "active_months over days_late: 1/4")
    weights = ahp.weigh_hierarchy(ahp.read_hierarchy(write(text)))
    own = weights.consistency.set_index("criterion").loc["later"]
    assert own["consistency_ratio"] > 0.1
    assert not own["acceptable"]
    assert not weights.consistent
    # Two items have a random index of zero: the one criterion of three decides.
    assert weights.overall_ratio == pytest.approx(own["consistency_ratio"])


def test_the_ratio_of_the_whole_by_hand():
    weights = ahp.weigh_hierarchy(ahp.find_hierarchy("customer_value"))
    index = weights.consistency.set_index("criterion")["consistency_index"]
    shares = {"profit": 2 / 3 * 0.8, "sales_volume": 2 / 3 * 0.2, "credit": 1 / 3 * 0.25}
    random = {"profit": 0.89, "sales_volume": 0.52, "credit": 0.52}
    found = sum(share * index[name] for name, share in shares.items())
    expected = found / sum(share * random[name] for name, share in shares.items())
    assert weights.overall_ratio == pytest.approx(expected)


def test_left_out_indicators_give_their_weight_to_their_neighbours(write):
    weights = ahp.weigh_hierarchy(ahp.read_hierarchy(write(SOUND)))
    kept = ahp.keep_indicators(weights, ["revenue", "orders", "active_months", "days_late"])
    was, now = weights.composite, kept.composite
    assert "days_since_last" not in now
    assert now[["revenue", "orders"]].tolist() == pytest.approx(was[["revenue", "orders"]].tolist())
    assert now["active_months"] / now["days_late"] == pytest.approx(was["active_months"] / was["days_late"])
    assert now.sum() == pytest.approx(1)
    one_branch = ahp.keep_indicators(weights, ["orders"])
    assert one_branch.composite.to_dict() == {"orders": 1.0}
    assert one_branch.branch_weights("later").empty
    with pytest.raises(InputError, match=r"no indicator can be measured(?s:.)*revenue, orders"):
        ahp.keep_indicators(weights, ["days_unknown"])


def test_an_unknown_judge_is_named_with_the_nearest(write):
    with pytest.raises(InputError, match=r"unknown judge 'ownr'(?s:.)*'owner'"):
        ahp.read_hierarchy(write(SOUND)).as_judged_by("ownr")


BAD = """\
hierarchy: bad
titel: A bad file
judges: [owner, sales]
tree:
  value:
    now: [revenue, oders]
    later: [days_late, revenue]
    alone: [active_months]
judgements:
  value:
    now over later: {owner: 12, seller: 2}
    later over alone: {owner: 1, sales: 0}
    now over nothing: 2
    something: 3
  noww:
    revenue over oders: 1/0
  later:
    days_late over revenue: 1/20
"""


def test_all_faults_of_a_file_are_reported_at_once_with_their_lines(write):
    said = faults_of(write(BAD), ahp.INDICATORS)
    heads = [fault.split("\n")[0] for fault in said]
    assert heads == [
        "shop.yml, line 2: unknown key 'titel'",
        "shop.yml, line 6: unknown indicator 'oders'",
        "shop.yml, line 7: 'revenue' stands in the tree twice",
        "shop.yml, line 8: criterion 'alone' has 1 part",
        "shop.yml, line 10: 1 judgement is missing in value: now over alone",
        "shop.yml, line 11: now over later by owner cannot be 12",
        "shop.yml, line 11: unknown judge 'seller'",
        "shop.yml, line 11: now over later has no judgement by sales",
        "shop.yml, line 12: later over alone by sales cannot be 0",
        "shop.yml, line 13: unknown part of value 'nothing'",
        "shop.yml, line 14: 'something' is no judgement",
        "shop.yml, line 15: unknown criterion 'noww'",
        "shop.yml, line 18: days_late over revenue cannot be 1/20",
    ]
    assert "did you mean 'orders'?" in said[1]
    assert "did you mean 'now'?" in said[11]


def test_a_pair_given_both_ways_must_be_reciprocal(write):
    both = "now over later: {owner: 2, sales: 1/2}\n    later over now: {owner: 1/2, sales: 3}"
    said = faults_of(write(SOUND.replace("now over later: {owner: 2, sales: 1/2}", both)))
    assert len(said) == 1
    assert said[0].startswith(
        "shop.yml, line 11: not reciprocal by sales: now over later is 0.5, but later over now is 3"
    )
    agreed = both.replace("sales: 3", "sales: 2")
    ahp.read_hierarchy(write(SOUND.replace("now over later: {owner: 2, sales: 1/2}", agreed)))


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("  value:\n    now: ", "  value:\n    Now!: ", "'Now!' cannot be a name"),
        ("judges: [owner, sales]", "judges: [owner, owner]", "line 3: judges cannot be"),
        ("orders over revenue: 1/3", "orders over revenue:", "orders over revenue cannot be empty"),
        ("orders over revenue: 1/3", "orders over revenue: yes", "orders over revenue cannot be"),
        ("orders over revenue: 1/3", "orders over orders: 1", "'orders' is judged against itself"),
        ("  now:\n    orders over revenue: 1/3\n", "", "line 8: 1 judgement is missing in now: revenue over orders"),
        ("tree:\n  value:", "tree:\n  other: [x, y]\n  value:", "the tree has no single goal"),
        ("now: [revenue, orders]", "now: revenue", "criterion 'now' has 1 part"),
        ("hierarchy: shop\n", "", "'hierarchy' is missing"),
        ("  now:\n", "  now:\n  now:\n", "not readable as YAML"),
    ],
)
def test_each_fault_has_its_sentence(write, was, becomes, said):
    assert was in SOUND
    assert any(said in fault for fault in faults_of(write(SOUND.replace(was, becomes, 1))))


def test_published_weights_must_belong_to_indicators(write):
    said = faults_of(write(SOUND + "published_weights:\n  revenu: 0.4\n  orders: 1.4\n"))
    assert [fault.split("\n")[0] for fault in said] == [
        "shop.yml, line 18: unknown indicator 'revenu'",
        "shop.yml, line 19: the weight of orders cannot be 1.4",
    ]


def test_a_hierarchy_is_found_by_name_by_path_and_not_otherwise(write):
    path = write(SOUND)
    assert ahp.find_hierarchy("shop.yml", folder=path.parent).name == "shop"
    assert ahp.find_hierarchy(str(path)).name == "shop"
    with pytest.raises(InputError, match=r"no hierarchy 'customer_valu'(?s:.)*did you mean 'customer_value'"):
        ahp.find_hierarchy("customer_valu")
    with pytest.raises(InputError, match=r"no hierarchy 'elsewhere\.yml'"):
        ahp.find_hierarchy("elsewhere.yml", folder=path.parent)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"- a\n- b\n", "is not a mapping"),
        (b"tree: [a\n", "not readable as YAML"),
        (b"hierarchy: \xff\xfe\n", "save the file as UTF-8"),
    ],
)
def test_what_is_no_yaml_mapping_is_refused(tmp_path, content, said):
    path = tmp_path / "broken.yml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        ahp.read_hierarchy(path)


@pytest.mark.parametrize(("first", "dependent"), [("2", ["later"]), ("3", [])])
def test_judgements_2_3_4_are_acceptable_by_one_table_of_random_indices_and_not_by_others(write, first, dependent):
    text = SOUND.replace("{owner: 4, sales: 4}", first).replace("days_late: 2", "days_late: 3")
    weights = ahp.weigh_hierarchy(ahp.read_hierarchy(write(text.replace("days_late: 0.5", "days_late: 4"))))
    own = weights.consistency.set_index("criterion").loc["later"]
    assert weights.table_dependent == dependent
    if dependent:
        assert [own["lowest_ratio"], own["consistency_ratio"], own["highest_ratio"]] == pytest.approx(
            [0.0930, 0.1037, 0.1097], abs=5e-5
        )


def test_a_path_may_be_a_text(write):
    path = write(SOUND)
    assert ahp.read_hierarchy(str(path)).branches == ahp.read_hierarchy(path).branches
    assert ahp.find_hierarchy(path.name, folder=str(path.parent)).branches == ahp.read_hierarchy(path).branches
