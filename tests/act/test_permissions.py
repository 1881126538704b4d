"""The IAM policy for consented actions allows what they send, and nothing more."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from runbook_lib import act
from runbook_lib.act import (
    Analyze,
    Burst,
    Probe,
    analysis_consent,
    leftovers,
    probe_consent,
    removal_consent,
    remove,
    run_analyses,
    run_burst,
    run_probe,
)
from runbook_lib.act.permissions import PERMISSIONS, On, acting_statements
from runbook_lib.act.ready import require_version
from runbook_lib.cli import run_command
from runbook_lib.collect.guard import ALLOWED
from runbook_lib.collect.policy import minimal_policy
from runbook_lib.errors import UsageError
from runbook_lib.network.insights.plan import whole
from tests.collect.fake_aws import always
from tests.network.insights.worlds import asked, sftp_world, view_of

from .fake_analyzer import FakeAnalyzer
from .fake_lambda import ARN, FakeLambda, configuration, consent

IN_TABLE = {row.operation for row in PERMISSIONS if row.operation}
OF_ANALYSES = {name for name in IN_TABLE if name.startswith("ec2:")}
OPERATION = re.compile(r"\"((?:lambda|iam|logs|sts|cloudwatch|ec2):[A-Z][A-Za-z]+)\"")
INTERFACE_WORDS = ("NetworkInterface", "NetworkInterfaces", "PrivateIpAddresses")
NAME = "runbook-probe-0badcafe"


def allowed(function_arn: str = "") -> dict[str, set[str]]:
    return {statement["Sid"]: {*statement["Action"]} for statement in acting_statements(function_arn)}


def test_whatever_analyses_send_is_in_a_table(aws: FakeLambda) -> None:
    analyzer = FakeAnalyzer()
    arn = ARN.replace("upload", "worker")
    request = Analyze(plan=whole(view_of(sftp_world()), asked()))
    run_analyses(analyzer.connection, analysis_consent(arn, request), arn, request, pause=lambda _: None)
    assert set(analyzer.sent) - ALLOWED == OF_ANALYSES


def test_whatever_actions_send_is_in_a_table(aws: FakeLambda) -> None:
    aws.configurations = [configuration(VpcConfig={"SubnetIds": ["subnet-a"], "SecurityGroupIds": ["sg-1"]})]
    aws.answers["lambda:ListFunctions"] = {
        "Functions": [{"FunctionName": NAME, "FunctionArn": ARN.replace("upload", NAME)}]
    }
    aws.answers["lambda:ListTags"] = {"Tags": {"runbook-kit": "probe"}}
    aws.answers["logs:DescribeLogGroups"] = {"logGroups": [{"logGroupName": f"/aws/lambda/{NAME}"}]}
    aws.answers["iam:ListRoles"] = {"Roles": [{"RoleName": NAME, "Path": "/runbook-kit/"}]}
    run_burst(aws.connection, consent(2), ARN, Burst(count=2, concurrency=2))
    given = probe_consent(ARN, ("s3.amazonaws.com",), 1)
    run_probe(aws.connection, given, ARN, Probe(destinations=("s3.amazonaws.com",)), pause=lambda _: None)
    (left,) = leftovers(aws.connection).leftovers
    remove(aws.connection, left, removal_consent(left), left.function_arn, pause=lambda _: None)
    assert set(aws.sent) - ALLOWED == IN_TABLE - OF_ANALYSES - {"lambda:UpdateFunctionConfiguration"}


def test_every_operation_that_stands_in_the_code_is_in_a_table() -> None:
    folder = Path(act.__file__).parent
    texts = [path.read_text() for path in folder.glob("*.py") if path.name != "permissions.py"]
    found = {name for text in texts for name in OPERATION.findall(text)}
    assert len(found) > 15
    # The names of IAM actions and keys, and what the role of a probe may do.
    words = {"lambda:InvokeFunction", "lambda:SourceFunctionArn", "logs:CreateLogStream", "logs:PutLogEvents"}
    interfaces = {name for name in found if name.startswith("ec2:") and name.endswith(INTERFACE_WORDS)}
    assert found - IN_TABLE - ALLOWED - words - interfaces == set()


def test_each_sort_of_thing_has_its_own_statement() -> None:
    assert list(allowed()) == [on.value for on in On]
    assert allowed()[On.FUNCTION.value] == {"lambda:InvokeFunction", "lambda:ListTags"}
    assert allowed()[On.PASSED_ROLE.value] == {"iam:PassRole"}
    assert {action for actions in allowed().values() for action in actions} >= {
        "lambda:TagResource",
        "logs:TagResource",
        "iam:TagRole",
    }
    listed = [action for statement in minimal_policy()["Statement"] for action in statement["Action"]]
    assert not {action for actions in allowed().values() for action in actions} & {*listed}


def test_one_function_is_named_and_probes_are_held_to_their_names() -> None:
    resources = {statement["Sid"]: statement["Resource"] for statement in acting_statements(ARN)}
    assert resources[On.FUNCTION.value] == [ARN, f"{ARN}:*"]
    place = "eu-west-1:111122223333"
    assert resources[On.PROBE.value] == f"arn:aws:lambda:{place}:function:runbook-probe-*"
    assert resources[On.PROBE_LOG_GROUP.value] == f"arn:aws:logs:{place}:log-group:/aws/lambda/runbook-probe-*"
    assert resources[On.PROBE_ROLE.value] == "arn:aws:iam::111122223333:role/runbook-kit/runbook-probe-*"
    wide = [statement for statement in acting_statements() if statement["Resource"] == "*"]
    assert next(statement["Action"] for statement in wide) == ["iam:ListRoles"]
    # Beside the roles of probes only what an analysis reads, and AWS's own engine of it.
    reads = re.compile(r"[a-z2-]+:(Describe|Get|List)[A-Za-z]+|tiros:[A-Za-z]+")
    assert [[name for name in statement["Action"] if not reads.fullmatch(name)] for statement in wide] == [[], []]
    assert resources[On.PATHS.value] == [
        f"arn:aws:ec2:{place}:network-insights-path/*",
        f"arn:aws:ec2:{place}:network-insights-analysis/*",
    ]
    (passed,) = (statement for statement in acting_statements(ARN) if "Condition" in statement)
    assert passed["Action"] == ["iam:PassRole"]


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert run_command(["doctor", "--policy", *arguments]) == 0
    statements: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["Statement"]
    return statements


def test_the_doctor_prints_it_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    reading = minimal_policy()["Statement"]
    assert printed(capsys) == reading
    assert printed(capsys, "--with-actions") == [*reading, *acting_statements()]
    assert printed(capsys, "--with-actions", ARN) == [*reading, *acting_statements(ARN)]
    assert run_command(["doctor", "--policy", "--with-actions", f"{ARN}:live"]) == 2
    assert run_command(["doctor", "--with-actions", ARN]) == 2
    assert capsys.readouterr().err.count("\n") == 2


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("ResourceNotFoundException", 404, "there is no version or alias 'blue' of"),
        ("AccessDeniedException", 403, None),
    ],
)
def test_a_version_that_does_not_exist_is_refused_with_one_call(
    aws: FakeLambda, code: str, status: int, said: str | None
) -> None:
    require_version(aws.connection, ARN, "blue")
    aws.sent.clear()
    aws.faults["lambda:GetFunctionConfiguration"] = always("lambda", status, code)
    if said:
        with pytest.raises(UsageError, match=said):
            require_version(aws.connection, ARN, "blue")
    else:
        require_version(aws.connection, ARN, "blue")
    assert dict(aws.sent) == {"lambda:GetFunctionConfiguration": 1}
