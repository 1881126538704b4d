"""HTML of notebook outputs, rebuilt from the few elements that tables and text need."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from runbook_lib.render.console import CONSOLES
from runbook_lib.render.html import Markup, escape

__all__ = ["sanitise"]

_TEXT = (
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "em",
    "hr",
    "i",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "u",
)
_BLOCKS = ("dd", "details", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "summary", "ul")
_TABLES = ("caption", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr")
_KEPT = frozenset((*_TEXT, *_BLOCKS, *_TABLES))
_VOID = frozenset(("br", "col", "hr"))
_SCRIPTED = ("applet", "canvas", "iframe", "math", "object", "script", "style", "svg", "template")
_HIDDEN = ("audio", "frameset", "head", "noembed", "noframes", "noscript", "title", "video", "xmp")
_CONTROLS = ("button", "form", "option", "select", "textarea")
_DROPPED_WHOLE = frozenset((*_SCRIPTED, *_HIDDEN, *_CONTROLS))
_CONSOLE = "|".join(re.escape(host) for host in CONSOLES.values())
_ATTRIBUTES = {
    "aria-hidden": re.compile(r"true|false"),
    "aria-label": re.compile(r"(?s).*"),
    "class": re.compile(r"rb(-[a-z]+)?( rb(-[a-z]+)?)*"),
    "colspan": re.compile(r"\d{1,3}"),
    "data-label": re.compile(r"(?s).*"),
    # Only to the page of a resource in a console of AWS, and not once its account is masked.
    "href": re.compile(rf"https://({_CONSOLE})/go/view\?arn=arn:(?![^?]*:0{{8}}\d{{4}}:)[\w:/.%-]+"),
    "open": re.compile(r"|open"),
    "rel": re.compile(r"noopener noreferrer"),
    "role": re.compile(r"region|img|note"),
    "rowspan": re.compile(r"\d{1,3}"),
    "scope": re.compile(r"row|col|rowgroup|colgroup"),
    "tabindex": re.compile(r"0"),
    "target": re.compile(r"_blank"),
    "title": re.compile(r"(?s).*"),
}


def sanitise(html: str) -> Markup:
    """The same text in the allowed elements and attributes only.

    Scripts, styles, pictures, frames, forms and everything unknown are left out, and links that lead anywhere but to a
    resource in a console of AWS; the page is rebuilt from what was understood, so nothing misunderstood gets through.
    """
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.result()


class _Builder(HTMLParser):
    """Writes allowed elements anew, escaped, and closes what was left open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._open: list[str] = []
        self._dropping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED_WHOLE:
            self._dropping.append(tag)
        if self._dropping or tag not in _KEPT:
            return
        kept = "".join(
            f' {name}="{escape(value or "")}"'
            for name, value in attrs
            if name in _ATTRIBUTES and _ATTRIBUTES[name].fullmatch(value or "")
        )
        if tag == "a" and " href=" not in kept:
            return
        self._parts.append(f"<{tag}{kept}>")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.handle_starttag(tag, attrs)
        elif tag in _KEPT:
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            if tag == self._dropping[-1]:
                self._dropping.pop()
            return
        if tag not in self._open:
            return
        while self._open:
            last = self._open.pop()
            self._parts.append(f"</{last}>")
            if last == tag:
                break

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self._parts.append(str(escape(data)))

    def result(self) -> Markup:
        """What was built so far, with every open element closed."""
        return Markup("".join(self._parts) + "".join(f"</{tag}>" for tag in reversed(self._open)))
