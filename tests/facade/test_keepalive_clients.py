"""From the words of the parameter `clients` to clients, and from clients into the facts."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.facade.keepalive_clients import ClientsAsked, with_clients
from runbook_lib.model.keepalive import KeepaliveSubject, Platform
from runbook_lib.model.snapshot import Gap, Snapshot
from tests.builders import world
from tests.keepalive.subjects import subject

POD = """kind: Pod
metadata: {{name: {name}}}
spec:
  securityContext:
    sysctls: [{{name: net.ipv4.tcp_keepalive_time, value: "{time}"}}]
  containers:
  - name: worker
    env: [{{name: DB_PASSWORD, value: canary-password}}]
    args: ["--password=canary-argument"]
"""
CODE = "import boto3\nfrom botocore.config import Config\nclient = boto3.client('lambda'{config})\n"
ON = ", config=Config(tcp_keepalive=True)"
SYSCTL = "net.ipv4.tcp_keepalive_time = {time}\nnet.ipv4.tcp_keepalive_intvl = 75\nnet.ipv4.tcp_keepalive_probes = 9\n"

Told = tuple[str, Platform, int | None, bool | None]


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """A pod, a folder of manifests, a bundle, a folder of bundles, and Python code."""
    pods, fleet, code = tmp_path / "pods", tmp_path / "fleet", tmp_path / "code"
    for made in (pods, fleet, code / "site-packages"):
        made.mkdir(parents=True)
    (tmp_path / "pod.yaml").write_text(POD.format(name="one", time=120))
    (pods / "a.yaml").write_text(POD.format(name="a", time=60))
    (pods / "b.yml").write_text(POD.format(name="b", time=400))
    (tmp_path / "host.txt").write_text(SYSCTL.format(time=300))
    (fleet / "web-1").write_text(SYSCTL.format(time=200))
    (fleet / "web-2").write_text(SYSCTL.format(time=7200))
    (code / "app.py").write_text(CODE.format(config=ON))
    (code / "site-packages" / "other.py").write_text(CODE.format(config=""))
    (tmp_path / "plain.py").write_text(CODE.format(config=""))
    return tmp_path


def read(folder: Path, words: str, so_keepalive: str = "") -> list[Told]:
    """What is read of files in the folder."""
    placed = ",".join(f"{kind}{colon}{folder / rest}" for kind, colon, rest in map(_parts, words.split(",")))
    found = ClientsAsked(words=placed, so_keepalive=so_keepalive).read()
    return [(one.id, one.platform, one.time_s, one.so_keepalive) for one in found]


def _parts(word: str) -> tuple[str, str, str]:
    kind, colon, rest = word.partition(":")
    return (kind, colon, rest) if colon else ("", "", word)


@pytest.mark.parametrize("words", ["pod.yaml", "manifest:pod.yaml"])
def test_a_manifest_is_known_by_its_name(folder: Path, words: str) -> None:
    assert read(folder, words) == [("pod.yaml: Pod one, container worker", Platform.KUBERNETES, 120, None)]


def test_folders_are_what_their_files_are(folder: Path) -> None:
    assert [told[1:] for told in read(folder, "pods")] == [
        (Platform.KUBERNETES, 60, None),
        (Platform.KUBERNETES, 400, None),
    ]
    assert [(told[0], told[2]) for told in read(folder, "fleet")] == [("fleet/web-1", 200), ("fleet/web-2", 7200)]
    assert [told[2:] for told in read(folder, "code")] == [(7200, True)]
    assert [told[2] for told in read(folder, "host.txt")] == [300]


def test_several_kinds_stand_beside_each_other(folder: Path) -> None:
    assert [told[2] for told in read(folder, "fleet,pod.yaml,host.txt", "on")] == [200, 7200, 300, 120]
    assert {told[3] for told in read(folder, "fleet,pod.yaml,host.txt", "on")} == {True}


def test_code_runs_with_the_settings_of_what_stands_beside_it(folder: Path) -> None:
    pod, client = read(folder, "pod.yaml,code")
    assert (pod[2:], client[2:]) == ((120, True), (120, True))
    found = read(folder, "pods,code")
    assert [told[2] for told in found] == [60, 400, 60, 400]
    assert found[3][0].endswith(" in pods/b.yml: Pod b, container worker")


def test_code_that_says_nothing_leaves_the_others_unknown_until_somebody_tells(folder: Path) -> None:
    assert [told[3] for told in read(folder, "pod.yaml,plain.py")] == [None, None]
    assert [told[3] for told in read(folder, "pod.yaml,plain.py", "on")] == [True, True]
    assert [told[3] for told in read(folder, "pod.yaml,code", "off")] == [False, True]


def test_settings_that_are_not_known_are_no_defaults_for_the_code(folder: Path) -> None:
    (folder / "pod.yaml").write_text(
        POD.format(name="one", time=120).replace("spec:\n", "spec:\n  hostNetwork: true\n")
    )
    pod, client = ClientsAsked(words=f"{folder / 'pod.yaml'},{folder / 'code'}").read()
    assert (pod.time_s is None or pod.interval_s is None, client.time_s, client.interval_s) == (True, None, None)
    assert client.gaps[-1] == f"the settings of {pod.id} are not known"


def test_names_differ_and_secrets_do_not_get_in(folder: Path) -> None:
    pod = folder / "pod.yaml"
    pod.write_text("---\n".join([POD.format(name="one", time=60), POD.format(name="one", time=600)]))
    found = ClientsAsked(words=f"{pod},{folder / 'host.txt'}").read()
    assert len({one.id for one in found}) == 3
    assert "canary" not in repr([one.to_raw() for one in found])


@pytest.fixture(name="port")
def _port() -> Iterator[int]:
    """A port on which this process listens and to which it is connected."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), server.accept()[0]:
            yield port


