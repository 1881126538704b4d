"""What a scenario declares about paths is what the path checks find in its world: nothing more, nothing less."""

from __future__ import annotations

from functools import cache

import pytest

from runbook_lib.checks.base import Settings
from runbook_lib.collect.aws import collect
from runbook_lib.collect.connection import Connection
from runbook_lib.collect.limits import Wanted
from runbook_lib.engine import Evaluation, evaluate
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.status import Severity, Status, Verdict
from runbook_lib.network import targets
from runbook_lib.network.view import View
from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.scenarios import SCENARIOS, find


def collected(name: str) -> Snapshot:
    """The facts of a scenario by name."""
    aws, scenario = EmbeddedAws(find(name)), find(name)
    wanted = Wanted(functions=(scenario.function,))
    connection = Connection(region=scenario.region, session=aws.session())
    return collect(connection, wanted, origin_kind="sandbox", scenario=name)


@cache
def judged(name: str) -> Evaluation:
    """What the path checks say of a scenario. The answer is kept, not the facts: of those there are many."""
    snapshot, told = collected(name), find(name).parameters
    settings = Settings(
        target=targets.of_function(View(snapshot), find(name).function),
        services=tuple(told.get("services", "s3").split(",")),
        destinations=tuple(filter(None, [told.get("destination", "")])),
        port=int(told.get("port", 443)),
    )
    return evaluate(snapshot, settings, select=["path"], prove=False)


@pytest.mark.parametrize("name", SCENARIOS)
def test_checks_find_exactly_what_is_declared(name: str) -> None:
    found = judged(name)
    wrong = [
        (f.check_id, f.status, f.resource.name or f.resource.id)
        for f in found.findings
        if f.check_id.startswith("PTH") and f.status in (Status.FAIL, Status.UNKNOWN)
    ]
    declared = [(e.check_id, e.status, e.resource) for e in find(name).expected if e.check_id.startswith("PTH")]
    assert sorted(wrong) == sorted(declared)
    assert found.verdict is find(name).verdicts["network_path"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_healthy_path_has_no_failure_of_weight(name: str) -> None:
    scenario = find(name)
    weighty = [e for e in scenario.expected if e.check_id.startswith("PTH") and e.check_id != "PTH009"]
    assert bool(weighty) is (scenario.verdicts["network_path"] is not Verdict.PASS)


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("sftp-nacl", "2 of 2 subnets: * (tcp 22) is blocked: * (documents-prod-public), the implicit deny: *"),
        ("tgw-az-missing", "1 of 2 subnets: * (documents-prod-private-b) to * has no subnet in ap-southeast-1b, *"),
        ("nat-in-wrong-subnet", "2 of 2 subnets: * own subnet sends traffic back to it."),
        ("peering-no-return-route", "2 of 2 subnets: * (ledger-prod-database) has no route to 10.20.*"),
        ("public-subnet-trap", "2 of 2 subnets: * has no public IPv4 address, *"),
        ("nacl-ephemeral-hole", "1 of 2 subnets: * of the return ports are blocked: expect about *"),
    ],
)
def test_the_headline_names_the_cause_once(name: str, headline: str) -> None:
    said = judged(name).headline
    at = 0
    for part in headline.split("*"):
        assert part in said[at:], said
        at = said.index(part, at) + len(part)
    assert "more)" not in said


def test_every_finding_carries_what_it_rests_on() -> None:
    for name in SCENARIOS:
        for finding in judged(name).findings:
            if finding.status in (Status.PASS, Status.FAIL) and finding.severity is not Severity.INFO:
                assert finding.evidence, finding.message
