"""Nothing that changes anything leaves the machine unless it was agreed to, whichever client is asked."""

from threading import Thread
from typing import Any

import pytest
from botocore import xform_name
from botocore.config import Config

from runbook_lib.act.permits import Permit, Permits, digest
from runbook_lib.collect.guard import ALLOWED
from runbook_lib.errors import ForbiddenOperation

from .fake_lambda import ARN, FakeLambda

SERVICES = ("lambda", "ec2", "iam", "logs")
INVOKE = Permit(
    operation="lambda:Invoke",
    arguments={"FunctionName": ARN, "InvocationType": "RequestResponse", "Qualifier": None},
    most=2,
    payload_sha256=digest("{}"),
)
GOOD: dict[str, Any] = {"FunctionName": ARN, "InvocationType": "RequestResponse", "Payload": b"{}"}


def consented(aws: FakeLambda, *permits: Permit, service: str = "lambda") -> tuple[Permits, Any]:
    permits_ = Permits(permits)
    return permits_, aws.connection.clients().under(permits_.guard, service, Config())


@pytest.mark.parametrize("service", SERVICES)
def test_no_operation_that_is_not_in_the_table_leaves(aws: FakeLambda, service: str) -> None:
    ordinary = aws.connection.clients().get(service)
    tried = 0
    for name in ordinary.meta.service_model.operation_names:
        if f"{service}:{name}" not in ALLOWED:
            tried += 1
            with pytest.raises(ForbiddenOperation, match=f"^{service}:{name} is not in the kit's table"):
                getattr(ordinary, xform_name(name))(Anything="at all")
    assert tried > 50
    assert not aws.sent


@pytest.mark.parametrize("service", SERVICES)
def test_consent_to_one_invocation_lets_nothing_else_leave(aws: FakeLambda, service: str) -> None:
    permits, client = consented(aws, INVOKE, service=service)
    for name in client.meta.service_model.operation_names:
        with pytest.raises(ForbiddenOperation, match="nothing was sent"):
            getattr(client, xform_name(name))(FunctionName="other", Payload=b"{}")
    assert (dict(aws.sent), permits.spent) == ({}, {})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"FunctionName": f"{ARN}:7"}, "is agreed to for FunctionName"),
        ({"FunctionName": "upload"}, "is agreed to for FunctionName"),
        ({"Qualifier": "live"}, "is agreed to for Qualifier None, not 'live'"),
        ({"InvocationType": "Event"}, "is agreed to for InvocationType 'RequestResponse', not 'Event'"),
        ({"Payload": b"[]"}, "with another payload"),
        ({"Payload": b""}, "with another payload"),
    ],
)
def test_consented_operation_on_anything_else_does_not_leave(
    aws: FakeLambda, change: dict[str, Any], said: str
) -> None:
    permits, client = consented(aws, INVOKE)
    with pytest.raises(ForbiddenOperation, match=said):
        client.invoke(**GOOD | change)
    assert (dict(aws.sent), permits.spent) == ({}, {})


def test_consented_operation_leaves_as_often_as_agreed(aws: FakeLambda) -> None:
    permits, client = consented(aws, INVOKE)
    client.invoke(**GOOD)
    client.invoke(**GOOD)
    with pytest.raises(ForbiddenOperation, match="at most 2 times; nothing was sent"):
        client.invoke(**GOOD)
    assert (aws.invocations, permits.spent) == (2, {"lambda:Invoke": 2})


def test_many_threads_cannot_send_more_than_agreed(aws: FakeLambda) -> None:
    _, client = consented(aws, INVOKE)
    refused: list[ForbiddenOperation] = []

    def try_it() -> None:
        try:
            client.invoke(**GOOD)
        except ForbiddenOperation as error:
            refused.append(error)

    threads = [Thread(target=try_it) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (aws.invocations, len(refused)) == (2, 18)


def test_url_that_anyone_could_use_again_is_not_given_out(aws: FakeLambda) -> None:
    permits, client = consented(aws, INVOKE)
    with pytest.raises(ForbiddenOperation, match="may not be presigned"):
        client.generate_presigned_url("invoke", GOOD)
    assert permits.spent == {}


def test_any_of_several_permits_will_do(aws: FakeLambda) -> None:
    tags = [Permit(operation="lambda:ListTags", arguments={"Resource": name}, most=1) for name in (ARN, f"{ARN}-2")]
    permits, client = consented(aws, *tags)
    client.list_tags(Resource=f"{ARN}-2")
    client.list_tags(Resource=ARN)
    assert permits.spent == {"lambda:ListTags": 2}
    with pytest.raises(ForbiddenOperation, match="nothing was sent"):
        client.list_tags(Resource=ARN)


def test_consent_to_invoke_does_not_open_the_ordinary_client(aws: FakeLambda) -> None:
    clients = aws.connection.clients()
    clients.under(Permits([INVOKE]).guard, "lambda", Config())
    with pytest.raises(ForbiddenOperation, match="not in the kit's table"):
        clients.get("lambda").invoke(**GOOD)
    assert not aws.sent
