"""What there is to do for a job that needs more time than its function has.

Sources (the first two read 2026-11-21, the others from memory)
    900 s, and 5,400 s on Lambda Managed Instances for what is invoked asynchronously or by an event source mapping
    other than Amazon MQ and DocumentDB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    A durable function may go on for a year when it is invoked asynchronously, each of its steps within the Timeout:
    https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
    A standard workflow of Step Functions, a year: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    AWS Batch and Amazon ECS run containers without such a limit: https://docs.aws.amazon.com/batch/latest/userguide/
    and https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate.html
    Moving a database: https://docs.aws.amazon.com/dms/latest/userguide/Welcome.html
"""

from __future__ import annotations

from runbook_lib.model.functions import FunctionConfiguration

__all__ = ["MANAGED_S", "MOST_S", "most_s", "way_out"]

MOST_S = 900
"""The longest Timeout of a function."""

MANAGED_S = 5400
"""The longest Timeout of a function on Lambda Managed Instances; a caller that waits is given 900 s all the same."""

_ELSEWHERE = (
    "split it into steps (Step Functions, or a durable function) or run it where it may last (AWS Batch, Amazon ECS on "
    "Fargate; AWS DMS for moving a database)"
)


def most_s(known: FunctionConfiguration | None) -> int:
    """The longest Timeout that a function can have, as far as its configuration tells."""
    return MANAGED_S if known is not None and known.raw.get("CapacityProviderConfig") else MOST_S


def way_out(timeout_s: int, most: int) -> str:
    """What to do about a Timeout that is too short, as a clause; `most` is the longest that there is."""
    if timeout_s < most:
        return f"raise it ({most:,} s at most) or make the work shorter"
    if most == MANAGED_S:
        return f"Lambda gives no more than {MANAGED_S:,} s: {_ELSEWHERE}"
    managed = f"{MANAGED_S:,} s on Lambda Managed Instances for asynchronous invocations and most event source mappings"
    return f"Lambda gives no more than {MOST_S} s ({managed}): {_ELSEWHERE}"
