"""END014: does the bucket lie in the Region of the VPC?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.endpoints.end014_bucket_region import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Status
from tests.builders import World, world


def ask(made: World, bucket: str | None = "reports") -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings(bucket=bucket)))


def base(region: str = "ap-southeast-1") -> World:
    return world(region).vpc().subnet(az="a").group().function()


def test_the_same_region_passes() -> None:
    made = base().bucket()
    bucket = made.view().bucket("reports")
    said = "Bucket reports lies in ap-southeast-1, as vpc-main does."
    assert ask(made) == (META.passed(bucket, said, bucket.cite("LocationConstraint"), scope="vpc-main"),)


def test_another_region_fails() -> None:
    made = base().bucket(region="eu-west-2")
    bucket = made.view().bucket("reports")
    said = "Bucket reports lies in eu-west-2, and the S3 endpoints of vpc-main serve only ap-southeast-1."
    failed = META.failed(
        bucket, said, bucket.cite("LocationConstraint"), code="BUCKET_IN_OTHER_REGION", scope="vpc-main"
    )
    assert ask(made) == (failed,)


@pytest.mark.parametrize(("home", "said"), [("us-east-1", None), ("us-east-1", ""), ("eu-west-1", "EU")])
def test_old_ways_to_name_a_region(home: str, said: str | None) -> None:
    made = base(home).item("BucketLocations", Bucket="reports", LocationConstraint=said)
    assert ask(made)[0].status is Status.PASS


def test_no_bucket_named_does_not_apply() -> None:
    made = base().bucket()
    said = "No bucket was named (parameter bucket)."
    assert ask(made, None) == (META.not_applicable(made.target().ref, said),)


def test_a_bucket_that_was_not_read_is_unknown() -> None:
    (finding,) = ask(base())
    assert (finding.key, finding.status) == ("END014:reports:vpc-main", Status.UNKNOWN)
    assert "allow s3:GetBucketLocation" in finding.message
