"""`runbook trace`: the answer of the contract, batches, changes tried on a copy, and one line for whatever is wrong."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.cli import run_command
from runbook_lib.render.snapshot_files import save_snapshot
from tests.builders import World, acl_entry, rule
from tests.network.paths import nat_world

ROOT = Path(__file__).resolve().parent.parent
HOST = "198.51.100.20"
ANSWER = {"id", "verdict", "forward", "return", "missing"}
FORWARD = {"verdict", "exit", "hops", "blocked_by"}
RETURN = {"verdict", "hops", "blocked_by", "blocked_source_ports"}
BLOCKER = {"code", "component", "rule", "direction", "detail"}
WEB_ONLY = (
    acl_entry(100),
    acl_entry(100, egress=True, ports=(443, 443)),
    acl_entry(110, egress=True, ports=(1024, 65535), cidr="10.0.0.0/16"),
)

Json = dict[str, Any]


def small() -> World:
    """`worker` in subnet a and the unlucky `stray` in subnet b, behind a NAT gateway whose ACL knows port 443 only."""
    made = nat_world().subnet("b", az="b", cidr="10.0.9.0/24").table("b", subnets=["b"])
    made.acl("edge", *WEB_ONLY, subnets=["public"]).function("worker", subnets=["a"])
    return made.function("stray", subnets=["a", "b"]).function("plain", in_vpc=False)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("trace") / "facts"
    save_snapshot(small().snapshot(), folder)
    return f"snapshot:{folder}"


@pytest.fixture
def ask(facts: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Json]]:
    """Exit code and answer of one flow; nothing but the answer goes to standard output."""

    def asked(start: str, to: str, *more: str, source: str = facts) -> tuple[int, Json]:
        capsys.readouterr()
        code = run_command(["trace", "--source", source, "--from", start, "--to", to, "--json", *more])
        answer: Json = json.loads(capsys.readouterr().out)
        return code, answer

    return asked


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line on standard error of a command that ends with exit code 2."""
    capsys.readouterr()
    assert run_command(["trace", *arguments]) == 2, arguments
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    return err.strip()


def held_to_the_contract(answer: Json) -> None:
    """Every object of an answer has exactly the keys of the contract."""
    assert set(answer["forward"]) == FORWARD
    assert set(answer["return"]) == RETURN
    for way in ("forward", "return"):
        assert answer[way]["verdict"] in ("reachable", "blocked", "unknown")
        assert all(set(hop) == {"kind", "id"} for hop in answer[way]["hops"])
        assert all(set(blocker) == BLOCKER for blocker in answer[way]["blocked_by"])
    for part in (*answer.get("sources", ()), *answer.get("parts", ())):
        assert set(part) in ({"subnet", "verdict", "forward", "return"}, {"to", "verdict", "forward", "return"})
        held_to_the_contract(part)


# one flow


def test_a_reachable_flow_has_exactly_the_keys_of_the_contract(ask: Any) -> None:
    code, answer = ask("worker", HOST)
    assert code == 0
    assert set(answer) == ANSWER | {"sources"}
    held_to_the_contract(answer)
    assert answer["forward"] == {
        "verdict": "reachable",
        "exit": "internet",
        "hops": [
            {"kind": "subnet", "id": "subnet-a"},
            {"kind": "nat-gateway", "id": "nat-main"},
            {"kind": "internet-gateway", "id": "igw-main"},
            {"kind": "internet", "id": "internet"},
        ],
        "blocked_by": [],
    }
    assert (answer["id"], answer["missing"]) == (None, [])
    assert [source["subnet"] for source in answer["sources"]] == ["subnet-a"]


def test_a_flow_from_a_subnet_has_no_sources(ask: Any) -> None:
    code, answer = ask("subnet-a", HOST, "--security-groups", "sg-fn")
    assert (code, set(answer)) == (0, ANSWER)


def test_a_blocked_flow_adds_its_fixes(ask: Any) -> None:
    code, answer = ask("worker", HOST, "--port", "22")
    assert code == 1
    assert set(answer) == ANSWER | {"sources", "fixes"}
    held_to_the_contract(answer)
    (blocker,) = answer["forward"]["blocked_by"]
    assert {name: blocker[name] for name in ("code", "component", "rule", "direction")} == {
        "code": "SUBNET_ACL_RESTRICTION",
        "component": "acl-edge",
        "rule": None,
        "direction": "egress",
    }
    assert answer["forward"]["exit"] is None
    assert any(fix["proven"] for fix in answer["fixes"])


def test_the_worst_subnet_decides(ask: Any) -> None:
    code, answer = ask("stray", HOST)
    assert (code, answer["verdict"]) == (1, "blocked")
    assert {source["subnet"]: source["verdict"] for source in answer["sources"]} == {
        "subnet-a": "reachable",
        "subnet-b": "blocked",
    }


