"""Fixes: whole texts, what a person gets who applies one, and that none leaves a client in danger."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.docker_run import command_line
from runbook_lib.keepalive.manifests import read_manifest, read_manifests
from runbook_lib.keepalive.patches import merged
from runbook_lib.keepalive.remedies import Remedy, remedies
from runbook_lib.keepalive.verdict import Safety, judge
from runbook_lib.model.keepalive import KeepaliveSubject
from tests.keepalive.subjects import subject

CORPUS = Path(__file__).parent / "corpus"
EXPECTED: dict[str, dict[str, Any]] = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))
CONDITION = " (if its clients are boto3 or the AWS CLI: else the socket option decides)"
LIMITS = (350, 300.5, 60, 5, 1.5)


SIDECAR = """kind: Pod
metadata: {name: p}
spec:
  initContainers:
  - name: tune
    command: [sh, -c, 'sysctl -w net.ipv4.tcp_keepalive_time=7200; /migrate']
    securityContext: {privileged: true}
  - {name: proxy, restartPolicy: Always}
  containers: [{name: app}]
"""


def read(name: str, so_keepalive: bool | None = None) -> tuple[KeepaliveSubject, ...]:
    """The subjects of a file of the corpus, whatever the table tells beside it of SO_KEEPALIVE."""
    version = EXPECTED[name].get("kubelet_version")
    text = (CORPUS / name).read_text(encoding="utf-8")
    return read_manifest(text, name, so_keepalive=so_keepalive, kubelet_version=version)


def hangs_on_the_socket_option(fix: Remedy, limit_s: float = 350) -> bool:
    """True when a change says that it helps some clients only, and does help those."""
    changed = fix.changed
    on = replace(changed, so_keepalive=True)
    return fix.title.endswith(CONDITION) and changed.so_keepalive is None and judge(on, limit_s).safety is Safety.SAFE


def values(told: KeepaliveSubject) -> tuple[object, ...]:
    """What a change is held to: the settings, and what keeps the platform from applying them."""
    return told.time_s, told.interval_s, told.probes, told.so_keepalive, told.refused


@pytest.mark.parametrize("so_keepalive", [None, True, False])
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_fix_makes_its_subject_safe_or_says_what_it_hangs_on(name: str, so_keepalive: bool | None) -> None:
    for told in read(name, so_keepalive):
        for limit_s in LIMITS:
            fixes = remedies(told, limit_s)
            for fix in fixes:
                is_safe = judge(fix.changed, limit_s).safety is Safety.SAFE
                assert is_safe is not hangs_on_the_socket_option(fix, limit_s)
                assert is_safe or so_keepalive is not True
            assert {fix.changed.id for fix in fixes} <= {told.id}
            assert all(fix.text.endswith("\n") and fix.text != "\n" for fix in fixes)
            if judge(told, limit_s).safety is Safety.SAFE:
                assert fixes == ()


@pytest.mark.parametrize("name", sorted(name for name in EXPECTED if name.startswith(("k8s", "helm-output"))))
def test_a_pod_patched_as_kubectl_does_reads_as_promised(name: str) -> None:
    """The patch is laid over the whole file, not over the part that was kept of it."""
    text = (CORPUS / name).read_text(encoding="utf-8")
    listed = json.loads(text)["items"] if name.endswith(".json") else yaml.safe_load_all(text)
    documents = [one for one in listed if one]
    for told in read(name):
        for fix in remedies(told)[:1]:
            if "# on every machine" in fix.text or "socket" in fix.text:
                continue
            patch = yaml.safe_load(fix.text)
            whole = [merged(one, patch) if one["metadata"] == patch["metadata"] else one for one in documents]
            found = read_manifest(
                yaml.safe_dump_all(whole), name, kubelet_version=EXPECTED[name].get("kubelet_version")
            )
            assert values(next(one for one in found if one.id == told.id)) == values(fix.changed)


@pytest.mark.parametrize("name", sorted(name for name in EXPECTED if name.startswith("sysctl-d")))
def test_lines_at_the_end_of_a_file_read_as_promised(name: str) -> None:
    told = read(name)[0]
    fix = remedies(told)[0]
    found = read_manifest((CORPUS / name).read_text(encoding="utf-8") + fix.text, name)[0]
    assert values(found)[:3] == values(fix.changed)[:3]


def first(text: str, name: str = "m.yaml", so_keepalive: bool | None = None) -> Remedy:
    return remedies(read_manifest(text, name, so_keepalive=so_keepalive)[0])[0]


def test_text_for_a_pod() -> None:
    fix = first((CORPUS / "k8s-deployment-nothing-set.yaml").read_text(encoding="utf-8"))
    assert fix.title == f"Deployment worker: tcp_keepalive_time=60, BOTOCORE_TCP_KEEPALIVE=true{CONDITION}"
    assert (values(fix.changed), hangs_on_the_socket_option(fix)) == ((60, 75, 9, None, None), True)
    assert (
        fix.text
        == """\
