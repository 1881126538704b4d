"""The smallest IAM policy that lets the collector read everything it may ask for."""

from __future__ import annotations

from typing import Any

from runbook_lib.collect.operations import OPERATIONS

__all__ = ["minimal_policy"]


def minimal_policy() -> dict[str, Any]:
    """An IAM policy document with one statement per service, sorted, made from the table of operations.

    The resource is `*` because the EC2 describe and Lambda list actions cannot be restricted to resources
    (Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2").
    """
    actions = sorted({operation.iam_action for operation in OPERATIONS})
    services = sorted({action.split(":")[0] for action in actions})
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": f"RunbookReads{service.capitalize()}",
                "Effect": "Allow",
                "Action": [action for action in actions if action.startswith(f"{service}:")],
                "Resource": "*",
            }
            for service in services
        ],
    }
