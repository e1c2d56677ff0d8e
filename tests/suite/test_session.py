"""A notebook opens its study and parameters in the same way under the runner, papermill and Run All."""

import json
import linecache

import pandas as pd
import pytest
from tests.notebook_shell import OPEN, PARAMETERS, STUDY, pieces, run

from helpers.core.errors import InputError


def test_the_study_overrides_the_cell_and_says_so(shell):
    opening = pieces(run(shell, PARAMETERS, OPEN))[0]
    assert opening["parameters"]["top_share"] == {
        "value": 0.5,
        "about": "share of customers called the best",
        "source": "study.yml",
        "unit": "share",
    }
    assert opening["parameters"]["seed"]["source"] == "default"
    assert opening["missing"] == ["products"]
    assert shell.user_ns["book"].p.top_share == 0.5


def test_what_papermill_injects_overrides_the_study_even_when_equal_to_the_default(shell):
    opening = pieces(run(shell, PARAMETERS, "# Parameters\ntop_share = 0.2\n", OPEN))[0]
    assert opening["parameters"]["top_share"] == {
        "value": 0.2,
        "about": "share of customers called the best",
        "source": "this run",
        "unit": "share",
    }


def test_a_misspelt_name_under_plain_papermill_stops_the_notebook(shell):
    with pytest.raises(InputError, match=r"unknown parameter 'top_shar'(?s:.*)did you mean 'top_share'"):
        run(shell, PARAMETERS, "# Parameters\ntop_shar = 0.3\n", OPEN)


@pytest.mark.parametrize("value", ["-1", "float('nan')", "'x'", "None"])
def test_a_wrong_value_under_plain_papermill_is_reported_once(shell, value):
    with pytest.raises(InputError) as caught:
        run(shell, PARAMETERS, f"# Parameters\nseed = {value}\n", OPEN)
    assert [fault.where for fault in caught.value.faults] == ["injected parameters, parameter seed"]


def test_faults_of_the_study_and_of_parameters_are_reported_together(shell, home):
    study = home / "data" / "corner_shop" / "study.yml"
    study.write_text(STUDY.replace("EUR", "euro").replace("0.5", "5"), encoding="utf-8")
    answer = r"(?s)line 3: currency cannot be 'euro'.*line 10, parameter top_share: 5 is.*seed: -1 is out of range"
    with pytest.raises(InputError, match=answer):
        run(shell, PARAMETERS, "# Parameters\nseed = -1\n", OPEN)
    study.write_text(STUDY.replace("0.5", "5"), encoding="utf-8")
    with pytest.raises(InputError, match=r"corner_shop/study.yml, line 10, parameter top_share: 5 is out of range"):
        run(shell, PARAMETERS, OPEN)


def test_what_the_study_does_not_have_stops_the_notebook_at_its_opening(shell):
    more = PARAMETERS + 'mix: str = ""  # what is drawn {attribute of transactions}\n'
    assert "mix" in pieces(run(shell, more, OPEN))[0]["parameters"]
    with pytest.raises(
        InputError, match=r"injected parameters, parameter mix: unknown attribute of transactions 'agee'"
    ):
        run(shell, more, "# Parameters\nmix = 'agee'\n", OPEN)
    with pytest.raises(InputError, match=r"(?s)parameter seed: -1 is out of range.*attribute of transactions 'agee'"):
        run(shell, more, "# Parameters\nmix = 'agee'\nseed = -1\n", OPEN)
    with pytest.raises(InputError, match=r"parameters cell, parameter mix: unknown attribute of transactions 'agee'"):
        run(shell, more.replace('""', '"agee"'), OPEN)


def test_running_the_cell_again_forgets_what_was_injected_before(shell):
    opening = pieces(run(shell, PARAMETERS, "# Parameters\nseed = 7\n", OPEN, PARAMETERS, OPEN))[0]
    assert opening["parameters"]["seed"] == {"value": 1, "about": "random seed", "source": "default", "unit": ""}


def test_a_value_edited_in_the_cell_is_checked(shell):
    with pytest.raises(InputError, match=r"parameter seed: -1 is out of range"):
        run(shell, PARAMETERS.replace("= 1 ", "= -1 "), OPEN)


