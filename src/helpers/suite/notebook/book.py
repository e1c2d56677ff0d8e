"""The opened notebook: names results, puts them into sentences, and hands pieces to the report."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from string import Formatter
from typing import Any, ParamSpec, TypeVar

import ibis
import ibis.expr.types as ir
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.charts.style import set_finding
from helpers.core.errors import Fault, InputError
from helpers.core.results import (
    Ledger,
    NamedResult,
    Scalar,
    count_of,
    ends_in_unit,
    escape_markdown,
    in_unit,
    slug,
)
from helpers.narrative.chapter import ChapterWords, Declared, FigureWords
from helpers.narrative.phrases import (
    ADVICE,
    BOXES_REMEDY,
    boxes_in_words,
    for_client,
    in_a_sentence,
    value_and_interval,
)
from helpers.study.data_warnings import DataWarning
from helpers.study.study import Study
from helpers.suite.notebook.assumptions import (
    assumed_for,
    assumed_for_piece,
    in_client_words,
    in_title,
    named_at_most,
    with_ranges,
)
from helpers.suite.notebook.contact_gate import HELD_BACK, REASONS, TO_COMPARE, ContactGate, Purpose
from helpers.suite.notebook.display import show, show_beside_report, show_example
from helpers.suite.notebook.drawing import figure_of, mark_title, not_drawn, png_of, title_of
from helpers.suite.notebook.left_out import LeftOut
from helpers.suite.notebook.opened import ParameterValues
from helpers.suite.notebook.plotted_data import plotted_data
from helpers.suite.planning.parameters import Value
from helpers.suite.planning.run_names import RUN_FOLDER_VARIABLE
from helpers.suite.report.blocks import ANALYST, AUDIENCE, FILE, NOT_DRAWN, make_table, names_of_single_customers
from helpers.suite.report.table_html import notebook_table_html
from helpers.suite.report.units import share_of, unit_of_result, usual_units, whole_count

PIXELS_SHOWN = 760
_CAUTION = "> **Caution:** "
COLUMN = "{column}"
"""Stands, in the name of results by group, for the column of the table they are in."""
_FILE_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z]+")
_MARKED = ("reading", "verdict")
STATE_COSTS = (
    "State the {assumed} of this business: what rests on them is assumed so far, and stands in no headline "
    "and no advice."
)
"""What to do first where costs are assumed."""
STATE_FIRST = "State the {assumed} of this business first: until then, what follows is assumed"
"""Heading in the place of a finding that rests on assumed costs."""
_NO_WORDS = FigureWords(alt="")
P = ParamSpec("P")
T = TypeVar("T")


class Book:
    """An opened notebook; made by `helpers.suite.notebook.session.start`.

    Attributes
    ----------
    study : Study
        The study whose tables are analysed.
    p : ParameterValues
        Validated parameters as attributes.
    ledger : Ledger
        Results named by this notebook.
    recalled : Ledger
        Results named by the other notebooks of the run, for the notebook that summarises.
    warnings : tuple of DataWarning
        What is odd in the tables the notebook uses.
    gate : ContactGate
        Knows who refused contact; one that runs after the linkage of a run knows its customers too.
    assumed : tuple of str
        Parameters whose value is a guess that nobody stated, and that the data do not make needless.
    words : ChapterWords
        Texts of the chapter by key; wherever a template is asked for, a key of `sentences` will do.
    """

    def __init__(
        self,
        study: Study,
        parameters: Mapping[str, Value],
        recalled: Ledger,
        warnings: tuple[DataWarning, ...] = (),
        assumed: Iterable[str] = (),
        *,
        after_linkage: bool = False,
        after_lists: bool = False,
        words: ChapterWords | None = None,
    ) -> None:
        self.study = study
        self.words = words or ChapterWords()
        self.p = ParameterValues(**parameters)
        self.ledger = Ledger(study.currency)
        self.ledger.whole_of = self._whole_of
        self.recalled = recalled
        self.warnings = warnings
        folder = os.environ.get(RUN_FOLDER_VARIABLE) if after_linkage else None
        self.gate = ContactGate(study, Path(folder) if folder else None, after_lists=after_lists)
        self.assumed = tuple(assumed)
        self._parameters = dict(parameters)
        self._assumed_named: set[frozenset[str]] = set()
        self._assumed_headed: set[frozenset[str]] = set()
        self._assumed_texts: dict[str, tuple[str, ...]] = {}
        self._for_analysts = False

    @contextmanager
    def for_analysts(self) -> Iterator[None]:
        """Keep what is shown inside out of the client report and the tables file; the analyst report shows it.

        For single customers, who are no business of a report, and for what only those need who check a method.
        """
        before, self._for_analysts = self._for_analysts, True
        try:
            yield
        finally:
            self._for_analysts = before

    # --- data -------------------------------------------------------------------------------------------------------
    def has(self, *tables: str) -> bool:
        """Say whether the study has all of these standard tables."""
        return all(self.study.has(table) for table in tables)

    def warnings_about(self, table: str) -> tuple[DataWarning, ...]:
        """Return the warnings about a standard table that spoil figures."""
        return tuple(one for one in self.warnings if one.table == table and one.spoils_figures)

    def attempt(self, what: str, method: Callable[P, T], *arguments: P.args, **settings: P.kwargs) -> T | LeftOut:
        """Do what not all data allow; where they do not, say why and leave out whatever rests on it.

        For methods that refuse data too few or too poor for them, as a part of the reading: "The forecast cannot be
        tested: no line from …". Mistakes of the user must stop the notebook; do not try to catch them here. The client
        report gathers all that is said here at the end of the chapter.

        Parameters
        ----------
        what : str
            Template: what cannot be done then.
        method : callable
            Raises `InputError` where the data do not allow it.
        *arguments, **settings : object
            Passed to the method.

        Returns
        -------
        object
            What the method returned, or a `LeftOut`: cells that use it are passed over.

        Raises
        ------
        EngineError
            When the engine of the study refuses, or is gone: that is no matter of the data.
        """
        what = self.words.sentence(what)
        try:
            return method(*arguments, **settings)
        except InputError as error:
            why = self.ledger.sentence("{why}", markdown=True, why=in_a_sentence(error))
            gap = {"what": self.ledger.sentence(what, markdown=True), "why": why}
            text = "{what}: {why}.".format(**gap)
            self._publish("caveat", {"text": text, "gap": gap}, markdown=_CAUTION + text)
            return LeftOut(text.rstrip("."))

    def table_if_there(self, need: str) -> ir.Table | LeftOut:
        """Return a standard table the notebook wants but does not need; without it, what rests on it is left out.

        Parameters
        ----------
        need : str
            Name of the table, or "table.column" where it is of no use without the column.
        """
        table, _, column = need.partition(".")
        if self.study.has(table, column):
            return self.study.table(table)
        return LeftOut(f"the study has no table {table}" + (f" with {column}" if column else ""))

    def some(self, found: T | None, why: str = "there is none here") -> T | LeftOut:
        """Return what was found where there is any: a frame with rows, a true value; else leave out what rests on it.

        Parameters
        ----------
        found : object
            A frame, a collection, a number, a condition, None.
        why : str
            Reason for leaving out, as the end of a sentence.
        """
        if isinstance(found, LeftOut):
            return found
        there = found is not None and (len(found) > 0 if isinstance(found, Sized) else bool(found))
        return found if there and found is not None else LeftOut(self.words.sentence(why))

    @staticmethod
    def known(found: object) -> bool:
        """Say whether something is there; a cell that asks this of a name is not passed over for want of it."""
        return not isinstance(found, LeftOut) and found is not None

    # --- results and prose ------------------------------------------------------------------------------------------
    def result(
        self,
        name: str,
        found: object,
        *,
        about: str = "",
        unit: str = "",
        tolerance: float | None = None,
        interval: tuple[float, float] | None = None,
        **values: object,
    ) -> None:
        """Name a result; see `helpers.core.results.Ledger.add`. Nothing is returned, so none leaks from a last line.

        Parameters
        ----------
        name, about, tolerance : see there
            Meaning, unit and tolerance are taken from the chapter's words where they are not given.
        found : scalar, or an estimate with its ends low and high
            An estimate brings its interval with it; so does a scalar given as a pair with its ends.
        unit : str
            Needed where the name does not tell it (`helpers.suite.report.units`).
        interval : (float, float), optional
            Ends of the interval of a scalar.
        **values : object
            For a meaning in the chapter's words that is a template.
        """
        declared = self._declared(name, about)
        about = about or (declared.about.format(**values) if values else declared.about)
        unit = unit or declared.unit
        tolerance = declared.tolerance if tolerance is None else tolerance
        value, ends = value_and_interval(found)
        named = unit or unit_of_result(name)
        value = whole_count(value, named)
        assumed = assumed_for(name, self.assumed)
        ends = interval or ends
        self.ledger.add(name, value, unit=named, about=about, tolerance=tolerance, interval=ends, assumed=assumed)

    def assumes(self, *results: str) -> tuple[str, ...]:
        """Return the assumed parameters that results of these names rest on, whether they are named yet or not."""
        return tuple(dict.fromkeys(one for name in results for one in assumed_for(name, self.assumed)))

    def not_assumed(self, *parameters: str) -> None:
        """Take parameters from those assumed: these data make them needless, or their value is not used."""
        self.assumed = tuple(name for name in self.assumed if name not in parameters)

    def name(self, found: Iterable[NamedResult]) -> None:
        """Name the results that a method has named already, units and meanings included."""
        for one in found:
            ends = None if one.low is None or one.high is None else (one.low, one.high)
            self.result(one.name, one.value, unit=one.unit, about=one.about, tolerance=one.tolerance, interval=ends)

    def record(
        self, found: object = None, names: str | Iterable[str] = (), /, *, prefix: str = "", **more: object
    ) -> None:
        """Name several results at once; what they mean stands in the chapter's words.

        Parameters
        ----------
        found : object, optional
            What holds some of them: an object with attributes, a mapping, a row of a table, or a table whose rows are
            estimates with their ends low and high.
        names : str or iterable of str
            Attributes, keys or rows of it, by which the results are named too; in one text with blanks between.
        prefix : str
            Begins the names of these results: "churn_" names the attribute `rate` churn_rate.
        **more : object
            Further results as `name=value`, or as `name=(value, (low, high))`.

        Examples
        --------
        `book.record(model, "r alpha a b", clv_customers=len(history))`
        """
        for name in names.split() if isinstance(names, str) else names:
            self.result(f"{prefix}{name}", _part_of(found, name))
        for name, value in more.items():
            self.result(name, value)

    def results_by_group(
        self,
        found: "pd.Series[Any] | pd.DataFrame",
        name: str,
        *,
        about: str = "",
        unit: str | Mapping[Any, str] = "",
    ) -> None:
        """Name one result per group; of a table several, where the name says `{column}`.

        Parameters
        ----------
        found : Series or DataFrame
            Values by group; or rows with an estimate and its ends low and high; or one column for each kind of result.
        name, about : str
            Templates with `{group}`; "{group}_class_{column}" names a result for every group and column.
        unit : str, or mapping of str
            Needed where the name does not show it; by group where groups differ.
        """
        if isinstance(found, pd.DataFrame) and COLUMN in name:
            for column in found.columns:
                self.results_by_group(found[column], name.replace(COLUMN, column), about=about, unit=unit)
            return
        declared = self._declared(name, about)
        about = about or declared.about
        rows = found.items() if isinstance(found, pd.Series) else found.iterrows()
        named: Counter[str] = Counter()
        for group, value in rows:
            # Groups named in another script, or alike but for signs, are kept apart by their place.
            short = slug(str(group))
            named[short] += 1
            place = f"{short}_{named[short]}" if named[short] > 1 else short
            meaning, own = about.format(group=group), unit if isinstance(unit, str) else unit[group]
            full = name.format(group=place)
            self.result(full, value, about=meaning, unit=own or declared.unit, tolerance=declared.tolerance)

    def value(self, name: str) -> Scalar:
        """Return a result of this run by name, None where it is not known."""
        found = self._find(name)
        return None if found is None else found.value

    def text(self, template: str, /, **values: object) -> str:
        """Return a plain sentence made from named results, for titles of charts and tables."""
        template = self.words.sentence(template)
        text = self.ledger.sentence(template, markdown=False, **{**self._recalled_values(), **values})
        if assumed := self._assumed_of([template]):
            self._assumed_texts[_one_line(text)] = assumed
        return text

    def title(self, name: str, /, **values: object) -> str:
        """Return the title of a figure from the chapter's words."""
        return self.text(self.words.figures[name].title, **values)

    def finding(self, template: str, /, *readings: str, **values: object) -> None:
        """Show what was found, above what shows it; readings that follow at once are named with it.

        A heading in the report. In the notebook it is a bold line: JupyterLab's table of contents gathers the headings
        of outputs too, and findings would stand there beside the sections that hold them.

        What rests on assumed costs is no finding: it becomes a reading, under a heading that says what to state first.
        """
        template = self.words.sentence(template)
        assumed = self._assumed_of([template])
        if assumed:
            self._say_assumed(template, assumed, values)
        else:
            self._prose("finding", template, values, lead="**", trail="**")
        self.say(*readings, **values)

    def finding_if(self, condition: object, template: str, /, **values: object) -> None:
        """Show what was found where a condition holds."""
        if condition:
            self.finding(template, **values)

    def finding_known(self, *templates: str) -> None:
        """Show as a heading the first of these whose results are all known in this run; none where none is."""
        known = [one for one in map(self.words.sentence, templates) if self._knows(one)]
        for template in known[:1]:
            self.finding(template)

    def say(self, *templates: str, **values: object) -> None:
        """Show the reading of a figure or table, one paragraph for each sentence or key of one."""
        for template in templates:
            self._prose("reading", template, values)

    def say_if(self, condition: object, template: str, /, **values: object) -> None:
        """Show a reading where a condition holds."""
        if condition:
            self.say(template, **values)

    def about_data(self, *templates: str, **values: object) -> None:
        """Show readings that the client report repeats where it is about the data."""
        for template in templates:
            self._prose("reading", template, values, about_data=True)

    def say_known(self, *templates: str) -> None:
        """Show those sentences whose results are all known in this run; as a list, where several were asked for."""
        known = [template for template in map(self.words.sentence, templates) if self._knows(template)]
        mark = "- " if len(templates) > 1 else ""
        if known:
            self._prose("reading", "\n".join(f"{mark}{template}" for template in known), {})

    def say_next(self, *templates: str) -> None:
        """Show what to do next, marked as such; nothing where there is nothing to do.

        What rests on assumed costs is no advice: it is left out, and what to state is said instead.
        """
        templates = tuple(map(self.words.sentence, templates))
        stated = [one for one in templates if not self._assumed_of([one])]
        if stated:
            self._prose("reading", "\n".join(f"- **Next:** {one}" for one in stated), {})
        self.say_what_to_state(self._assumed_of(templates))

    def say_what_to_state(self, assumed: Sequence[str]) -> None:
        """Show which assumed parameters to state, and that their results are left out; nothing where there are none."""
        if assumed:
            self._prose("reading", f"- **Next:** {STATE_COSTS}", {"assumed": in_client_words(assumed)})

    def stage(self, *headings: str, facts: Sequence[str]) -> None:
        """Show a heading and sentences, as far as their results are known in this run; nothing where none are."""
        self.finding_known(*headings)
        self.say_known(*facts)

    def caveat(self, template: str, /, **values: object) -> None:
        """Show what a reader must not conclude, or what the data cannot tell."""
        self._prose("caveat", template, values, lead=_CAUTION)

    def caveat_if(self, condition: object, template: str, /, **values: object) -> None:
        """Show a caveat where a condition holds."""
        if condition:
            self.caveat(template, **values)

    def care(self, *notes: Fault) -> None:
        """Show that columns call for care, and what to do about them."""
        for note in notes:
            self.caveat("A column for care: {what}; {remedy}.", what=for_client(note.what), remedy=note.remedy)

    def verdict(self, template: str, /, *, good: bool | None = None, **values: object) -> None:
        """Show the chapter's first line: what can be relied on, and what cannot."""
        self._prose("verdict", template, values, lead="> **Verdict:** ", good=good)

    def judge(self, what: str, verdict: str, *, by: str = "") -> None:
        """Show the verdict on a model in the words all chapters share.

        Parameters
        ----------
        what : str
            The model.
        verdict : str
            A key of `ADVICE`.
        by : str
            Name of the result it was judged by: where that rests on assumed costs, amounts are not to be acted on.
        """
        advice, good = ADVICE[f"{verdict} at assumed costs" if verdict == "better" and self.assumes(by) else verdict]
        self.verdict(advice, good=good, what=what)

    def method(self, template: str, /, *, source: str = "", **values: object) -> None:
        """Show how it was done and where the method comes from (author, year, what to look up)."""
        if template in self.words.methods:
            words = self.words.methods[template]
            template, source = words.text, words.source
        text = self.ledger.sentence(template, markdown=True, **values)
        self._publish("method", {"text": text, "source": source}, markdown=f"*Method.* {text} *Source: {source}.*")

    def key_figures(self, **labels: str) -> None:
        """Show the figures of the cover: name of a result = label, a template; those not known are left out."""
        shown = {name: f"{{{name}}} {label}" for name, label in labels.items()}
        found = {name: self._find(name) for name, text in shown.items() if self._knows(text)}
        figures = [
            {
                "name": name,
                "label": self.text(labels[name]),
                "text": self._figure_text(one),
                "note": ends_in_unit(one),
            }
            for name, one in found.items()
            if one is not None
        ]
        lines = [f"- **{figure['text']}** {figure['label']}{_in_brackets(figure['note'])}" for figure in figures]
        self._publish("key_figures", {"figures": figures}, markdown="\n".join(lines))

    # --- figures and tables -----------------------------------------------------------------------------------------
    def figure(
        self,
        drawn: Axes | Figure | Sequence[Axes],
        *,
        name: str,
        title: str = "",
        alt: str = "",
        caption: str = "",
        **values: object,
    ) -> None:
        """Show a chart; its title states the finding, `alt` says what a reader who cannot see it misses.

        A chart drawn without a title is given one here.

        Parameters
        ----------
        drawn : Axes or Figure or sequence of Axes
            What the chart function returned.
        name : str
            Name of the figure within the run.
        title, alt, caption : str
            Templates of named results, or keys of sentences; the chapter's words have them where they are not given.
        **values : object
            Further values for the templates.
        """
        words = self.words.figures.get(name, _NO_WORDS) if alt else self.words.figures[name]
        title = title or words.title
        if not alt:
            alt, caption = words.alt, words.caption
        figure = figure_of(drawn)
        if not title_of(figure):
            set_finding(figure, self.text(title, **values))
        alt_text, caption_text = self.text(alt, **values), self.text(caption, **values)
        if assumed := self._assumed_behind(name, alt, caption, shown=title_of(figure)):
            mark_title(figure, in_title(assumed))
            caption_text = self._with_ranges(caption_text, assumed)
        title, png, boxes = title_of(figure), png_of(figure), not_drawn(figure)
        piece = {"kind": "figure", "name": name, "title": title, "alt": alt_text, "caption": caption_text}
        to_compare = {"plotted": plotted_data(figure), "picture_sha256": sha256(png).hexdigest()}
        piece |= {NOT_DRAWN: boxes} if boxes else {}
        self._show(
            {"image/png": png, "text/plain": f"[figure {name}] {title}"},
            {**piece, **to_compare},
            **{"image/png": {"width": PIXELS_SHOWN, "alt": alt_text}},
        )
        if caption_text:
            show_beside_report(f"*{escape_markdown(caption_text)}*")
        if boxes:
            with self.for_analysts():
                self.caveat("{boxes}: {remedy}.", boxes=boxes_in_words(boxes), remedy=BOXES_REMEDY)

    def table(
        self,
        frame: pd.DataFrame,
        *,
        name: str,
        title: str = "",
        about: str = "",
        units: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        rows_shown: int = 25,
        **values: object,
    ) -> None:
        """Show a small table and put it into the tables file.

        Parameters
        ----------
        frame : DataFrame
            At most 2,000 rows; a named index becomes the first columns, another is dropped. Of an empty table only the
            title is shown. Rows of single customers, known by a column such as `customer_id`, are handed over as a list
            instead, for reading, unless the table is for analysts: a report and its tables may be passed on, lists are
            for own use.
        name : str
            Name of the sheet.
        title, about : str
            Templates: what it shows; what one row is. Where no title is given, all texts are the chapter's words.
        units, labels : dict of str to str, optional
            By column, where they differ from the usual; the unit "money" stands for the study's currency.
        rows_shown : int
            Rows shown here and in the report; the tables file holds all.
        **values : object
            Further values for the templates.
        """
        if not title:
            words = self.words.tables[name]
            title, about = words.title, words.about
            # A column may be left out where it says nothing; what the words say of it is not asked for then.
            there = {*map(str, frame.columns), *map(str, frame.index.names)}
            units = units or {column: unit for column, unit in words.units.items() if column in there}
            labels = labels or {column: label for column, label in words.labels.items() if column in there}
        if frame.empty:
            self.say(f"{title}.", **values)
            return
        if any(frame.index.names):
            frame = frame.reset_index()
        if not self._for_analysts and names_of_single_customers(frame.columns):
            self.list(frame, name=name, title=title, about=about, purpose="reading", linked=None, **values)
            return
        named = usual_units(map(str, frame.columns), dict(units or {}))
        in_currency = {name: self.study.currency if unit == "money" else unit for name, unit in named.items()}
        shown_title, shown_about = self._marked(name, title, about, values)
        table = make_table(
            frame,
            name=name,
            title=shown_title,
            about=shown_about,
            units=in_currency,
            labels=dict(labels or {}),
        )
        piece = table.as_json() | {"rows_shown": rows_shown}
        text = "\n".join(filter(None, [table.to_text(), table.about]))
        self._show({"text/plain": text, "text/html": notebook_table_html(table, rows_shown=rows_shown)}, piece)

    def may_be_contacted(self, customers: Iterable[object]) -> "pd.Series[bool]":
        """Say of each customer id whether the customer may be contacted: all, where nobody's refusal is known."""
        return ~self.gate.refuses(customers)

    def list(
        self,
        frame: pd.DataFrame,
        *,
        name: str,
        title: str = "",
        about: str = "",
        purpose: Purpose,
        linked: pd.DataFrame | None = None,
        **values: Any,
    ) -> None:
        """Hand over a list of customers: kept with the run, never printed in the client report.

        Parameters
        ----------
        frame : DataFrame
            Its rows.
        name : str
            Name of the list; of one for contact, `NAME_refusers` is a result: the customers taken out. Where the study
            states a policy for contacts, `NAME_capped` and `NAME_held_back` are results as well, and those held back
            by lot stand on a list `NAME_held_back` of their own.
        title, about : str
            Templates: what it lists; what one row is.
        purpose : {"contact", "reading", "contract"}
            What the list is for; see `helpers.suite.notebook.contact_gate`.
        linked : DataFrame, optional
            Records of each customer, where the list has the numbers of a linkage.
        **values : object
            Further values for the templates.
        """
        if not title:
            title, about = self.words.tables[name].title, self.words.tables[name].about
        gated = self.gate.apply(frame, purpose, linked)
        if gated.removed is not None:
            meaning = f"customers who refused contact, taken out of the list {name}"
            self.result(f"{name}_refusers", gated.removed, unit="customers", about=meaning)
        for reason, count in gated.by_policy.items():
            self.result(f"{name}_{reason}", count, unit="customers", about=f"{REASONS[reason]} the list {name}")
        shown_title, shown_about = self._marked(name, title, about, values)
        note = self.text(gated.note, removed=gated.removed, how=gated.how, **gated.by_policy, **gated.rules)
        self._hand_over(gated.frame, name, shown_title, " ".join(filter(None, [shown_about, note])))
        if gated.held_back is not None:
            self._hand_over(
                gated.held_back, f"{name}_held_back", self.text(HELD_BACK, list=name), self.text(TO_COMPARE)
            )

    def _hand_over(self, frame: pd.DataFrame, name: str, shown_title: str, shown_about: str) -> None:
        """Keep a list with the run and say what it is."""
        piece = {"name": name, "title": shown_title, "about": shown_about, "rows": len(frame)}
        folder = os.environ.get(RUN_FOLDER_VARIABLE)
        if folder:
            target = Path(folder) / "lists"
            target.mkdir(parents=True, exist_ok=True)
            frame.to_parquet(target / f"{name}.parquet", index=False)
        entries = "entry" if len(frame) == 1 else "entries"
        titled = f"*List {name}: {escape_markdown(shown_title)} ({len(frame):,} {entries}).*"
        self._publish("list", piece, markdown=f"{titled} {escape_markdown(shown_about)}".rstrip())

    def keep_file(self, content: bytes, *, file: str, holds: str, **values: object) -> None:
        """Put a file beside the lists of the run and say what it is for; it is no part of the client report.

        Parameters
        ----------
        content : bytes
            The whole file.
        file : str
            Its name, without folder.
        holds : str
            Template: what it holds and what to do with it, as the end of a sentence.
        **values : object
            Further values for the template.
        """
        if not _FILE_NAME.fullmatch(file):
            raise ValueError(f"{file!r} is no plain file name")
        folder = os.environ.get(RUN_FOLDER_VARIABLE)
        if folder:
            target = Path(folder) / "lists"
            target.mkdir(parents=True, exist_ok=True)
            (target / file).write_bytes(content)
        holds = self.words.sentence(holds)
        template = f"The file {{file}} in the folder of the report holds {holds}"
        self._prose("reading", template, {"file": file, **values}, **{FILE: file})

    def show(self, found: object) -> None:
        """Show a worked example or a fit, for whoever learns or checks the method; the client report leaves it out.

        Parameters
        ----------
        found : DataFrame, Series, mapping or scalar
            Of few rows; numbers are shown to four significant digits.
        """
        show_example(found)

    def close(self) -> None:
        """Show the named results of this notebook; the last cell of every notebook."""
        entries = {result.name: result.as_json() for result in self.ledger}
        rows = [(r.name, in_unit(r.value, r.unit), ends_in_unit(r), r.unit, r.about) for r in self.ledger]
        frame = pd.DataFrame(rows, columns=["result", "value", "interval", "unit", "about"])
        table = make_table(frame, name="named_results", title="Named results", about="", units={}, labels={})
        data = {"text/plain": table.to_text(), "text/html": notebook_table_html(table, rows_shown=len(rows))}
        show(data, {"kind": "results", "results": entries})
        if os.environ.get(RUN_FOLDER_VARIABLE):  # else the reader goes on asking
            self.study.leave_engine()

    # --- inside -----------------------------------------------------------------------------------------------------
    def _figure_text(self, result: NamedResult) -> str:
        """Return a figure of the cover; a share of a few is a count, whose whole the label names."""
        whole = self._whole_of(result.name) if result.unit == "share" else None
        return count_of(result.value, whole) or in_unit(result.value, result.unit)

    def _whole_of(self, name: str) -> int | None:
        """Return of how many the share of this name is, None where that is not known."""
        whole = share_of(name)
        if not whole:
            return None
        found = self._find(whole)
        if found is None and whole == "customers":
            return self._customers
        return found.value if found is not None and isinstance(found.value, int) else None

    @cached_property
    def _customers(self) -> int | None:
        """Customers with a purchase before the analysis date, where the study has transactions."""
        if not self.study.has("transactions"):
            return None
        lines = self.study.table("transactions")
        before = lines.filter(lines.time.cast("timestamp") < ibis.timestamp(self.study.as_of.isoformat()))
        return int(before.customer_id.nunique().to_pyarrow().as_py())

    def _declared(self, name: str, about: str) -> Declared:
        """Return what the chapter's words say of a result; nothing where the notebook says it itself."""
        if name in self.words.results:
            return self.words.results[name]
        if not about:
            raise KeyError(f"no result {name!r} among the chapter's words")
        return Declared(about)

    def _find(self, name: str) -> NamedResult | None:
        for ledger in (self.ledger, self.recalled):
            if name in ledger:
                return ledger[name]
        return None

    def _knows(self, template: str) -> bool:
        names = [field.split(":")[0] for field in _fields(template)]
        found = [self._find(name) for name in names]
        known = all(result is not None and result.value is not None for result in found)
        return known and not any(name in self.recalled and self.recalled[name].assumed for name in names)

    def _assumed_of(self, templates: Iterable[str]) -> tuple[str, ...]:
        """Return the assumed parameters behind the results that templates name."""
        templates = map(self.words.sentence, templates)
        names = (field.split(":")[0] for template in templates for field in _fields(template))
        found = (self._find(name) for name in names)
        return tuple(dict.fromkeys(one for result in found if result is not None for one in result.assumed))

    def _assumed_behind(self, name: str, *templates: str, shown: str) -> tuple[str, ...]:
        """Return the assumed parameters behind a piece: by its name, the results its texts name, and its title."""
        named = (*assumed_for_piece(name, self.assumed), *self._assumed_of(templates))
        return tuple(dict.fromkeys((*named, *self._assumed_texts.get(_one_line(shown), ()))))

    def _marked(self, name: str, title: str, about: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """Return title and note of a table or list, marked where what it shows rests on assumed costs."""
        shown, note = self.text(title, **values), self.text(about, **values)
        assumed = self._assumed_behind(name, title, about, shown=shown)
        return (f"{shown} {in_title(assumed)}", self._with_ranges(note, assumed)) if assumed else (shown, note)

    def _with_ranges(self, text: str, assumed: Sequence[str]) -> str:
        return " ".join(filter(None, [text, with_ranges(assumed, self._parameters, self.study.currency)]))

    def _mark(self, kind: str, template: str) -> str:
        """Return the words that mark a sentence as resting on assumed costs, once for the same costs."""
        assumed = self._assumed_of([template]) if kind in _MARKED else ()
        if not assumed or frozenset(assumed) in self._assumed_named:
            return ""
        self._assumed_named.add(frozenset(assumed))
        return f" Assumed: {in_client_words(assumed)}."

    def _say_assumed(self, template: str, assumed: Sequence[str], values: Mapping[str, object]) -> None:
        """Show a finding that rests on assumed costs as a reading, below a heading that says what to state first."""
        if frozenset(assumed) not in self._assumed_headed:
            self._assumed_headed.add(frozenset(assumed))
            named = {"assumed": in_client_words(named_at_most(assumed))}
            self._prose("finding", STATE_FIRST, named, lead="**", trail="**")
        text = self.ledger.sentence(template, markdown=True, **{**self._recalled_values(), **values})
        text = f"{text}.{mark}" if (mark := self._mark("reading", template)) else f"{text} {in_title(assumed)}."
        self._publish("reading", {"text": text}, markdown=text)

    def _recalled_values(self) -> dict[str, object]:
        return {result.name: result for result in self.recalled}

    def _prose(
        self,
        kind: str,
        template: str,
        values: Mapping[str, object],
        *,
        lead: str = "",
        trail: str = "",
        **more: object,
    ) -> None:
        template = self.words.sentence(template)
        text = self.ledger.sentence(template, markdown=True, **{**self._recalled_values(), **values})
        text += self._mark(kind, template)
        self._publish(kind, {"text": text, **more}, markdown=lead + text + trail)

    def _publish(self, kind: str, piece: Mapping[str, object], *, markdown: str) -> None:
        self._show({"text/markdown": markdown, "text/plain": markdown}, {"kind": kind, **piece})

    def _show(self, data: Mapping[str, object], piece: Mapping[str, object], **metadata: object) -> None:
        show(data, {**piece, AUDIENCE: ANALYST} if self._for_analysts else piece, **metadata)


def _part_of(found: object, name: str) -> object:
    """Return an attribute of an object, an entry of a mapping or of a row, or the row of a table."""
    if isinstance(found, pd.DataFrame):
        return found.loc[name]
    return found[name] if isinstance(found, Mapping | pd.Series) else getattr(found, name)


def _fields(template: str) -> list[str]:
    return [field for _, field, _, _ in Formatter().parse(template) if field]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _in_brackets(note: str) -> str:
    return f" ({note})" if note else ""