def test_a_live_process_is_read_with_its_sockets(port: int) -> None:
    found = ClientsAsked(words=f"pid:{os.getpid()}").read()
    assert {one.platform for one in found} == {Platform.HOST}
    assert any(
        one.connection and one.connection.peer.endswith(f":{port}") and one.so_keepalive is False for one in found
    )


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"so_keepalive": "yes"}, "so_keepalive must be on, off or empty, found 'yes'"),
        ({"idle_limit_s": -1.0}, "the idle limit must be more than 0 seconds, not -1.0"),
        ({"words": "pid:abc"}, "'pid:abc' names no process; expected pid:<number>"),
        ({"words": "pid:0"}, "'pid:0' names no process; expected pid:<number>"),
        ({"words": "manifest:"}, "'manifest:' names no file or folder"),
        ({"words": "manifst:a.yaml"}, "unknown kind of client 'manifst'; nearest: manifest"),
        ({"words": ", ,"}, "', ,' names nothing"),
    ],
)
def test_words_that_make_no_sense_are_refused_before_anything_is_read(told: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        ClientsAsked(**told)  # type: ignore[arg-type]
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("missing.yaml", "cannot read"),
        ("missing.py", "cannot read"),
        ("pid:4194304", "4194304"),
        ("broken.yaml", "line 2"),
        ("empty.py", "no client of boto3 or botocore is made"),
        ("broken.py", "not Python"),
    ],
)
def test_what_cannot_be_read_is_one_line(folder: Path, words: str, said: str) -> None:
    (folder / "broken.yaml").write_text("kind: Pod\n  spec: {\n")
    (folder / "empty.py").write_text("x = 1\n")
    (folder / "broken.py").write_text("def (\n")
    with pytest.raises(UsageError) as refused:
        ClientsAsked(words=words if ":" in words else str(folder / words)).read()
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


# into the facts


def ids(snapshot: Snapshot) -> list[str]:
    return [one.id for one in snapshot.all(KeepaliveSubject)]


def gap(snapshot: Snapshot) -> list[Gap]:
    return [one for one in snapshot.gaps if one.what == KeepaliveSubject.KEY]


def test_clients_join_the_facts_and_others_are_replaced() -> None:
    empty = world().vpc().snapshot()
    first = with_clients(empty, [subject(Subject="a"), subject(Subject="b")])
    assert (ids(first), gap(first)) == (["a", "b"], [])
    assert ids(with_clients(first, [subject(Subject="c")])) == ["c"]
    assert len({place for place in first.listings if place[1] == KeepaliveSubject.KEY}) == 1


def test_saved_clients_stay_when_nobody_names_any_and_without_any_there_is_a_gap() -> None:
    saved = with_clients(world().vpc().snapshot(), [subject(Subject="a")])
    assert ids(with_clients(saved, None)) == ["a"]
    made = world().vpc().snapshot()
    bare = Snapshot(
        origin=made.origin,
        collected_at=made.collected_at,
        listings={place: one for place, one in made.listings.items() if place[1] != KeepaliveSubject.KEY},
    )
    (said,) = gap(with_clients(bare, None))
    assert said.reason.startswith("no client is named")


def test_a_scenario_sets_what_nobody_said() -> None:
    defaults = {"clients": "a.yaml", "so_keepalive": "on"}
    assert ClientsAsked().of(defaults) == ClientsAsked(words="a.yaml", so_keepalive="on")
    told = ClientsAsked(words="b.yaml", so_keepalive="off", idle_limit_s=60)
    assert told.of(defaults) == told
    assert (told.told_limit_s, ClientsAsked().told_limit_s) == (60, None)
