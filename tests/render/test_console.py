"""Links to the console of AWS: which ARNs lead somewhere, and which links a report keeps."""

import pytest

from runbook_lib.render.console import Link, linked
from runbook_lib.render.sanitise import sanitise

REST = ":ec2:eu-west-1:111122223333:subnet/subnet-1"


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws", "console.aws.amazon.com"),
        ("aws-cn", "console.amazonaws.cn"),
        ("aws-us-gov", "console.amazonaws-us-gov.com"),
    ],
)
def test_an_arn_leads_to_the_console_of_its_partition(partition: str, host: str) -> None:
    arn = f"arn:{partition}{REST}"
    assert linked("subnet-1", arn) == Link("subnet-1", f"https://{host}/go/view?arn={arn}")


@pytest.mark.parametrize("arn", [None, "", "subnet-1", f"arn:aws-iso{REST}", "arn:aws:ec2:subnet-1"])
def test_what_leads_nowhere_stays_text(arn: str | None) -> None:
    assert linked("subnet-1", arn) == "subnet-1"


def test_odd_letters_of_an_arn_are_quoted() -> None:
    found = linked("x", 'arn:aws:s3:::a"b&c d')
    assert isinstance(found, Link)
    assert found.url.endswith("?arn=arn:aws:s3:::a%22b%26c%20d")


KEPT = f"https://console.aws.amazon.com/go/view?arn=arn:aws{REST}"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://example.com/go/view?arn=arn:aws:s3:::x",
        "https://console.aws.amazon.com.example.com/go/view?arn=arn:aws:s3:::x",
        "https://console.aws.amazon.com/go/view?arn=arn:aws:s3:::x&next=https://example.com",
        "https://console.aws.amazon.com/go/view?arn=arn:aws:ec2:eu-west-1:000000000001:subnet/subnet-1",
        "//console.aws.amazon.com/go/view?arn=arn:aws:s3:::x",
    ],
)
def test_a_report_keeps_only_links_to_resources_that_exist(url: str) -> None:
    assert str(sanitise(f'<a href="{url}">x</a>')) == "x"
    assert str(sanitise(f'<a href="{KEPT}">x</a>')) == f'<a href="{KEPT}">x</a>'
