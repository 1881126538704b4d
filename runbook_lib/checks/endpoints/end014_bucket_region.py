"""Bucket lies in the Region of the VPC.

What is verified
    The bucket of the parameter `bucket` is in the Region of each VPC of the target.
Why it matters
    An S3 endpoint serves buckets of its own Region only. Traffic to a bucket elsewhere goes to addresses that are not
    in the prefix list: through a NAT gateway, or nowhere.
How it is decided
    By the bucket's LocationConstraint (null is us-east-1) and the Region of the VPC.
Unknown when
    The bucket's Region or the Region of the VPC could not be read.
Sources
    Gateway endpoints for Amazon S3, https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
    (read 2026-11-21)
    GetBucketLocation, https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import BucketLocation
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="END014",
    title="Bucket lies in the Region of the VPC",
    severity=Severity.HIGH,
    family="endpoints",
    applies_to=BucketLocation.TYPE,
    needs=("BucketLocations", "Vpcs", "Subnets"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per VPC when a bucket is named."""
    name = settings.bucket
    if name is None:
        yield META.not_applicable(settings.target.ref, "No bucket was named (parameter bucket).")
        return
    yield from META.each(
        settings.target.vpc_ids,
        lambda _: view.ref(BucketLocation, name),
        lambda vpc_id: _judge(view, name, vpc_id),
        lambda vpc_id: vpc_id,
    )


def _judge(view: View, name: str, vpc_id: str) -> Iterator[Finding]:
    bucket, region = view.bucket(name), view.region_of(vpc_id)
    seen = bucket.cite("LocationConstraint")
    if bucket.region == region:
        yield META.passed(bucket, f"Bucket {name} lies in {region}, as {vpc_id} does.", seen, scope=vpc_id)
        return
    said = f"Bucket {name} lies in {bucket.region}, and the S3 endpoints of {vpc_id} serve only {region}."
    yield META.failed(bucket, said, seen, code="BUCKET_IN_OTHER_REGION", scope=vpc_id)
