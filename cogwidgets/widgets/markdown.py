"""Markdown: what the agent writes, as HTML that is safe to show.

A small subset: emphasis, code, lists, quotes, headings as bold lines, links that open elsewhere.
Whatever else stands in the text, HTML and pictures among it, is shown as it was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["to_html"]


def to_html(text: str) -> str:
    r"""Return the HTML of a text.

    >>> to_html("I **removed** the <b>music</b>.")
    '<p>I <strong>removed</strong> the &lt;b&gt;music&lt;/b&gt;.</p>\n'
    >>> to_html("[here](javascript:alert(1))")
    '<p>[here](javascript:alert(1))</p>\n'
    """
    return str(_parser().render(text))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": False, "breaks": True})
    parser.disable(["image", "reference", "table", "hr", "html_block", "html_inline"], True)
    parser.validateLink = _to_the_web  # type: ignore[method-assign]
    parser.add_render_rule("link_open", _link)
    parser.add_render_rule("heading_open", lambda *_: "<p><strong>")
    parser.add_render_rule("heading_close", lambda *_: "</strong></p>\n")
    return parser


def _to_the_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://", "mailto:"))


def _link(self: Any, tokens: Sequence[Token], at: int, options: Any, _: Any) -> str:
    """Open a link in a page of its own, which cannot reach back."""
    tokens[at].attrSet("target", "_blank")
    tokens[at].attrSet("rel", "noopener noreferrer")
    return str(self.renderToken(tokens, at, options, {}))
