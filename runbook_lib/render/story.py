"""The executed notebook as a sequence of blocks that a report can show without a kernel or a server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from runbook_lib.render.html import Markup
from runbook_lib.render.markdown import markdown_html
from runbook_lib.render.sanitise import sanitise
from runbook_lib.render.text import compact_json
from runbook_lib.render.widget_text import widget_text

__all__ = ["PLOTLY", "Block", "story_blocks", "story_title"]

PLOTLY = "application/vnd.plotly.v1+json"
_WIDGET = "application/vnd.jupyter.widget-view+json"
_PICTURES = ("image/png", "image/jpeg", "image/gif")
_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\))")
_TITLE = re.compile(r"\A\s*# +(.+?)\s*(?:\n|\Z)")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece of the story.

    `kind` is prose or table (`html`), code, text or error (`text`, with `title` for an error), figure (`figure`, a
    plotly figure as JSON, `text` its title, `words` the same in sentences), picture (`text` is a data URI).
    """

    kind: str
    html: Markup = field(default_factory=Markup)
    text: str = ""
    title: str = ""
    figure: Mapping[str, Any] | None = None
    words: tuple[str, ...] = ()


def story_title(notebook: Mapping[str, Any] | None) -> str | None:
    """The first heading of the notebook when its first cell begins with one, else None."""
    cells = notebook.get("cells", ()) if notebook else ()
    if not cells or cells[0].get("cell_type") != "markdown":
        return None
    found = _TITLE.match(_joined(cells[0].get("source", "")))
    return found[1] if found else None


def story_blocks(notebook: Mapping[str, Any] | None) -> tuple[Block, ...]:
    """The blocks in the order of the notebook, without its title; empty without a notebook.

    Of every output the richest form that needs no server is taken; widgets become the text of what they show.
    """
    cells = list(notebook.get("cells", ())) if notebook else []
    widgets = _widget_state(notebook)
    blocks: list[Block] = []
    for number, cell in enumerate(cells):
        source = _joined(cell.get("source", ""))
        if cell.get("cell_type") == "markdown":
            text = _TITLE.sub("", source) if number == 0 else source
            if text.strip():
                blocks.append(Block(kind="prose", html=markdown_html(text)))
        elif cell.get("cell_type") == "code" and source.strip():
            blocks.append(Block(kind="code", text=source))
            for output in cell.get("outputs", ()):
                blocks.extend(_output(output, widgets))
    return tuple(blocks)


def _output(output: Mapping[str, Any], widgets: Mapping[str, Any]) -> Iterator[Block]:
    kind = output.get("output_type")
    if kind == "stream":
        yield from _text(_last_states(_joined(output.get("text", ""))))
    elif kind == "error":
        trace = _ESCAPES.sub("", "\n".join(output.get("traceback", ())))
        yield Block(kind="error", title=f"{output.get('ename')}: {output.get('evalue')}", text=trace)
    else:
        yield from _display(output.get("data") or {}, widgets)


def _display(data: Mapping[str, Any], widgets: Mapping[str, Any]) -> Iterator[Block]:
    if PLOTLY in data:
        figure = data[PLOTLY]
        yield Block(kind="figure", figure=figure, text=_figure_title(figure), words=_figure_words(figure))
    elif _WIDGET in data:
        yield from _text(widget_text(data[_WIDGET].get("model_id", ""), widgets) or "")
    elif "text/html" in data:
        html = sanitise(_joined(data["text/html"]))
        yield from (Block(kind="table", html=html),) if html.striptags() else _text(_joined(data.get("text/plain", "")))
    elif "text/markdown" in data:
        yield Block(kind="prose", html=markdown_html(_joined(data["text/markdown"])))
    elif picture := next((mime for mime in _PICTURES if mime in data), None):
        content = _joined(data[picture])
        if _BASE64.fullmatch(content):
            yield Block(kind="picture", text=f"data:{picture};base64,{''.join(content.split())}")
    elif "application/json" in data and "text/plain" not in data:
        yield from _text(compact_json(data["application/json"]))
    else:
        yield from _text(_joined(data.get("text/plain", "")))


def _text(text: str) -> Iterator[Block]:
    cleaned = _ESCAPES.sub("", text).strip("\n")
    if cleaned.strip():
        yield Block(kind="text", text=cleaned)


def _last_states(text: str) -> str:
    """What a terminal would show in the end: of a line rewritten by carriage returns only its last state."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)


def _figure_title(figure: Mapping[str, Any]) -> str:
    title = (figure.get("layout") or {}).get("title")
    text = title.get("text") if isinstance(title, Mapping) else title
    return unescape(re.sub(r"<[^>]*>", " ", str(text))) if text else "Figure"


def _figure_words(figure: Mapping[str, Any]) -> tuple[str, ...]:
    """The sentences that the kit's own figures carry beside the drawing."""
    meta = (figure.get("layout") or {}).get("meta")
    words = meta.get("words") if isinstance(meta, Mapping) else None
    return tuple(map(str, words)) if isinstance(words, list | tuple) else ()


def _widget_state(notebook: Mapping[str, Any] | None) -> Mapping[str, Any]:
    saved = ((notebook or {}).get("metadata") or {}).get("widgets") or {}
    state = (saved.get("application/vnd.jupyter.widget-state+json") or {}).get("state")
    return state if isinstance(state, Mapping) else {}


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
