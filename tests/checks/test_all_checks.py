"""What every check must keep to, whatever it is about."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import runbook_lib.checks
from runbook_lib.checks import CHECKS
from runbook_lib.checks.base import Check, Settings
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.idle import Keepalive
from runbook_lib.model.kinds import KINDS
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.status import Severity, Status
from runbook_lib.network.view import View
from tests.builders import World
from tests.cases import every_case
from tests.checks.analyzer.cases import analysed, with_interfaces
from tests.checks.worlds import BROKEN, HEALTHY
from tests.roles import FULL, allow, with_role

HEADINGS = ("What is verified", "Why it matters", "How it is decided", "Unknown when", "Sources")
PREFIXES = {
    "endpoints": "END",
    "path": "PTH",
    "nat": "NAT",
    "logs": "LOG",
    "deploy": "DEP",
    "keepalive": "KAL",
    "function": "FUN",
    "source": "SRC",
    "analyzer": "ANA",
}
WORLDS = {**HEALTHY, **BROKEN}
BY_ID = {check.META.id: check for check in CHECKS}


ASKED = Deploy(
    outputs={"endpoint_id": "endpoint", "endpoint_state": "state", "function_name": "name", "subnet_ids": "subnets"},
    burst=3,
    events=1,
    probed=("s3",),
    shortest_ms=1000,
    longest_ms=3000,
    wanted_rate=0.3,
    consented=True,
)


def configured(made: World) -> World:
    """All that AWS tells of the function itself, in good order."""
    with_role(made, FULL, allow("s3:GetObject", "s3:PutObject", "secretsmanager:GetSecretValue"))
    made.configured(Timeout=60, MemorySize=512)
    for key in ("EventInvokeConfigs", "FunctionConcurrencies", "FunctionPolicies"):
        made.item(key, FunctionName="worker")
    made.item("FunctionRecursionConfigs", FunctionName="worker", RecursiveLoop="Terminate")
    made.item("BucketNotifications", Bucket="reports")
    made.item("AccountLimit", ConcurrentExecutions=1000, UnreservedConcurrentExecutions=1000)
    return made.item("Quotas", ServiceCode="lambda", QuotaCode="L-9FEE3D26", Value=500.0)


def deployed(made: World) -> World:
    """The world after a deployment in which everything that is asked went well."""
    subnets = list(made.target().subnet_ids)
    made.outputs(endpoint="vpce-s3", state="available", name="worker", subnets=subnets)
    configured(made)
    made.sent("smoke", "ok").sent("burst", "ok", "ok", "ok").sent("event", "ok").counted(
        Invocations=5, ConcurrentExecutions=3, RecursiveInvocationsDropped=0
    )
    for subnet in subnets:
        made.probed(subnet, "s3", address="3.5.146.1")
    return made


@dataclass(frozen=True)
class Made:
    """A world as checks meet it. One is shared by all tests here: that no check changes it is one of them."""

    name: str
    snapshot: Snapshot
    settings: Settings


def made(name: str, change: Callable[[World], World] = lambda world: world) -> Made:
    """The world of a name, everything asked of it answered, then changed; new at every call."""
    world = with_interfaces(deployed(WORLDS[name]()))
    services = ("s3", "secretsmanager") if "vpce-secretsmanager" in json.dumps(world._items) else ("s3",)
    world = change(analysed(world, *services))
    actions = ("s3:GetObject", "s3:PutObject")
    snapshot = world.snapshot()
    told = Keepalive(caller_log="worker.log")
    settings = world.settings(*services, bucket="reports", actions=actions, deploy=ASKED, keepalive=told)
    return Made(name, snapshot, settings)


@cache
def whole(name: str) -> Made:
    return made(name)


@cache
def equal(name: str) -> Made:
    """The same as `whole` in other objects."""
    return made(name)


@cache
def shuffled(name: str, seed: int) -> Made:
    return made(name, lambda world: world.shuffled(seed))


@cache
def denied(name: str, *keys: str) -> Made:
    return made(name, lambda world: world.denied(*keys))


def said(check: Check, about: Made) -> tuple[Finding, ...]:
    return tuple(check.check(View(about.snapshot), about.settings))


@pytest.fixture(params=BY_ID, name="check")
def _check(request: pytest.FixtureRequest) -> Check:
    return BY_ID[request.param]


def test_ids_are_unique_and_named_after_their_family() -> None:
    assert len(BY_ID) == len(CHECKS)
    for check in CHECKS:
        assert re.fullmatch(rf"{PREFIXES[check.META.family]}\d{{3}}", check.META.id)


def test_the_registry_holds_exactly_the_files() -> None:
    folder = Path(runbook_lib.checks.__file__).parent
    files = {path.stem for path in folder.glob("*/*.py") if re.match(r"[a-z]{3}\d{3}_", path.stem)}
    listed = {inspect.getmodulename(inspect.getfile(check)) for check in CHECKS}  # type: ignore[arg-type]
    assert listed == files
    assert [check.META.id for check in CHECKS] == sorted(
        (check.META.id for check in CHECKS), key=lambda id_: (list(PREFIXES.values()).index(id_[:3]), id_)
    )


def test_the_file_says_the_id_and_lies_in_its_family(check: Check) -> None:
    path = Path(inspect.getfile(check))  # type: ignore[arg-type]
    assert path.stem.startswith(check.META.id.lower() + "_")
    assert path.parent.name == check.META.family
    assert len(path.read_text().splitlines()) <= 95


def test_the_docstring_has_the_headings_in_order_and_real_sources(check: Check) -> None:
    text = inspect.getdoc(check) or ""
    found = re.findall(r"^([A-Z][a-z ]+)$", text, flags=re.MULTILINE)
    assert tuple(found) == HEADINGS
    sources = text.split("\nSources\n")[1]
    about_terraform = check.META.applies_to.startswith("Terraform::")
    assert f"https://{'developer.hashicorp.com/terraform' if about_terraform else 'docs.aws.amazon.com'}/" in sources
    assert re.search(r"read 20\d\d-\d\d-\d\d", sources)


def test_the_title_states_the_passing_case(check: Check) -> None:
    title = check.META.title
    assert title[0].isupper()
    assert not title.endswith(".")
    assert not re.search(r"\b(ensure|check|verif|should|must)", title, flags=re.IGNORECASE)
    assert (inspect.getdoc(check) or "").split("\n")[0].startswith(title.split()[0])


def test_needs_are_known_keys(check: Check) -> None:
    assert set(check.META.needs) <= set(KINDS)
    assert check.META.needs


class Watched(dict[Any, Any]):
    """Listings that remember which keys were asked for."""

    def __init__(self, listings: Any) -> None:
        super().__init__(listings)
        self.touched: set[str] = set()

    def get(self, key: Any, default: Any = None) -> Any:
        self.touched.add(key[1])
        return super().get(key, default)

    def __getitem__(self, key: Any) -> Any:
        self.touched.add(key[1])
        return super().__getitem__(key)


def test_a_check_reads_only_what_it_declares(check: Check) -> None:
    with every_case() as case:
        for name in WORLDS:
            with case(name):
                watched = Watched(whole(name).snapshot.listings)
                said(check, replace(whole(name), snapshot=replace(whole(name).snapshot, listings=watched)))
                assert watched.touched <= set(check.META.needs)


def _written(about: Made) -> tuple[str, str]:
    return json.dumps([listing.raws for listing in about.snapshot.listings.values()]), repr(about.settings)


@pytest.mark.parametrize("name", WORLDS)
def test_inputs_are_unchanged(name: str) -> None:
    untouched = made(name)
    now = _written(untouched)
    with every_case() as case:
        for check in CHECKS:
            with case(check.META.id):
                said(check, untouched)
                before, now = now, _written(untouched)
                assert before == now


def _answers(findings: tuple[Finding, ...]) -> list[tuple[str, ...]]:
    return [(f.key, f.status, f.severity, f.code, f.message) for f in findings]


def test_the_order_of_the_input_does_not_matter(check: Check) -> None:
    with every_case() as case:
        for name in WORLDS:
            straight = _answers(said(check, whole(name)))
            for seed in range(5):
                with case(name, "shuffled with seed", seed):
                    assert _answers(said(check, shuffled(name, seed))) == straight


def test_asking_twice_gives_the_same(check: Check) -> None:
    with every_case() as case:
        for name in WORLDS:
            with case(name):
                assert said(check, whole(name)) == said(check, whole(name)) == said(check, equal(name))


def test_an_empty_snapshot_gives_no_pass(check: Check) -> None:
    with every_case() as case:
        for name in WORLDS:
            with case(name):
                empty = replace(whole(name), snapshot=replace(whole(name).snapshot, listings={}))
                assert {f.status for f in said(check, empty)} <= {Status.UNKNOWN, Status.NOT_APPLICABLE}


def test_everything_denied_gives_only_unknown_that_names_an_action(check: Check) -> None:
    with every_case() as case:
        for name in WORLDS:
            with case(name):
                decided_by_the_target = [f for f in said(check, whole(name)) if f.status is Status.NOT_APPLICABLE]
                findings = said(check, denied(name, *KINDS))
                assert findings
                for finding in findings:
                    if finding.check_id == "END013" and finding in decided_by_the_target:
                        continue  # whether the function is dual-stack is a setting of the function itself
                    assert finding.status is Status.UNKNOWN
                    assert re.search(r"allow [a-z0-9]+:[A-Z]\w+|state of Terraform, whose folder", finding.message)


def test_a_denied_call_turns_no_answer_into_a_failure(check: Check) -> None:
    with every_case() as case:
        for name in HEALTHY:
            known = {f.key for f in said(check, whole(name))}
            for key in check.META.needs:
                with case(name, "without", key):
                    for finding in said(check, denied(name, key)):
                        assert finding.status is not Status.FAIL or finding.key in known
                        cited = {evidence.operation for evidence in finding.evidence}
                        assert KINDS[key].operation not in cited


def test_healthy_worlds_have_no_failure_of_weight(check: Check) -> None:
    with every_case() as case:
        for name in HEALTHY:
            with case(name):
                bad = [f for f in said(check, whole(name)) if f.status in (Status.FAIL, Status.UNKNOWN)]
                assert not [f.message for f in bad if f.severity.rank >= Severity.MEDIUM.rank]


def test_every_answer_is_one_sentence_about_its_resource(check: Check) -> None:
    with every_case() as case:
        for name in WORLDS:
            for finding in said(check, whole(name)):
                with case(name, finding.key):
                    assert re.fullmatch(r"[^\n]+\.", finding.message)
                    assert "  " not in finding.message
                    if finding.status in (Status.PASS, Status.FAIL):
                        assert finding.resource.id in finding.message
                        assert finding.evidence, finding.message
                    assert finding.code


def test_evidence_points_at_the_raw_fact(check: Check) -> None:
    with every_case() as case:
        for name in WORLDS:
            with case(name):
                for finding in said(check, whole(name)):
                    for evidence in finding.evidence:
                        assert_points_at_the_fact(whole(name).snapshot, evidence)


def assert_points_at_the_fact(snapshot: Snapshot, evidence: Evidence) -> None:
    _, _, account, region, key, *path = evidence.pointer.split("/")
    listing = next(item for (_, k), item in snapshot.listings.items() if k == key)
    assert (account, region) == (listing.scope.account, listing.scope.region)
    value: Any = listing.raws
    for step in path:
        value = value[int(step)] if isinstance(value, list | tuple) else value.get(step)
    if path:
        assert value == evidence.value


@pytest.mark.parametrize("name", WORLDS)
def test_keys_are_unique_within_one_answer(name: str) -> None:
    keys = [f.key for check in CHECKS for f in said(check, whole(name))]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("name", "failing"),
    [
        ("no_endpoint", {"END001"}),
        ("half_attached", {"END003", "END004"}),
        ("shadowed", {"END004"}),
        ("closed", {"END005"}),
        ("ephemeral_hole", {"END006"}),
        ("refused", {"END007", "END009", "END010", "END011"}),
        ("elsewhere", {"END002", "END008", "END013", "END014"}),
        ("name_taken", {"END009", "END012"}),
    ],
)
def test_broken_worlds_fail_exactly_where_they_are_broken(name: str, failing: set[str]) -> None:
    findings = [f for check in CHECKS for f in said(check, whole(name))]
    found = {f.check_id for f in findings if f.status is Status.FAIL}
    assert {id_ for id_ in found if id_.startswith("END")} == failing
