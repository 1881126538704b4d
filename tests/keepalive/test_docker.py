"""Command lines of `docker run` and Compose files: options as people write them, and shared namespaces."""

from __future__ import annotations

import json

import pytest

from runbook_lib.keepalive.manifests import read_manifest
from runbook_lib.keepalive.remedies import remedies
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
        (f"docker run --label --sysctl {TIME}=60 image", (None, None)),
        ("docker run --label --sysctl image", (7200, None)),
        (f"docker --context prod run --sysctl {TIME}=60 image", (60, None)),
        (f"docker --log-level=debug container run --sysctl {TIME}=60 image", (60, None)),
        (f"podman run --rmi --env-host --sysctl {TIME}=60 image", (60, None)),
        (f"docker run --use-api-socket --sysctl {TIME}=60 image", (60, None)),
        (f"docker run --brand-new --sysctl {TIME}=60 image", (None, None)),
        (f"docker run -z --sysctl {TIME}=60 image", (None, None)),
        (f"docker run $OPTIONS --sysctl {TIME}=60 image", (None, None)),
        (f"docker run --sysctl {TIME}=60 ${{EXTRA}} image", (None, None)),
        (f'docker run "${{ARGS[@]}}" --sysctl {TIME}=60 image', (None, None)),
        (f"docker run --sysctl {TIME}=60 $IMAGE", (60, None)),
        (f'docker run --sysctl {TIME}=60 "$IMAGE" serve', (60, None)),
        (f"docker run -v $(pwd):/w --sysctl {TIME}=60 image", (60, None)),
        ("docker run --sysctl $NAME=60 image", (None, None)),
        (f"podman run --pod web --sysctl {TIME}=60 image", (None, None)),
        (f"podman run --network ns:/run/netns/x --sysctl {TIME}=60 image", (None, None)),
        (f"docker run --privileged -u 1000 image sysctl -w {TIME}=60", (7200, None)),
        (f"docker run --privileged --user root image sysctl -w {TIME}=60", (60, None)),
        (f"docker run --privileged -u $WHO image sysctl -w {TIME}=60", (None, None)),
        (f"docker run --sysctl {TIME}=$SECONDS image", (None, None)),
        ("docker run -e BOTOCORE_TCP_KEEPALIVE=true image", (7200, None)),
        ("docker run -ite BOTOCORE_TCP_KEEPALIVE=TRUE image", (7200, None)),
        ("docker run -eBOTOCORE_TCP_KEEPALIVE=no image", (7200, None)),
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


SAFE_RUN = f"docker run --sysctl {TIME}=60 --name a image"


@pytest.mark.parametrize(
    ("text", "times"),
    [
        (f"{SAFE_RUN} && docker run image", [60, 7200]),
        (f"{SAFE_RUN} & docker run image", [60, 7200]),
        (f"{SAFE_RUN}; docker run image", [60, 7200]),
        (f"if x; then {SAFE_RUN}; fi\nid=$(docker run -d image)\n", [60, 7200]),
        (f'{SAFE_RUN}\nid="$(docker run -d image)"\n', [60, 7200]),
        (f"{SAFE_RUN}\nid=`docker run -d image`\n", [60, 7200]),
        (f"{SAFE_RUN}\nbash -c 'cd x; docker run image'\n", [60, 7200]),
        (f"{SAFE_RUN}\nretry docker run image\n", [60, None]),
        (f"{SAFE_RUN} # don't docker run image\n", [60]),
        (f"{SAFE_RUN} >log 2>&1\necho docker run image\n", [60]),
        (f"{SAFE_RUN}\ndocker volume create v; docker compose run app\n", [60]),
    ],
)
def test_every_command_of_a_script_is_found(text: str, times: list[int | None]) -> None:
    assert [one.time_s for one in read_manifest(text, "run.sh")] == times


@pytest.mark.parametrize(
    "command",
    [
        "docker run --use-api-socket -e TOKEN=hunter2 image",
        "docker run --brand-new -e TOKEN=hunter2 image",
        "docker run --brand-new one -e TOKEN=hunter2 image",
        "docker run --brand-new TOKEN=hunter2 image",
        "docker run ${MORE:-hunter2} image",
        "docker run --brand-new=hunter2 image",
        "docker run -zhunter2 image",
    ],
)
def test_the_value_of_an_unknown_option_is_not_shown(command: str) -> None:
    (found,) = read_manifest(command, "run.sh")
    assert "hunter2" not in json.dumps(found.to_raw())


def test_no_change_of_a_command_that_is_not_understood_is_called_proven() -> None:
    (found,) = read_manifest("docker run $OPTIONS image", "run.sh")
    assert [fix.title.partition(":")[0] for fix in remedies(found)] == ["In the code of the client"]


def test_a_manifest_that_mentions_docker_run_is_no_command() -> None:
    text = "kind: Pod\nspec:\n  containers:\n  - name: app\n    args:\n    - |\n      docker run image\n"
    assert [one.id for one in read_manifest(text, "pod.yaml")] == ["pod.yaml: Pod without a name, container app"]


def compose(**services: str) -> str:
    return "services:\n" + "".join(f"  {name}: {{image: i, {told}}}\n" for name, told in services.items())


@pytest.mark.parametrize(
    ("text", "times"),
    [
        (compose(a=f"sysctls: ['{TIME}=60']", b="network_mode: 'service:a'", c=""), [60, 60, 7200]),
        (compose(a="", b=f"network_mode: 'service:a', sysctls: {{{TIME}: 60}}"), [None, 60]),
        (
            compose(a="", b=f"network_mode: 'service:a', sysctls: {{{TIME}: 60}}", c="network_mode: 'service:a'"),
            [None, 60, None],
        ),
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
        (compose(a=f"privileged: true, command: sh -c 'app; sysctl -w {TIME}=60'"), [None]),
        (compose(a=f"privileged: true, command: sh -c 'apk add procps; sysctl -w {TIME}=60; app'"), [60]),
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
