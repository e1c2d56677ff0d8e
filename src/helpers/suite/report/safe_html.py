"""Text from notebooks and client data as HTML that cannot act: no markup of its own, no scripts, no outside addresses.

Two belts: Markdown is read with HTML switched off, and what comes out is cleaned down to a short list of plain tags.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

import nh3
from latex2mathml.converter import convert as mathml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from mdit_py_plugins.dollarmath import dollarmath_plugin

_INLINE_TAGS = {"em", "strong", "code", "br", "sub", "sup"}
_BLOCK_TAGS = _INLINE_TAGS | {"p", "ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "th", "td"}
_DOCUMENT_TAGS = _BLOCK_TAGS | {"h2", "h3", "h4", "h5", "h6", "pre", "hr", "caption"}
_CODE_TAGS = {"pre", "span", "code"}
_FORMULA_TAGS = {
    "math", "mrow", "mi", "mo", "mn", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder",
    "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded",
}  # fmt: skip
_FORMULA_ATTRIBUTES = {"math": {"display"}, "mo": {"stretchy"}, "mspace": {"width"}, "mi": {"mathvariant"}}
_DROPPED_WHOLE = {"script", "style"}
_ATTRIBUTES: dict[str, set[str]] = {"ol": {"start"}, "th": {"scope"}}
_STRUCTURE_RULES = ["heading", "lheading", "code", "fence", "hr", "reference"]
_PLAIN_IN_CSS = re.compile(r"[^A-Za-z0-9]")  # a space after an escape would be swallowed


def _link_close(_renderer: Any, tokens: Sequence[Token], place: int, _options: Any, _env: Any) -> str:
    """Write the address after the linked words: it can be read on paper, and nothing is fetched."""
    opening = max(index for index in range(place) if tokens[index].type == "link_open")
    address = str(tokens[opening].attrGet("href") or "")
    words = "".join(token.content for token in tokens[opening:place])
    return "" if not address.startswith(("http:", "https:")) or words == address else f" ({escape(address)})"


def _nothing(*_: Any) -> str:
    return ""


def _alternative_text(_renderer: Any, tokens: Sequence[Token], place: int, _options: Any, _env: Any) -> str:
    return escape(tokens[place].content)


def _formula(content: str, options: dict[str, Any]) -> str:
    return mathml(content, display="block" if options.get("display_mode") else "inline")


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("link_open", _nothing)
    reader.add_render_rule("link_close", _link_close)
    reader.add_render_rule("image", _alternative_text)
    return reader


_DOCUMENTS = _reader()
_LESSONS = _reader().use(dollarmath_plugin, renderer=_formula, double_inline=True)
_PROSE = _reader().disable(_STRUCTURE_RULES)


def prose_html(markdown: str) -> Markup:
    """Return paragraphs, lists and tables of a Markdown text; headings and code blocks stay plain words.

    Examples
    --------
    >>> print(prose_html("Few *households* <script>alert(1)</script>"))
    <p>Few <em>households</em> &lt;script&gt;alert(1)&lt;/script&gt;</p>
    """
    return _cleaned(_PROSE.render(markdown), _BLOCK_TAGS)


def inline_html(markdown: str) -> Markup:
    """Return one line of Markdown, for headings and labels.

    Examples
    --------
    >>> print(inline_html("A [source](https://example.org) in **bold**"))
    A source (https://example.org) in <strong>bold</strong>
    """
    return _cleaned(_PROSE.renderInline(" ".join(markdown.split())), _INLINE_TAGS)


def document_html(markdown: str, *, deeper: int = 1, formulas: bool = False) -> Markup:
    """Return a whole Markdown text with its headings set deeper by so many levels.

    Parameters
    ----------
    markdown : str
    deeper : int
        Levels.
    formulas : bool
        Whether what stands between dollar signs is a formula, as in the text cells of a notebook; in words that may
        hold client data a dollar is a dollar.

    Examples
    --------
    >>> print(document_html("# Title"))
    <h2>Title</h2>
    """
    reader = _LESSONS if formulas else _DOCUMENTS
    tokens = reader.parse(markdown)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + deeper, 6)}"
    tags = _DOCUMENT_TAGS | _FORMULA_TAGS if formulas else _DOCUMENT_TAGS
    return _cleaned(reader.renderer.render(tokens, reader.options, {}), tags)


def foreign_html(html: str) -> Markup:
    """Return HTML that a notebook displayed, cleaned down to plain tags."""
    return _cleaned(html, _DOCUMENT_TAGS)


def code_html(html: str) -> Markup:
    """Return highlighted code, cleaned down to lines and the classes that colour them."""
    cleaned = nh3.clean(html, tags=_CODE_TAGS, clean_content_tags=_DROPPED_WHOLE, attributes={"span": {"class"}})
    return Markup(cleaned)  # noqa: S704 - cleaned on the line above


def tied(text: str) -> str:
    """Return a text whose per cent signs stay on the line of their number."""
    return text.replace(" %", "\u00a0%")


def css_string(text: str) -> str:
    r"""Return a text as a CSS string that cannot leave its quotes or its style element.

    Examples
    --------
    >>> print(css_string('A "B"</style>'))
    "A\000020\000022B\000022\00003c\00002fstyle\00003e"
    """
    return '"' + _PLAIN_IN_CSS.sub(lambda sign: f"\\{ord(sign.group()):06x}", text) + '"'


def _cleaned(html: str, tags: set[str]) -> Markup:
    cleaned = nh3.clean(
        html, tags=tags, clean_content_tags=_DROPPED_WHOLE, attributes=_ATTRIBUTES | _FORMULA_ATTRIBUTES
    )
    return Markup(tied(cleaned.strip()))  # noqa: S704 - cleaned on the line above
