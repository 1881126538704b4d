"""What manifests and configurations say of the namespace of a client: a corpus with whole answers, and bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.keepalive.manifests import read_manifest, read_manifests
from runbook_lib.keepalive.remedies import remedies
from runbook_lib.keepalive.verdict import judge
from runbook_lib.model.fact import Scope
from runbook_lib.model.keepalive import KeepaliveSubject

CORPUS = Path(__file__).parent / "corpus"
EXPECTED: dict[str, dict[str, Any]] = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))
IN_CODE = "In the code of the client: "


def read(name: str, so_keepalive: bool | None = None) -> tuple[KeepaliveSubject, ...]:
    """The subjects of a file of the corpus, on the terms that are expected of it."""
    text = (CORPUS / name).read_text(encoding="utf-8")
    told, version = EXPECTED[name].get("so_keepalive", so_keepalive), EXPECTED[name].get("kubelet_version")
    return read_manifest(text, name, so_keepalive=told, kubelet_version=version)


def described(subject: KeepaliveSubject) -> dict[str, Any]:
    """A subject with its verdict and its fixes as the table of the corpus has it.

    What the table says of `so_keepalive` was told beside the file.
    """
    judged = judge(subject)
    fixes = [fix.title for fix in remedies(subject)]
    told: dict[str, Any] = {
        "subject": subject.id,
        "time_s": subject.time_s,
        "interval_s": subject.interval_s,
        "probes": subject.probes,
        "so_keepalive": subject.so_keepalive,
        "verdict": judged.safety.value,
        "reason": judged.reason,
    }
    if subject.refused:
        told["refused"] = subject.refused
    told |= {key: list(getattr(subject, key)) for key in ("gaps", "notes") if getattr(subject, key)}
    told["remedies"] = ["the client's code" if title.startswith(IN_CODE) else title for title in fixes]
    return told


def test_the_table_is_about_every_file() -> None:
    assert sorted(EXPECTED) == sorted(path.name for path in CORPUS.iterdir() if path.name != "expected.json")
    assert len(EXPECTED) >= 40


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_corpus(name: str) -> None:
    assert [described(subject) for subject in read(name)] == EXPECTED[name]["subjects"]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_subject_survives_a_snapshot(name: str) -> None:
    for subject in read(name):
        raw = json.loads(json.dumps(subject.to_raw()))
        assert KeepaliveSubject.read(raw, Scope(), subject.pointer) == subject
        assert raw == dict(subject.raw)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pod.yaml", "kind: Pod\nmetadata: {{name: a}}\nspec:\n  initContainers:\n  - name: i\n    command: [sh, -c, "
         "'sysctl -w net.ipv4.tcp_keepalive_time=60; app --password={0}']\n    securityContext: {{privileged: true}}\n"
         "  containers:\n  - name: app\n    args: [--password={0}]\n    env: [{{name: TOKEN, value: {0}}}]\n"),
        ("compose.yaml", "services:\n  app:\n    image: i\n    command: sh -c 'sysctl -w a=1; app {0}'\n"
         "    environment: [TOKEN={0}]\n"),
        ("run.sh", "docker run -e TOKEN={0} image app --password {0}\n"),
        ("run.sh", "docker run --privileged image sh -c 'sysctl -w net.ipv4.tcp_keepalive_time=60; app {0}'\n"),
        ("task.json", '{{"family": "f", "containerDefinitions": [{{"name": "a", "image": "i", "command": ["{0}"], '
         '"environment": [{{"name": "TOKEN", "value": "{0}"}}]}}]}}'),
        ("a.conf", "net.ipv4.tcp_keepalive_time = 60\n# {0}\nkernel.hostname = {0}\n"),
    ],
)  # fmt: skip
def test_what_is_kept_of_a_manifest_holds_no_other_value(name: str, text: str) -> None:
    found = read_manifest(text.format("hunter2"), name)
    assert found
    assert "hunter2" not in json.dumps([subject.to_raw() for subject in found])


def test_files_of_sysctl_d_are_one_host_in_the_order_of_their_names() -> None:
    found = read_manifests(
        [
            ("/usr/lib/sysctl.d/90-vendor.conf", "net.ipv4.tcp_keepalive_time = 100\n"),
            ("/etc/sysctl.d/50-own.conf", "net.ipv4.tcp_keepalive_time = 200\nnet.ipv4.tcp_keepalive_intvl = 20\n"),
            ("/etc/sysctl.d/10-same.conf", "net.ipv4.tcp_keepalive_probes = 3\n"),
            ("/usr/lib/sysctl.d/10-same.conf", "net.ipv4.tcp_keepalive_probes = 4\n"),
            ("pod.yaml", "kind: Pod\nspec: {containers: [{name: app}]}\n"),
        ]
    )
    assert [(one.id.partition(":")[0], one.time_s, one.interval_s, one.probes) for one in found] == [
        ("pod.yaml", 7200, 75, 9),
        ("/etc/sysctl.d/10-same.conf, /etc/sysctl.d/50-own.conf, /usr/lib/sysctl.d/90-vendor.conf", 100, 20, 3),
    ]
    assert dict(found[1].origins) == {
        "time_s": "/usr/lib/sysctl.d/90-vendor.conf, line 1",
        "interval_s": "/etc/sysctl.d/50-own.conf, line 2",
        "probes": "/etc/sysctl.d/10-same.conf, line 1",
    }


@pytest.mark.parametrize(
    ("told", "variable", "so_keepalive", "origin"),
    [
        (None, None, None, None),
        (True, None, True, "told"),
        (None, "true", None, None),
        (None, "false", None, None),
        (True, "true", True, "told"),
        (False, "true", False, "told"),
        (True, "false", True, "told"),
        (None, "$(OTHER)", None, None),
        (False, "$(OTHER)", False, "told"),
    ],
)
def test_who_says_whether_the_socket_option_is_set(
    told: bool | None, variable: str | None, so_keepalive: bool | None, origin: str | None
) -> None:
    env = [] if variable is None else [{"name": "BOTOCORE_TCP_KEEPALIVE", "value": variable}]
    pod = {"kind": "Pod", "spec": {"containers": [{"name": "app", "env": env}]}}
    found = read_manifest(json.dumps(pod), "pod.json", so_keepalive=told)[0]
    assert (found.so_keepalive, dict(found.origins).get("so_keepalive")) == (so_keepalive, origin)


POD_TEMPLATE = "spec: {template: {spec: {containers: [{name: app}]}}}\n"


@pytest.mark.parametrize(
    "head",
    [
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\n",
        "apiVersion: serving.knative.dev/v1\nkind: Service\n",
        "apiVersion: apps.openshift.io/v1\nkind: DeploymentConfig\n",
        "apiVersion: apps/v1\nkind: Deployment\n",
        "kind: Deployment\n",
    ],
)
def test_whatever_has_the_pods_of_a_deployment_is_read(head: str) -> None:
    assert [one.time_s for one in read_manifest(head + POD_TEMPLATE, "m.yaml")] == [7200]


@pytest.mark.parametrize(
    "beside",
    [
        "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\n",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\n",
        "apiVersion: cert-manager.io/v1\nkind: Certificate\n",
        "apiVersion: v1\nkind: ConfigMap\ndata: {kind: Pod}\n",
    ],
)
def test_what_has_no_pods_may_stand_beside_what_has(beside: str) -> None:
    found = read_manifest(f"{beside}---\nkind: Deployment\n{POD_TEMPLATE}", "m.yaml")
    assert [one.id for one in found] == ["m.yaml: Deployment without a name, container app"]
