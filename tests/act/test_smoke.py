"""One invocation: only with consent, only of this function, once, with nothing kept that is secret."""

from dataclasses import replace
from typing import Any

import pytest

from runbook_lib.act import Invoke, Mode, Outcome, run_smoke
from runbook_lib.act.permits import digest
from runbook_lib.errors import ConsentError, UsageError
from runbook_lib.model.fact import Scope
from runbook_lib.model.progress import Step
from runbook_lib.model.snapshot import listing_of
from tests.collect.fake_aws import ACCOUNT, REGION, always, raises

from .fake_lambda import ARN, LOG, READS, FakeLambda, configuration, consent

SCOPE = Scope(ACCOUNT, REGION)


def smoke(aws: FakeLambda, request: Invoke | None = None, *, times: int = 1, word: str = ARN, **more: Any) -> Outcome:
    request = request or Invoke()
    return run_smoke(aws.connection, consent(times, request.payload), word, request, pause=lambda seconds: None, **more)


def operations(outcome: Outcome) -> list[str]:
    return [call.operation for call in outcome.calls]


def test_one_invocation_becomes_one_fact(aws: FakeLambda) -> None:
    outcome = smoke(
        aws, Invoke(payload='{"password": "canary-payload"}', qualifier="stable", assertion="state == 'done'")
    )
    (item,) = outcome.items
    assert {name: value for name, value in item.items() if not name.endswith("At")} == {
        "Number": "smoke-001",
        "FunctionName": "upload",
        "Purpose": "smoke",
        "InvocationType": "RequestResponse",
        "Qualifier": "stable",
        "PayloadSha256": digest('{"password": "canary-payload"}'),
        "PayloadBytes": 30,
        "RequestId": "req-1",
        "StatusCode": 200,
        "FunctionError": None,
        "ExecutedVersion": "7",
        "Assertion": "passed",
        "AssertionText": "state == 'done': holds",
        "LogTail": LOG.replace("canary-log", "REDACTED"),
        "ResponseSha256": digest(aws.body),
        "ResponseBytes": len(aws.body),
        "ResponseHead": aws.body.replace("canary-response", "REDACTED"),
    }
    assert (outcome.key, outcome.asked, outcome.overlap) == ("InvokeResults", 1, 1)
    assert (outcome.refused, outcome.stopped) == (None, None)
    assert operations(outcome) == [*READS, "lambda:Invoke"]
    assert "canary" not in repr(outcome)
    listing, problems = listing_of(outcome.key, SCOPE, outcome.items)
    assert ([fact.id for fact in listing.facts], problems) == (["smoke-001"], ())


def test_what_was_sent_is_what_was_agreed_to(aws: FakeLambda) -> None:
    smoke(aws, Invoke(payload='{"a": 1}', qualifier="7"))
    ((url, headers, body),) = aws.asked
    assert url.endswith(f"/functions/{ARN}/invocations?Qualifier=7")
    assert (headers["X-Amz-Invocation-Type"], headers["X-Amz-Log-Type"]) == (b"RequestResponse", b"Tail")
    assert body == b'{"a": 1}'


@pytest.mark.parametrize("word", ["", "  "])
def test_without_consent_nothing_is_called(aws: FakeLambda, word: str) -> None:
    with pytest.raises(ConsentError, match=f"set consent to {ARN}"):
        smoke(aws, word=word)
    assert not aws.sent


@pytest.mark.parametrize("word", ["upload", f"{ARN}:7", f"{ARN}-2", f"{ARN}:live", "yes", ARN.replace("eu", "us")])
def test_consent_for_anything_else_is_refused(aws: FakeLambda, word: str) -> None:
    with pytest.raises(UsageError, match="but this would be done") as caught:
        smoke(aws, word=word)
    assert "\n" not in str(caught.value)
    assert not aws.sent


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"function_arn": f"{ARN}:7"}, "not a version or alias"),
        ({"function_arn": "upload"}, "not the ARN of a Lambda function"),
        ({"account": "999900001111"}, "its function is in"),
        ({"region": "eu-north-1"}, "its function is in"),
        ({"action": "lambda:DeleteFunction"}, "consent is for lambda:DeleteFunction"),
        ({"payload_sha256": digest("[]")}, "another payload"),
        ({"maximum": 0}, "1 are asked for"),
    ],
)
def test_consent_that_does_not_fit_is_refused(aws: FakeLambda, change: dict[str, Any], said: str) -> None:
    given = replace(consent(), **change)
    with pytest.raises(UsageError, match=said):
        run_smoke(aws.connection, given, given.function_arn, Invoke())
    assert not aws.sent


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (Invoke(payload="{"), "payload is not JSON"),
        (Invoke(payload=""), "payload is not JSON"),
        (Invoke(payload=f'"{"x" * (6 * 1024 * 1024 - 1)}"'), "takes at most 6,291,456"),
        (Invoke(payload=f'"{"x" * (1024 * 1024 - 1)}"', mode=Mode.EVENT), "takes at most 1,048,576"),
        (Invoke(qualifier="a b"), "not a version or alias"),
        (Invoke(assertion="a ==="), "not a JMESPath expression"),
        (Invoke(assertion="a", mode=Mode.EVENT), "an event has no response"),
    ],
)
def test_request_that_cannot_be_sent_is_refused_before_anything_is_called(
    aws: FakeLambda, request_: Invoke, said: str
) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        smoke(aws, request_)
    assert "\n" not in str(caught.value)
    assert not aws.sent


