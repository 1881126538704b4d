"""The short names of AWS services that have VPC endpoints: `s3` of `com.amazonaws.eu-west-1.s3`.

Sources: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html (read 2026-11-21, its
FIPS variants left out: those are known by their ending), and for single services
https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-networking.html,
https://docs.aws.amazon.com/cognito/latest/developerguide/vpc-interface-endpoints.html and botocore's endpoint data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from runbook_lib.errors import unknown_name

__all__ = ["SERVICES", "require_services", "short_name"]

SERVICES = (
    "access-analyzer", "account", "acm", "acm-pca", "airflow.api", "airflow.env", "airflow.ops", "analytics-omics",
    "apigateway", "app-integrations", "appconfig", "appconfigdata", "application-autoscaling", "application-signals",
    "applicationinsights", "appmesh", "appmesh-envoy-management", "apprunner", "apprunner.requests", "appstream.api",
    "appstream.streaming", "appsync-api", "apptest", "aps", "aps-workspaces", "arsenal-discovery", "athena",
    "auditmanager", "autoscaling", "autoscaling-plans", "awsconnector", "b2bi", "backup", "backup-gateway", "batch",
    "bcm-data-exports", "bcm-pricing-calculator", "bedrock", "bedrock-agent", "bedrock-agent-runtime",
    "bedrock-data-automation", "bedrock-data-automation-runtime", "bedrock-runtime", "billing", "billingconductor",
    "braket", "cases", "cassandra", "ce", "cleanrooms", "cleanrooms-ml", "cloudcontrolapi", "clouddirectory",
    "cloudformation", "cloudfront", "cloudhsmv2", "cloudtrail", "codeartifact.api", "codeartifact.repositories",
    "codebuild", "codecommit", "codeconnections.api", "codedeploy", "codedeploy-commands-secure", "codeguru-profiler",
    "codeguru-reviewer", "codepipeline", "codestar-connections.api", "codewhisperer", "cognito-identity",
    "cognito-idp", "comprehend", "comprehendmedical", "compute-optimizer", "config", "connect-campaigns", "console",
    "control-storage-omics", "controlcatalog", "controltower", "cost-optimization-hub", "data-servicediscovery",
    "databrew", "dataexchange", "datasync", "datazone", "deadline.management", "deadline.scheduling", "detective",
    "deviceadvisor.iot", "devops-guru", "dicom-medical-imaging", "directconnect", "discovery", "dlm", "dms", "drs",
    "ds", "ds-data", "dsql", "dynamodb", "dynamodb-streams", "ebs", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "ecs",
    "ecs-agent", "ecs-telemetry", "eks", "eks-auth", "eks-proxy", "elasticache", "elasticbeanstalk",
    "elasticbeanstalk-health", "elasticfilesystem", "elasticloadbalancing", "elasticmapreduce", "email", "email-smtp",
    "emr-containers", "emr-serverless", "emr-serverless-services.livy", "emr-serverless.dashboard", "emrwal.prod",
    "entityresolution", "events", "evs", "execute-api", "experiments", "finspace", "finspace-api", "fis", "fms",
    "forecast", "forecastquery", "frauddetector", "freetier", "fsx", "gamelift", "gameliftstreams", "geo.geofencing",
    "geo.maps", "geo.metadata", "geo.places", "geo.routes", "geo.tracking", "git-codecommit", "glue",
    "glue.dashboard", "grafana", "grafana-workspace", "greengrass", "groundstation", "guardduty", "guardduty-data",
    "healthlake", "highlander", "iam", "identitystore", "imagebuilder", "inspector-scan", "inspector2",
    "internetmonitor", "iot.api", "iot.credentials", "iot.data", "iot.tunneling.api", "iot.tunneling.data",
    "iotfleetwise", "iotmanagedintegrations.api", "iotroborunner", "iotsitewise.api", "iotsitewise.data",
    "iottwinmaker.api", "iottwinmaker.data", "iotwireless.api", "ivs.contribute", "kafka", "kendra", "kendra-ranking",
    "kinesis-firehose", "kinesis-streams", "kinesisanalytics", "kms", "lakeformation", "lambda", "launchwizard",
    "license-manager", "license-manager-linux-subscriptions", "license-manager-user-subscriptions", "lightsail",
    "logs", "lookoutequipment", "lookoutvision", "lorawan.cups", "lorawan.lns", "m2", "macie2", "mail-manager",
    "mail-manager-smtp.auth", "mail-manager-smtp.open", "managedblockchain-query",
    "managedblockchain.bitcoin.mainnet", "managedblockchain.bitcoin.testnet", "mediaconnect", "mediaconvert",
    "medical-imaging", "memory-db", "memorydb", "metering-marketplace", "mgn", "migrationhub-orchestrator",
    "migrationhub-strategy", "models-v2-lex", "monitoring", "mq", "neptune-graph", "neptune-graph-data",
    "network-firewall", "networkflowmonitor", "networkflowmonitorreports", "networkmanager", "networkmonitor",
    "notebook", "notifications", "notifications-contacts", "oam", "observabilityadmin", "organizations", "osis",
    "outposts", "panorama", "partner-app", "payment-cryptography.controlplane", "payment-cryptography.dataplane",
    "pca-connector-ad", "pca-connector-scep", "pcs", "personalize", "personalize-events", "personalize-runtime", "pi",
    "pinpoint", "pinpoint-sms-voice-v2", "pipes", "pipes-data", "polly", "pricing.api", "profile", "proton", "q",
    "qapps", "qbusiness", "quicksight-website", "ram", "rbin", "rds", "rds-data", "redshift", "redshift-data",
    "redshift-serverless", "refactor-spaces", "rekognition", "repostspace", "resource-explorer-2", "resource-groups",
    "rolesanywhere", "route53", "route53globalresolver", "route53resolver", "rum", "rum-dataplane",
    "runtime-medical-imaging", "runtime-v2-lex", "s3", "s3-global.accesspoint", "s3-outposts", "s3express",
    "s3tables", "sagemaker-data-science-assistant", "sagemaker.api", "sagemaker.featurestore-runtime",
    "sagemaker.metrics", "sagemaker.runtime", "savingsplans", "scheduler", "schemas", "scn", "secretsmanager",
    "securityhub", "securitylake", "serverlessrepo", "service.user-subscriptions", "servicecatalog",
    "servicecatalog-appregistry", "servicediscovery", "servicequotas", "signin", "simspaceweaver",
    "snow-device-management", "sns", "social-messaging", "sqs", "ssm", "ssm-contacts", "ssm-incidents",
    "ssm-quicksetup", "ssm-sap", "ssmmessages", "states", "storage-omics", "storagegateway", "streaming-rekognition",
    "sts", "studio", "swf", "sync-states", "synthetics", "tagging", "tags-omics", "tax", "textract", "thinclient.api",
    "timestream-influxdb", "timestream.ingest-cell", "timestream.query-cell", "tnb", "transcribe",
    "transcribestreaming", "transfer", "transfer.server", "transform", "transform-custom", "translate",
    "trustedadvisor", "verifiedpermissions", "voiceid", "vpc-lattice", "wafv2", "wellarchitected", "wisdom",
    "workflows-omics", "workmail", "workmailmessageflow", "workspaces", "workspaces-web", "xray",
)  # fmt: skip

_ANYWHERE = ("cloudfront", "iam", "route53", "s3-global.accesspoint", "savingsplans")
_FULL = re.compile(
    r"(?:cn\.)?(?:com\.amazonaws|aws\.api|api\.aws|aws\.sagemaker)\.[a-z]{2}(?:-[a-z]+)+-\d+\.(?P<short>[a-z0-9.-]+)"
)
_FIPS = re.compile(r"-fips(?=\.|$)")


def short_name(word: str) -> str:
    """The short name of a service, in small letters: `s3` for `com.amazonaws.eu-west-1.s3`."""
    lower = word.lower()
    match = _FULL.fullmatch(lower)
    if match:
        return match["short"]
    of_no_region = lower.removeprefix("com.amazonaws.")
    return of_no_region if of_no_region in _ANYWHERE else lower


def require_services(words: Iterable[str], present: Iterable[str]) -> None:
    """UsageError for the first that is no service and has no endpoint among those `present`."""
    known = {*SERVICES, *present}
    for word in words:
        if word not in known and _FIPS.sub("", word) not in known:
            raise unknown_name("service", word, {name for name in known if name.startswith(f"{word}.")} or known)
