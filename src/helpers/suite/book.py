"""The opened notebook: names results, tells them, and hands pieces to the report."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.results import DEFAULT_TOLERANCE, Ledger, NamedResult, Scalar, in_unit
from helpers.study import Study
from helpers.suite.display import show
from helpers.suite.drawing import figure_of, png_of, title_of
from helpers.suite.parameters import Value
from helpers.suite.pieces import make_table, usual_unit
from helpers.suite.table_html import table_html
from helpers.suite.workspace import RUN_FOLDER_VARIABLE

PIXELS_SHOWN = 760


class Book:
    """An opened notebook; made by `helpers.suite.session.start`.

    Attributes
    ----------
    study : Study
        The study whose tables are analysed.
    p : SimpleNamespace
        Validated parameters as attributes.
    ledger : Ledger
        Results named by this notebook.
    recalled : Ledger
        Results named by the other notebooks of the run, for the notebook that summarises.
    """

    def __init__(self, study: Study, parameters: Mapping[str, Value], recalled: Ledger) -> None:
        self.study = study
        self.p = SimpleNamespace(**parameters)
        self.ledger = Ledger(study.currency)
        self.recalled = recalled

    # --- data -------------------------------------------------------------------------------------------------------
    def has(self, *tables: str) -> bool:
        """Say whether the study has all of these standard tables."""
        return all(self.study.has(table) for table in tables)

    # --- results and prose ------------------------------------------------------------------------------------------
    def result(
        self,
        name: str,
        value: object,
        *,
        unit: str,
        about: str,
        tolerance: float = DEFAULT_TOLERANCE,
        interval: tuple[float, float] | None = None,
    ) -> Scalar:
        """Name a result; see `helpers.results.Ledger.add`."""
        return self.ledger.add(name, value, unit=unit, about=about, tolerance=tolerance, interval=interval)

    def results_by_group(self, values: "pd.Series[Any]", name: str, *, unit: str, about: str) -> None:
        """Name one result per group of a series; see `helpers.results.Ledger.add_by_group`."""
        self.ledger.add_by_group(values, name, unit=unit, about=about)

    def text(self, template: str, /, **values: object) -> str:
        """Return a plain sentence made from named results, for titles of charts and tables."""
        return self.ledger.tell(template, markdown=False, **{**self._recalled_values(), **values})

    def finding(self, template: str, /, **values: object) -> None:
        """Show a section heading that states what was found."""
        self._prose("finding", template, values, lead="## ")

    def say(self, template: str, /, **values: object) -> None:
        """Show the reading of a figure or table."""
        self._prose("reading", template, values)

    def say_known(self, *templates: str) -> None:
        """Show, as a list, those sentences whose results are all known in this run."""
        known = [template for template in templates if self._knows(template)]
        if known:
            self._prose("reading", "\n".join(f"- {template}" for template in known), {})

    def caveat(self, template: str, /, **values: object) -> None:
        """Show what a reader must not conclude, or what the data cannot tell."""
        self._prose("caveat", template, values, lead="> **Mind:** ")

    def verdict(self, template: str, /, *, good: bool | None = None, **values: object) -> None:
        """Show the chapter's first line: what can be relied on, and what cannot."""
        self._prose("verdict", template, values, lead="> **Verdict:** ", good=good)

    def method(self, template: str, /, *, source: str, **values: object) -> None:
        """Show how it was done and where the method comes from (author, year, what to look up)."""
        text = self.ledger.tell(template, markdown=True, **values)
        self._publish("method", {"text": text, "source": source}, markdown=f"*Method.* {text} *Source: {source}.*")

    def key_figures(self, **labels: str) -> None:
        """Show the figures of the cover: name of a result = label; unknown results are left out."""
        figures = []
        for name, label in labels.items():
            result = self._find(name)
            if result is not None:
                figures.append(
                    {"name": name, "label": label, "text": in_unit(result.value, result.unit), "note": _ends(result)}
                )
        lines = [f"- **{figure['text']}** {figure['label']}" for figure in figures]
        self._publish("key_figures", {"figures": figures}, markdown="\n".join(lines))

    # --- figures and tables -----------------------------------------------------------------------------------------
    def figure(
        self, drawn: Axes | Figure | Sequence[Axes], *, name: str, alt: str, caption: str = "", **values: object
    ) -> None:
        """Show a chart; its title states the finding, `alt` says what a reader who cannot see it misses.

        Parameters
        ----------
        drawn : Axes or Figure or sequence of Axes
            What the chart function returned.
        name : str
            Name of the figure within the run.
        alt, caption : str
            Templates of named results.
        **values : object
            Further values for the templates.
        """
        figure = figure_of(drawn)
        alt_text, caption_text = self.text(alt, **values), self.text(caption, **values)
        title, png = title_of(figure), png_of(figure)
        piece = {"kind": "figure", "name": name, "title": title, "alt": alt_text, "caption": caption_text}
        show(
            {"image/png": png, "text/plain": f"[figure {name}] {title}"},
            piece,
            **{"image/png": {"width": PIXELS_SHOWN, "alt": alt_text}},
        )

    def table(
        self,
        frame: pd.DataFrame,
        *,
        name: str,
        title: str,
        about: str,
        units: dict[str, str] | None = None,
        labels: dict[str, str] | None = None,
        rows_shown: int = 25,
        **values: object,
    ) -> None:
        """Show a small table and put it into the tables file.

        Parameters
        ----------
        frame : DataFrame
            At most 2,000 rows; a named index becomes the first columns, another is dropped.
        name : str
            Name of the sheet.
        title, about : str
            Templates: what it shows; what one row is.
        units, labels : dict of str to str, optional
            By column, where they differ from the usual; the unit "money" stands for the study's currency.
        rows_shown : int
            Rows shown here and in the report; the tables file holds all.
        **values : object
            Further values for the templates.
        """
        if any(frame.index.names):
            frame = frame.reset_index()
        named = {str(column): usual_unit(str(column)) for column in frame.columns} | (units or {})
        in_currency = {name: self.study.currency if unit == "money" else unit for name, unit in named.items()}
        table = make_table(
            frame,
            name=name,
            title=self.text(title, **values),
            about=self.text(about, **values),
            units=in_currency,
            labels=labels or {},
        )
        piece = table.as_json() | {"rows_shown": rows_shown}
        data = {"text/plain": table.to_text(), "text/html": table_html(table, rows_shown=rows_shown)}
        show(data, piece)

    def list(self, frame: pd.DataFrame, *, name: str, title: str, about: str, **values: object) -> None:
        """Hand over a list of customers: kept with the run, never printed in the client report."""
        shown_title, shown_about = self.text(title, **values), self.text(about, **values)
        piece = {"name": name, "title": shown_title, "about": shown_about, "rows": len(frame)}
        folder = os.environ.get(RUN_FOLDER_VARIABLE)
        if folder:
            target = Path(folder) / "lists"
            target.mkdir(parents=True, exist_ok=True)
            frame.to_parquet(target / f"{name}.parquet", index=False)
        self._publish("list", piece, markdown=f"*List {name}: {shown_title} ({len(frame):,} rows).*")

    def close(self) -> None:
        """Show the named results of this notebook; the last cell of every notebook."""
        entries = {result.name: result.as_json() for result in self.ledger}
        rows = [(r.name, in_unit(r.value, r.unit), r.unit, r.about) for r in self.ledger]
        frame = pd.DataFrame(rows, columns=["result", "value", "unit", "about"])
        table = make_table(frame, name="named_results", title="Named results", about="", units={}, labels={})
        data = {"text/plain": table.to_text(), "text/html": table_html(table, rows_shown=len(rows))}
        show(data, {"kind": "results", "results": entries})

    # --- inside -----------------------------------------------------------------------------------------------------
    def _find(self, name: str) -> NamedResult | None:
        for ledger in (self.ledger, self.recalled):
            if name in ledger:
                return ledger[name]
        return None

    def _knows(self, template: str) -> bool:
        names = [field.split(":")[0] for field in _fields(template)]
        found = [self._find(name) for name in names]
        return all(result is not None and result.value is not None for result in found)

    def _recalled_values(self) -> dict[str, object]:
        return {result.name: result for result in self.recalled}

    def _prose(self, kind: str, template: str, values: Mapping[str, object], *, lead: str = "", **more: object) -> None:
        text = self.ledger.tell(template, markdown=True, **{**self._recalled_values(), **values})
        self._publish(kind, {"text": text, **more}, markdown=lead + text)

    def _publish(self, kind: str, piece: Mapping[str, object], *, markdown: str) -> None:
        show({"text/markdown": markdown, "text/plain": markdown}, {"kind": kind, **piece})


def _fields(template: str) -> list[str]:
    return [field for _, field, _, _ in Formatter().parse(template) if field]


def _ends(result: NamedResult) -> str:
    if result.low is None or result.high is None:
        return ""
    return f"{in_unit(result.low, result.unit)} to {in_unit(result.high, result.unit)}"