def test_payload_at_the_limit_is_sent(aws: FakeLambda) -> None:
    assert smoke(aws, Invoke(payload=f'"{"x" * (6 * 1024 * 1024 - 2)}"')).items[0]["PayloadBytes"] == 6 * 1024 * 1024


def test_failed_function_is_not_asked_about_its_response(aws: FakeLambda) -> None:
    aws.function_error, aws.body = "Unhandled", '{"errorMessage": "no route", "errorType": "ConnectTimeoutError"}'
    (item,) = smoke(aws, Invoke(assertion="errorType == 'ConnectTimeoutError'")).items
    assert (item["FunctionError"], item["StatusCode"], item["ResponseHead"]) == ("Unhandled", 200, aws.body)
    assert (item["Assertion"], item["AssertionText"]) == ("not asked", "the function failed: the response is its error")


def test_wrong_answer_is_told_without_its_secrets(aws: FakeLambda) -> None:
    (item,) = smoke(aws, Invoke(assertion="token == 'x'")).items
    assert (item["Assertion"], item["AssertionText"]) == ("failed", "token == 'x': is false")
    assert "canary" not in repr(item)


@pytest.mark.parametrize(
    "error",
    [("TooManyRequestsException", 429), ("ResourceConflictException", 409), ("ServiceException", 500)],
)
def test_invocation_is_never_sent_twice(aws: FakeLambda, error: tuple[str, int]) -> None:
    aws.faults["lambda:Invoke"] = always("lambda", error[1], error[0])
    outcome = smoke(aws, Invoke(assertion="state"))
    (item,) = outcome.items
    assert (aws.invocations, item["ErrorCode"], item["StatusCode"], item["RequestId"]) == (
        1,
        error[0],
        error[1],
        "req-1",
    )
    assert (item["Assertion"], item["AssertionText"]) == ("not asked", "there was no response")
    assert outcome.calls[-1].error is not None


def test_broken_connection_is_not_tried_again(aws: FakeLambda) -> None:
    aws.faults["lambda:Invoke"] = raises(ConnectionResetError("reset by canary"))
    (item,) = smoke(aws).items
    assert (aws.invocations, item["ErrorCode"], item["StatusCode"], item["RequestId"]) == (
        1,
        "ConnectionResetError",
        None,
        None,
    )
    assert item["EndedAt"] is not None


def test_expired_credentials_are_one_line(aws: FakeLambda) -> None:
    aws.faults["lambda:GetFunctionConfiguration"] = always("lambda", 403, "ExpiredTokenException")
    with pytest.raises(UsageError, match="have expired"):
        smoke(aws)
    assert aws.invocations == 0


def test_denied_invocation_stops_with_the_reason(aws: FakeLambda) -> None:
    aws.faults["lambda:Invoke"] = always("lambda", 403, "AccessDeniedException", "not authorized")
    outcome = smoke(aws)
    assert (outcome.items[0]["ErrorCode"], outcome.stopped) == (
        "AccessDeniedException",
        "AccessDeniedException: not authorized",
    )


def test_alias_that_does_not_exist_is_refused(aws: FakeLambda) -> None:
    aws.faults["lambda:GetFunctionConfiguration"] = always("lambda", 404, "ResourceNotFoundException")
    with pytest.raises(UsageError, match=f"there is no version or alias 'blue' of {ARN}"):
        smoke(aws, Invoke(qualifier="blue"))
    with pytest.raises(UsageError, match=f"there is no function {ARN}"):
        smoke(aws)
    assert aws.invocations == 0


def test_other_region_is_refused(aws: FakeLambda) -> None:
    with pytest.raises(UsageError, match="the connection is to eu-north-1"):
        run_smoke(replace(aws.connection, region="eu-north-1"), consent(), ARN, Invoke())
    assert not aws.sent


def test_other_account_is_refused(aws: FakeLambda) -> None:
    aws.answers["sts:GetCallerIdentity"] = {"Account": "999900001111", "Arn": "arn", "UserId": "u"}
    with pytest.raises(UsageError, match="the credentials are those of 999900001111"):
        smoke(aws)
    assert dict(aws.sent) == {"sts:GetCallerIdentity": 1}