# merge into m.yaml, as kubectl patch --patch-file does
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
spec:
  template:
    spec:
      securityContext:
        sysctls:
        - name: net.ipv4.tcp_keepalive_time
          value: '60'
      containers:
      - name: app
        env:
        - name: BOTOCORE_TCP_KEEPALIVE
          value: 'true'
"""
    )


def test_a_writer_comes_after_the_one_that_it_overrides() -> None:
    """kubectl puts what is new first in a list, and then the other one would win."""
    fix = first((CORPUS / "k8s-init-writes-7200-and-migrates.yaml").read_text(encoding="utf-8"), so_keepalive=True)
    spec = yaml.safe_load(fix.text)["spec"]["template"]["spec"]
    assert [item["name"] for item in spec["initContainers"]] == ["tcp-keepalive"]
    assert spec["$setElementOrder/initContainers"] == [{"name": "tune"}, {"name": "tcp-keepalive"}]
    inits = {"initContainers": [{"name": "tune"}]}
    assert [item["name"] for item in merged(inits, spec)["initContainers"]] == ["tune", "tcp-keepalive"]
    del spec["$setElementOrder/initContainers"]
    assert [item["name"] for item in merged(inits, spec)["initContainers"]] == ["tcp-keepalive", "tune"]


def test_a_patch_lists_what_it_changes_in_the_order_that_it_sets() -> None:
    """kubectl refuses any other."""
    told = read_manifest(SIDECAR, "m.yaml")[0]
    fix = remedies(told)[0]
    spec = yaml.safe_load(fix.text)["spec"]
    assert [item["name"] for item in spec["initContainers"]] == ["tcp-keepalive", "proxy"]
    assert [item["name"] for item in spec["$setElementOrder/initContainers"]] == ["tune", "tcp-keepalive", "proxy"]


def test_a_writer_is_root_in_a_pod_of_another_user() -> None:
    text = (CORPUS / "k8s-init-writes-7200-in-pod-of-other-user.yaml").read_text(encoding="utf-8")
    (writer,) = yaml.safe_load(first(text, so_keepalive=True).text)["spec"]["template"]["spec"]["initContainers"]
    assert writer["securityContext"] == {"privileged": True, "runAsUser": 0, "runAsNonRoot": False}


@pytest.mark.parametrize("kind", ["Pod", "Job"])
def test_what_cannot_be_changed_is_created_again(kind: str) -> None:
    spec = "containers: [{name: app}]"
    inner = f"{{{spec}}}" if kind == "Pod" else f"{{template: {{spec: {{{spec}}}}}}}"
    fix = first(f"kind: {kind}\nmetadata: {{name: p}}\nspec: {inner}\n", so_keepalive=True)
    assert "# delete it and create it again (kubectl replace --force -f m.yaml)\n" in fix.text


def test_text_for_a_custom_resource_is_what_to_change_by_hand() -> None:
    """It takes no strategic merge patch: nothing that only kubectl understands may stand in it."""
    head = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r}\nspec: {template: {spec: {"
    init = "{name: tune, command: [sysctl, -w, net.ipv4.tcp_keepalive_time=%s], securityContext: {privileged: true}}"
    later = "{name: late, command: [sh, -c, 'sysctl -w net.ipv4.tcp_keepalive_time=7200; /migrate'], "
    later += "securityContext: {privileged: true}}"
    tail = "], containers: [{name: app}]}}}\n"
    text = first(f"{head}initContainers: [{init % 7200}{tail}", so_keepalive=True).text
    assert (
        text
        == """\
# change these parts of Rollout in m.yaml; kubectl patch cannot merge such lists of a custom resource
# take tune away
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: r
spec:
  template:
    spec:
      securityContext:
        sysctls:
        - name: net.ipv4.tcp_keepalive_time
          value: '60'
