"""The report of one run: one HTML file that explains itself, works offline and asks nothing of any server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runbook_lib.model.result import RunResult
from runbook_lib.render.html import environment

__all__ = ["report_html"]


def report_html(
    result: RunResult, notebook: Mapping[str, Any] | None, *, titles: Mapping[str, str] | None = None
) -> str:
    """The report as HTML text.

    `notebook` is the executed notebook, or None for interactive use; `titles` maps check ids to their titles.
    """
    return environment().get_template("report.html.j2").render(result=result, titles=titles or {})