def test_parts_of_a_set_that_differ_are_told_apart(ask: Any, tmp_path: Path) -> None:
    save_snapshot(small().route("main", "198.51.100.0/25", "nat-gone", "blackhole").snapshot(), tmp_path / "facts")
    code, answer = ask("worker", "198.51.100.0/24", source=f"snapshot:{tmp_path / 'facts'}")
    assert (code, set(answer)) == (1, ANSWER | {"sources", "parts", "fixes"})
    held_to_the_contract(answer)
    assert [(part["to"], part["verdict"]) for part in answer["parts"]] == [
        ("198.51.100.0/25", "blocked"),
        ("198.51.100.128/25", "reachable"),
    ]


def test_what_was_not_read_is_unknown_and_named(ask: Any, tmp_path: Path) -> None:
    save_snapshot(small().denied("NatGateways").snapshot(), tmp_path / "facts")
    code, answer = ask("worker", HOST, source=f"snapshot:{tmp_path / 'facts'}")
    assert (code, answer["verdict"], answer["missing"]) == (3, "unknown", ["ec2:DescribeNatGateways"])
    assert set(answer) == ANSWER | {"sources"}


@pytest.mark.parametrize(("protocol", "verdict"), [("udp", "blocked"), ("17", "blocked"), ("icmp", "blocked")])
def test_protocols_have_names_and_numbers(ask: Any, protocol: str, verdict: str) -> None:
    assert ask("worker", HOST, "--protocol", protocol)[1]["verdict"] == verdict


def test_a_source_port_narrows_the_answer(ask: Any, tmp_path: Path) -> None:
    hole = small().acl("hole", acl_entry(100, ports=(32768, 65535)), acl_entry(100, egress=True), subnets=["a"])
    save_snapshot(hole.snapshot(), tmp_path / "facts")
    source = f"snapshot:{tmp_path / 'facts'}"
    assert ask("worker", HOST, source=source)[1]["return"]["blocked_source_ports"] == [[1024, 32767]]
    assert ask("worker", HOST, "--source-port", "40000", source=source)[0] == 0
    assert ask("worker", HOST, "--source-port", "2000", source=source)[0] == 1


