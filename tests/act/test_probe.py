"""The probe: the same subnets and groups, one name, no access to data, and nothing left behind unnoticed."""

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from runbook_lib.act import Leftover, Outcome, Probe, leftovers, probe_consent, removal_consent, remove, run_probe
from runbook_lib.act.belongings import Belongings, Kind
from runbook_lib.act.consent import function_named
from runbook_lib.act.outcome import Ledger
from runbook_lib.act.permits import digest
from runbook_lib.collect.connection import Connection
from runbook_lib.errors import ConsentError, ForbiddenOperation, UsageError
from runbook_lib.model.fact import Scope
from runbook_lib.model.progress import Step
from runbook_lib.model.snapshot import listing_of
from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.scenarios import find
from tests.collect.fake_aws import ACCOUNT, REGION, always, failure, raises

from .fake_lambda import ARN, FakeLambda, configuration

WHERE = {"SubnetIds": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg-1", "sg-2"], "VpcId": "vpc-1"}
ASKED = ("s3.eu-west-1.amazonaws.com",)
ROWS = [
    {"destination": "a:443", "address": "192.0.2.1", "stages": {"dns": 1.5, "tcp": 2.0}, "status": 403, "error": None},
    {"destination": "a:443", "address": None, "stages": {}, "status": None, "error": "dns: password=canary"},
]
FIRST = ["sts:GetCallerIdentity", "lambda:GetFunctionConfiguration"]
MADE = ["iam:CreateRole", "iam:PutRolePolicy", "logs:CreateLogGroup", "lambda:CreateFunction"]
REMOVED = [
    "lambda:DeleteFunction",
    "lambda:GetFunctionConfiguration",
    "logs:DeleteLogGroup",
    "logs:DescribeLogGroups",
    "iam:DeleteRolePolicy",
    "iam:DeleteRole",
    "iam:GetRole",
]
LOOK_AND_ASK = ["lambda:GetFunctionConfiguration", "lambda:Invoke"]


@pytest.fixture
def probed(aws: FakeLambda) -> FakeLambda:
    """An AWS in which the probe can run and is gone afterwards."""
    aws.configurations = [configuration(VpcConfig=WHERE)]
    aws.body = json.dumps({"rows": ROWS})
    aws.answers["logs:DescribeLogGroups"] = {"logGroups": [{"logGroupName": "/aws/lambda/runbook-probe-other"}]}
    aws.faults["iam:GetRole"] = lambda request, attempt: failure("sts", 404, "NoSuchEntity")
    aws.faults["lambda:GetFunctionConfiguration"] = lambda request, attempt: (
        failure("lambda", 404, "ResourceNotFoundException") if aws.sent["lambda:DeleteFunction"] else None
    )
    return aws


def probe(
    aws: FakeLambda, *, subnets: int = 2, word: str = ARN, asked: tuple[str, ...] = ASKED, **more: Any
) -> Outcome:
    given = probe_consent(ARN, ASKED, subnets)
    return run_probe(
        aws.connection, given, word, Probe(destinations=asked, wait_s=4), pause=lambda seconds: None, **more
    )


def operations(outcome: Outcome) -> list[str]:
    return [call.operation for call in outcome.calls]


def test_every_subnet_is_looked_from_and_all_is_removed(probed: FakeLambda) -> None:
    outcome = probe(probed)
    assert operations(outcome) == [
        *FIRST,
        *MADE,
        *LOOK_AND_ASK,
        "lambda:UpdateFunctionConfiguration",
        *LOOK_AND_ASK,
        *REMOVED,
    ]
    assert (outcome.refused, outcome.stopped, outcome.left_behind, outcome.asked) == (None, None, (), 2)
    assert not [call for call in outcome.calls if call.error]
    first, second, *others = outcome.items
    assert first == {
        "Number": "probe-subnet-a-001",
        "SubnetId": "subnet-a",
        "Destination": "a:443",
        "Address": "192.0.2.1",
        "Stages": {"dns": 1.5, "tcp": 2.0},
        "HttpStatus": 403,
        "Error": None,
        "StepTimeoutSeconds": 5.0,
    }
    assert (second["Address"], second["Error"]) == (None, "dns: password=REDACTED")
    assert [item["SubnetId"] for item in others] == ["subnet-b", "subnet-b"]
    listing, problems = listing_of(outcome.key, Scope(ACCOUNT, REGION), outcome.items)
    assert (len(listing.facts), problems) == (4, ())


def test_probe_has_the_same_place_and_no_access_to_data(probed: FakeLambda) -> None:
    outcome = probe(probed)
    asked = {call.operation: call.request for call in outcome.calls}
    made = asked["lambda:CreateFunction"]
    name = made["FunctionName"]
    assert name.startswith("runbook-probe-")
    assert made["VpcConfig"] == {
        "SubnetIds": ["subnet-a"],
        "SecurityGroupIds": ["sg-1", "sg-2"],
        "Ipv6AllowedForDualStack": False,
    }
    assert made["Role"] == f"arn:aws:iam::{ACCOUNT}:role/runbook-kit/{name}"
    assert (made["Tags"], asked["logs:CreateLogGroup"]["tags"]) == ({"runbook-kit": "probe"},) * 2
    assert asked["iam:CreateRole"]["Tags"] == [{"Key": "runbook-kit", "Value": "probe"}]
    assert set(made["Code"]["ZipFile"]) == {"sha256", "bytes"}
    assert asked["lambda:Invoke"]["Payload"]["sha256"] == probe_consent(ARN, ASKED, 2).payload_sha256
    statements = json.loads(asked["iam:PutRolePolicy"]["PolicyDocument"])["Statement"]
    allowed = {action for statement in statements if statement["Effect"] == "Allow" for action in statement["Action"]}
    assert {action.partition(":")[0] for action in allowed} == {"ec2", "logs"}
    assert not any("*" in action or ":Get" in action for action in allowed)


def test_without_consent_nothing_is_called(probed: FakeLambda) -> None:
    with pytest.raises(ConsentError):
        probe(probed, word="")
    with pytest.raises(UsageError, match="but this would be done"):
        probe(probed, word="upload")
    with pytest.raises(UsageError, match="other destinations"):
        probe(probed, asked=("example.com",))
    assert not probed.sent


def test_more_subnets_than_agreed_to_are_refused(probed: FakeLambda) -> None:
    outcome = probe(probed, subnets=1)
    assert outcome.refused == "upload is in 2 subnets, consent is for 1"
    assert operations(outcome) == FIRST


def test_function_outside_a_vpc_is_refused(probed: FakeLambda) -> None:
    probed.configurations = [configuration()]
    assert probe(probed).refused == "upload is not in a VPC: there is no way to try"


def test_new_role_is_waited_for(probed: FakeLambda) -> None:
    said = "The role defined for the function cannot be assumed by Lambda."
    probed.faults["lambda:CreateFunction"] = lambda request, attempt: (
        failure("lambda", 400, "InvalidParameterValueException", said) if attempt < 4 else None
    )
    outcome = probe(probed)
    assert (probed.sent["lambda:CreateFunction"], outcome.stopped, len(outcome.items)) == (4, None, 4)


@pytest.mark.parametrize(
    ("denied", "made", "removed"),
    [
        ("iam:CreateRole", 1, []),
        ("iam:PutRolePolicy", 2, REMOVED[4:]),
        ("logs:CreateLogGroup", 3, REMOVED[4:]),
        ("lambda:CreateFunction", 4, REMOVED[2:]),
    ],
)
def test_what_was_made_before_a_refusal_is_removed(
    probed: FakeLambda, denied: str, made: int, removed: list[str]
) -> None:
    service = {"iam": "sts"}.get(denied.partition(":")[0], denied.partition(":")[0])
    probed.faults[denied] = always(service, 403, "AccessDeniedException", "no")
    outcome = probe(probed)
    assert operations(outcome) == [*FIRST, *MADE[:made], *removed]
    assert (outcome.stopped, outcome.items, outcome.left_behind) == ("AccessDeniedException: no", (), ())


def test_what_may_have_been_made_is_removed(probed: FakeLambda) -> None:
    probed.faults["lambda:CreateFunction"] = raises(ConnectionResetError("reset"))
    outcome = probe(probed)
    assert operations(outcome)[-7:] == REMOVED
    assert outcome.left_behind == ()


@pytest.mark.parametrize("moment", ["probing from subnet-a", "probing from subnet-b", "removing"])
def test_interrupt_removes_everything(probed: FakeLambda, moment: str) -> None:
    once: list[Step] = []

    def interrupt(step: Step) -> None:
        if step.label.startswith(moment) and not once:
            once.append(step)
            raise KeyboardInterrupt

    if moment == "removing":
        probed.faults["lambda:DeleteFunction"] = lambda request, attempt: interrupt(Step("removing", 0, 1))
        outcome = probe(probed)
        assert (outcome.stopped, probed.sent["lambda:DeleteFunction"]) == (None, 2)
    else:
        outcome = probe(probed, progress=interrupt)
        assert outcome.stopped == "interrupted"
    assert outcome.left_behind == ()
    assert (probed.sent["lambda:CreateFunction"] == 0) or operations(outcome)[-7:] == REMOVED


def test_what_is_still_there_is_told(probed: FakeLambda) -> None:
    probed.faults["lambda:DeleteFunction"] = always("lambda", 403, "AccessDeniedException", "no")
    probed.faults["lambda:GetFunctionConfiguration"] = lambda request, attempt: None
    probed.faults["iam:GetRole"] = always("sts", 403, "AccessDenied", "no")
    outcome = probe(probed)
    name = next(call for call in outcome.calls if call.operation == "lambda:CreateFunction").request["FunctionName"]
    assert outcome.left_behind == (
        f"function {name} is still there (AccessDeniedException: no)",
        f"role {name} was not seen to be gone (AccessDenied)",
    )
    assert len(outcome.items) == 4


def test_credentials_that_expire_on_the_way_leave_no_silence(probed: FakeLambda) -> None:
    probed.faults["lambda:Invoke"] = always("lambda", 403, "ExpiredTokenException")
    probed.faults["lambda:DeleteFunction"] = always("lambda", 403, "ExpiredTokenException")
    outcome = probe(probed)
    assert "have expired" in str(outcome.stopped)
    assert [text.split(" runbook-probe-")[0] for text in outcome.left_behind] == ["function", "log group", "role"]


@pytest.mark.parametrize("body", ["", "[]", '{"rows": 3}', '{"errorMessage": "x"}'])
def test_answer_that_is_none_is_not_a_pass(probed: FakeLambda, body: str) -> None:
    probed.body = body
    outcome = probe(probed)
    assert (outcome.items, outcome.left_behind) == ((), ())
    assert outcome.stopped == "the probe in subnet-a failed (no answer that can be read)"


def test_what_there_was_no_time_for_is_no_result(probed: FakeLambda) -> None:
    untried = {"address": "192.0.2.9", "stages": {}, "status": None, "error": "not_tried: no time was left"}
    whole = {**ROWS[0], "destination": "b:443"}
    probed.body = json.dumps(
        {"rows": [*ROWS, {**untried, "destination": "a:443"}, whole, {**untried, "destination": "b:443"}]}
    )
    outcome = probe(probed)
    assert outcome.stopped == "; ".join(f"no time was left to try b:443 from subnet-{place}" for place in "ab")
    assert {item["Destination"] for item in outcome.items} == {"a:443"}
    assert len(outcome.items) == 4


def test_probe_that_failed_is_not_a_pass(probed: FakeLambda) -> None:
    probed.function_error = "Unhandled"
    assert probe(probed).stopped == "the probe in subnet-a failed (Unhandled)"


def test_probe_may_change_nothing_else(aws: FakeLambda) -> None:
    clients = aws.connection.clients()
    ledger = Ledger(clients, Scope(ACCOUNT, REGION))
    belongings = Belongings(clients, ledger, function_named(ARN), "runbook-probe-1", pause=print, invocations=1)
    for change in (
        lambda: belongings.functions.delete_function(FunctionName="upload"),
        lambda: belongings.functions.delete_function(FunctionName=ARN),
        lambda: belongings.functions.invoke(FunctionName="upload"),
        lambda: belongings.functions.update_function_code(FunctionName="runbook-probe-1"),
        lambda: belongings._roles.delete_role(RoleName="admin"),
        lambda: belongings._roles.attach_role_policy(RoleName="runbook-probe-1", PolicyArn="arn:aws:iam::aws:policy/x"),
        lambda: belongings._logs.delete_log_group(logGroupName="/aws/lambda/upload"),
    ):
        with pytest.raises(ForbiddenOperation, match="nothing was sent"):
            change()
    assert not aws.sent


@pytest.fixture
def embedded() -> EmbeddedAws:
    return EmbeddedAws(find("incident"))


def function_of(aws: EmbeddedAws) -> tuple[Connection, str, int]:
    config = aws.client("lambda").get_function_configuration(FunctionName=find("incident").function)
    connection = Connection(aws.region, session=aws.session(), endpoint_url="http://127.0.0.1:9")
    return connection, config["FunctionArn"], len(config["VpcConfig"]["SubnetIds"])


def test_probe_of_the_incident_reaches_what_the_network_lets_it(embedded: EmbeddedAws) -> None:
    connection, arn, subnets = function_of(embedded)
    asked = (f"s3.{embedded.region}.amazonaws.com", "no.such.invalid")
    outcome = run_probe(connection, probe_consent(arn, asked, subnets), arn, Probe(destinations=asked))
    assert (outcome.stopped, outcome.left_behind) == (None, ())
    s3 = [item for item in outcome.items if item["Destination"] == f"{asked[0]}:443"]
    assert {tuple(item["Stages"]) for item in s3} == {("dns", "tcp", "tls", "http")}
    assert len({item["SubnetId"] for item in s3}) == subnets
    nowhere = [item for item in outcome.items if item["Destination"] == "no.such.invalid:443"]
    assert {(item["Address"], item["Error"].partition(":")[0]) for item in nowhere} == {(None, "dns")}
    assert leftovers(connection).leftovers == ()


KILLED = """
import os, signal, sys
from runbook_lib.act import Probe, probe_consent, run_probe
from runbook_lib.collect.connection import Connection, Credentials
url, region, arn, subnets = sys.argv[1:]
def progress(step):
    if step.done == 1:
        os.kill(os.getpid(), signal.SIGKILL)
connection = Connection(region, endpoint_url=url, credentials=Credentials("AKIAFAKEFAKEFAKEFAKE", "fake-secret-key"))
asked = ("example.com",)
run_probe(connection, probe_consent(arn, asked, int(subnets)), arn, Probe(destinations=asked), progress)
"""


def test_what_a_killed_probe_left_is_found_and_removed(embedded: EmbeddedAws) -> None:
    connection, arn, subnets = function_of(embedded)
    with embedded.listening() as url:
        words = [sys.executable, "-c", KILLED, url, embedded.region, arn, str(subnets)]
        ended = subprocess.run(words, capture_output=True, text=True, env=dict(os.environ), check=False)
    assert (ended.returncode, ended.stderr) == (-signal.SIGKILL, "")
    found = leftovers(connection)
    (left,) = found.leftovers
    assert isinstance(left, Leftover)
    assert (left.kinds, left.untagged, found.gaps) == (frozenset(Kind), frozenset(), ())
    assert left.text == f"{left.name}: function, log group, role"
    with pytest.raises(ConsentError):
        remove(connection, left, removal_consent(left), "")
    with pytest.raises(UsageError):
        remove(connection, left, removal_consent(left), arn)
    assert leftovers(connection).leftovers == (left,)
    assert remove(connection, left, removal_consent(left), left.function_arn).left_behind == ()
    assert leftovers(connection).leftovers == ()


def test_what_only_bears_the_name_is_left_alone(embedded: EmbeddedAws) -> None:
    connection, _, _ = function_of(embedded)
    embedded.client("logs").create_log_group(logGroupName="/aws/lambda/runbook-probe-mine")
    embedded.client("iam").create_role(
        RoleName="runbook-probe-mine", Path="/runbook-kit/", AssumeRolePolicyDocument="{}"
    )
    (left,) = leftovers(connection).leftovers
    assert isinstance(left, Leftover)
    assert (left.kinds, left.untagged) == (frozenset(), frozenset({Kind.LOG_GROUP, Kind.ROLE}))
    assert left.text == "runbook-probe-mine: log group without the tag, left alone, role without the tag, left alone"
    outcome = remove(connection, left, removal_consent(left), left.function_arn)
    assert (operations(outcome), outcome.asked) == (FIRST[:1], 0)
    assert leftovers(connection).leftovers == (left,)


@pytest.mark.parametrize("call", ["lambda:ListFunctions", "logs:DescribeLogGroups", "iam:ListRoles"])
def test_what_could_not_be_searched_is_a_gap(probed: FakeLambda, call: str) -> None:
    service = {"iam": "sts"}.get(call.partition(":")[0], call.partition(":")[0])
    probed.answers["logs:DescribeLogGroups"] = {"logGroups": []}
    probed.answers["iam:ListRoles"] = {"Roles": [], "IsTruncated": False}
    assert leftovers(probed.connection).gaps == ()
    probed.faults[call] = always(service, 403, "AccessDeniedException")
    (gap,) = leftovers(probed.connection).gaps
    assert (gap.action, gap.reason) == (call, "AccessDeniedException")


def test_tag_that_could_not_be_read_protects(probed: FakeLambda) -> None:
    probed.answers["logs:DescribeLogGroups"] = {"logGroups": [{"logGroupName": "/aws/lambda/runbook-probe-1"}]}
    probed.answers["iam:ListRoles"] = {"Roles": [], "IsTruncated": False}
    probed.faults["logs:ListTagsForResource"] = always("logs", 400, "AccessDeniedException")
    found = leftovers(probed.connection)
    assert [left.kinds for left in found.leftovers] == [frozenset()]
    assert [gap.action for gap in found.gaps] == ["logs:ListTagsForResource"]


def test_consent_of_another_probe_does_not_remove_this_one(aws: FakeLambda) -> None:
    from runbook_lib.act import Leftover

    one, other = (
        Leftover(
            name=f"runbook-probe-{n}",
            function_arn=f"{ARN.removesuffix('upload')}runbook-probe-{n}",
            kinds=frozenset(Kind),
            untagged=frozenset(),
        )
        for n in (1, 2)
    )
    with pytest.raises(UsageError, match="not for runbook-probe-1"):
        remove(aws.connection, one, removal_consent(other), other.function_arn)
    mine = Leftover(name="upload", function_arn=ARN, kinds=frozenset(Kind), untagged=frozenset())
    with pytest.raises(UsageError, match="upload is not the name of a probe"):
        remove(aws.connection, mine, removal_consent(mine), ARN)
    assert not aws.sent


def test_payload_is_the_same_every_time() -> None:
    assert probe_consent(ARN, ASKED, 2) == probe_consent(ARN, ASKED, 2)
    assert probe_consent(ARN, ASKED, 2).payload_sha256 != digest("{}")
