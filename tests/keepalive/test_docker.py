"""Command lines of `docker run` and Compose files: options as people write them, and shared namespaces."""

from __future__ import annotations

import pytest

from runbook_lib.keepalive.manifests import read_manifest
from runbook_lib.keepalive.verdict import Safety, judge

TIME = "net.ipv4.tcp_keepalive_time"
HOOK = f"post_start: [{{command: sysctl -w {TIME}=7200"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (f"docker run --sysctl {TIME}=60 image", (60, None)),
        (f"docker run --sysctl={TIME}=60 image", (60, None)),
        (f"docker container run -it --rm --sysctl {TIME}=60 image", (60, None)),
        (f"docker create -dp 80:80 --sysctl {TIME}=60 image", (60, None)),
        (f"$ sudo docker run -v/a:/b -w/c --sysctl {TIME}=60 image", (60, None)),
        (f"DOCKER_HOST=x docker --debug run --sysctl {TIME}=60 image", (60, None)),
        (f"nerdctl run --sysctl {TIME}=60 --sysctl {TIME}=90 image", (90, None)),
        (f"docker run image --sysctl {TIME}=60", (7200, None)),
        (f"docker run --label --sysctl {TIME}=60 image", (7200, None)),
        (f"docker run --sysctl {TIME}=$SECONDS image", (None, None)),
        ("docker run -e BOTOCORE_TCP_KEEPALIVE=true image", (7200, True)),
        ("docker run -ite BOTOCORE_TCP_KEEPALIVE=TRUE image", (7200, True)),
        ("docker run -eBOTOCORE_TCP_KEEPALIVE=no image", (7200, False)),
        ("docker run --env=BOTOCORE_TCP_KEEPALIVE image", (7200, None)),
        ("docker run --network host image", (None, None)),
        ("docker run --net=host image", (None, None)),
        ("docker run --network container:other image", (None, None)),
        ("docker run --network $NETWORK image", (None, None)),
        ("docker run --network bridge image", (7200, None)),
        (f"docker run --privileged image sh -c 'sysctl -w {TIME}=60; app'", (60, None)),
        (f"docker run --privileged=false image sh -c 'sysctl -w {TIME}=60; app'", (7200, None)),
        ("docker run", (7200, None)),
    ],
)
def test_options(command: str, expected: tuple[int | None, bool | None]) -> None:
    found = read_manifest(command, "run.sh")
    assert [(one.time_s, one.so_keepalive) for one in found] == [expected]


def test_commands_of_a_script_are_read_where_they_stand() -> None:
    text = (
        "#!/bin/sh\nset -e\n# docker run --name no image\ndocker pull image\ndocker run --name a \\\n image\n\n"
        f"docker run --name b --sysctl {TIME}=60 image\n"
    )
    assert [(one.id, one.time_s) for one in read_manifest(text, "run.sh")] == [
        ("run.sh: docker run a", 7200),
        ("run.sh: docker run b", 60),
    ]


def test_a_manifest_that_mentions_docker_run_is_no_command() -> None:
    text = "kind: Pod\nspec:\n  containers:\n  - name: app\n    args:\n    - |\n      docker run image\n"
    assert [one.id for one in read_manifest(text, "pod.yaml")] == ["pod.yaml: Pod without a name, container app"]


def compose(**services: str) -> str:
    return "services:\n" + "".join(f"  {name}: {{image: i, {told}}}\n" for name, told in services.items())


@pytest.mark.parametrize(
    ("text", "times"),
    [
        (compose(a=f"sysctls: ['{TIME}=60']", b="network_mode: 'service:a'", c=""), [60, 60, 7200]),
        (compose(a="", b=f"network_mode: 'service:a', sysctls: {{{TIME}: 60}}"), [60, 60]),
        (compose(a=f"sysctls: {{{TIME}: 60}}", b=f"network_mode: 'service:a', sysctls: {{{TIME}: 90}}"), [None, None]),
        (compose(a="network_mode: 'service:b'", b="network_mode: 'service:c'", c=f"sysctls: {{{TIME}: 60}}"), [60] * 3),
        (compose(a="network_mode: 'service:b'", b="network_mode: 'service:a'"), [None, None]),
        (compose(a="network_mode: 'service:gone'"), [None]),
        (compose(a="network_mode: 'service:b'", b="network_mode: host"), [None, None]),
        (compose(a="extends: {service: b}", b=""), [7200, 7200]),
        (compose(a="extends: b", b=f"sysctls: {{{TIME}: 60}}"), [60, 60]),
        (compose(a=f"extends: b, sysctls: ['{TIME}=90']", b=f"sysctls: {{{TIME}: 60}}"), [90, 60]),
        (compose(a="extends: {service: b}", b="network_mode: host"), [None, None]),
        (compose(a=f"extends: {{service: gone}}, sysctls: {{{TIME}: 60}}"), [None]),
        (compose(a=f"extends: {{service: a, file: o.yaml}}, sysctls: {{{TIME}: 60}}"), [None]),
        (compose(a="extends: b", b=f"extends: a, sysctls: {{{TIME}: 60}}"), [None, None]),
        (compose(a=f"privileged: true, command: sysctl -w {TIME}=60"), [60]),
        (compose(a=f"privileged: true, sysctls: {{{TIME}: 900}}, command: sysctl -w {TIME}=60"), [60]),
        (compose(a="privileged: true, command: sysctl -p"), [None]),
        (compose(a=f"privileged: true, user: '1000', command: sysctl -w {TIME}=60"), [7200]),
        (compose(a=f"privileged: true, user: '0:0', command: sysctl -w {TIME}=60"), [60]),
        (compose(a=f"privileged: true, user: $WHO, command: sysctl -w {TIME}=60"), [None]),
        (compose(a=f"sysctls: {{{TIME}: 60}}, {HOOK}, privileged: true}}]"), [None]),
        (compose(a=f"sysctls: {{{TIME}: 60}}, privileged: true, {HOOK}}}]"), [None]),
        (compose(a=f"extends: b, sysctls: {{{TIME}: 60}}", b=f"privileged: true, {HOOK}}}]"), [None, None]),
        (compose(a=f"sysctls: {{{TIME}: 60}}, {HOOK}}}]"), [60]),
    ],
)
def test_services(text: str, times: list[int | None]) -> None:
    assert [one.time_s for one in read_manifest(text, "compose.yaml")] == times


def test_files_that_a_compose_file_includes_are_named() -> None:
    text = f"include: [other.yaml, {{path: [a.yaml, b.yaml]}}]\n{compose(a=f'sysctls: {{{TIME}: 60}}')}"
    found = read_manifest(text, "compose.yaml", so_keepalive=True)
    assert [(one.id, judge(one).safety) for one in found] == [
        ("compose.yaml: service a", Safety.SAFE),
        ("compose.yaml: services of other.yaml", Safety.CANNOT_TELL),
        ("compose.yaml: services of a.yaml", Safety.CANNOT_TELL),
        ("compose.yaml: services of b.yaml", Safety.CANNOT_TELL),
    ]
