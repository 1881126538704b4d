"""A manifest of any kind → what the network namespaces it makes will hold, one subject per container.

Kinds: Kubernetes (also `List`, several documents, the output and the templates of Helm), Amazon ECS task definitions,
Docker Compose, `docker run` command lines, files of sysctl.d.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from runbook_lib.errors import UsageError, unknown_name
from runbook_lib.keepalive.compose import read_compose
from runbook_lib.keepalive.docker_run import is_docker_run, read_docker_run
from runbook_lib.keepalive.documents import Document, read_documents
from runbook_lib.keepalive.ecs import read_tasks
from runbook_lib.keepalive.kubernetes import read_workload
from runbook_lib.keepalive.pods import POD_PATHS, is_custom, pod_of
from runbook_lib.keepalive.settings import Asked, assemble, told_by
from runbook_lib.keepalive.sysctl_files import is_sysctl_file, read_sysctl_files, sysctl_hosts
from runbook_lib.keepalive.templates import has_branches, is_template, opened
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

__all__ = ["NoContainers", "read_documents_of", "read_manifest", "read_manifests"]

_OWN_GROUPS = re.compile(r"(?:(?:apps|batch|autoscaling|policy|extensions)/)?v\d\w*")
_WITHOUT_PODS = frozenset(
    (
        "APIService", "Binding", "CSIDriver", "CSINode", "CSIStorageCapacity", "CertificateSigningRequest",
        "ClusterRole", "ClusterRoleBinding", "ComponentStatus", "ConfigMap", "ControllerRevision",
        "CustomResourceDefinition", "DeviceClass", "EndpointSlice", "Endpoints", "Event", "FlowSchema",
        "GRPCRoute", "Gateway", "GatewayClass", "HTTPRoute", "HorizontalPodAutoscaler", "IPAddress", "Ingress",
        "IngressClass", "Lease", "LimitRange", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration", "Namespace", "NetworkPolicy", "Node", "PersistentVolume",
        "PersistentVolumeClaim", "PodDisruptionBudget", "PodSecurityPolicy", "PriorityClass",
        "PriorityLevelConfiguration", "ReferenceGrant", "ResourceClaim", "ResourceClaimTemplate",
        "ResourceQuota", "ResourceSlice", "Role", "RoleBinding", "RuntimeClass", "Secret", "Service",
        "ServiceAccount", "ServiceCIDR", "StorageClass", "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment",
        "VolumeAttributesClass", "VolumeSnapshot", "VolumeSnapshotClass", "VolumeSnapshotContent",
    )
)  # fmt: skip
_CONTAINERS = ("container", "containers", "initContainers")
_TEMPLATE: tuple[str, ...] = ("spec", "template", "spec")
_KNOWN = "a Kubernetes workload, an ECS task definition, a Compose file, docker run, or a sysctl.d file"


class NoContainers(UsageError):
    """A file that can be read and in which nothing has containers, such as a Service alone."""


def read_manifest(
    text: str, name: str, *, so_keepalive: bool | None = None, kubelet_version: str | None = None
) -> tuple[KeepaliveSubject, ...]:
    """The subjects of one file, in its order; `name` is the file's, for people.

    `so_keepalive` is what is known of the clients' socket option, `kubelet_version` (`1.29`, `v1.28.5-eks-...`) decides
    which sysctls are safe; None takes today's. UsageError, in one line, for broken YAML (with the line), an unknown
    kind, a value that the kernel does not take, and a file in which nothing has containers.
    """
    asked = Asked(so_keepalive=so_keepalive, kubelet=_kubelet(kubelet_version))
    return _read(text, name, asked)


def read_manifests(
    files: Iterable[tuple[str, str]], *, so_keepalive: bool | None = None, kubelet_version: str | None = None
) -> tuple[KeepaliveSubject, ...]:
    """The subjects of several files, given as (name, text), in order.

    Files of sysctl.d of one host make one subject together, after all others.
    """
    asked = Asked(so_keepalive=so_keepalive, kubelet=_kubelet(kubelet_version))
    given = tuple(files)
    hosts = {name: text for name, text in given if is_sysctl_file(text, name)}
    found = [subject for name, text in given if name not in hosts for subject in _read(text, name, asked)]
    return _numbered([*found, *(read_sysctl_files(host, asked=asked) for host in sysctl_hosts(hosts))])


def read_documents_of(text: str, name: str) -> tuple[Document, ...]:
    """The documents of a file as plain values; a template with its expressions as texts."""
    if not has_branches(text):
        try:
            return read_documents(text, name)
        except UsageError:
            if not is_template(text):
                raise
    template = opened(text)
    try:
        return read_documents(template.text, name, template=template)
    except UsageError as error:
        raise UsageError(f"{error}; this is a template: render it first (helm template)") from None


def _read(text: str, name: str, asked: Asked) -> tuple[KeepaliveSubject, ...]:
    if is_sysctl_file(text, name):
        return _numbered([read_sysctl_files({name: text}, asked=asked)])
    if not text.strip():
        raise UsageError(f"{name} is empty; expected {_KNOWN}")
    if is_docker_run(text):
        return _numbered(read_docker_run(text, file=name, asked=asked))
    documents = read_documents_of(text, name)
    found = [subject for document in documents for subject in _subjects(document, name, asked)]
    if not found:
        raise NoContainers(f"{name}: nothing in it has containers; found {_described(documents)}, expected {_KNOWN}")
    return _numbered(found)


def _subjects(document: Document, name: str, asked: Asked) -> Iterator[KeepaliveSubject]:
    value = document.value
    if isinstance(value, Mapping) and "kind" in value:
        for item in _items(value):
            yield from _workload(item, document, name, asked)
    elif isinstance(value, Mapping) and isinstance(value.get("services"), Mapping):
        yield from read_compose(value, file=name, asked=asked)
    else:
        yield from read_tasks(value, file=name, index=document.index, asked=asked)


def _items(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The objects of a list such as `kubectl get -o yaml` prints, or the object itself."""
    kind = str(value["kind"])
    if not kind.endswith("List"):
        yield value
        return
    listed = value.get("items")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, Mapping):
            # in a DeploymentList the items do not repeat their kind
            yield {"kind": kind.removesuffix("List"), "apiVersion": value.get("apiVersion"), **item}