"""
    )
    text = first(f"{head}initContainers: [{later}{tail}", so_keepalive=True).text
    assert text.splitlines()[1] == "# initContainers in this order: late, tcp-keepalive"
    assert "$" not in text


def test_the_variable_alone_needs_no_change_of_the_platform() -> None:
    text = (CORPUS / "k8s-deployment-botocore-and-safe-sysctls.yaml").read_text(encoding="utf-8")
    assert [fix.title for fix in remedies(read_manifest(text, "m.yaml")[0])] == [
        "In the code of the client: SO_KEEPALIVE, TCP_KEEPIDLE=60 and TCP_KEEPINTVL=30"
    ]


def test_text_for_the_nodes_of_a_pod_on_their_network() -> None:
    fix = first("kind: Pod\nmetadata: {name: p}\nspec: {hostNetwork: true, containers: [{name: app}]}\n")
    assert (
        fix.text
        == """\
# on every machine that runs it
# /etc/sysctl.d/99-tcp-keepalive.conf, then: sysctl --system
net.ipv4.tcp_keepalive_time = 60
net.ipv4.tcp_keepalive_intvl = 30

# merge into m.yaml, as kubectl patch --local -f m.yaml --patch-file does; a Pod that exists takes no such change:
# delete it and create it again (kubectl replace --force -f m.yaml)
kind: Pod
metadata:
  name: p
spec:
  containers:
  - name: app
    env:
    - name: BOTOCORE_TCP_KEEPALIVE
      value: 'true'
"""
    )


def test_text_for_a_task() -> None:
    fix = first((CORPUS / "ecs-awsvpc-conflict.json").read_text(encoding="utf-8"))
    control = {"namespace": "net.ipv4.tcp_keepalive_time", "value": "60"}
    assert json.loads(fix.text) == {
        "containerDefinitions": [{"name": "proxy", "systemControls": [control]}],
    }


def test_text_for_a_task_of_cloudformation() -> None:
    fix = first((CORPUS / "ecs-cloudformation-parameter.yaml").read_text(encoding="utf-8"))
    assert (
        fix.text
        == """\
Resources:
  WorkerTask:
    Properties:
      ContainerDefinitions:
      - Name: app
        SystemControls:
        - Namespace: net.ipv4.tcp_keepalive_time
          Value: '60'
"""
    )


def test_text_for_an_old_platform_of_fargate() -> None:
    fix = first((CORPUS / "ecs-cloudformation-fargate-1-3.yaml").read_text(encoding="utf-8"), so_keepalive=True)
    assert fix.text == "# and in the service that runs it: platform version 1.4.0\n"
    assert values(fix.changed) == (60, 75, 9, True, None)


def test_text_for_compose_goes_to_the_owner_of_the_namespace() -> None:
    told = read_manifest("services:\n  a: {image: a}\n  b: {image: b, network_mode: 'service:a'}\n", "m.yaml")[1]
    assert (
        remedies(told)[0].text
        == """\
# a second file: docker compose -f m.yaml -f SECOND up
services:
  a:
    sysctls:
      net.ipv4.tcp_keepalive_time: 60
  b:
    environment:
      BOTOCORE_TCP_KEEPALIVE: 'true'
"""
    )


def test_text_for_compose_takes_refused_sysctls_away() -> None:
    fix = first((CORPUS / "compose-host-with-sysctls.yaml").read_text(encoding="utf-8"))
    assert fix.text.splitlines()[-4:] == [
        "  app:",
        "    sysctls: !reset null",
        "    environment:",
        "      BOTOCORE_TCP_KEEPALIVE: 'true'",
    ]


def test_text_for_docker_run() -> None:
    fix = first("docker run -d --name b -p 80:80 --sysctl net.ipv4.tcp_keepalive_time=900 image serve\n", "run.sh")
    assert fix.text == (
        "docker run --name b --sysctl=net.ipv4.tcp_keepalive_time=60 --env=BOTOCORE_TCP_KEEPALIVE=true image\n"
        "# and all other options as they are\n"
    )


def test_text_for_a_host() -> None:
    fixes = remedies(subject(TimeS=7200, IntervalS=400, SoKeepalive=None))
    assert [fix.title for fix in fixes] == [
        f"Host: tcp_keepalive_time=60 and tcp_keepalive_intvl=30 and BOTOCORE_TCP_KEEPALIVE=true{CONDITION}",
        "In the code of the client: SO_KEEPALIVE, TCP_KEEPIDLE=60 and TCP_KEEPINTVL=30",
    ]
    assert (
        fixes[0].text
        == """\
