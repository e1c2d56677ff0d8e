"""Tables as HTML: escaped, with scope and units in the head, numbers to the right."""

import re

from jinja2 import Environment

from helpers.suite.report.blocks import Table
from helpers.suite.report.units import PRECISE, READ_AS, is_identifier, units_once

_ENVIRONMENT = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
_TEMPLATE = _ENVIRONMENT.from_string(
    """\
{% macro side(column) %}
{% if styled %} style="text-align: {{ "right" if column.is_number else "left" }}"
{%- elif column.is_number %} class="number"{% elif column.is_date %} class="date"{% endif %}
{% endmacro %}
<table class="crm-table">
<caption{% if styled %} style="caption-side: top; text-align: left; font-weight: bold"{% endif %}>{{ table.title }}\
</caption>
<thead><tr>
{% for column in columns %}
<th scope="col"{{ side(column) }}>{{ column.label }}
{%- if column.unit %} <span class="unit">({{ column.unit }})</span>{% endif %}</th>
{% endfor %}
</tr></thead>
<tbody>
{% for row in rows %}
<tr>{% for text in row %}
{% if loop.first %}<th scope="row"{{ side(columns[0]) }}>{{ text }}</th>
{%- else %}<td{{ side(columns[loop.index0]) }}>{{ text }}</td>{% endif %}
{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
{% if left_out %}<p class="more">and {{ "{:,}".format(left_out) }} more rows in the tables file</p>
{% endif %}
{% if styled and table.about %}<p class="about">{{ table.about }}</p>
{% endif %}
"""
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_UNITS_SEEN_IN_VALUES = ("share", "text", "date", PRECISE, "")


def table_html(table: Table, *, rows_shown: int = 25) -> str:
    """Return a table as an HTML fragment for a page with a style sheet of ours.

    Parameters
    ----------
    table : Table
        Values from client data are escaped.
    rows_shown : int
        Longer tables are cut here; the line below says how many rows are left out.
    """
    return _rendered(table, rows_shown, styled=False)


def notebook_table_html(table: Table, *, rows_shown: int = 25) -> str:
    """Return a table as an HTML fragment for a notebook, with what one row is below it.

    JupyterLab sets every cell of a table to the right; a style of the cell's own is what it gives way to.
    """
    return _rendered(table, rows_shown, styled=True)


def _rendered(table: Table, rows_shown: int, *, styled: bool) -> str:
    heads = [
        "" if column.unit in _UNITS_SEEN_IN_VALUES else READ_AS.get(column.unit, column.unit)
        for column in table.columns
    ]
    if not styled:
        heads = units_once((column.name, unit) for column, unit in zip(table.columns, heads, strict=True))
    columns = [
        {
            "label": column.label,
            "unit": heads[place],
            "is_number": not is_identifier(column.name)
            and any(isinstance(row[place], int | float) for row in table.rows),
            "is_date": any(_DATE.fullmatch(value) for row in table.rows if isinstance(value := row[place], str)),
        }
        for place, column in enumerate(table.columns)
    ]
    left_out = max(len(table.rows) - rows_shown, 0)
    rows = table.shown()[:rows_shown]
    return _TEMPLATE.render(table=table, columns=columns, rows=rows, left_out=left_out, styled=styled)