def test_people_read_standard_error(facts: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["trace", "--source", facts, "--from", "worker", "--to", HOST, "--port", "22"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    for word in ("BLOCKED", "acl-edge", "nat-main", "Fix:", "proven"):
        assert word in err


def test_the_sandbox_says_that_it_is_simulated(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["trace", "--from", "render-invoice-pdf", "--to", "s3"]) == 0
    assert "SIMULATED" in capsys.readouterr().err


# bad input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "woker", "--to", HOST], "unknown source 'woker'; nearest: worker"),
        (["--from", "worker", "--to", "s33"], "unknown destination 's33'; nearest: s3"),
        (["--from", "eni-nope", "--to", HOST], "unknown network interface 'eni-nope'"),
        (["--from", "subnet-x", "--to", HOST], "unknown subnet 'subnet-x'; nearest: subnet-"),
        (["--from", "subnet-a", "--to", HOST, "--security-groups", "sg-fm"], "unknown security group 'sg-fm'"),
        (["--from", "plain", "--to", HOST], "plain is not in a VPC"),
        (["--from", "worker", "--to", HOST, "--port", "65536"], "port must be a number from 0 to 65535; found 65536"),
        (["--from", "worker", "--to", HOST, "--port", "-1"], "port must be a number from 0 to 65535; found -1"),
        (["--from", "worker", "--to", HOST, "--port", "https"], "--port"),
        (["--from", "worker", "--to", HOST, "--source-port", "70000"], "source_port must be a number"),
        (["--from", "worker", "--to", HOST, "--protocol", "tpc"], "unknown protocol 'tpc'; nearest: tcp"),
        (["--from", "worker", "--to", HOST, "--protocol", "256"], "protocol must be 0 to 255"),
        (["--from", "10.0.0.0/24", "--to", HOST], "a flow starts at one address"),
        (["--from", "worker"], "needs --from and --to"),
        (["--to", "s3"], "needs --from and --to"),
        ([], "needs --from and --to"),
        (["--from", "worker", "--batch", "-"], "--batch brings its own flows"),
        (["--batch", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--from", "worker", "--to", HOST, "--nope"], "--nope"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_one_line(
    facts: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in complaint(capsys, "--source", facts, *arguments)


# many flows


BATCH = [
    {"id": "open", "from": "worker", "to": HOST},
    {"id": 7, "from": "worker", "to": HOST, "port": 22},
    {"id": "away", "from": "worker", "to": "db.example.com"},
]


def batch(folder: Path, *lines: object) -> str:
    path = folder / "flows.jsonl"
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return str(path)


def answers(capsys: pytest.CaptureFixture[str]) -> tuple[list[Json], list[str]]:
    out, err = capsys.readouterr()
    return [json.loads(line) for line in out.splitlines()], err.splitlines()


def test_a_batch_answers_line_by_line_in_order(facts: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["trace", "--source", facts, "--batch", batch(tmp_path, *BATCH)]) == 1
    found, err = answers(capsys)
    assert [(answer["id"], answer["verdict"]) for answer in found] == [
        ("open", "reachable"),
        ("7", "blocked"),
        ("away", "unknown"),
    ]
    assert err == []
    for answer in found:
        assert set(answer) == ANSWER | {"sources"}
        held_to_the_contract(answer)


@pytest.mark.parametrize(("flows", "code"), [(BATCH[:1], 0), (BATCH[:2], 1), ([BATCH[0], BATCH[2]], 3), (BATCH[1:], 1)])
def test_the_worst_answer_decides_the_exit_code(
    facts: str, tmp_path: Path, flows: list[Json], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["trace", "--source", facts, "--batch", batch(tmp_path, *flows)]) == code


def test_malformed_lines_are_numbered_and_the_others_answered(
    facts: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        BATCH[0],
        "{not json",
        "",
        '["a", "list"]',
        {"id": "extra", "from": "worker", "to": HOST, "prot": 1},
        {"id": "port", "from": "worker", "to": HOST, "port": 70000},
        {"id": "text", "from": "worker", "to": HOST, "port": "22"},
        {"id": "who", "from": "woker", "to": HOST},
        {"id": "empty", "from": "", "to": HOST},
        {"id": "groups", "from": "subnet-a", "to": HOST, "security_groups": "sg-fn"},
        '{"id": 1' + "0" * 5000 + "}",
        "[" * 100_000,
        BATCH[1],
    ]
    assert run_command(["trace", "--source", facts, "--batch", batch(tmp_path, *lines)]) == 2
    found, err = answers(capsys)
    assert [(answer["id"], answer["verdict"]) for answer in (found[0], found[-1])] == [
        ("open", "reachable"),
        ("7", "blocked"),
    ]
    wrong = found[1:-1]
    assert [answer["line"] for answer in wrong] == [2, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    assert {answer["verdict"] for answer in wrong} == {"unknown"}
    known = ["extra", "port", "text", "who", "empty", "groups"]
    assert [answer["id"] for answer in wrong] == [None, None, *known, None, None]
    assert err == [f"error: {answer['error']}" for answer in wrong]
    assert "line 2: not JSON" in err[0]
    assert "line 5: unknown field 'prot'; nearest: port, protocol" in err[2]
    assert "line 8: unknown source 'woker'; nearest: worker" in err[5]
    assert "line 11: not a flow (a number with too many digits)" in err[8]
    assert "line 12: not a flow (nested too deeply)" in err[9]


def test_an_id_that_is_no_text_of_utf8_comes_back_escaped(
    facts: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = {**BATCH[0], "id": "\ud800"}
    assert run_command(["trace", "--source", facts, "--batch", batch(tmp_path, flow)]) == 0
    assert answers(capsys)[0][0]["id"] == "\ud800"


def test_a_batch_from_a_pipe_is_answered_before_the_next_line_comes(facts: str) -> None:
    command = [sys.executable, "-m", "runbook_lib", "trace", "--source", facts, "--batch", "-"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, bufsize=1, cwd=ROOT, env={**os.environ}, **pipes) as child:  # type: ignore[call-overload]
        for flow in BATCH[:2]:
            child.stdin.write(json.dumps(flow) + "\n")
            child.stdin.flush()
            assert json.loads(child.stdout.readline())["id"] == str(flow["id"])
        child.stdin.close()
        assert child.wait(timeout=60) == 1


# a change, tried on a copy


def change(folder: Path, document: object) -> str:
    path = folder / "change.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(path)


OPENED = [*WEB_ONLY, acl_entry(120, egress=True, ports=(22, 22))]


def test_a_change_that_heals_is_reachable_and_says_what_else_moves(ask: Any, tmp_path: Path) -> None:
    healing = change(tmp_path, {"NetworkAcls": [{"NetworkAclId": "acl-edge", "Entries": OPENED}]})
    code, answer = ask("worker", HOST, "--port", "22", "--what-if", healing)
    assert set(answer) == ANSWER | {"sources", "before", "difference", "notes"}
    held_to_the_contract(answer)
    assert (code, answer["before"], answer["verdict"]) == (0, "blocked", "reachable")
    assert answer["difference"]
    assert all(isinstance(line, str) for line in answer["difference"])


def test_a_change_that_breaks_is_blocked(ask: Any, tmp_path: Path) -> None:
    shut = rule("192.0.2.0/24")
    breaking = change(tmp_path, {"SecurityGroups": [{"GroupId": "sg-fn", "IpPermissionsEgress": [shut]}]})
    code, answer = ask("worker", HOST, "--what-if", breaking)
    assert (code, answer["before"], answer["verdict"]) == (1, "reachable", "blocked")
    assert answer["forward"]["blocked_by"][0]["component"] == "sg-fn"


def test_after_a_deletion_what_named_the_thing_does_not_work_any_more(ask: Any, tmp_path: Path) -> None:
    gone = change(tmp_path, {"delete": {"NatGateways": ["nat-main"]}})
    code, answer = ask("worker", HOST, "--what-if", gone)
    assert (code in (1, 3), answer["before"]) == (True, "reachable")


def test_a_change_of_nothing_changes_nothing_and_still_answers_like_one(ask: Any, tmp_path: Path) -> None:
    code, answer = ask("worker", HOST, "--what-if", change(tmp_path, {}))
    assert (code, answer["before"], answer["difference"]) == (0, "reachable", [])


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{\n,}", "change.json, line 2: not JSON"),
        ("null", "a change is a JSON object"),
        ([], "a change is a JSON object"),
        ({"RouteTable": []}, "unknown key in the change 'RouteTable'; nearest: RouteTables"),
        ({"RouteTables": {}}, "must be a list of objects that each have RouteTableId"),
        ({"RouteTables": [{"Routes": []}]}, "must be a list of objects that each have RouteTableId"),
        ({"delete": {"Nacls": ["acl-1"]}}, "unknown key in the change 'Nacls'"),
        ({"delete": ["acl-edge"]}, "delete in the change must be an object"),
        ({"delete": {"NetworkAcls": ["acl-egde"]}}, "unknown NetworkAclId to delete 'acl-egde'; nearest: acl-edge"),
        ({"RouteTables": [{"RouteTableId": "rtb-main", "Routes": "x"}]}, "RouteTables rtb-main in the change is malf"),
        ({"SecurityGroups": [{"GroupId": "sg-fn", "IpPermissions": [rule(port="x")]}]}, "a port must be a number"),
    ],
)
def test_a_malformed_change_is_one_line(
    facts: str, tmp_path: Path, document: object, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--source", facts, "--from", "worker", "--to", HOST, "--what-if", change(tmp_path, document)]
    assert said in complaint(capsys, *asked)


def test_a_change_that_is_not_there_is_one_line(facts: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--source", facts, "--from", "worker", "--to", HOST]
    assert "nowhere.json" in complaint(capsys, *asked, "--what-if", "nowhere.json")
    assert "nowhere.json" in complaint(capsys, *asked, "--plan", "nowhere.json")


# host names


def test_a_host_name_is_unknown_until_a_live_lookup_is_allowed(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("no lookup without --resolve")

    monkeypatch.setattr(socket, "getaddrinfo", refused)
    code, answer = ask("worker", "db.example.com")
    assert (code, answer["verdict"], "resolved" in answer) == (3, "unknown", False)


def test_a_live_lookup_is_recorded_and_its_worst_address_decides(
    ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_snapshot(small().route("main", "203.0.113.0/24", "nat-gone", "blackhole").snapshot(), tmp_path / "facts")
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 0)) for ip in (HOST, "203.0.113.9", HOST)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
    code, answer = ask("worker", "db.example.com", "--resolve", source=f"snapshot:{tmp_path / 'facts'}")
    assert (code, answer["verdict"]) == (1, "blocked")
    assert answer["resolved"] == {"name": "db.example.com", "addresses": [HOST, "203.0.113.9"]}


def test_a_name_that_does_not_resolve_is_one_line(
    facts: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    said = complaint(capsys, "--source", facts, "--from", "worker", "--to", "nowhere.example.com", "--resolve")
    assert said == "error: cannot resolve nowhere.example.com: Name or service not known"


@pytest.mark.parametrize("to", [HOST, "s3", "10.0.0.0/24"])
def test_what_needs_no_lookup_gets_none(ask: Any, to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("nothing to look up")

    monkeypatch.setattr(socket, "getaddrinfo", refused)
    assert "resolved" not in ask("worker", to, "--resolve")[1]


def test_a_batch_without_a_flow_is_no_success(facts: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["trace", "--source", facts, "--batch", batch(tmp_path)]) == 3
    assert answers(capsys) == ([], ["no flow was given"])
