"""The answer to one flow question for people in a terminal, on standard error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from runbook_lib.model.status import Status
from runbook_lib.render.marks import MARKS
from runbook_lib.render.text import visible

__all__ = ["path_view", "show_path"]

_STATUS = {"reachable": Status.PASS, "blocked": Status.FAIL, "unknown": Status.UNKNOWN}
_STYLES = {Status.PASS: "green", Status.FAIL: "bold red", Status.UNKNOWN: "bold yellow"}

Json = Mapping[str, Any]


def show_path(flow: Json, answer: Json, *, simulated: bool = False, console: Console | None = None) -> None:
    """Print a path answer to standard error, or to the console given."""
    (console or Console(stderr=True, highlight=False)).print(path_view(flow, answer, simulated=simulated))


def path_view(flow: Json, answer: Json, *, simulated: bool = False) -> RenderableType:
    """Verdict, the hops of both directions, every blocker, what was not read, and the fixes with their proof."""
    return Group(*_parts(flow, answer, simulated))


def _parts(flow: Json, answer: Json, simulated: bool) -> Iterator[RenderableType]:
    status = _STATUS[answer["verdict"]]
    title = Text(f" {MARKS[status].symbol} {answer['verdict'].upper()} ", _STYLES[status])
    if simulated:
        title.append("SIMULATED ", "bold")
    asked = f"{flow['from']} to {flow['to']}, {_traffic(flow)}"
    yield Panel(Text(visible(asked)), title=title, title_align="left", border_style=_STYLES[status])
    for word, key in (("forward", "forward"), ("answer", "return")):
        yield from _direction(word, answer[key], supposed=key == "return" and answer["forward"]["verdict"] == "blocked")
    for source in answer.get("sources", ()):
        mark = MARKS[_STATUS[source["verdict"]]]
        yield Text(f"  {mark.symbol} from {source['subnet']}: {source['verdict']}")
    for part in answer.get("parts", ()):
        mark = MARKS[_STATUS[part["verdict"]]]
        yield Text(f"  {mark.symbol} to {part['to']}: {part['verdict']}")
    if answer["missing"]:
        yield Text(visible(f"  ? not read: {', '.join(answer['missing'])}"), "yellow")
    if "before" in answer:
        yield Text(f"\nBefore the change: {answer['before']}")
        for line in (*answer["difference"], *answer["notes"]):
            yield Text(visible(f"  {line}"))
    for fix in answer.get("fixes", ()):
        yield from _fix(fix)


def _traffic(flow: Json) -> str:
    protocol = str(flow.get("protocol", "tcp"))
    return f"{protocol} {flow.get('port', 443)}" if protocol in ("tcp", "udp") else protocol


def _direction(word: str, said: Json, *, supposed: bool) -> Iterator[RenderableType]:
    """One way; the answer to what never arrives is only supposed."""
    verdict = "would return" if supposed and said["verdict"] == "reachable" else said["verdict"]
    hops = " > ".join(hop["id"] for hop in said["hops"]) or "no hop"
    exit_ = f" ({said['exit']})" if said.get("exit") else ""
    yield Text(visible(f"{word:>8}  {verdict}: {hops}{exit_}"))
    for blocker in said["blocked_by"]:
        rule = f" rule {blocker['rule']}" if blocker["rule"] is not None else ""
        detail = f": {blocker['detail']}" if blocker["detail"] != blocker["component"] else ""
        head = f"{blocker['code']} at {blocker['component']}{rule}{detail}"
        yield Padding(Text(visible(f"✕ {head}"), "red"), (0, 0, 0, 10))


def _fix(fix: Json) -> Iterator[RenderableType]:
    proof = "✓ proven" if fix["proven"] else "! not proven"
    yield Text(f"\nFix: {visible(fix['title'])}", "bold")
    lines: list[RenderableType] = [Text(visible(f"{proof} {fix['reason']}"), "green" if fix["proven"] else "yellow")]
    lines += [Text(visible(f"▲ {warning}"), "yellow") for warning in fix["warnings"]]
    if fix["cli"]:
        lines.append(Text(visible(fix["cli"]), "cyan"))
    yield Padding(Group(*lines), (0, 0, 0, 4))