# /etc/sysctl.d/99-tcp-keepalive.conf, then: sysctl --system
net.ipv4.tcp_keepalive_time = 60
net.ipv4.tcp_keepalive_intvl = 30
# in the environment of the client, for boto3 and the AWS CLI:
# BOTOCORE_TCP_KEEPALIVE=true
"""
    )
    assert values(read_manifests([("a.conf", fixes[0].text)])[0])[:3] == values(fixes[0].changed)[:3]


def test_a_fix_of_code_is_certain_since_its_client_is_known() -> None:
    fix = remedies(subject(Platform="python", SoKeepalive=False))[0]
    assert (fix.title, judge(fix.changed).safety) == ("Config(tcp_keepalive=True)", Safety.SAFE)


def test_text_for_code() -> None:
    fix = remedies(subject(Platform="python", SoKeepalive=False, TimeS=7200))[0]
    assert fix.title == "Config(tcp_keepalive=True) and the sysctls of its host"
    assert (
        fix.text
        == """\
from botocore.config import Config

client = boto3.client(..., config=Config(tcp_keepalive=True))

# # /etc/sysctl.d/99-tcp-keepalive.conf, then: sysctl --system
# net.ipv4.tcp_keepalive_time = 60
"""
    )


def test_options_for_the_sockets_of_a_real_client() -> None:
    """The text runs, and the pool of the client makes its connections with the options."""
    fix = remedies(subject(TimeS=7200))[-1]
    client = boto3.client("lambda", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    exec(fix.text, {"client": client})
    pool = client._endpoint.http_session._manager.connection_pool_kw["socket_options"]
    assert [option[-1] for option in pool[-3:]] == [1, 60, 30]


@pytest.mark.parametrize(
    ("limit_s", "time_s", "interval_s"),
    [(350, 60, 30), (140, 60, 30), (139, 59, 29), (60, 25, 12), (5, 2, 1), (1.2, 1, 1)],
)
def test_times_are_far_below_the_limit(limit_s: float, time_s: int, interval_s: int) -> None:
    fix = remedies(subject(TimeS=7200, IntervalS=7200), limit_s)[0]
    assert (fix.changed.time_s, fix.changed.interval_s) == (time_s, interval_s)


def test_whole_seconds_are_too_coarse_for_a_limit_of_one() -> None:
    assert remedies(subject(TimeS=7200), 1) == ()


def test_what_is_fine_stays_as_it_is() -> None:
    fix = remedies(subject(TimeS=200, IntervalS=360))[0]
    assert (fix.changed.time_s, fix.changed.interval_s, fix.changed.probes) == (200, 30, 9)


def test_a_client_that_is_safe_needs_nothing() -> None:
    assert remedies(subject()) == ()


def test_a_limit_must_be_above_zero() -> None:
    with pytest.raises(UsageError):
        remedies(subject(), 0)


def test_the_variable_does_not_mend_a_client_that_is_off_in_spite_of_it() -> None:
    text = (CORPUS / "k8s-deployment-safe.yaml").read_text(encoding="utf-8")
    fixes = remedies(read_manifest(text, "m.yaml", so_keepalive=False)[0])
    assert [fix.title for fix in fixes] == [
        "In the code of the client: SO_KEEPALIVE, TCP_KEEPIDLE=60 and TCP_KEEPINTVL=30"
    ]


def test_a_variable_from_a_config_map_gives_way_to_a_value() -> None:
    fix = first((CORPUS / "k8s-deployment-botocore-from-config-map.yaml").read_text(encoding="utf-8"))
    patched = yaml.safe_load(fix.text)["spec"]["template"]["spec"]["containers"][0]["env"]
    assert patched == [{"name": "BOTOCORE_TCP_KEEPALIVE", "value": "true", "valueFrom": None}]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_is_kept_of_a_file_reads_as_the_whole(name: str) -> None:
    """Fixes are tried on what is kept, so it must say the same as the file; of unknown kinds nothing is kept."""
    for told in read(name):
        place = told.place
        if not {"Manifest", "Commands", "Text"} & set(place):
            assert (told.time_s, told.interval_s, told.probes) == (None, None, None)
            continue
        if "Manifest" in place:
            kept = yaml.safe_dump(place["Manifest"], sort_keys=False)
        elif "Commands" in place:
            kept = "\n".join(command_line(command) for command in place["Commands"].values())
        else:
            kept = "".join(place["Text"].values()) or "vm.swappiness = 1\n"
        again = read_manifest(kept, name, kubelet_version=EXPECTED[name].get("kubelet_version"))
        assert (values(told), told.gaps) in [(values(one), one.gaps) for one in again]
