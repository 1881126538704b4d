"""KAL002: does the platform apply the settings?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.keepalive import kal002_settings_applied as check
from runbook_lib.checks.keepalive.kal002_settings_applied import META
from runbook_lib.model.finding import Finding
from runbook_lib.model.keepalive import KeepaliveSubject
from tests.builders import World, world

REFUSED = "Kubernetes 1.28 does not hold net.ipv4.tcp_keepalive_time for safe, so the pod does not start."


def of(**told: object) -> tuple[World, KeepaliveSubject]:
    made = world().vpc().client("app", **told)
    return made, made.view().get(KeepaliveSubject, "app")


@pytest.mark.parametrize("platform", ["kubernetes", "ecs", "compose", "docker-run"])
def test_nothing_refused(platform: str) -> None:
    made, app = of(Platform=platform)
    said = f"app: {platform} refuses nothing that it asks for."
    assert made.ask(check) == (META.passed(app, said, app.cite("Platform")),)


def test_refused() -> None:
    made, app = of(Platform="kubernetes", Refused=REFUSED)
    expected: Finding = META.failed(app, f"app: {REFUSED}", app.cite("Refused"), code="SETTING_REFUSED")
    assert made.ask(check) == (expected,)


@pytest.mark.parametrize(
    ("platform", "words"), [("host", "host"), ("python", "python"), ("sysctl-file", "sysctl file")]
)
def test_what_could_not_refuse(platform: str, words: str) -> None:
    made, app = of(Platform=platform)
    said = f"app was read from a {words}: nothing refuses its settings."
    assert made.ask(check) == (META.not_applicable(app, said),)


def test_mixed_and_unread() -> None:
    made, _ = of(Platform="ecs")
    made.client("other", Platform="ecs", Refused=REFUSED)
    assert [item.code for item in made.ask(check)] == ["OK", "SETTING_REFUSED"]
    (unread,) = made.denied("KeepaliveSubjects").ask(check)
    assert (unread.code, "allow keepalive:Read" in unread.message) == ("NOT_READ", True)