def test_a_client_that_keeps_no_history_is_served_too(shell):
    """As nbval does: the parameters cell is then found among the sources kept for tracebacks."""
    linecache.clearcache()
    for cell in (PARAMETERS.replace("= 1 ", "= 7 "), OPEN):
        assert shell.run_cell(cell, store_history=False).success
    assert shell.user_ns["book"].p.seed == 7


def test_a_missing_table_says_what_it_would_need(shell):
    needs_contacts = OPEN.replace('needs=["transactions"]', 'needs=["contacts"]')
    with pytest.raises(InputError, match=r"needs the table 'contacts'(?s:.*)campaign_id"):
        run(shell, PARAMETERS, needs_contacts)


def test_a_missing_column_says_what_it_would_need(shell):
    opening = OPEN.replace('needs=["transactions"]', 'needs=["transactions.cost"]')
    with pytest.raises(InputError, match=r"needs the column 'transactions.cost'(?s:.*)customer_id.*, cost"):
        run(shell, PARAMETERS, opening)


def test_without_its_parameters_cell_a_notebook_says_what_to_do(shell):
    with pytest.raises(InputError, match="run the notebook's parameters cell"):
        run(shell, OPEN)


def test_a_users_mistake_is_shown_without_the_call_stack(shell, capsys):
    run(shell, PARAMETERS, OPEN)
    shell.run_cell("from helpers.core.errors import InputError\nraise InputError('the day is wrong')")
    shown = capsys.readouterr()
    assert "the day is wrong" in shown.out + shown.err
    assert "Traceback" not in shown.out + shown.err


def test_prose_is_made_from_results_and_data_cannot_act_as_html(shell):
    outputs = run(
        shell,
        PARAMETERS,
        OPEN,
        """
        book.result("best_share", 0.875, unit="share", about="revenue of the best", interval=(0.8, 0.9))
        book.finding("The best bring {best_share:interval}")
        book.say("Best of all is {name}.", name="<b>*x*</b>")
        book.caveat("Only {top:.0%} are called the best.", top=book.p.top_share)
        book.verdict("Usable.", good=True)
        book.method("Sorted by revenue.", source="Lorenz (1905)")
        """,
    )
    finding, said, caveat, verdict, method = pieces(outputs)
    assert finding == {"kind": "finding", "text": "The best bring 87.5 % (80.0 % to 90.0 %)"}
    assert said["text"] == r"Best of all is \<b\>\*x\*\</b\>."
    assert caveat["text"] == "Only 50 % are called the best."
    assert verdict["good"] is True
    assert method["source"] == "Lorenz (1905)"


def test_a_digit_typed_into_prose_is_refused(shell):
    with pytest.raises(ValueError, match="must not hold typed digits"):
        run(shell, PARAMETERS, OPEN, 'book.say("About 55 % of revenue.")')


def test_tables_and_lists_reach_the_report_with_types(shell, home, monkeypatch):
    monkeypatch.setenv("CRM_RUN_FOLDER", str(home / "work"))
    table, listed = pieces(
        run(
            shell,
            PARAMETERS,
            OPEN,
            """
            frame = book.study.table("transactions").group_by("customer_id").agg(spend=lambda t: t.amount.sum())
            frame = frame.order_by("customer_id").to_pandas()
            spend = frame.rename(columns={"customer_id": "segment"})
            book.table(spend, name="spend", title="Spend", about="one segment", units={"spend": "money"})
            book.list(frame, name="customers", title="All customers", about="one customer", purpose="reading")
            """,
        )
    )
    assert table["columns"] == [["segment", "Segment", ""], ["spend", "Spend", "EUR"]]
    assert table["rows"] == [["007", 7.5], ["<b>x</b>", 1.0]]
    assert listed["rows"] == 2
    assert len(pd.read_parquet(home / "work" / "lists" / "customers.parquet")) == 2


