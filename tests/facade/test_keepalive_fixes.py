"""Changes that suit many clients are told once, and none is lost."""

from __future__ import annotations

from runbook_lib.facade.keepalive_fixes import once
from runbook_lib.model.finding import Finding, Fix, ResourceRef
from runbook_lib.model.status import Severity, Status


def change(cli: str = "x", *, proven: bool = True) -> Fix:
    return Fix(title="Host", terraform="", cli=cli, proven=proven, reason="Tried.")


def found(name: str, *fixes: Fix) -> Finding:
    about = ResourceRef(type="Linux::TcpClient", id=name)
    return Finding(
        check_id="KAL001", status=Status.FAIL, severity=Severity.HIGH, resource=about, message="m", code="UNSAFE",
        fixes=fixes,
    )  # fmt: skip


def told(*findings: Finding) -> list[tuple[str, list[str]]]:
    return [(finding.resource.id, [fix.reason for fix in finding.fixes]) for finding in once(findings)]


def test_a_change_of_one_client_stays_as_it_is() -> None:
    alone = (found("a", change("x")), found("b", change("y")), found("c"))
    assert once(alone) == alone


def test_the_same_change_stands_at_the_first_client_and_names_the_others() -> None:
    assert told(found("a", change()), found("b", change())) == [
        ("a", ["Tried. The same for 1 other client: b."]),
        ("b", []),
    ]
    several = [found(name, change()) for name in "abcdef"]
    assert told(*several)[0] == ("a", ["Tried. The same for 5 other clients: b, c, d and 2 more."])


def test_a_change_that_is_proven_for_one_only_is_told_of_both() -> None:
    assert told(found("a", change()), found("b", change(proven=False))) == [("a", ["Tried."]), ("b", ["Tried."])]
