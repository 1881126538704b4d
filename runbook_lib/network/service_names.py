"""The short names of AWS services that have VPC endpoints: `s3` of `com.amazonaws.eu-west-1.s3`.

Not every one; AWS keeps the whole list at
https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from runbook_lib.errors import unknown_name

__all__ = ["SERVICES", "require_services", "short_name"]

SERVICES = (
    "access-analyzer", "account", "acm", "acm-pca", "airflow.api", "airflow.env", "airflow.ops", "amplify",
    "app-integrations", "appconfig", "appconfigdata", "appflow", "application-autoscaling", "appmesh",
    "apprunner", "appstream.api", "appsync", "athena", "auditmanager", "autoscaling", "autoscaling-plans",
    "backup", "backup-gateway", "batch", "bedrock", "bedrock-agent", "bedrock-agent-runtime", "bedrock-runtime",
    "billingconductor", "braket", "cassandra", "cloudcontrolapi", "clouddirectory", "cloudformation",
    "cloudhsmv2", "cloudtrail", "codeartifact.api", "codeartifact.repositories", "codebuild", "codecommit",
    "codedeploy", "codedeploy-commands-secure", "codepipeline", "codestar-connections.api", "cognito-idp",
    "comprehend", "comprehendmedical", "config", "connect-campaigns", "databrew", "dataexchange", "datasync",
    "datazone", "dms", "ds", "dynamodb", "dynamodb-streams", "ebs", "ec2", "ec2messages", "ecr.api", "ecr.dkr",
    "ecs", "ecs-agent", "ecs-telemetry", "eks", "eks-auth", "elasticache", "elasticbeanstalk",
    "elasticbeanstalk-health", "elasticfilesystem", "elasticfilesystem-fips", "elasticloadbalancing",
    "elasticmapreduce", "email", "email-smtp", "emr-containers", "emr-serverless", "emrwal.prod",
    "entityresolution", "events", "evidently", "execute-api", "finspace", "fis", "forecast", "forecastquery",
    "frauddetector", "freetier", "fsx", "git-codecommit", "glue", "grafana", "grafana-workspace", "greengrass",
    "groundstation", "guardduty", "guardduty-data", "healthlake", "identitystore", "imagebuilder", "inspector2",
    "iot.credentials", "iot.data", "iotsitewise.api", "iotsitewise.data", "iotwireless.api", "kafka",
    "kafka-fips", "kendra", "kinesis-firehose", "kinesis-streams", "kms", "kms-fips", "lakeformation", "lambda",
    "lex-models-v2", "license-manager", "location.maps", "logs", "lookoutequipment", "lookoutmetrics", "macie2",
    "managedblockchain-query", "mediaconnect", "memory-db", "monitoring", "mq", "network-firewall", "oam",
    "organizations", "payment-cryptography.controlplane", "payment-cryptography.dataplane", "personalize",
    "personalize-runtime", "pinpoint", "pipes", "polly", "privatenetworks", "proton", "qldb.session",
    "quicksight-website", "ram", "rbin", "rds", "rds-data", "redshift", "redshift-data", "redshift-serverless",
    "rekognition", "resource-groups", "robomaker", "route53resolver", "rum", "rum-dataplane", "s3",
    "s3-global.accesspoint", "s3-outposts", "s3express", "s3tables", "sagemaker.api",
    "sagemaker.featurestore-runtime", "sagemaker.metrics", "sagemaker.runtime", "scheduler", "schemas",
    "secretsmanager", "securityhub", "securitylake", "serverlessrepo", "servicecatalog", "servicediscovery",
    "signer", "sms-voice", "snowball", "sns", "sqs", "ssm", "ssm-contacts", "ssm-incidents", "ssmmessages",
    "states", "storagegateway", "sts", "swf", "sync-states", "synthetics", "tagging", "textract",
    "timestream-influxdb", "transcribe", "transcribestreaming", "transfer", "transfer.server", "translate",
    "trustedadvisor", "verifiedpermissions", "vpc-lattice", "wellarchitected", "wisdom", "workspaces",
    "workspaces-web", "xray",
)  # fmt: skip

_FULL = re.compile(r"(?:cn\.)?(?:com\.amazonaws|aws\.api)\.[a-z]{2}(?:-[a-z]+)+-\d+\.(?P<short>[a-z0-9.-]+)")


def short_name(word: str) -> str:
    """The short name of a service, in small letters: `s3` for `com.amazonaws.eu-west-1.s3`."""
    match = _FULL.fullmatch(word.lower())
    return match["short"] if match else word.lower()


def require_services(words: Iterable[str], present: Iterable[str]) -> None:
    """UsageError for the first that is no service and has no endpoint among those `present`."""
    known = {*SERVICES, *present}
    for word in words:
        if word not in known:
            raise unknown_name("service", word, {name for name in known if name.startswith(f"{word}.")} or known)