def _workload(item: Mapping[str, Any], document: Document, name: str, asked: Asked) -> tuple[KeepaliveSubject, ...]:
    kind = str(item["kind"])
    version = str(item.get("apiVersion") or "v1")
    if is_custom(version):
        # a custom resource may have the pods of a Deployment, such as a Rollout or a Service of Knative
        path = _TEMPLATE if pod_of(item, (*_TEMPLATE, "containers")) else None
    else:
        path = POD_PATHS.get(kind)
        if path is None and kind not in _WITHOUT_PODS and _OWN_GROUPS.fullmatch(version):
            error = unknown_name("kind", kind[:60], (*POD_PATHS, "List"))
            raise UsageError(f"{name}, line {document.line}: {error}")
    if path is None:
        return (_unread(item, name, asked),) if kind not in _WITHOUT_PODS and _has_containers(item) else ()
    return read_workload(item, path, file=name, index=document.index, asked=asked)


def _unread(item: Mapping[str, Any], name: str, asked: Asked) -> KeepaliveSubject:
    """The subject of a custom resource that makes pods in a way of its own: nothing is known of them."""
    kind, title = str(item["kind"])[:60], str(pod_of(item, ("metadata", "name")) or "without a name")
    return assemble(
        subject=f"{name}: {kind} {title}",
        platform=Platform.KUBERNETES,
        writes=(),
        told=told_by(asked.so_keepalive),
        unset=f"it is not known how {kind} makes pods of the containers in it.",
        place={"File": name, "Kind": kind, "Name": title, **asked.to_place()},
    )


def _has_containers(item: Mapping[str, Any]) -> bool:
    """True when there are containers anywhere in a resource, unless it is a policy about such."""
    if "Policy" in str(item["kind"]):
        return False
    waiting: list[Any] = [item]
    seen: set[int] = set()  # parts may be shared, and shared parts in shared parts grow without end
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Mapping):
            if any(isinstance(value.get(key), Mapping | list) and value[key] for key in _CONTAINERS):
                return True
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return False


def _described(documents: Iterable[Document]) -> str:
    """What the documents are, for people."""
    seen: dict[str, None] = {}
    for document in documents:
        value = document.value
        if isinstance(value, Mapping):
            kinds = [str(item["kind"]) for item in _items(value)] if "kind" in value else []
            seen |= dict.fromkeys(
                kinds or [f"a map with {', '.join(str(key) for key in list(value)[:3]) or 'nothing'}"]
            )
        else:
            seen["a list" if isinstance(value, list) else "plain text"] = None
    words = list(seen)
    return (", ".join(words[:5]) + (f" and {len(words) - 5} more" if len(words) > 5 else ""))[:200] or "nothing"


def _numbered(found: Sequence[KeepaliveSubject]) -> tuple[KeepaliveSubject, ...]:
    """The subjects with names that differ, and their places in the list."""
    seen: dict[str, int] = {}
    named = []
    for at, subject in enumerate(found):
        seen[subject.id] = seen.get(subject.id, 0) + 1
        title = subject.id if seen[subject.id] == 1 else f"{subject.id} ({seen[subject.id]})"
        renamed = replace(subject, id=title, pointer=f"/{KeepaliveSubject.KEY}/{at}")
        named.append(replace(renamed, raw=renamed.to_raw()))
    return tuple(named)


def _kubelet(version: str | None) -> tuple[int, int] | None:
    if version is None:
        return None
    found = re.match(r"v?(\d{1,3})\.(\d{1,3})(?!\d)", version.strip())
    if found is None:
        raise UsageError(f"the kubelet version must be like 1.29, not {version!r}")
    return int(found[1]), int(found[2])
