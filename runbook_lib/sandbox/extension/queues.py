"""A queue belongs to one account: moto finds it by its name under any account's URL.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
"""

from __future__ import annotations

import re
from typing import Any

from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.responses import SQSResponse

from runbook_lib.sandbox.extension.patching import wrap

__all__ = ["apply"]

_ACCOUNT = re.compile(r"https?://[^/]+/(\d{12})/[^/]+$")


def apply() -> None:
    """Patch GetQueueAttributes."""
    wrap(SQSResponse, "get_queue_attributes", _attributes)


def _attributes(original: Any, response: Any) -> Any:
    asked = _ACCOUNT.match(response._get_param("QueueUrl") or "")
    if asked and asked[1] != response.current_account:
        raise QueueDoesNotExist()
    return original(response)
