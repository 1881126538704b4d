"""The text twin of a notebook widget: what it shows, without the kernel it would need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runbook_lib.render.sanitise import sanitise

__all__ = ["widget_text"]

_REFERENCE = "IPY_MODEL_"
_DEPTH = 12


def widget_text(model_id: str, models: Mapping[str, Any], depth: int = 0) -> str:
    """`label: value` lines of a widget and the widgets inside it; empty when its state was not saved."""
    model = models.get(model_id)
    if not isinstance(model, Mapping) or depth > _DEPTH:
        return ""
    state = model.get("state") or {}
    children = [str(child).removeprefix(_REFERENCE) for child in state.get("children") or ()]
    if children:
        titles = state.get("titles") or [""] * len(children)
        parts = [widget_text(child, models, depth + 1) for child in children]
        return "\n".join(
            f"{title}\n{part}" if title else part for title, part in zip(titles, parts, strict=False) if part
        )
    value = _value(str(model.get("model_name", "")), state)
    label = str(state.get("description") or "").strip().rstrip(":")
    return f"{label}: {value}" if label and value else value


def _value(name: str, state: Mapping[str, Any]) -> str:
    """What the widget shows: the chosen labels, the text of HTML, yes or no, a number."""
    if name.startswith(("Button", "Password")) or name in ("LayoutModel", "OutputModel"):
        return ""
    labels, index = state.get("_options_labels"), state.get("index")
    if isinstance(labels, list) and index is not None:
        chosen = index if isinstance(index, list) else [index]
        return ", ".join(str(labels[i]) for i in chosen if isinstance(i, int) and i < len(labels))
    value = state.get("value")
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.startswith("HTML"):
        return " ".join(str(sanitise(str(value)).striptags()).split())
    if "Progress" in name:
        return f"{value:g} of {state.get('max'):g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
