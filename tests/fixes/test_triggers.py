"""Fixes for triggers, loops and failed events: each is tried, and its text says what was tried."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runbook_lib import engine
from runbook_lib.model.finding import Fix
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.function.triggered import BUCKET, FUNCTION, arn, mapped, notified, queue, statement, triggered
from tests.roles import allow, deny

QUEUE, DEAD, TOPIC = arn("sqs", "jobs"), arn("sqs", "dead"), arn("sns", "orders")
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
EVERY = ["FUN007", "FUN010", "FUN011"]
SEND = allow("sqs:SendMessage", on=DEAD)


def fixes(made: World, check_id: str, code: str) -> tuple[Fix, ...]:
    made.counted(RecursiveInvocationsDropped=0)
    settings = made.settings("s3", bucket=BUCKET)
    found = engine.evaluate(made.snapshot(), settings, select=EVERY).findings
    return next(
        item.fixes for item in found if (item.check_id, item.code, item.status) == (check_id, code, Status.FAIL)
    )


def kept(*role: dict[str, Any], policy: list[dict[str, Any]] | None = None) -> World:
    """A function whose failed events are kept, so that one thing alone is wrong."""
    made = triggered(SEND, *role, policy=policy, DeadLetterConfig={"TargetArn": DEAD})
    return queue(made, "dead")


def test_a_bucket_is_let_in() -> None:
    made = notified(kept(policy=[statement("s3", {"ArnLike": {"AWS:SourceArn": f"{BUCKET_ARN}-old"}})]), FUNCTION)
    (fix,) = fixes(made, "FUN011", "NOT_ADMITTED")
    assert fix.proven, fix.reason
    assert fix.title == f"Let s3 invoke worker from {BUCKET_ARN}"
    assert fix.terraform == (
        'resource "aws_lambda_permission" "s3_2" {\n'
        '  statement_id   = "s3-2"\n'
        '  action         = "lambda:InvokeFunction"\n'
        '  function_name  = "worker"\n'
        '  principal      = "s3.amazonaws.com"\n'
        f'  source_arn     = "{BUCKET_ARN}"\n'
        '  source_account = "111122223333"\n'
        "}\n"
    )
    assert fix.cli.endswith(f"--source-arn {BUCKET_ARN} \\\n  --source-account 111122223333\n")


def test_a_topic_whose_conditions_exclude_each_other_is_let_in() -> None:
    like, other = {"ArnLike": {"AWS:SourceArn": TOPIC}}, {"StringEquals": {"AWS:SourceAccount": "444455556666"}}
    (fix,) = fixes(notified(kept(policy=[statement("sns", like, other)])), "FUN011", "NOT_ADMITTED")
    assert fix.proven, fix.reason
    assert "source_account" not in fix.terraform
    assert fix.cli.endswith(f"--source-arn {TOPIC}\n")


def test_nothing_is_proposed_against_a_deny() -> None:
    denied = statement("s3", Effect="Deny")
    assert fixes(notified(kept(policy=[denied]), FUNCTION), "FUN011", "NOT_ADMITTED") == ()
    made = queue(mapped(notified(kept(deny("sqs:ReceiveMessage", on=QUEUE))), QUEUE), "jobs")
    assert fixes(made, "FUN011", "MAY_NOT_POLL") == ()


def test_the_role_may_poll() -> None:
    made = queue(mapped(notified(kept(allow("sqs:ReceiveMessage"))), QUEUE), "jobs")
    (fix,) = fixes(made, "FUN011", "MAY_NOT_POLL")
    assert fix.proven, fix.reason
    assert fix.title == (
        f"Allow sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes on {QUEUE} "
        "in a policy of role worker-role"
    )
    assert "aws iam put-role-policy --role-name worker-role" in fix.cli


def test_a_queue_that_is_gone_is_not_mended_by_a_statement() -> None:
    made = queue(mapped(notified(kept()), QUEUE), "jobs", gone=True)
    assert fixes(made, "FUN011", "SOURCE_GONE") == ()


def test_a_loop_that_was_seen_is_stopped_and_that_cannot_be_tried() -> None:
    made = notified(kept()).counted(RecursiveInvocationsDropped=3)
    result = engine.evaluate(made.snapshot(), made.settings("s3", bucket=BUCKET), select=["FUN010"])
    (fix,) = next(item.fixes for item in result.findings if item.code == "LOOP_STOPPED")
    assert (fix.proven, fix.reason) == (False, "Not tried: what Lambda has counted stays counted.")
    assert "--reserved-concurrent-executions 0" in fix.cli


def test_a_role_is_kept_from_the_queue_that_runs_the_function() -> None:
    made = queue(mapped(notified(kept(allow("sqs:*", on=QUEUE))), QUEUE), "jobs")
    (fix,) = fixes(made, "FUN010", "MAY_RUN_ITSELF")
    assert fix.proven, fix.reason
    assert fix.title == f"Deny sqs:SendMessage on {QUEUE} in a policy of role worker-role"


def test_a_role_is_kept_from_every_version_of_its_function() -> None:
    (fix,) = fixes(notified(kept(allow("lambda:InvokeFunction"))), "FUN010", "MAY_RUN_ITSELF")
    assert fix.proven, fix.reason
    statement = {
        "Sid": "DenyKeepFromOwnTrigger",
        "Effect": "Deny",
        "Action": ["lambda:InvokeFunction"],
        "Resource": [FUNCTION, f"{FUNCTION}:*"],
    }
    document = json.loads(fix.cli.split("--policy-document '", 1)[1].split("'\n", 1)[0])
    assert document == {"Version": "2012-10-17", "Statement": [statement]}


def test_a_bucket_whose_every_key_runs_the_function_gets_a_prefix() -> None:
    policy = [statement("s3", {"ArnLike": {"AWS:SourceArn": BUCKET_ARN}})]
    made = notified(kept(allow("s3:PutObject"), policy=policy), FUNCTION, f"{FUNCTION}-two", suffix=".png")
    (fix,) = fixes(made, "FUN010", "MAY_RUN_ITSELF")
    assert fix.proven, fix.reason
    assert fix.title == (
        f"Let only keys of bucket {BUCKET} below incoming/ run worker; "
        f"Deny s3:PutObject on {BUCKET_ARN}/incoming/*.png in a policy of role worker-role"
    )
    assert 'filter_prefix       = "incoming/"\n    filter_suffix       = ".png"' in fix.terraform
    config = json.loads(fix.cli.split("--notification-configuration ")[1].split("'")[1])
    rules = [item["Filter"]["Key"]["FilterRules"] for item in config["LambdaFunctionConfigurations"]]
    suffix = {"Name": "Suffix", "Value": ".png"}
    assert rules == [[{"Name": "prefix", "Value": "incoming/"}, suffix], [suffix]]


def test_keeping_a_role_from_its_trigger_takes_nothing_that_it_needs() -> None:
    made = notified(kept(allow("s3:PutObject", "s3:GetObject")), FUNCTION).counted(RecursiveInvocationsDropped=0)
    settings = made.settings("s3", bucket=BUCKET)
    found = engine.evaluate(made.snapshot(), settings, select=[*EVERY, "FUN012"]).findings
    (fix,) = next(item.fixes for item in found if item.code == "MAY_RUN_ITSELF")
    assert fix.proven, fix.reason


def test_a_prefix_that_is_there_is_kept() -> None:
    policy = [statement("s3", {"ArnLike": {"AWS:SourceArn": BUCKET_ARN}})]
    made = notified(kept(allow("s3:PutObject"), policy=policy), FUNCTION, prefix="in/")
    (fix,) = fixes(made, "FUN010", "MAY_RUN_ITSELF")
    assert fix.proven, fix.reason
    assert fix.title == f"Deny s3:PutObject on {BUCKET_ARN}/in/* in a policy of role worker-role"


def test_failed_events_get_a_queue_of_their_own() -> None:
    made = notified(triggered(allow("s3:GetObject"), policy=[statement("sns", {"ArnLike": {"AWS:SourceArn": TOPIC}})]))
    (fix,) = fixes(made, "FUN007", "FAILED_EVENTS_LOST")
    assert fix.proven, fix.reason
    assert "aws lambda put-function-event-invoke-config" in fix.cli
    assert fix.title.startswith("Create queue worker-failed; Allow sqs:SendMessage on ")


def test_what_comes_back_is_sent_elsewhere() -> None:
    made = queue(mapped(notified(triggered(allow("sqs:ReceiveMessage"))), QUEUE), "jobs")
    ends = {"DestinationConfig": {"OnFailure": {"Destination": QUEUE}}, "FunctionArn": FUNCTION}
    made.changed("EventInvokeConfigs", "worker", lambda raw: raw.update(ends))
    (fix,) = fixes(made, "FUN010", "COMES_BACK")
    assert fix.proven, fix.reason
    assert "aws lambda update-function-event-invoke-config" in fix.cli


@pytest.mark.parametrize("gone", [True, False])
def test_a_place_that_takes_nothing(gone: bool) -> None:
    made = triggered(allow("s3:GetObject") if not gone else SEND, DeadLetterConfig={"TargetArn": DEAD})
    queue(notified(made), "dead", gone=gone)
    (fix,) = fixes(made, "FUN007", "PLACE_GONE" if gone else "MAY_NOT_SEND")
    assert fix.proven, fix.reason
    said = "Create queue dead" if gone else f"Allow sqs:SendMessage on {DEAD} in a policy of role worker-role"
    assert fix.title == said
