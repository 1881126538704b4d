"""Networks of real accounts: what other projects assert about them holds here too.

The folder is named by RUNBOOK_REAL_VPCS; without it these tests are skipped.
"""

from __future__ import annotations

import json
import os
import random
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.collect.files import load
from runbook_lib.errors import UsageError
from runbook_lib.model.filters import SecurityGroup
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.path import Tracer
from runbook_lib.network.question import question_of
from runbook_lib.network.view import View

DATA = os.environ.get("RUNBOOK_REAL_VPCS")
pytestmark = pytest.mark.skipif(not DATA, reason="RUNBOOK_REAL_VPCS does not name the folder of real VPC data")
Json = dict[str, Any]

# Where the answer differs on purpose, and why.
DEVIATIONS = {
    "bf-pub-04": "the internet sending to an address outside the data says nothing about AWS; answered as blocked",
    "bf-ppsn-10": "a virtual private gateway is no source of the question's contract",
    "bf-ppsn-11": "a virtual private gateway is no source of the question's contract",
    "bf-ppsn-12": "a virtual private gateway is no source of the question's contract",
    "bf-ppsn-11-twin22": "a virtual private gateway is no source of the question's contract",
    "bf-ppsn-12-twin22": "a virtual private gateway is no source of the question's contract",
    "bf-sub-03": "the VPC router is no source of the question's contract",
    "bf-sub-03-twin22": "the VPC router is no source of the question's contract",
}


def _listed(name: str, key: str) -> list[Json]:
    if not DATA:
        return []
    return list(json.loads((Path(DATA) / name).read_text())[key])


CASES = _listed("expected-cases.json", "cases")
PROBES = _listed("expected-probes.json", "probes")
FOLDERS = sorted(p.name for p in Path(DATA).iterdir() if p.is_dir()) if DATA else []


@lru_cache
def snapshot_of(folder: str) -> Snapshot:
    return load(Path(str(DATA)) / folder)


@lru_cache
def tracer_of(folder: str) -> Tracer:
    return Tracer(View(snapshot_of(folder)))


def asked(source: str, to: str, flow: Json, **more: Any) -> Json:
    made = {"from": source, "to": to, "protocol": "all" if flow["proto"] == "any" else flow["proto"], **more}
    for name, field in (("dst_port", "port"), ("src_port", "source_port")):
        if flow.get(name) is not None:
            made[field] = flow[name]
    return made


def of(level: str) -> list[Any]:
    """The cases of one level that the kit answers as they say."""
    return [pytest.param(c, id=c["id"]) for c in CASES if c["level"] == level and c["id"] not in DEVIATIONS]


def allows(folder: str, asked_: Json, way: str = "forward") -> bool:
    return bool(tracer_of(folder).trace(question_of(asked_))[way]["verdict"] == "reachable")


# -- probes ------------------------------------------------------------------------------------------------------------


def test_there_are_probes_and_cases() -> None:
    assert (len(PROBES), len(CASES), len(FOLDERS)) == (512, 112, 30)


def test_every_probe_agrees() -> None:
    wrong = []
    for probe in PROBES:
        to = probe.get("dst_eni") or probe["dst_ip"]
        said = tracer_of(probe["snapshot"]).trace(
            question_of(asked(probe.get("src_eni") or probe["src_ip"], to, probe))
        )
        forward = said["forward"]["verdict"] == "reachable"
        expected = probe["expected_tcp_response_allowed"]
        back = expected is None or (said["return"]["verdict"] == "reachable") == expected
        if forward != probe["expected_forward_allowed"] or not back or said["missing"]:
            wrong.append(probe["id"])
    assert wrong == []


# -- paths -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", of("path"))
def test_path(case: Json) -> None:
    source, expected = case["src"], case["expected"]
    for flow in filter(None, (case["flow"], case.get("equivalent_flow"))):
        start = source.get("eni_id") or source.get("subnet_id") or source["ip"] or "198.51.100.7"
        said = tracer_of(case["snapshot"]).trace(question_of(asked(start, case["dst"]["ip"], flow)))
        assert (said["forward"]["verdict"] == "reachable") == expected["reachable"]
        code = expected.get("aws_reachability_analyzer_code")
        if code and case["applicability"] != "artefact":
            assert code in [blocker["code"] for blocker in said["forward"]["blocked_by"]]
        passed = [hop["id"] for hop in said["forward"]["hops"] if hop["kind"] != "vpn-connection"]
        assert passed == expected["path"]
        if expected.get("blocked_at", {}).get("security_groups"):
            assert said["forward"]["blocked_by"][0]["component"] in expected["blocked_at"]["security_groups"]


@pytest.mark.parametrize("case", [case for case in of("path") if case.values[0].get("lambda_view")])
def test_the_same_flow_from_a_function_there(case: Json) -> None:
    view = case["lambda_view"]
    place = view["vpc_config"]
    question = asked(place["SubnetIds"][0], case["dst"]["ip"], view["flow"], security_groups=place["SecurityGroupIds"])
    said = tracer_of(case["snapshot"]).trace(question_of(question))
    assert (said["forward"]["verdict"] == "reachable") == view["reachable"]
    word = {
        "blocked_igw_no_public_ip": "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
        "blocked_sg_ingress": "ENI_SG_RULES_MISMATCH",
        "no_destination": "NO_POSSIBLE_DESTINATION",
        "no_route_beyond_vgw": "NO_POSSIBLE_DESTINATION",
    }.get(view["verdict"])
    assert [b["code"] for b in said["forward"]["blocked_by"]] == ([word] if word else [])


