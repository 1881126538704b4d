"""Links to the AWS Management Console, which opens the page of a resource by its ARN."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

__all__ = ["CONSOLES", "Link", "linked"]

CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
"""Mapping partition → host of its console."""


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to a page."""

    text: str
    url: str

    def __str__(self) -> str:
        """The words alone."""
        return self.text


def linked(text: str, arn: str | None) -> str | Link:
    """The words, leading to the resource with this ARN; as they are without one, or in a partition without console."""
    parts = (arn or "").split(":", 5)
    host = CONSOLES.get(parts[1]) if len(parts) == 6 and parts[0] == "arn" else None
    return Link(text, f"https://{host}/go/view?arn={quote(str(arn), safe=':/')}") if host else text
