"""Analyses on the embedded AWS, whose model of the network is not the kit's own."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.act import Analyze, Analyzed, analysis_consent, leftovers, run_analyses
from runbook_lib.collect.aws import collect
from runbook_lib.collect.connection import Connection
from runbook_lib.collect.limits import Wanted
from runbook_lib.facade.joining import with_analyses
from runbook_lib.model.insights import NetworkInsightsAnalysis, NetworkInsightsPath, PathTag
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.network.insights.plan import whole
from runbook_lib.network.question import question_of
from runbook_lib.network.view import View
from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.scenarios import find


class Case:
    """A scenario, its facts, and what its analyses come to."""

    def __init__(self, scenario: str, to: str, port: int) -> None:
        self.aws = EmbeddedAws(find(scenario))
        self.connection = Connection(self.aws.region, session=self.aws.session(), endpoint_url="http://127.0.0.1:9")
        self.name = find(scenario).function
        self.before = collect(self.connection, Wanted(functions=(self.name,)))
        self.view = View(self.before)
        self.plan = whole(self.view, question_of({"from": self.name, "to": to, "port": port}))
        self.arn = str(self.view.function(self.name).arn)

    def run(self, **more: Any) -> Analyzed:
        request = Analyze(plan=self.plan, max_cost_usd=2.0, **more)
        given = analysis_consent(self.arn, request)
        return run_analyses(self.connection, given, self.arn, request, pause=lambda _: None)

    def after(self, found: Analyzed) -> Snapshot:
        return with_analyses(self.before, found, self.view.function(self.name).scope)


def told(snapshot: Snapshot) -> set[tuple[str | None, bool | None, tuple[str, ...]]]:
    """Stretch, whether AWS found a path, and the codes why not."""
    paths = {path.id: path for path in snapshot.all(NetworkInsightsPath)}
    return {
        (paths[item.path_id].tag(PathTag.STRETCH), item.path_found, tuple(one.code for one in item.explanations))
        for item in snapshot.all(NetworkInsightsAnalysis)
    }


def test_sftp_ends_at_the_acl_of_the_nat_gateway_s_subnet() -> None:
    case = Case("sftp-nacl", "198.51.100.20", 22)
    found = case.run()
    assert (found.started, found.gaps, found.left_behind) == (5, (), ())
    acl = ("SUBNET_ACL_RESTRICTION",)
    assert told(case.after(found)) == {
        ("whole path", False, acl),
        ("to the NAT gateway", True, ()),
        ("from the NAT gateway", False, acl),
    }
    seen = leftovers(case.connection)
    assert (seen.leftovers, seen.gaps) == ((), ())


@pytest.mark.parametrize(
    ("scenario", "to", "answer"),
    [
        ("fixed", "s3", ("whole path", True, ())),
        ("tgw-central-egress", "198.51.100.20", ("whole path", True, ())),
        ("public-subnet-trap", "198.51.100.20", ("whole path", False, ("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",))),
        ("blackhole-nat", "198.51.100.20", ("whole path", False, ("BAD_STATE_ROUTE",))),
    ],
)
def test_other_networks_come_out_as_they_are(scenario: str, to: str, answer: tuple[str, bool, tuple[str, ...]]) -> None:
    case = Case(scenario, to, 443)
    assert told(case.after(case.run())) == {answer}


def test_kept_answers_are_taken_over_until_the_network_changes() -> None:
    case = Case("fixed", "198.51.100.20", 443)
    assert (case.run(keep=True).started, case.run().reused) == (2, 2)
    assert leftovers(case.connection).leftovers == ()
    group = next(iter(case.view.function(case.name).group_ids))
    rule = {"IpProtocol": "tcp", "FromPort": 9, "ToPort": 9, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}
    case.aws.client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    view = View(collect(case.connection, Wanted()))
    case.plan = whole(view, question_of({"from": case.name, "to": "198.51.100.20", "port": 443}))
    again = case.run()
    assert (again.started, again.reused) == (2, 0)
