"""SRC001 to SRC006 over files that were scanned: every place a finding, and no pass where something was not read."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from runbook_lib.checks.source import (
    src001_no_secrets,
    src002_sdk_v3,
    src003_event_loop,
    src004_clients_outside,
    src005_timeouts_set,
    src006_errors_handled,
)
from runbook_lib.model.finding import Finding
from runbook_lib.model.source import SourceFile, SourceRule
from runbook_lib.model.status import Severity, Status
from runbook_lib.network.view import View
from tests.builders import World, world
from tests.checks.source.scanned import Json, scanned

CHECKS = {
    src001_no_secrets: SourceRule.SECRET,
    src002_sdk_v3: SourceRule.SDK_V2,
    src003_event_loop: SourceRule.EVENT_LOOP,
    src004_clients_outside: SourceRule.CLIENT_IN_HANDLER,
    src005_timeouts_set: SourceRule.NO_TIMEOUT,
    src006_errors_handled: SourceRule.NO_ERROR_HANDLING,
}
EVERY = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.META.id)
NODE = (src002_sdk_v3, src003_event_loop)
IN_HANDLERS = (src003_event_loop, src004_clients_outside, src006_errors_handled)


def place(line: int, rule: SourceRule, detail: str = "something is there") -> Json:
    return {"Line": line, "Rule": rule.value, "Detail": detail}


def node(**more: object) -> Json:
    return {"File": "index.mjs", "Language": "javascript", **more}


def statuses(found: tuple[Finding, ...]) -> list[tuple[Status, str]]:
    return [(one.status, one.code) for one in found]


def file_in(made: World, name: str) -> SourceFile:
    return made.view().get(SourceFile, name)


@EVERY
def test_clean_source_passes_once_for_all_files(check: ModuleType) -> None:
    made = scanned(node(), node(File="lib/more.ts", Language="typescript", Handlers=[]))
    (found,) = made.ask(check)
    assert (found.status, found.resource.id, found.scope) == (Status.PASS, "worker", "")
    assert "2 files" in found.message
    assert [one.value for one in found.evidence] == [[], []] or check in IN_HANDLERS


@EVERY
def test_every_place_is_a_finding_and_other_rules_are_none(check: ModuleType) -> None:
    rule = CHECKS[check]
    other = next(one for one in CHECKS.values() if one is not rule)
    made = scanned(
        node(Findings=[place(3, rule), place(3, other, "of another"), place(9, rule, "again")]),
        node(File="clean.js"),
        node(File="z.js", Findings=[place(1, rule)]),
    )
    found = made.ask(check)
    assert statuses(found) == [(Status.FAIL, rule.name)] * 3
    assert [one.message.split(": ")[0] for one in found] == ["index.mjs, line 3", "index.mjs, line 9", "z.js, line 1"]
    assert len({one.key for one in found}) == 3
    assert found[1].evidence == (file_in(made, "index.mjs").cite("Findings", 2),)
    assert {one.severity for one in found} == {check.META.severity}


def test_a_whole_finding() -> None:
    made = scanned({"Findings": [place(7, SourceRule.NO_TIMEOUT, "requests.get has no timeout")]})
    app = file_in(made, "app.py")
    said = "app.py, line 7: requests.get has no timeout; set one that ends well before the timeout of the function."
    expected = src005_timeouts_set.META.failed(
        app, said, app.cite("Findings", 0), code="NO_TIMEOUT", scope="line 7 no-timeout"
    )
    assert made.ask(src005_timeouts_set) == (expected,)


def test_the_limit_of_a_library_is_milder_than_none_and_stands_beside_it() -> None:
    both = [place(7, SourceRule.DEFAULT_TIMEOUT), place(7, SourceRule.NO_TIMEOUT)]
    found = scanned({"Findings": both}).ask(src005_timeouts_set)
    assert {(one.code, one.severity) for one in found} == {
        ("DEFAULT_TIMEOUT", Severity.LOW),
        ("NO_TIMEOUT", Severity.MEDIUM),
    }
    assert len({one.key for one in found}) == 2


@EVERY
def test_a_file_that_was_not_read_keeps_the_rest_from_passing(check: ModuleType) -> None:
    made = scanned(
        node(),
        node(File="big.js", Unread="2,000,000 bytes are more than 1,048,576"),
        node(File="c.js", Unread="line 4: x"),
    )
    (found,) = made.ask(check)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_READ")
    said = "worker: big.js was not read (2,000,000 bytes are more than 1,048,576), and 1 file more."
    assert found.message == said
    assert [one.value for one in found.evidence] == ["2,000,000 bytes are more than 1,048,576", "line 4: x"]


@EVERY
def test_a_failure_stays_one_beside_a_file_that_was_not_read(check: ModuleType) -> None:
    made = scanned(node(Findings=[place(1, CHECKS[check])]), node(File="big.js", Unread="too large"))
    assert statuses(made.ask(check)) == [(Status.FAIL, CHECKS[check].name), (Status.UNKNOWN, "NOT_READ")]


@EVERY
def test_a_folder_that_was_not_read_is_of_any_language(check: ModuleType) -> None:
    made = scanned(node(), {"File": "shared", "Language": None, "Unread": "a link that leads out", "Handlers": []})
    assert statuses(made.ask(check)) == [(Status.UNKNOWN, "NOT_READ")]


@EVERY
def test_a_scan_that_ended_early_is_not_a_pass(check: ModuleType) -> None:
    made = scanned(node()).truncated("SourceFindings", "only 5,000 of 6,000 source files were read")
    (found,) = made.ask(check)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_WHOLE")
    assert "only 5,000 of 6,000 source files were read" in found.message


@EVERY
def test_nothing_to_read_and_nothing_given_are_not_applicable(check: ModuleType) -> None:
    (nothing_in_it,) = scanned().ask(check)
    assert (nothing_in_it.status, "holds no" in nothing_in_it.message) == (Status.NOT_APPLICABLE, True)
    made = scanned(node())
    snapshot = made.snapshot()
    others = {place: one for place, one in snapshot.listings.items() if place[1] != SourceFile.KEY}
    (not_given,) = check.check(View(replace(snapshot, listings=others)), made.settings())
    assert not_given.message == "worker: no folder with its source code was given."
    assert not_given.status is Status.NOT_APPLICABLE


@EVERY
def test_a_refused_scan_is_unknown(check: ModuleType) -> None:
    (found,) = scanned(node()).denied("SourceFindings").ask(check)
    assert (found.status, found.code, "allow source:Scan" in found.message) == (Status.UNKNOWN, "NOT_READ", True)


@pytest.mark.parametrize("check", NODE, ids=lambda check: check.META.id)
def test_python_alone_has_no_node_rules(check: ModuleType) -> None:
    (found,) = scanned({}, {"File": "broken.py", "Unread": "line 1: not Python"}).ask(check)
    assert found.status is Status.NOT_APPLICABLE
    assert found.message == "worker: its source code holds no JavaScript or TypeScript."


@EVERY
def test_without_a_handler_nothing_is_said_of_handlers(check: ModuleType) -> None:
    (found,) = scanned(node(Handlers=[])).ask(check)
    assert (found.status, found.code) == (
        (Status.UNKNOWN, "NO_HANDLER") if check in IN_HANDLERS else (Status.PASS, "OK")
    )


@EVERY
def test_a_function_outside_any_vpc_is_judged_too(check: ModuleType) -> None:
    assert check.META.is_anywhere
    made = world().function()
    made._items["SourceFindings"] = [{"Handlers": ["handler"], "Unread": None, "Findings": [], **node()}]
    assert [one.status for one in made.ask(check)] == [Status.PASS]
