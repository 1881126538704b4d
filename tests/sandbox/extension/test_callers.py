import boto3
from botocore.config import Config

from runbook_lib.sandbox import environment
from runbook_lib.sandbox.embedded import EmbeddedAws


def test_caller_is_the_engineer_on_call(aws: EmbeddedAws) -> None:
    found = aws.client("sts").get_caller_identity()
    assert found["Arn"] == "arn:aws:sts::123456789012:assumed-role/OnCallReadOnly/engineer"
    assert found["Account"] == environment.ACCOUNT


def test_other_credentials_are_somebody_else(aws: EmbeddedAws) -> None:
    assumed = aws.client("sts").assume_role(RoleArn="arn:aws:iam::111122223333:role/Auditor", RoleSessionName="audit")[
        "Credentials"
    ]
    with aws.listening() as url:
        other = boto3.client(
            "sts",
            region_name=aws.region,
            endpoint_url=url,
            aws_access_key_id=assumed["AccessKeyId"],
            aws_secret_access_key=assumed["SecretAccessKey"],
            aws_session_token=assumed["SessionToken"],
            config=Config(retries={"total_max_attempts": 1}),
        )
        assert other.get_caller_identity()["Arn"] == "arn:aws:sts::111122223333:assumed-role/Auditor/audit"
