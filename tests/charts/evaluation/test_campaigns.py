"""Charts of evaluation show the numbers of the method, say the finding and name units; no text is cut off."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from tests.charts.drawn import overlapping_texts

from helpers.charts.evaluation import (
    draw_campaign_rates,
    draw_campaign_windows,
    draw_contact_selection,
    draw_migration_heatmap,
    draw_response_by_contacts,
    draw_response_rates,
    draw_retention_heatmap,
)
from helpers.evaluation.campaigns import campaign_windows, response_by_contacts, response_rates
from helpers.evaluation.migration import follow_migration

AS_OF = date(2018, 1, 1)


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(9)
    frame = pd.DataFrame({"customer_id": rng.integers(0, 80, 400), "campaign_id": rng.integers(1, 7, 400)})
    frame = frame.drop_duplicates(ignore_index=True)
    start = pd.to_datetime("2016-12-20") + pd.to_timedelta(75 * (frame["campaign_id"] - 1), unit="D")
    observed = pd.Series(1.0, index=frame.index).mask(frame["campaign_id"].isin([1, 6]), 0.6)
    return frame.assign(
        campaign_type=np.where(frame["campaign_id"] % 2, "Type A", "Type B"),
        start=start,
        end=start + pd.Timedelta(days=30),
        responded=rng.random(len(frame)) < 0.2,
        observed_share=observed,
    )


@pytest.fixture(scope="module")
def migration():
    rng = np.random.default_rng(3)
    before = pd.Series(rng.choice(list("ABC"), 200))
    return follow_migration(before.iloc[10:], before.shift(1).iloc[1:180], list("ABC"))


def texts(axes):
    return [text.get_text() for text in axes.texts]


def y_names(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def stays_on_page(axes):
    """Whether all ink, texts included, lies within the figure."""
    canvas = FigureCanvasAgg(axes.figure)
    canvas.draw()
    ink, (width, height) = axes.figure.get_tightbbox(canvas.get_renderer()), axes.figure.get_size_inches()
    return ink.x0 > -0.01 and ink.y0 > -0.01 and ink.x1 < width + 0.01 and ink.y1 < height + 0.01


def test_rates_stand_with_their_number_of_contacts(pairs):
    rates = response_rates(pairs)
    axes = draw_response_rates(rates, title="Types do not differ")
    assert texts(axes) == [f"{100 * rate:.1f} %" for rate in rates["rate"]]
    assert y_names(axes)[-1] == f"All\n{len(pairs):,} contacts"
    assert axes.get_title(loc="left") == "Types do not differ"
    assert stays_on_page(axes)


def test_campaigns_seen_in_part_are_hollow(pairs):
    windows = campaign_windows(pairs)
    axes = draw_campaign_rates(windows, title="Campaigns")
    marks = [line for line in axes.lines if line.get_marker() in ("o", "s")]
    hollow = [line.get_markerfacecolor() == "white" for line in marks]
    names = [name for name in y_names(axes) if not name.startswith("Type")]
    assert dict(zip(names, hollow, strict=True)) == {
        str(campaign): not whole
        for campaign, whole in zip(windows["campaign_id"], windows["wholly_observed"], strict=True)
    }
    assert {"Type A", "Type B"} <= set(y_names(axes))
    assert stays_on_page(axes)


@pytest.mark.parametrize("wide", [0.05, 0.9])
def test_names_of_many_campaigns_lie_neither_on_each_other_nor_on_marks(wide):
    """Types stand in rows of their own: beside the marks they lay on intervals that reach far to the right."""
    count = 40
    rates = np.linspace(0, 1 - wide, count)
    windows = pd.DataFrame({"campaign_id": [f"{n} a long name of a campaign in spring" for n in range(count)]})
    windows["campaign_type"] = np.where(np.arange(count) % 2, "A type with a name that is longer than any", "Type B")
    windows = windows.assign(start=pd.Timestamp("2024-01-01"), rate=rates, low=rates, high=rates + wide)
    axes = draw_campaign_rates(windows.assign(wholly_observed=True), title="Many campaigns")
    assert overlapping_texts(axes) == []
    assert texts(axes) == []
    assert stays_on_page(axes)


def test_windows_split_into_the_days_seen_and_the_rest(pairs):
    windows = campaign_windows(pairs)
    axes = draw_campaign_windows(
        windows, as_of=AS_OF, observed_from=date(2017, 1, 1), title="Two reach beyond the data"
    )
    whole, seen = axes.patches[0::2], axes.patches[1::2]
    assert [bar.get_width() for bar in whole] == [31.0] * 6
    assert seen[0].get_width() == 31 - 12  # opened on 20 December, data begin on 1 January
    assert seen[1].get_width() == 31
    assert {"data begin", "data end"} <= set(texts(axes))
    assert stays_on_page(axes)


def test_response_by_contacts_draws_both_measures(pairs):
    table = response_by_contacts(pairs, at_most=4)
    axes = draw_response_by_contacts(table, title="More campaigns, more responders")
    drawn = [line.get_ydata().tolist() for line in axes.lines if len(line.get_xdata()) == len(table)]
    assert table["responder_share"].tolist() in drawn
    assert table["rate"].tolist() in drawn
    assert axes.get_xticklabels()[-1].get_text().startswith("4 or more")
    assert stays_on_page(axes)


def test_selection_draws_a_curve_per_group_and_survives_a_missing_one():
    frame = pd.DataFrame({"prior_revenue": [0.0, 5.0, 50.0, 500.0], "contacted": [False, False, True, True]})
    axes = draw_contact_selection(frame, title="The contacted had spent more", currency="USD")
    assert texts(axes) == ["not contacted\n(2)", "contacted\n(2)"]
    assert "USD" in axes.get_xlabel()
    assert texts(draw_contact_selection(frame[frame["contacted"]], title="All")) == ["contacted\n(2)"]
    assert stays_on_page(axes)


def cohorts():
    rows = []
    for number, cohort in enumerate(pd.date_range("2017-01-01", periods=3, freq="MS")):
        for age in range(4 - number):
            period = cohort + pd.DateOffset(months=age)
            rows.append((cohort, age, period, 100, 1 - 0.1 * age, period < pd.Timestamp("2017-04-01")))
    return pd.DataFrame(rows, columns=["cohort", "age", "period", "customers", "retention", "complete"])


def test_retention_heatmap_leaves_out_age_zero_and_incomplete_periods():
    axes = draw_retention_heatmap(cohorts(), title="Cohorts stay")
    assert texts(axes) == ["90", "80", "90"]
    assert y_names(axes) == ["Jan 2017 (100)", "Feb 2017 (100)"]
    assert stays_on_page(axes)


def test_quarters_are_named_as_quarters():
    axes = draw_retention_heatmap(cohorts(), title="Cohorts stay", step="quarter")
    assert y_names(axes)[0] == "2017 Q1 (100)"
    assert axes.get_xlabel().startswith("Quarters since")


def test_migration_heatmap_writes_every_field_but_the_impossible_one(migration):
    axes = draw_migration_heatmap(migration, title="Most move", group="class")
    assert len(texts(axes)) == 4 * 4 - 1
    assert texts(axes)[0] == f"{100 * migration.shares.iloc[0, 0]:.0f}"
    assert y_names(axes)[-1].startswith("Not before (")
    assert stays_on_page(axes)


@pytest.mark.parametrize("factor", [5.0, 0.2], ids=["contacted spent more", "contacted spent less"])
def test_each_group_is_labelled_on_the_side_away_from_the_other(factor):
    spend = np.arange(1.0, 201.0)
    groups = [
        pd.DataFrame({"contacted": flag, "prior_revenue": spend * (factor if flag else 1)}) for flag in (True, False)
    ]
    axes = draw_contact_selection(pd.concat(groups))
    sides = {text.get_text().split("\n")[0]: text.get_ha() for text in axes.texts}
    assert sides["contacted"] == ("left" if factor > 1 else "right")
    assert sides["not contacted"] == ("right" if factor > 1 else "left")