def test_a_file_is_kept_beside_the_lists_and_reported(shell, home, monkeypatch):
    monkeypatch.setenv("CRM_RUN_FOLDER", str(home / "run"))
    shown = run(
        shell,
        PARAMETERS,
        OPEN,
        """
        book.result("pairs", 7, about="pairs drawn")
        book.keep_file(b"=1+1", file="review_sheet.xlsx", holds="{pairs} pairs to answer.")
        """,
    )
    assert (home / "run" / "lists" / "review_sheet.xlsx").read_bytes() == b"=1+1"
    answer = r"The file review\_sheet.xlsx in the folder of the report holds 7 pairs to answer."
    assert pieces(shown)[-1]["text"] == answer


def test_a_file_cannot_be_kept_elsewhere(shell, home, monkeypatch):
    monkeypatch.setenv("CRM_RUN_FOLDER", str(home / "run"))
    with pytest.raises(ValueError, match="no plain file name"):
        run(shell, PARAMETERS, OPEN, 'book.keep_file(b"", file="../away.csv", holds="nothing.")')


def test_a_figure_carries_its_title_and_its_text_for_those_who_cannot_see_it(shell):
    outputs = run(
        shell,
        PARAMETERS,
        OPEN,
        """
        from helpers.charts.style import finish, new_axes
        _, (axes,) = new_axes()
        _ = axes.bar(["a", "b"], [1, 2])
        finish(axes, title="B buys more", x_label="Customer", y_label="Spend, EUR")
        book.figure(axes, name="spend", alt="Bars of spend: {who} is higher.", caption="All lines.", who="B")
        """,
    )
    figure = pieces(outputs)[-1]
    assert figure["title"] == "B buys more"
    assert figure["alt"] == "Bars of spend: B is higher."
    picture, caption = outputs[-2:]
    assert picture.data["image/png"].startswith(b"\x89PNG")
    assert caption.data["text/markdown"] == "*All lines.*"


def test_the_last_cell_hands_over_the_named_results(shell):
    results = pieces(
        run(
            shell,
            PARAMETERS,
            OPEN,
            """
            book.result("customers", 2, unit="customers", about="customers with a purchase")
            book.close()
            """,
        )
    )[-1]
    assert results == {
        "kind": "results",
        "results": {
            "customers": {"value": 2, "unit": "customers", "about": "customers with a purchase", "tolerance": 1e-6}
        },
    }


@pytest.mark.parametrize("under_the_runner", [True, False])
def test_the_overview_tells_results_of_the_other_notebooks(shell, home, monkeypatch, under_the_runner):
    folder = home / "work" / "results" if under_the_runner else home / "reports" / "corner_shop" / "latest"
    folder.mkdir(parents=True)
    entries = {"revenue": {"value": 8.5, "unit": "EUR", "about": "all lines"}}
    (folder / ("10.json" if under_the_runner else "results.json")).write_text(json.dumps(entries), encoding="utf-8")
    if under_the_runner:
        monkeypatch.setenv("CRM_RUN_FOLDER", str(home / "work"))
    outputs = run(
        shell,
        PARAMETERS,
        OPEN.replace('wants=["products"]', "summarises=True"),
        """
        book.key_figures(revenue="Revenue", churn="Churn")
        book.say_known("Revenue was {revenue}.", "Churn was {churn}.")
        """,
    )
    cards, said = pieces(outputs)
    assert cards["figures"] == [{"name": "revenue", "label": "Revenue", "text": "EUR 8.50", "note": ""}]
    assert said["text"] == "- Revenue was EUR 8.50."


def test_the_overview_prefers_the_whole_run_to_a_newer_part(shell, home):
    for name, revenue in (("latest", 8.5), ("partial", 1.0)):
        folder = home / "reports" / "corner_shop" / name
        folder.mkdir(parents=True)
        entries = {"revenue": {"value": revenue, "unit": "EUR", "about": "all lines"}}
        (folder / "results.json").write_text(json.dumps(entries), encoding="utf-8")
    cell = 'book.say_known("Revenue was {revenue}.")'
    said = pieces(run(shell, PARAMETERS, OPEN.replace('wants=["products"]', "summarises=True"), cell))
    assert said[0]["text"] == "Revenue was EUR 8.50."
