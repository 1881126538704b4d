"""Platform applies the keepalive settings.

What is verified
    Nothing in the manifest makes its platform refuse the keepalive settings that it asks for.
Why it matters
    A refused sysctl is worse than none: the pod does not start, or the task keeps 7,200 seconds while the manifest
    says 60.
How it is decided
    By the rules of the platform: which sysctls Kubernetes holds for safe in which version, which network mode takes
    systemControls, which Fargate platform version.
Unknown when
    The manifests were not read, or not whole.
Sources
    Amazon ECS task definition parameters, systemControls,
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html (read 2026-11-21)
    Using sysctls in a Kubernetes cluster,
    https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/ (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.keepalive.common import each_subject
from runbook_lib.model.finding import Finding
from runbook_lib.model.keepalive import KeepaliveSubject, Platform
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="KAL002",
    title="Platform applies the keepalive settings",
    severity=Severity.MEDIUM,
    family="keepalive",
    applies_to=KeepaliveSubject.TYPE,
    needs=(KeepaliveSubject.KEY,),
    is_anywhere=True,
)

_REFUSING = frozenset({Platform.KUBERNETES, Platform.ECS, Platform.COMPOSE, Platform.DOCKER_RUN})


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per client."""
    return each_subject(META, view, settings, _judge)


def _judge(subject: KeepaliveSubject) -> Iterator[Finding]:
    if subject.refused:
        said = f"{subject.id}: {subject.refused.rstrip('.')}."
        yield META.failed(subject, said, subject.cite("Refused"), code="SETTING_REFUSED")
    elif subject.platform in _REFUSING:
        said = f"{subject.id}: {subject.platform.value} refuses nothing that it asks for."
        yield META.passed(subject, said, subject.cite("Platform"))
    else:
        said = f"{subject.id} was read from a {subject.platform.value.replace('-', ' ')}: nothing refuses its settings."
        yield META.not_applicable(subject, said)
