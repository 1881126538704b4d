"""Manifests that are broken, strange or out of range: one line that says what and where, and never a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.manifests import read_manifest
from runbook_lib.keepalive.remedies import remedies
from runbook_lib.keepalive.verdict import Safety, judge

CORPUS = sorted(path for path in (Path(__file__).parent / "corpus").iterdir() if path.name != "expected.json")

POD = """kind: Pod
metadata: {{name: p}}
spec:
  securityContext: {{sysctls: [{{name: net.ipv4.tcp_keepalive_{}, value: '{}'}}]}}
  containers: [{{name: a}}]
"""


@pytest.mark.parametrize(
    ("name", "lowest", "highest", "unit"),
    [("time", 1, 2147483, "seconds"), ("intvl", 1, 2147483, "seconds"), ("probes", 0, 255, "probes")],
)
def test_values_that_the_kernel_takes(name: str, lowest: int, highest: int, unit: str) -> None:
    for value in (lowest, highest):
        read_manifest(POD.format(name, value), "pod.yaml")
    for value in (lowest - 1, highest + 1, "60s", "1.5", "", "0x10", "060"):
        with pytest.raises(UsageError) as caught:
            read_manifest(POD.format(name, value), "pod.yaml")
        assert str(caught.value) == (
            f"pod.yaml: Pod p: net.ipv4.tcp_keepalive_{name} must be a whole number of {unit} from {lowest} to "
            f"{highest}, found {str(value)!r}"
        )


NOTHING = "m.yaml: nothing in it has containers; found"
EXPECTS = "expected a Kubernetes workload, an ECS task definition, a Compose file, docker run, or a sysctl.d file"
BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}]\n" for old, new in zip("abcdefghijklmno", "bcdefghijklmnop", strict=True)
)
MERGES = "a0: &a0 {x: 1}\n" + "".join(
    f"a{at}: &a{at}\n  <<: [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"m.yaml is empty; {EXPECTS}"),
        ("# nothing\n", f"{NOTHING} nothing, {EXPECTS}"),
        ("hello", f"{NOTHING} plain text, {EXPECTS}"),
        ("kind: Service\n---\nkind: Secret\n", f"{NOTHING} Service, Secret, {EXPECTS}"),
        ("server.port = 80\n", f"{NOTHING} plain text, {EXPECTS}"),
        ("a: 1\nb: 2\n", f"{NOTHING} a map with a, b, {EXPECTS}"),
        ("kind: Pod\nspec: {containers: []}\n", f"{NOTHING} Pod, {EXPECTS}"),
        ("services: {}\n", f"{NOTHING} a map with services, {EXPECTS}"),
        ("&a [*a]\n", f"{NOTHING} a list, {EXPECTS}"),
        (BOMB, f"{NOTHING} a map with a, b, c, {EXPECTS}"),
        ("a: [\n", "m.yaml, line 2: broken YAML (expected the node content, but found '<stream end>')"),
        ("kind: Pod\n\tspec: 1\n", "m.yaml, line 2: broken YAML (found character '\\t' that cannot start any token)"),
        ('{"a": 1,\n "b": [}', "m.yaml, line 2: broken YAML (expected the node content, but found '}')"),
        ("kind: Pod\nspec: {}\nkind: Job\n", "m.yaml, line 3: broken YAML (key 'kind' stands twice)"),
        ('{"kind": "Pod",\n "kind": "Pod"}', "m.yaml, line 2: broken YAML (key 'kind' stands twice)"),
        ("a: *nobody\n", "m.yaml, line 1: broken YAML (found undefined alias 'nobody')"),
        ("a: 1\nb: \x07\n", "m.yaml, line 2: broken YAML (a character that is not allowed)"),
        ("[" * 2000, "m.yaml: broken YAML (nested too deep, or inside itself)"),
        (MERGES, "m.yaml, line 10: broken YAML (merge keys grow without end)"),
        ("kind: Pood\n", "m.yaml, line 1: unknown kind 'Pood'; nearest: Pod, PodTemplate, CronJob"),
        ("a: 1\nkind: 7", "m.yaml, line 2: unknown kind '7'; nearest: StatefulSet, ReplicationController, ReplicaSet"),
        ("docker run --name a 'b\n", "m.yaml, line 1: not a command line (No closing quotation)"),
        ("# one\ndocker run --name a b\ndocker run --name a b\n", "m.yaml, line 3: a second container is called 'a'"),
        ("services:\n  a:\n    sysctls: [[1]]\n", "m.yaml: sysctls of a: expected a map, or a list of name=value"),
        (
            "# one\nnet.ipv4.tcp_keepalive_time = soon\n",
            "m.yaml, line 2: net.ipv4.tcp_keepalive_time must be a whole number of seconds from 1 to 2147483, "
            "found 'soon'",
        ),
        (
            "kind: Pod\nspec: [\n  {{ .Values.x }}\n",
            "m.yaml, line 4: broken YAML (expected ',' or ']', but got '<stream end>'); "
            "this is a template: render it first (helm template)",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_manifest(text, "m.yaml")
    assert str(caught.value) == message


@pytest.mark.parametrize("version", ["", "new", "1", "1.x", "29"])
def test_a_kubelet_version_has_two_numbers(version: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_manifest("kind: Pod\nspec: {containers: [{name: a}]}\n", "pod.yaml", kubelet_version=version)
    assert str(caught.value) == f"the kubelet version must be like 1.29, not {version!r}"


WORDS = st.sampled_from(
    (
        "kind", "apiVersion", "metadata", "name", "namespace", "spec", "template", "jobTemplate",
        "securityContext", "sysctls", "value", "hostNetwork", "initContainers", "containers", "command",
        "args", "env", "privileged", "os", "nodeSelector", "kubernetes.io/os", "items", "services",
        "network_mode", "environment", "extends", "container_name", "containerDefinitions", "systemControls",
        "networkMode", "family", "requiresCompatibilities", "runtimePlatform", "operatingSystemFamily",
        "taskDefinition", "Resources", "Type", "Properties", "Pod", "Deployment", "CronJob", "List",
        "PodList", "AWS::ECS::TaskDefinition", "net.ipv4.tcp_keepalive_time", "60", "true", "sysctl", "-w",
        "sh", "-c", "net.ipv4.tcp_keepalive_time=60", "host", "service:a", "BOTOCORE_TCP_KEEPALIVE",
        "{{.Values.x}}", "$X", "Always", "windows", "FARGATE",
    )
)  # fmt: skip
SCALARS = st.one_of(WORDS, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.dates())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=5)),
    max_leaves=25,
)


def reads_or_says_why(text: str) -> None:
    try:
        found = read_manifest(text, "m.yaml")
    except UsageError as error:
        said, found = str(error), ()
    else:
        said = ""
    assert "\n" not in said
    assert bool(said) is not bool(found)
    for subject in found:
        json.dumps(subject.to_raw())
        for fix in remedies(subject):
            assert judge(fix.changed).safety is (Safety.CANNOT_TELL if "if its clients" in fix.title else Safety.SAFE)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(WORDS, VALUES, max_size=5))
def test_any_map_is_read_or_refused(value: dict[str, Any]) -> None:
    reads_or_says_why(yaml.safe_dump(value))


@settings(max_examples=200, deadline=None)
@given(VALUES, st.sampled_from(["Pod", "Deployment", "CronJob"]))
def test_any_pod_is_read_or_refused(spec: Any, kind: str) -> None:
    inner = spec if kind == "Pod" else {"template": {"spec": spec}}
    outer = inner if kind != "CronJob" else {"jobTemplate": {"spec": inner}}
    reads_or_says_why(yaml.safe_dump({"kind": kind, "spec": outer}))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab:-{}[]&*!|>'\"#%@,?\n \t=./$0")))
def test_any_text_is_read_or_refused(text: str) -> None:
    reads_or_says_why(text)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(CORPUS)).read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    reads_or_says_why(text[:start] + data.draw(st.text(max_size=8)) + text[end:])
