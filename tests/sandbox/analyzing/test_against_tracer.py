"""The analyzer of the sandbox and the kit's own trace share no code: held against each other on every scenario.

Every place where they differ is listed here, with the reason; what is not listed must agree, verdict and reason.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any, NamedTuple

import pytest
from moto.ec2.models import ec2_backends

from runbook_lib.collect.aws import collect
from runbook_lib.collect.connection import Connection
from runbook_lib.collect.limits import Wanted
from runbook_lib.network.path import Tracer, tracer_of
from runbook_lib.network.question import question_of
from runbook_lib.network.view import View
from runbook_lib.sandbox import environment
from runbook_lib.sandbox.analyzing.analysis import analyse
from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.scenario import Scenario
from runbook_lib.sandbox.scenarios import SCENARIOS

_PORTS = (22, 443, 5432)
_NOBODY = ("198.51.100.20", "10.250.0.1", "100.64.1.1")
_SOURCES = 6


class Told(NamedTuple):
    """What one of the two says: the verdict and the codes of what stops the path."""

    verdict: str
    codes: tuple[str, ...] = ()


class Difference(NamedTuple):
    """A question of a scenario that the two answer differently; `owner` is what the destination address is of."""

    scenario: str
    owner: str
    kit: Told
    aws: Told


_BACK_INTO_ITSELF = Difference(
    "nat-in-wrong-subnet",
    "",
    Told("blocked", ("CANNOT_ROUTE",)),
    Told("blocked", ("NO_ROUTE_TO_DESTINATION",)),
)
_SOME_PORTS = Difference(
    "nacl-ephemeral-hole",
    "",
    Told("blocked", ("SUBNET_ACL_RESTRICTION", "SUBNET_ACL_RESTRICTION")),
    Told("reachable"),
)
DIFFERENCES = {
    _BACK_INTO_ITSELF: "the kit blames the NAT gateway that its own subnet routes to, AWS the table without a way on",
    _SOME_PORTS: "AWS looks for one source port that is answered, the kit asks for the whole range",
}
"""Mapping difference → why it is right that the two differ."""

OWNERS = {
    "lambda": "the kit knows that a function accepts no connections, AWS asks its security groups only",
    "link-local": "the model of the sandbox does not know what becomes of it: the analysis fails",
    "nat_gateway": "what is addressed to a NAT gateway itself is not modelled in the sandbox: the analysis fails",
}
"""Mapping type of the interface that has the destination address, or of the address → why the reasons may differ.

Neither may call such a path reachable.
"""


def _addresses(ec2: Any) -> set[str]:
    """Every address that something has, one that nobody has in each subnet, and some outside."""
    taken = {interface.private_ip_address for interface in ec2.enis.values()}
    blocks = [IPv4Network(subnet.cidr_block) for zone in ec2.subnets.values() for subnet in zone.values()]
    for prefix_list in ec2.managed_prefix_lists.values():
        listed = [entry["Cidr"] for entry in list(prefix_list.entries.values())[-1]]
        blocks += [IPv4Network(cidr) for cidr in listed if ":" not in cidr][:1]
    return taken | {str(block[-3]) for block in blocks} | set(_NOBODY)


def _kit(tracer: Tracer, source: str, destination: str, port: int) -> Told:
    said = tracer.trace(question_of({"from": source, "to": destination, "port": port}))
    stops = [*said["forward"]["blocked_by"], *said["return"]["blocked_by"]]
    return Told(said["verdict"], tuple(stop["code"] for stop in stops))


def _aws(ec2: Any, source: str, destination: str, port: int) -> Told:
    asked = {
        "DestinationAddress": destination,
        "DestinationPortRange": {"FromPort": port, "ToPort": port},
        "SourcePortRange": {"FromPort": 1024, "ToPort": 65535},
    }
    found = analyse(ec2, {"Source": source, "Protocol": "tcp", "FilterAtSource": asked})
    verdict = {True: "reachable", False: "blocked", None: "unknown"}[found.found]
    return Told(verdict, tuple(item["ExplanationCode"] for item in found.explanations))


def _agree(kit: Told, aws: Told) -> bool:
    """AWS names the first thing that stops a path, the kit everything."""
    return kit.verdict == aws.verdict and set(aws.codes) <= set(kit.codes)


def _questions(scenario: Scenario) -> Iterator[Difference]:
    aws = EmbeddedAws(scenario)
    aws.front.faults.clear()
    connection = Connection(region=aws.region, session=aws.session())
    wanted = Wanted(functions=(scenario.function,))
    tracer = tracer_of(View(collect(connection, wanted, origin_kind="sandbox", scenario=scenario.name)))
    ec2 = ec2_backends[environment.ACCOUNT][aws.region]
    owners = {interface.private_ip_address: interface.interface_type for interface in ec2.enis.values()}
    sources = [interface for interface in ec2.enis.values() if interface.interface_type == "lambda"][:_SOURCES]
    for source in sources:
        for destination in sorted(_addresses(ec2) - {source.private_ip_address}):
            for port in _PORTS:
                asked = source.id, destination, port
                owner = owners.get(destination, "link-local" if IPv4Address(destination).is_link_local else "")
                yield Difference(scenario.name, owner, _kit(tracer, *asked), _aws(ec2, *asked))


@pytest.mark.parametrize("name", SCENARIOS)
def test_both_say_the_same_but_for_what_is_listed(name: str) -> None:
    asked = list(_questions(SCENARIOS[name]))
    assert bool(asked) is (SCENARIOS[name].function != "")
    apart = {item for item in asked if not _agree(item.kit, item.aws)}
    excused = {item for item in apart if item.owner in OWNERS}
    assert not [item for item in excused if "reachable" in (item.kit.verdict, item.aws.verdict)]
    assert apart - excused == {item for item in DIFFERENCES if item.scenario == name}


def test_questions_are_of_every_kind() -> None:
    asked = list(_questions(SCENARIOS["peering-no-return-route"]))
    assert {item.kit.verdict for item in asked} == {"reachable", "blocked"}
    assert {item.owner for item in asked} == {"", *OWNERS, "interface"}