def test_pending_function_is_waited_for(aws: FakeLambda) -> None:
    updating = configuration(LastUpdateStatus="InProgress")
    aws.configurations = [configuration("Pending", StateReason="Creating"), updating, configuration()]
    steps: list[Step] = []
    outcome = smoke(aws, Invoke(wait_s=10), progress=steps.append)
    assert [step.label for step in steps] == [
        "waiting for upload: State Pending (Creating)",
        "waiting for upload: State Active, LastUpdateStatus InProgress",
        "smoke-001 answered",
    ]
    assert [item["Number"] for item in outcome.items] == ["smoke-001"]


def test_function_that_stays_pending_is_not_invoked(aws: FakeLambda) -> None:
    aws.configurations = [configuration("Pending", StateReasonCode="Creating")]
    outcome = smoke(aws, Invoke(wait_s=4))
    assert outcome.refused == "upload was still not ready after 4 s: State Pending (Creating)"
    assert (outcome.items, aws.invocations, aws.sent["lambda:GetFunctionConfiguration"]) == ((), 0, 3)


def test_failed_function_is_not_waited_for(aws: FakeLambda) -> None:
    aws.configurations = [configuration("Failed", StateReason="no subnet")]
    outcome = smoke(aws)
    assert outcome.refused == "upload cannot be invoked: State Failed (no subnet)"
    assert (outcome.items, aws.sent["lambda:GetFunctionConfiguration"]) == ((), 1)


def test_inactive_function_is_woken_first(aws: FakeLambda) -> None:
    aws.configurations = [configuration("Inactive", StateReasonCode="Idle"), configuration("Pending"), configuration()]
    aws.faults["lambda:Invoke"] = lambda request, attempt: (
        always("lambda", 502, "ResourceNotReadyException")(request, attempt) if attempt == 1 else None
    )
    outcome = smoke(aws, times=2)
    assert [(item["Number"], item["Purpose"], item.get("ErrorCode")) for item in outcome.items] == [
        ("wake-001", "wake", "ResourceNotReadyException"),
        ("smoke-001", "smoke", None),
    ]
    assert (outcome.asked, outcome.overlap, outcome.refused) == (1, 1, None)


def test_inactive_function_is_not_woken_without_consent_for_it(aws: FakeLambda) -> None:
    aws.configurations = [configuration("Inactive")]
    outcome = smoke(aws, times=1)
    assert outcome.refused == "upload is Inactive: its next invocation fails and wakes it; consent to one more"
    assert aws.invocations == 0


def test_unreadable_state_is_a_refusal(aws: FakeLambda) -> None:
    aws.faults["lambda:GetFunctionConfiguration"] = always("lambda", 403, "AccessDeniedException")
    said = "the state of upload could not be read (AccessDeniedException; needs lambda:GetFunctionConfiguration)"
    assert (smoke(aws).refused, aws.invocations) == (said, 0)


def test_production_is_refused_unless_allowed(aws: FakeLambda) -> None:
    aws.answers["lambda:ListTags"] = {"Tags": {"Environment": "Production"}}
    refused = "upload looks like production: its tag Environment is Production; set allow_production to invoke it all"
    assert str(smoke(aws).refused).startswith(refused)
    assert aws.invocations == 0
    assert smoke(aws, Invoke(allow_production=True)).refused is None
    assert aws.invocations == 1


def test_production_that_cannot_be_ruled_out_is_refused(aws: FakeLambda) -> None:
    aws.faults["lambda:ListTags"] = always("lambda", 403, "AccessDeniedException")
    outcome = smoke(aws)
    assert str(outcome.refused).startswith("whether upload is a production function could not be read")
    assert (aws.invocations, operations(outcome)) == (0, ["sts:GetCallerIdentity", "lambda:ListTags"])


def test_interrupt_while_waiting_ends_without_an_invocation(aws: FakeLambda) -> None:
    aws.configurations = [configuration("Pending")]

    def interrupt(step: Step) -> None:
        raise KeyboardInterrupt

    outcome = smoke(aws, progress=interrupt)
    assert (outcome.refused, outcome.items) == ("interrupted before the first of them was sent", ())
    assert aws.invocations == 0


def test_long_secret_is_not_cut_in_two(aws: FakeLambda) -> None:
    aws.body = '{"pad": "' + "x" * 2000 + '", "password": "' + "canary" * 500 + '"}'
    (item,) = smoke(aws).items
    assert "canary" not in item["ResponseHead"]
    assert item["ResponseHead"] == '{"pad": "' + "x" * 2000 + '", "password": "REDACTED"}'
    assert item["ResponseBytes"] == len(aws.body)


def test_of_a_long_response_only_the_beginning_is_kept(aws: FakeLambda) -> None:
    aws.body = '"' + "ä" * 2000 + '"'
    (item,) = smoke(aws).items
    assert item["ResponseHead"] == '"' + "ä" * 1023
    assert item["ResponseSha256"] == digest(aws.body)
