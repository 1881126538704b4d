"""The engine: verdict, headline, selection, crashes, proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import pytest

from runbook_lib import engine
from runbook_lib.checks import CHECKS
from runbook_lib.checks.base import Meta, Settings
from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.fixes.base import Proposal
from runbook_lib.model.finding import Finding, ResourceRef, told_again
from runbook_lib.model.headline import headline_of, without_request_ids
from runbook_lib.model.snapshot import CallRecord
from runbook_lib.model.status import Severity, Status, Verdict
from runbook_lib.model.target import Target
from runbook_lib.model.vpc import Vpc
from runbook_lib.network.view import View
from runbook_lib.network.whatif import Edit
from tests.builders import World, world
from tests.checks.worlds import BROKEN, HEALTHY

ALL_STATUSES = list(Status)


def meta(id_: str = "TST001", severity: Severity = Severity.HIGH, family: str = "endpoints") -> Meta:
    return Meta(id=id_, title="Thing is fine", severity=severity, family=family, applies_to=Vpc.TYPE, needs=("Vpcs",))


@dataclass
class Fake:
    """A check that says what it is told to say."""

    META: Meta
    says: Callable[[Meta, View], Iterable[Finding]]

    def check(self, view: View, settings: Settings, /) -> Iterator[Finding]:
        yield from self.says(self.META, view)


THING = ResourceRef(type=Vpc.TYPE, id="vpc-main")


def finding(
    status: Status, severity: Severity = Severity.HIGH, id_: str = "TST001", text: str = "It is so."
) -> Finding:
    made = meta(id_, severity)
    return replace(made.passed(THING, text), status=status)


def base() -> World:
    return world().vpc().subnet(az="a").group().function()


def evaluated(
    monkeypatch: pytest.MonkeyPatch, *checks: Fake, made: World | None = None, **more: object
) -> engine.Evaluation:
    monkeypatch.setattr(engine, "CHECKS", checks)
    made = made or base()
    return engine.evaluate(made.snapshot(), made.settings(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ([], Verdict.UNKNOWN),
        ([Status.PASS], Verdict.PASS),
        ([Status.FAIL], Verdict.FAIL),
        ([Status.UNKNOWN], Verdict.UNKNOWN),
        ([Status.NOT_APPLICABLE], Verdict.UNKNOWN),
        ([Status.PASS, Status.NOT_APPLICABLE], Verdict.PASS),
        ([Status.PASS, Status.UNKNOWN], Verdict.UNKNOWN),
        ([Status.PASS, Status.FAIL], Verdict.FAIL),
        (ALL_STATUSES, Verdict.FAIL),
    ],
)
def test_the_verdict_table(statuses: list[Status], verdict: Verdict) -> None:
    assert engine.verdict_of([finding(status) for status in statuses], Severity.MEDIUM) is verdict


@pytest.mark.parametrize("status", [Status.FAIL, Status.UNKNOWN])
@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("fail_on", list(Severity))
def test_only_findings_of_weight_count(status: Status, severity: Severity, fail_on: Severity) -> None:
    counts = severity.rank >= fail_on.rank
    verdict = engine.verdict_of([finding(Status.PASS), finding(status, severity)], fail_on)
    assert verdict is (Verdict(status.value) if counts else Verdict.PASS)


def test_headlines() -> None:
    target = base().target()

    def said(*findings: Finding) -> str:
        return headline_of(target, findings, engine.verdict_of(findings, Severity.MEDIUM), Severity.MEDIUM)

    assert said(finding(Status.PASS)) == "worker: 1 answer in 1 subnet, no fault found."
    assert said(finding(Status.PASS), finding(Status.FAIL, severity=Severity.LOW)) == (
        "worker: 1 answer in 1 subnet, no fault at or above medium; 1 finding below it."
    )
    assert said(finding(Status.FAIL, text="A is broken.")) == "A is broken."
    both = (finding(Status.FAIL, text="A is broken."), finding(Status.FAIL, text="B is."))
    assert said(*both) == "A is broken (and 1 more)."
    gap = finding(Status.UNKNOWN, text="C was not read.")
    assert said(*both[:1], gap) == "A is broken. 1 answer is missing: C was not read."
    assert said(*both[:1], gap, gap) == "A is broken. 2 answers are missing: C was not read."
    other = finding(Status.UNKNOWN, text="worker: D was not read.")
    assert said(gap, gap) == "Cannot tell for worker: C was not read. 1 more answer is missing for the same reason."
    assert said(gap, gap, gap, other) == (
        "Cannot tell for worker: C was not read. 2 more answers are missing for the same reason. "
        "1 answer is missing: worker: D was not read."
    )
    assert said(other, gap) == "Cannot tell for worker: D was not read. 1 answer is missing: C was not read."
    assert said(gap) == "Cannot tell for worker: C was not read."
    assert said(finding(Status.NOT_APPLICABLE, text="It is in no VPC.")) == "It is in no VPC."
    assert said() == "Nothing was checked for worker."


def test_a_headline_leaves_request_ids_to_the_findings() -> None:
    one, two = "7c832599-011f-47e2-a8fd-5985f2fbb0f6", "b5d9e520-1459-4671-a5a1-42f939c6be9a"
    told = {
        f"smoke-001 ({one}) of version 3 failed.": "smoke-001 of version 3 failed.",
        f"2 failed, because A ({one}, {two}), B ({one}).": "2 failed, because A, B.",
        f"12 took long: {one}, {two} and 1,010 more.": "12 took long.",
        f"the log was not read: {one}; allow it.": "the log was not read; allow it.",
        "2 were refused (burst-0001, burst-0002).": "2 were refused.",
        "vpc-1: subnet-7c832599 (main) is closed: rtb-1.": "vpc-1: subnet-7c832599 (main) is closed: rtb-1.",
    }
    assert [without_request_ids(message) for message in told] == list(told.values())


def test_a_cause_is_told_once_across_checks() -> None:
    def failed(id_: str, resource: str, *blames: str, code: str = "BAD_STATE") -> Finding:
        about = ResourceRef(type=Vpc.TYPE, id=resource)
        return meta(id_).failed(about, "It is so.", code=code, blames=blames)

    first = failed("PTH010", "subnet-a", "BAD_STATE nat-1", "NO_ROUTE rtb-1")
    sibling = failed("PTH010", "subnet-b", "BAD_STATE nat-2")
    again = [
        failed("NAT001", "nat-1", "BAD_STATE nat-1"),
        failed("NAT003", "nat-2", "BAD_STATE nat-2", code="OTHER"),
        failed("PTH006", "subnet-a", "NO_ROUTE rtb-1"),
    ]
    new = [
        failed("NAT001", "nat-3", "BAD_STATE nat-3"),
        failed("NAT004", "nat-1", "BAD_STATE nat-1", "ACL acl-1"),
        failed("END001", "vpc-main"),
        failed("PTH010", "subnet-a"),
    ]
    assert told_again([first, sibling, *again, *new]) == {item.key for item in (sibling, *again)}
    assert told_again([]) == frozenset()


def test_a_crash_is_unknown_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_: Meta, __: View) -> Iterator[Finding]:
        yield finding(Status.PASS)
        raise ZeroDivisionError("oops")

    good = Fake(meta("TST002"), lambda made, _: [made.passed(THING, "Fine.")])
    result = evaluated(monkeypatch, Fake(meta(), crash), good)
    assert result.verdict is Verdict.UNKNOWN
    assert [(f.check_id, f.status, f.code) for f in result.findings] == [
        ("TST001", Status.UNKNOWN, "CHECK_CRASHED"),
        ("TST002", Status.PASS, "OK"),
    ]
    assert result.findings[0].message == "TST001 crashed on worker (ZeroDivisionError: oops); please report it."


def test_a_missing_fact_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: Meta, __: View) -> Iterator[Finding]:
        raise FactMissing("the answer", "ec2:DescribeAnswers")

    (found,) = evaluated(monkeypatch, Fake(meta(), missing)).findings
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_READ")
    assert found.message == "worker: the answer could not be read; allow ec2:DescribeAnswers and run again."


def test_worst_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def many(made: Meta, _: View) -> Iterator[Finding]:
        for status in (Status.NOT_APPLICABLE, Status.PASS, Status.UNKNOWN, Status.FAIL):
            for severity in (Severity.LOW, Severity.HIGH):
                yield replace(finding(status, severity), scope=f"{status}{severity}")

    found = evaluated(monkeypatch, Fake(meta(), many)).findings
    assert [(f.status, f.severity) for f in found] == [
        (status, severity)
        for status in (Status.FAIL, Status.UNKNOWN, Status.PASS, Status.NOT_APPLICABLE)
        for severity in (Severity.HIGH, Severity.LOW)
    ]


def test_selection_by_id_and_family(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = [
        Fake(meta("TST001"), lambda made, _: [made.passed(THING, "Fine.")]),
        Fake(meta("TST002", family="nat"), lambda made, _: [made.passed(THING, "Fine.")]),
        Fake(meta("TST003", family="deploy"), lambda made, _: [made.passed(THING, "Fine.")]),
    ]

    def ran(*select: str) -> list[str]:
        return [f.check_id for f in evaluated(monkeypatch, *fakes, select=select).findings]

    assert ran() == ["TST001", "TST002"]
    assert ran("deploy") == ["TST003"]
    assert ran("tst001", " NAT ") == ["TST001", "TST002"]
    result = evaluated(monkeypatch, *fakes, select=["TST002"])
    assert result.not_run == {"TST001": "not selected", "TST003": "not selected"}
    with pytest.raises(UsageError, match=r"unknown check or family 'TST01'; nearest: TST001"):
        ran("TST01")


def test_a_target_outside_a_vpc_is_not_applicable_and_so_unknown() -> None:
    made = base().function("outside", in_vpc=False)
    select = ["endpoints", "path", "nat"]
    result = engine.evaluate(made.snapshot(), made.settings(function="outside"), select=select)
    assert {f.status for f in result.findings} == {Status.NOT_APPLICABLE}
    assert result.verdict is Verdict.UNKNOWN
    assert result.headline == "function outside is not in a VPC: no VPC rule applies to it."


def test_an_unresolved_target_is_unknown_everywhere() -> None:
    gap = FactMissing("function worker", "lambda:ListFunctions")
    target = Target(kind="function", name="worker", ref=THING, placements=(), unresolved=gap)
    result = engine.evaluate(base().snapshot(), Settings(target=target))
    assert {f.status for f in result.findings} == {Status.UNKNOWN}
    assert "allow lambda:ListFunctions" in result.headline


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_worlds_pass(name: str) -> None:
    made = HEALTHY[name]()
    result = engine.evaluate(made.snapshot(), made.settings(), select=["endpoints"])
    assert result.verdict is Verdict.PASS, result.headline


@pytest.mark.parametrize("name", BROKEN)
def test_broken_worlds_fail(name: str) -> None:
    made = BROKEN[name]()
    services = ("s3", "secretsmanager") if name == "refused" else ("s3",)
    result = engine.evaluate(made.snapshot(), made.settings(*services, bucket="reports"), select=["endpoints"])
    assert result.verdict is Verdict.FAIL


def test_a_failure_stays_one_beside_a_denied_call() -> None:
    made = BROKEN["no_endpoint"]().denied("NetworkAcls")
    result = engine.evaluate(made.snapshot(), made.settings(), select=["endpoints"])
    assert result.verdict is Verdict.FAIL
    assert "has no gateway endpoint for s3" in result.headline
    assert "ec2:DescribeNetworkAcls" in result.headline


def test_request_ids_are_added_to_evidence() -> None:
    made = HEALTHY["gateway"]()
    call = CallRecord(
        operation="ec2:DescribeVpcEndpoints",
        action="ec2:DescribeVpcEndpoints",
        key="VpcEndpoints",
        scope=made.scope,
        request_ids=("req-1", "req-2"),
    )
    result = engine.evaluate(replace(made.snapshot(), calls=(call,)), made.settings(), select=["END002"])
    assert {e.request_id for f in result.findings for e in f.evidence} == {"req-1"}


# -- proofs ----------------------------------------------------------------------------------------------------------


def tagged(made: World, value: str) -> Edit:
    raw = {**made.view().vpc("vpc-main").raw, "Tags": [{"Key": "state", "Value": value}]}
    return Edit(key="Vpcs", scope=made.scope, id="vpc-main", value=raw)


def fixed_by(monkeypatch: pytest.MonkeyPatch, *edits: Edit, untried: str = "") -> Finding:
    """A check that passes once the VPC is tagged `good` or `both`; a second one that fails once it is tagged `both`."""

    def state(view: View) -> str:
        tags = view.vpc("vpc-main").raw.get("Tags") or [{"Value": ""}]
        return str(tags[0]["Value"])

    def first(made: Meta, view: View) -> Iterator[Finding]:
        good = state(view) in ("good", "both", "late")
        yield made.passed(THING, "Good.") if good else made.failed(THING, "Bad.", code="BAD")

    def second(made: Meta, view: View) -> Iterator[Finding]:
        if state(view) == "vanish":
            return
        yield made.failed(THING, "Worse.", code="WORSE") if state(view) == "both" else made.passed(THING, "Good.")

    def third(made: Meta, view: View) -> Iterator[Finding]:
        late = state(view) == "late"
        yield made.failed(THING, "New.", code="NEW") if late else made.not_applicable(THING, "No question.")

    def propose(_: View, __: Settings, ___: Finding) -> Iterator[Proposal]:
        yield Proposal(title="Tag it", terraform="t", cli="c", edits=edits, untried=untried, warnings=("Careful.",))

    monkeypatch.setattr(engine, "PROPOSERS", {"TST001": propose})
    fakes = (Fake(meta("TST001"), first), Fake(meta("TST002"), second), Fake(meta("TST003"), third))
    result = evaluated(monkeypatch, *fakes)
    return next(f for f in result.findings if f.check_id == "TST001")


def test_a_fix_that_heals_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    (fix,) = fixed_by(monkeypatch, tagged(base(), "good")).fixes
    assert fix.proven
    assert fix.reason == "Tried on a copy of the network: TST001:vpc-main passes and nothing else begins to fail."
    assert (fix.title, fix.terraform, fix.cli, fix.warnings) == ("Tag it", "t", "c", ("Careful.",))


def test_a_fix_that_breaks_something_is_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    (fix,) = fixed_by(monkeypatch, tagged(base(), "both")).fixes
    assert not fix.proven
    assert fix.reason == (
        "Tried on a copy of the network: TST001:vpc-main passes, but then TST002:vpc-main does not, "
        "which did not fail before."
    )


def test_a_fix_that_makes_something_fail_that_did_not_apply_is_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    (fix,) = fixed_by(monkeypatch, tagged(base(), "late")).fixes
    assert (fix.proven, "then TST003:vpc-main does not" in fix.reason) == (False, True)


def test_a_fix_that_is_not_enough_is_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    (fix,) = fixed_by(monkeypatch, tagged(base(), "other")).fixes
    assert not fix.proven
    assert fix.reason.endswith("not enough on its own, TST001:vpc-main still does not pass.")


def test_a_fix_that_cannot_be_tried_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    (fix,) = fixed_by(monkeypatch, untried="Not tried: wait.").fixes
    assert (fix.proven, fix.reason) == (False, "Not tried: wait.")


def test_without_proving_there_are_no_fixes() -> None:
    made = BROKEN["no_endpoint"]()
    result = engine.evaluate(made.snapshot(), made.settings(), select=["endpoints"], prove=False)
    assert not [fix for f in result.findings for fix in f.fixes]


def test_every_check_of_the_kit_has_a_family_that_can_be_selected() -> None:
    for check in CHECKS:
        assert check in engine.select_checks([check.META.family])[0]
