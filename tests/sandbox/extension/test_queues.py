"""Queues are found under the URL of their account, and only there."""

from runbook_lib.sandbox.embedded import EmbeddedAws
from tests.sandbox.asking import refused


def test_a_queue_is_that_of_the_account_in_its_url(aws: EmbeddedAws) -> None:
    sqs = aws.client("sqs")
    sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "45"})
    names = ["VisibilityTimeout", "RedrivePolicy"]
    host = f"https://sqs.{aws.region}.amazonaws.com"
    found = sqs.get_queue_attributes(QueueUrl=f"{host}/123456789012/jobs", AttributeNames=names)["Attributes"]
    assert found == {"VisibilityTimeout": "45"}
    for other in (f"{host}/111122223333/jobs", f"{host}/123456789012/job"):
        with refused("AWS.SimpleQueueService.NonExistentQueue"):
            sqs.get_queue_attributes(QueueUrl=other, AttributeNames=names)
    with refused("InvalidAttributeName"):
        sqs.get_queue_attributes(QueueUrl=f"{host}/123456789012/jobs", AttributeNames=["Visibility"])
