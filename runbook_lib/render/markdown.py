"""Markdown of notebooks as HTML in which raw HTML is only text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import mistune

from runbook_lib.render.html import Markup, escape

__all__ = ["markdown_html"]

_HEADING_SHIFT = 2


def markdown_html(source: str) -> Markup:
    """The text as HTML: headings two levels lower, links to web pages and places in the text only, no pictures."""
    return Markup(str(_parser()(source)))


@lru_cache(maxsize=1)
def _parser() -> mistune.Markdown:
    return mistune.create_markdown(renderer=_Renderer(escape=True), plugins=["table", "strikethrough"])


class _Renderer(mistune.HTMLRenderer):
    """Every text passes the kit's escaping; every link is checked."""

    def text(self, text: str) -> str:
        return str(escape(text))

    def codespan(self, text: str) -> str:
        return f"<code>{escape(text)}</code>"

    def block_code(self, code: str, info: str | None = None) -> str:
        return f"<pre><code>{escape(code)}</code></pre>\n"

    def inline_html(self, html: str) -> str:
        return str(escape(html))

    def block_html(self, html: str) -> str:
        return f"<p>{escape(html.strip())}</p>\n"

    def block_text(self, text: str) -> str:
        return text

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        lower = min(level + _HEADING_SHIFT, 6)
        return f"<h{lower}>{text}</h{lower}>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        if not url.startswith(("https://", "http://")):
            return text
        return f'<a href="{escape(url)}" rel="noopener noreferrer">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return f"<em>{escape(text)}</em>"