# -- pairs and explanations --------------------------------------------------------------------------------------------

TRIED = [
    {"proto": "tcp", "dst_port": 22},
    {"proto": "tcp", "dst_port": 443},
    {"proto": "tcp", "dst_port": 9079},
    {"proto": "tcp", "dst_port": 9080},
    {"proto": "tcp", "dst_port": 9081},
    {"proto": "tcp", "dst_port": 65535},
    {"proto": "udp", "dst_port": 53},
    {"proto": "icmp"},
    {"proto": "any"},
    {"proto": "47"},
]


def matches(allowed: Json, flow: Json) -> bool:
    if allowed["proto"] == "all":
        return True
    ports = allowed.get("dst_ports") or [[0, 65535]]
    return bool(allowed["proto"] == flow["proto"] and any(a <= flow.get("dst_port", 0) <= b for a, b in ports))


@pytest.mark.parametrize("case", of("matrix_pair"))
def test_all_connections_of_a_pair(case: Json) -> None:
    expected = case["expected"]
    remotes = [("198.51.100.7", expected["allowed_connections"])] if "allowed_connections" in expected else []
    for remote in expected.get("by_remote") or [{"remote": "0.0.0.0/0", "allowed_connections": []}]:
        if not remotes or "by_remote" in expected:
            remotes.append(("198.51.100.7", remote["allowed_connections"]))
    for outside, connections in remotes:
        source = case["src"].get("eni_id", outside)
        to = case["dst"].get("eni_id", outside)
        for flow in TRIED:
            held = [c for c in connections if matches(c, flow)]
            assert allows(case["snapshot"], asked(source, to, flow)) == bool(held), flow
            if held and flow["proto"] == "tcp" and held[0].get("tcp_response_allowed"):
                assert allows(case["snapshot"], asked(source, to, flow), "return"), flow


@pytest.mark.parametrize("case", of("explain"))
def test_explanation(case: Json) -> None:
    expected = case["expected"]
    question = asked(case["src"]["eni_id"], case["dst"]["ip"], {"proto": "any"})
    said = tracer_of(case["snapshot"]).trace(question_of(question))
    assert (said["forward"]["verdict"] == "reachable") == (expected["allowed"] == "all")
    if expected.get("via"):
        assert expected["via"] in [hop["id"] for hop in said["forward"]["hops"]]
    for reason in expected.get("blocked_by", []):
        if reason["kind"] == "sg_egress":
            assert reason["id"] in [b["component"] for b in said["forward"]["blocked_by"]]
        else:  # a private subnet: no route leads to the internet
            assert "NO_ROUTE_TO_DESTINATION" in [b["code"] for b in said["forward"]["blocked_by"]]
    if expected["allowed"] == "all":
        assert said["return"]["verdict"] == "reachable"


def test_every_level_is_asked_somewhere() -> None:
    elsewhere = {"filter", "component_rule"}  # tests of real rules
    assert {case["level"] for case in CASES} - elsewhere == {"path", "matrix_pair", "explain"}
    assert set(DEVIATIONS) <= {case["id"] for case in CASES}


# -- never a traceback -------------------------------------------------------------------------------------------------

SERVICES = ("s3", "dynamodb", "secretsmanager", "sts", "example.com", "s3.us-west-2.amazonaws.com")
OUTSIDE = ("8.8.8.8", "10.200.7.7", "192.168.1.1", "2600::1", "10.0.0.0/8", "52.219.0.0/16")


@pytest.mark.parametrize("folder", FOLDERS)
def test_random_flows_always_have_an_answer(folder: str) -> None:
    snapshot, mix = snapshot_of(folder), random.Random(42)
    cards = snapshot.all(NetworkInterface)
    groups = [group.id for group in snapshot.all(SecurityGroup)]
    own = [str(ip) for card in cards for ip in (*card.private_ips, *(public for _, public in card.public_ips))]
    ids = [card.id for card in cards] + [card.instance_id for card in cards if card.instance_id]
    subnets = [subnet.id for subnet in snapshot.all(Subnet)]
    sources = [*ids, *subnets, *own, "8.8.8.8", "10.9.9.9"]
    for _ in range(150):
        asked_: Json = {
            "from": mix.choice(sources),
            "to": mix.choice([*ids, *own, *OUTSIDE, *SERVICES]),
            "protocol": mix.choice(["tcp", "udp", "icmp", "all", "47"]),
            "port": mix.choice([22, 443, 5432]),
            "security_groups": mix.sample(groups, k=min(len(groups), 2)),
        }
        try:
            said = tracer_of(folder).trace(question_of(asked_))
        except UsageError:
            continue
        assert said["verdict"] in ("reachable", "blocked", "unknown"), asked_
        assert said["verdict"] != "unknown" or said["missing"], asked_
