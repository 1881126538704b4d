"""Fixes for clients behind an idle limit: proven by judging what the changed file would bring about."""

from __future__ import annotations

from typing import Any

from runbook_lib.engine import Evaluation, evaluate
from runbook_lib.keepalive.manifests import read_manifest
from runbook_lib.model.idle import Keepalive
from runbook_lib.model.status import Status, Verdict
from tests.builders import World, world
from tests.checks.keepalive.test_kal001 import behind_nat, to_balancer

POD = """apiVersion: v1
kind: Pod
metadata: {name: scan-worker}
spec:
  containers:
    - name: worker
      image: worker:1
      env: [{name: BOTOCORE_TCP_KEEPALIVE, value: "true"}]
"""


def judged(made: World, **more: Any) -> Evaluation:
    return evaluate(made.snapshot(), made.settings("lambda", **more), select=["KAL001", "KAL002"])


def with_pod(made: World, told: bool | None) -> World:
    for subject in read_manifest(POD, "pod.yaml", so_keepalive=told):
        made._items["KeepaliveSubjects"].append(subject.to_raw())
    return made


def test_a_host_gets_a_file_that_is_proven() -> None:
    found = judged(behind_nat(TimeS=7200))
    (failed,) = [finding for finding in found.findings if finding.status is Status.FAIL]
    assert failed.fixes
    best = failed.fixes[0]
    assert (best.proven, best.terraform) == (True, "")
    assert "net.ipv4.tcp_keepalive_time" in best.cli
    assert best.reason == "Tried on a copy of the network: KAL001:app passes and nothing else begins to fail."
    assert best.warnings == ("Connections that are open keep their timers: start the clients again afterwards.",)


def test_a_pod_gets_a_patch_that_is_proven() -> None:
    made = with_pod(world().vpc().subnet(az="a"), told=True)
    found = judged(made, keepalive=Keepalive(idle_limit_s=350))
    assert found.verdict is Verdict.FAIL
    (failed,) = [finding for finding in found.findings if finding.status is Status.FAIL]
    assert [fix.proven for fix in failed.fixes].count(True) >= 1
    assert "securityContext" in next(fix.cli for fix in failed.fixes if fix.proven)


def test_a_pod_whose_clients_are_not_known_gets_a_patch_with_a_condition() -> None:
    made = with_pod(world().vpc().subnet(az="a"), told=None)
    found = judged(made, keepalive=Keepalive(idle_limit_s=350))
    (failed,) = [finding for finding in found.findings if finding.status is Status.FAIL]
    patch, code = failed.fixes
    assert (patch.proven, code.proven) == (False, True)
    assert patch.title.endswith("(if its clients are boto3 or the AWS CLI: else the socket option decides)")
    assert patch.warnings == (
        "Connections that are open keep their timers: start the clients again afterwards.",
        "It is not known whether the client sets SO_KEEPALIVE, and the socket option decides: tell so_keepalive=on if "
        "all its clients are boto3 or the AWS CLI.",
    )


def test_a_safe_client_needs_none_and_no_setting_helps_where_only_data_counts() -> None:
    assert all(not finding.fixes for finding in judged(behind_nat()).findings)
    made = to_balancer([{"Key": "idle_timeout.timeout_seconds", "Value": "60"}], TimeS=10)
    found = evaluate(made.snapshot(), made.settings(destinations=("10.0.0.20",)), select=["KAL001"])
    assert [(item.code, item.fixes) for item in found.findings] == [("ONLY_DATA", ())]
